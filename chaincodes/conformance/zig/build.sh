#!/bin/sh
# build.sh OUTPUT.wasm: compiles the contract. KIT is the folder of the kit for Zig.
set -eu
output=$1
case $output in /*) ;; *) output=$PWD/$output ;; esac
cd "$(dirname "$0")"
exec "${KIT:-../../../host-api/guest/zig}/build.sh" src/main.zig "$output"
