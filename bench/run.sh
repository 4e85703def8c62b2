#!/usr/bin/env bash
# Measures everything in one run, so that the figures can be compared with each other:
# the disk, SQLite, the committer, claims, expressions, the engine, and the server beside a bare committer behind Kestrel,
# executions that sleep, and what all of it costs as it grows.
# bench/run.sh [raw|committer|claims|expressions|engine|http|sleepers|growth|sweep ...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dotnet build bench/Millrace.Bench -c Release -v quiet
echo "$(uname -sm), $(getconf _NPROCESSORS_ONLN) cores, .NET $(dotnet --version), $(date -u +%F)"
dotnet bench/Millrace.Bench/bin/Release/net10.0/Millrace.Bench.dll "${@:-raw}" $([ $# -gt 0 ] || echo committer claims expressions engine http sleepers growth sweep)
