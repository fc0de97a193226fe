#!/bin/sh
# Compiles a contract: build.sh SOURCE.zig OUTPUT.wasm, in the folder of the contract. OPTIMIZE is one of Zig's modes:
# ReleaseSafe keeps the checks for overflow, bounds and the like, which ReleaseFast and ReleaseSmall leave out.
set -eu
kit=$(cd "$(dirname "$0")" && pwd)
if ! command -v zig >/dev/null; then
    echo "zig is missing: install Zig 0.17 (https://ziglang.org/download, or pip install ziglang)" >&2
    exit 3
fi
mkdir -p build
export ZIG_LOCAL_CACHE_DIR="$PWD/build/zig-cache"
zig build-exe -target wasm32-freestanding -O "${OPTIMIZE:-ReleaseSafe}" -fstrip -fno-entry -rdynamic --stack 131072 \
    --dep contract --dep fabric -Mroot="$kit/src/main.zig" \
    --dep fabric -Mcontract="$1" -Mfabric="$kit/src/fabric.zig" -femit-bin="$2"
