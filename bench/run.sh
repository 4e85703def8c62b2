#!/usr/bin/env bash
# Measures everything in one run, so that the figures can be compared with each other.
# bench/run.sh [raw|committer|claims|expressions|engine|http|calls|sleepers|growth|streams|sweep|code ...]
#   Millrace alone: the disk, SQLite, the committer, claims, expressions, the engine, and the server beside a bare committer behind
#   Kestrel, executions that sleep, streams of events, and what all of it costs as it grows.
# bench/run.sh peers [W1|W2|W3|W4|W5|W6 ...] [bare|millrace|restate|dbos ...] [--build NAME=SERVER ...] [--rounds N] [--seconds N]
#   Millrace as it is published beside its limit and beside other engines, which are installed from npm; ends with a table of medians.
#   Linux on x64. Takes about 30 minutes and 1 GB of disk. --build measures another build beside this one: NAME is what the table calls it,
#   SERVER its published Millrace.Server.dll. Restate and DBOS are installed only where they are measured.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

system() {
  echo "$(uname -srm), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -1), $(getconf _NPROCESSORS_ONLN) cores, .NET $(dotnet --version), $(date -u +%F), load $(cut -d' ' -f1 /proc/loadavg 2>/dev/null)"
}

if [ "${1:-}" != peers ]; then
  dotnet build bench/Millrace.Bench -c Release -v quiet
  system
  exec dotnet bench/Millrace.Bench/bin/Release/net10.0/Millrace.Bench.dll "${@:-raw}" $([ $# -gt 0 ] || echo committer claims expressions engine http calls sleepers growth streams sweep code)
fi

# Whoever names systems without the others needs neither npm nor PostgreSQL.
needs_peers() {
  local named=no
  for argument in "$@"; do
    case "$argument" in
      restate|dbos) return 0 ;;
      bare|millrace|--build) named=yes ;;
    esac
  done
  [ $named = no ]
}

install_peers() {
  if ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
      apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql-15 >/dev/null
    else
      echo "DBOS needs PostgreSQL: apt-get install postgresql-15" >&2
      exit 1
    fi
  fi
  npm ci --prefix bench/peers --no-audit --no-fund --silent
}

if needs_peers "$@"; then
  install_peers
fi
dotnet publish src/Millrace.Server -c Release -v quiet -o artifacts/bench/server
dotnet publish bench/Millrace.Bench -c Release -v quiet -o artifacts/bench/client
system
exec dotnet artifacts/bench/client/Millrace.Bench.dll "$@"
