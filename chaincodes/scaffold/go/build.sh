#!/bin/sh
# Builds the contract: build.sh [OUTPUT.wasm]
set -eu
folder=$(cd "$(dirname "$0")" && pwd)
output=$(realpath -m "${1:-$folder/build/my-contract.wasm}")
cd "$folder"
exec "${KIT:-./kit}/build.sh" . "$output"
