#!/bin/sh
# Builds the contract: build.sh OUTPUT.wasm
set -eu
case $1 in /*) output=$1 ;; *) output=$PWD/$1 ;; esac
cd "$(dirname "$0")"
exec "${KIT:-../../../host-api/guest/cpp}/build.sh" "$output" contract.cpp
