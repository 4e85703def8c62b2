#!/usr/bin/env bash
# Installs what the build and the tests need beside the .NET SDK, on Debian and Ubuntu as root; elsewhere it says what is missing.
# tools/setup.sh       everything
# tools/setup.sh fast  what ./test.sh fast needs
# Exit code 0: everything is there.
set -uo pipefail
mode=${1:-all}
missing=()

# need DEBIAN_PACKAGE COMMAND: COMMAND is needed, and DEBIAN_PACKAGE has it.
need() { command -v "$2" >/dev/null 2>&1 || missing+=("$1"); }

# need_file DEBIAN_PACKAGE FILE: FILE is needed, and DEBIAN_PACKAGE has it.
need_file() { [ -e "$2" ] || missing+=("$1"); }

dotnet --list-sdks 2>/dev/null | grep -q '^10\.' || {
  echo "The .NET SDK 10 is needed: https://dotnet.microsoft.com/download" >&2
  exit 1
}
if [ "$(uname)" = Linux ]; then
  # The spell check's dictionary.
  need_file wbritish /usr/share/dict/british-english
  # For code nodes in Python: their sandbox, and what runs in it.
  need bubblewrap bwrap
  need python3 python3
  # For the sample orchestrator.
  need nodejs node
  # For a server that speaks S3, which the tests of storage nodes fetch.
  need npm npm
fi
if [ "$mode" != fast ]; then
  need sqlite3 sqlite3
  # For a disk that loses and fails, which stands before the C library of a server under test.
  [ "$(uname)" != Linux ] || need build-essential gcc
fi

[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "Something is missing. On Debian and Ubuntu install it with: apt-get install ${missing[*]}" >&2
  exit 1
fi
echo "Installing ${missing[*]} ..."
{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}"; } >/dev/null || {
  echo "Could not install ${missing[*]}." >&2
  exit 1
}
