#!/bin/sh
# Builds the contract: build.sh OUTPUT.wasm
set -eu
output=${1:?where does the contract go?}
case $output in /*) ;; *) output=$PWD/$output ;; esac
cd "$(dirname "$0")"
KIT=${KIT:-../../../host-api/guest/wat}
command -v python3 > /dev/null || { echo "python3 is missing: install it (apt install python3)" >&2; exit 3; }
exec python3 "$KIT/assemble.py" "$output" functions.wat ledger.wat proposal.wat faults.wat text.wat
