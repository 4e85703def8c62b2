#!/usr/bin/env bash
# Builds everything with warnings as errors and runs every suite. The last line says what came of it:
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

need() { # need COMMAND DEBIAN_PACKAGE: installs what a test needs, as root; else says what to install
  command -v "$1" >/dev/null 2>&1 && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing $2 ..."
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$2"; } >/dev/null || fail "Could not install $2."
  else
    fail "The tests need '$1'. Install it (Debian and Ubuntu: apt-get install $2) and run again."
  fi
}

dotnet --list-sdks 2>/dev/null | grep -q '^10\.' || fail "The .NET SDK 10 is needed: https://dotnet.microsoft.com/download"
[ "$mode" = fast ] || need sqlite3 sqlite3
# For code nodes: their sandbox, and what runs in it. The sample orchestrator is a program of Node.js as well.
if [ "$(uname)" = Linux ]; then
  need bwrap bubblewrap
  need python3 python3
  need node nodejs
  # For a server that speaks S3, which the tests of storage nodes fetch.
  need npm npm
fi
# For a disk that loses and fails, which stands before the C library of a server under test.
[ "$mode" = fast ] || [ "$(uname)" != Linux ] || need gcc build-essential

echo "Building ..."
dotnet build Millrace.slnx -c Release -v quiet -p:WarningLevel=9999 2>&1 | tee "$results/build.log" | grep -E 'error|warning' | sort -u | head -50
[ "${PIPESTATUS[0]}" = 0 ] || fail "The build failed."

suites=$(find tests -name '*.Tests.csproj' | sort)
[ "$mode" = fast ] && suites=$(echo "$suites" | grep -vE 'EndToEnd|Destruction|Docs|Robustness')
# How many random workflows the machine is compared on with the interpreter (tests/Millrace.Simulation.Tests).
export MILLRACE_SIMULATION_SEEDS=${MILLRACE_SIMULATION_SEEDS:-$([ "$mode" = fast ] && echo 300 || echo 5000)}
# How many random worlds the engine runs in, with random faults.
export MILLRACE_SIMULATION_ENGINE_SEEDS=${MILLRACE_SIMULATION_ENGINE_SEEDS:-$([ "$mode" = fast ] && echo 300 || echo 10000)}
passed=0 failed=0 skipped=0

run() { # run NAME COMMAND...: one suite; adds what its summary says to the sums
  local name=$1 code summary bad
  shift
  echo "== $name"
  "$@" >"$results/$name.log" 2>&1
  code=$?
  grep -vE '^ *(Discovering|Discovered|Starting|Finished):' "$results/$name.log"
  summary=$(grep -E 'Total: [0-9]+, Errors:' "$results/$name.log" | tail -1)
  number() { echo "$summary" | sed -nE "s/.*$1: ([0-9]+).*/\1/p"; }
  if [ -z "$summary" ]; then
    failed=$((failed + 1)) # it died before it could say
    return
  fi
  bad=$(($(number Errors) + $(number Failed)))
  # A failure outside any test: the runner tells it, but counts it nowhere.
  grep -q 'FATAL ERROR' "$results/$name.log" && bad=$((bad + 1))
  [ "$code" -ne 0 ] && [ "$bad" = 0 ] && bad=1
  failed=$((failed + bad))
  skipped=$((skipped + $(number Skipped)))
  passed=$((passed + $(number Total) - $(number Failed) - $(number Skipped)))
}

for project in $suites; do
  name=$(basename "$project" .csproj)
  run "$name" "$(dirname "$project")/bin/Release/net10.0/$name" -noLogo -noColor
done
# Every target for half a minute from a seed that never changes and as long from one that always does.
[ "$mode" = fast ] || run fuzz fuzz/Millrace.Fuzz/bin/Release/net10.0/Millrace.Fuzz --minutes 1 --seed 1,random --finds fuzz-finds

line="$passed passed, $failed failed"
[ "$skipped" = 0 ] || line="$line, $skipped skipped"
echo "$line"
[ "$failed" = 0 ]
