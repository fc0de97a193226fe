#!/bin/sh
# Builds the contract: build.sh OUTPUT.wasm
set -eu
output=${1:?where does the contract go?}
case $output in /*) ;; *) output=$PWD/$output ;; esac
cd "$(dirname "$0")"
exec sh "${KIT:-../../../host-api/guest/d}/build.sh" "$output" contract.d ledger.d private_state.d proposal.d faults.d notation.d
