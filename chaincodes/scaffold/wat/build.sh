#!/bin/sh
# Builds the contract: build.sh [OUTPUT.wasm]
set -eu
output=${1:-$(dirname "$0")/build/my-contract.wasm}
case $output in /*) ;; *) output=$PWD/$output ;; esac
cd "$(dirname "$0")"
KIT=${KIT:-./kit}
command -v python3 > /dev/null || { echo "python3 is missing: install it (apt install python3)" >&2; exit 3; }
exec python3 "$KIT/assemble.py" "$output" contract.wat
