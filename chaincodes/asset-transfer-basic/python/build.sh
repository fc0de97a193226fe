#!/bin/sh
# Builds the contract: build.sh OUTPUT.wasm
set -eu
output=${1:?usage: build.sh OUTPUT.wasm}
case $output in /*) ;; *) output=$PWD/$output ;; esac
cd "$(dirname "$0")"
exec "${KIT:-../../../host-api/guest/python}/build.sh" src build "$output"
