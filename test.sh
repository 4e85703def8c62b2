#!/usr/bin/env bash
# Builds everything with warnings as errors and runs every suite, two at a time. The last line says what came of it:
#   N passed, N failed[, N skipped]
# ./test.sh       everything
# ./test.sh fast  the inner loop: all but the end-to-end suites, the destruction, the documentation's, the hostile requests and the fuzzing
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
mode=${1:-all}
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en

fail() { # a step that is not a test failed: say so, and still end with the line
  echo "$1" >&2
  echo "0 passed, 1 failed"
  exit 1
}

tools/setup.sh "$mode" || fail "The tests cannot run."

echo "Building ..."
dotnet build Millrace.slnx -c Release -v quiet -p:WarningLevel=9999 2>&1 | tee "$results/build.log" | grep -E 'error|warning' | sort -u | head -50
[ "${PIPESTATUS[0]}" = 0 ] || fail "The build failed."

# Suites that measure time, or load and kill servers of their own, have the machine to themselves.
alone='EndToEnd|Destruction|Robustness|Docs|fuzz'
# The longest first, so that two finish together.
order='Simulation|Core|Storage'
suites=$(find tests -name '*.Tests.csproj' | sort)
[ "$mode" = fast ] && suites=$(echo "$suites" | grep -vE 'EndToEnd|Destruction|Docs|Robustness')
# How many random workflows the machine is compared on with the interpreter (tests/Millrace.Simulation.Tests).
export MILLRACE_SIMULATION_SEEDS=${MILLRACE_SIMULATION_SEEDS:-$([ "$mode" = fast ] && echo 300 || echo 5000)}
# How many random worlds the engine runs in, with random faults.
export MILLRACE_SIMULATION_ENGINE_SEEDS=${MILLRACE_SIMULATION_ENGINE_SEEDS:-$([ "$mode" = fast ] && echo 300 || echo 10000)}
passed=0 failed=0 skipped=0

start() { # start NAME COMMAND...: one suite, into a file
  local name=$1
  shift
  "$@" >"$results/$name.log" 2>&1
  echo $? >"$results/$name.code"
}

count() { # count NAME: prints what a suite said, and adds its summary to the sums
  local name=$1 summary bad code
  code=$(cat "$results/$name.code")
  echo "== $name"
  grep -avE '^ *(Discovering|Discovered|Starting|Finished):' "$results/$name.log"
  summary=$(grep -aE 'Total: [0-9]+, Errors:' "$results/$name.log" | tail -1)
  number() { echo "$summary" | sed -nE "s/.*$1: ([0-9]+).*/\1/p"; }
  if [ -z "$summary" ]; then
    failed=$((failed + 1)) # it died before it could say
    return
  fi
  bad=$(($(number Errors) + $(number Failed)))
  # A failure outside any test: the runner tells it, but counts it nowhere.
  grep -aq 'FATAL ERROR' "$results/$name.log" && bad=$((bad + 1))
  [ "$code" -ne 0 ] && [ "$bad" = 0 ] && bad=1
  failed=$((failed + bad))
  skipped=$((skipped + $(number Skipped)))
  passed=$((passed + $(number Total) - $(number Failed) - $(number Skipped)))
}

command_of() { # command_of NAME: how its suite is run
  local name=$1
  if [ "$name" = fuzz ]; then
    # Every target for half a minute from a seed that never changes and as long from one that always does.
    echo fuzz/Millrace.Fuzz/bin/Release/net10.0/Millrace.Fuzz --minutes 1 --seed 1,random --finds fuzz-finds
  else
    echo "tests/$name/bin/Release/net10.0/$name" -noLogo -noColor
  fi
}

run() { # run HOW_MANY NAME...: suites, so many at a time, each printed when it ends
  local most=$1 name running=() still
  shift
  while [ $# -gt 0 ] || [ ${#running[@]} -gt 0 ]; do
    while [ $# -gt 0 ] && [ ${#running[@]} -lt "$most" ]; do
      name=$1
      shift
      # shellcheck disable=SC2046 # names and options without spaces
      start "$name" $(command_of "$name") &
      running+=("$name")
    done
    wait -n
    still=()
    for name in "${running[@]}"; do
      if [ -e "$results/$name.code" ]; then count "$name"; else still+=("$name"); fi
    done
    running=("${still[@]}")
  done
}

names=$(for project in $suites; do basename "$project" .csproj; done)
# shellcheck disable=SC2046 # names without spaces
run 2 $(echo "$names" | grep -vE "$alone" | grep -E "$order") $(echo "$names" | grep -vE "$alone|$order")
# shellcheck disable=SC2046
run 1 $(echo "$names" | grep -E "$alone") $([ "$mode" = fast ] || echo fuzz)

line="$passed passed, $failed failed"
[ "$skipped" = 0 ] || line="$line, $skipped skipped"
echo "$line"
[ "$failed" = 0 ]
