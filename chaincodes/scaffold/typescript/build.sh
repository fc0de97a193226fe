#!/bin/sh
# build.sh [OUTPUT.wasm]: compiles the contract. KIT is the folder of the kit.
set -eu
output=${1:-$(dirname "$0")/build/my-contract.wasm}
case $output in /*) ;; *) output=$PWD/$output ;; esac
cd "$(dirname "$0")"
exec "${KIT:-./kit}/build.sh" src/index.ts build "$output"
