#!/bin/sh
# Compiles a contract in C: build.sh OUTPUT.wasm SOURCE.c...
set -eu
command -v zig >/dev/null || { echo "zig is not installed: see https://ziglang.org/download, or pip install ziglang" >&2; exit 3; }
kit=$(cd "$(dirname "$0")" && pwd)
output=$1
shift
# Assertions stay on. 64 KiB of stack. Memory for the whole of most calls, so that they need not grow it. The kit comes first,
# because what it defines takes the place of functions of the C library.
zig cc --target=wasm32-wasi -mexec-model=reactor -std=c23 -O2 -UNDEBUG -Wall -Wextra -s \
    -ffunction-sections -fdata-sections -ffile-prefix-map="$kit"=kit \
    -Wl,--gc-sections,-z,stack-size=65536,--initial-memory=262144 -I"$kit" \
    "$kit"/src/*.c "$kit"/generated/chaincode.c "$kit"/generated/chaincode_component_type.o "$@" -o "$output"
