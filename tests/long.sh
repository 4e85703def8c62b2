#!/usr/bin/env bash
# The long amounts of every layer, in turn, for a while:
#   tests/long.sh --minutes 60 [--layers engine,model,crash,kills,power,disk,fuzz] [--state FILE]
# Each turn of a layer takes the next seed; FILE (default: long-run.state) keeps which, so that the next run goes on there. A seed that fails is
# printed with how to run it again, and kept in FILE; the run goes on. Build first: dotnet build Millrace.slnx -c Release
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

minutes=60 layers=engine,model,crash,kills,power,disk,fuzz state=long-run.state
while [ $# -gt 0 ]; do
  case $1 in
    --minutes) minutes=$2 ;;
    --layers) layers=$2 ;;
    --state) state=$2 ;;
    *) echo "Unknown option '$1'. Use --minutes N, --layers A,B or --state FILE." >&2; exit 2 ;;
  esac
  [ $# -ge 2 ] || { echo "'$1' needs a value." >&2; exit 2; }
  shift 2
done
touch "$state"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

kept() { sed -n "s/^$1=//p" "$state" | tail -1; }
keep() { # keep NAME VALUE
  grep -v "^$1=" "$state" >"$state.new"
  echo "$1=$2" >>"$state.new"
  mv "$state.new" "$state"
}

suite() { # suite NAME CLASS: the command of one test class
  echo "tests/Millrace.$1.Tests/bin/Release/net10.0/Millrace.$1.Tests -noLogo -noColor -diagnostics -class *.$2"
}

# turn LAYER SEED: sets what to run (command), with which environment (settings), and how many seeds that takes (step).
turn() {
  step=1 settings=""
  case $1 in
    engine) step=500; settings="MILLRACE_SIMULATION_ENGINE_FIRST=$2 MILLRACE_SIMULATION_ENGINE_SEEDS=$step"; command=$(suite Simulation EngineTests) ;;
    model) step=5000; settings="MILLRACE_SIMULATION_FIRST=$2 MILLRACE_SIMULATION_SEEDS=$step"; command=$(suite Simulation ModelTests) ;;
    crash) settings="MILLRACE_DESTRUCTION_SEED=$2 MILLRACE_CRASH_ROUNDS=10"; command=$(suite Destruction CrashPointTests) ;;
    kills) settings="MILLRACE_DESTRUCTION_SEED=$2 MILLRACE_KILLS=150 MILLRACE_KILL_EXECUTIONS=5000"; command=$(suite Destruction KillLoopTests) ;;
    power) settings="MILLRACE_DESTRUCTION_SEED=$2 MILLRACE_POWER_RESTARTS=60 MILLRACE_POWER_CUTS=1000"; command="$(suite Destruction PowerLossTests) -class *.PowerCutTests" ;;
    disk) settings="MILLRACE_DESTRUCTION_SEED=$2 MILLRACE_DISK_LIVES=50"; command=$(suite Destruction DiskFailureTests) ;;
    fuzz) command="fuzz/Millrace.Fuzz/bin/Release/net10.0/Millrace.Fuzz --minutes 5 --seed $2 --finds fuzz-finds" ;;
    *) echo "There is no layer '$1'." >&2; exit 2 ;;
  esac
}

end=$(($(date +%s) + minutes * 60)) failed=0
while [ "$(date +%s)" -lt "$end" ]; do
  for layer in ${layers//,/ }; do
    [ "$(date +%s)" -lt "$end" ] || break
    seed=$(kept "$layer")
    seed=${seed:-1}
    turn "$layer" "$seed"
    begin=$(date +%s)
    # The words of the settings and of the command are meant to be split, and the stars in it to stay.
    set -f
    # shellcheck disable=SC2086
    if env $settings $command >"$log" 2>&1; then
      outcome=ok
    else
      outcome=FAILED
      failed=$((failed + 1))
      echo "failed-$layer-$seed=$settings $command" >>"$state"
    fi
    set +f
    keep "$layer" $((seed + step))
    echo "$(date +%T) $layer, seeds $seed..$((seed + step - 1)): $outcome in $(($(date +%s) - begin)) s. $(sed -n 's/^ *\[D::[^]]*\] //p' "$log" | grep -v '^$' | tr '\n' ' ')"
    if [ "$outcome" = FAILED ]; then
      grep -vE '^ *(Discovering|Discovered|Starting|Finished):' "$log" | head -40 | cut -c1-2000
      echo "Again: $settings $command"
    fi
  done
done
echo "$failed failed; the next run goes on from $state."
[ "$failed" = 0 ]
