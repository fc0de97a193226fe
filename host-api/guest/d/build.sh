#!/bin/sh
# Builds a contract: build.sh OUTPUT.wasm FILE.d..., run in the contract's folder.
set -eu
output=$1
shift
for tool in ldc2 wasm-ld-19; do
    command -v "$tool" > /dev/null || { echo "$tool is missing: install LDC and LLD (apt install ldc lld-19)" >&2; exit 3; }
done
mkdir -p build "$(dirname "$output")"
# Places in the sources appear in messages of failed assertions, and should not depend on where the kit is.
ln -sfn "$(cd "$(dirname "$0")" && pwd)" build/kit
ldc2 -mtriple=wasm32-unknown-unknown -mattr=+bulk-memory -betterC -O2 -w -singleobj -I. -Ibuild/kit \
    -c "$@" build/kit/fabric/*.d -of=build/contract.o
# The stack comes first, so that its overflow traps instead of overwriting data.
wasm-ld-19 build/contract.o -o "$output" --no-entry --export=invoke --gc-sections --strip-debug \
    -z stack-size=65536 --stack-first --initial-memory=262144
