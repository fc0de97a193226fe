#!/bin/sh
# Builds the contract: build.sh OUTPUT.wasm
set -eu
output=$(realpath -m "${1:?where does the contract go?}")
cd "$(dirname "$0")"
exec "${KIT:-../../../host-api/guest/go}/build.sh" . "$output"
