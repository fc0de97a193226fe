#!/bin/sh
# Builds the contract: build.sh [OUTPUT.wasm]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
output=${1:-$here/build/my-contract.wasm}
case $output in /*) ;; *) output=$PWD/$output ;; esac
cd "$here"
mkdir -p "$(dirname "$output")"
exec "${KIT:-./kit}/build.sh" "$output" my-contract.c
