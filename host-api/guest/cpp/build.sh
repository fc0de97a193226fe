#!/bin/sh
# Compiles a contract in C++: build.sh OUTPUT.wasm SOURCE.cpp...
# Object files go to the folder `build` in the working directory.
set -eu
command -v zig >/dev/null || { echo "zig is not installed: see https://ziglang.org/download, or pip install ziglang" >&2; exit 3; }
kit=$(cd "$(dirname "$0")" && pwd)
output=$1
shift
mkdir -p build
# Assertions stay on.
flags="--target=wasm32-wasi -O2 -UNDEBUG -Wall -Wextra -ffunction-sections -fdata-sections"
compile() {
    zig cc $flags -std=c23 -ffile-prefix-map="$kit"=kit -I"$kit" -c "$kit/$1" -o "build/$2"
}
compile allocator.c allocator.o
compile assertions.c assertions.o
compile generated/chaincode.c bindings.o
# 64 KiB of stack. Memory for the whole of most calls, so that they need not grow it. The kit comes first,
# because what it defines takes the place of functions of the C library.
zig c++ $flags -std=c++20 -fno-exceptions -fno-rtti -s -ffile-prefix-map="$kit"=kit \
    -mexec-model=reactor -Wl,--gc-sections,-z,stack-size=65536,--initial-memory=262144 -I"$kit" \
    build/allocator.o build/assertions.o build/bindings.o "$kit/generated/chaincode_component_type.o" "$@" -o "$output"
