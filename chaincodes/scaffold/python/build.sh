#!/bin/sh
# Builds the contract: build.sh [OUTPUT.wasm]
set -eu
output=${1:-$(dirname "$0")/build/my-contract.wasm}
case $output in /*) ;; *) output=$PWD/$output ;; esac
cd "$(dirname "$0")"
exec "${KIT:-./kit}/build.sh" src build "$output"
