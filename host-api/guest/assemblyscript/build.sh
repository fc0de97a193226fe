#!/bin/sh
# Compiles a contract: build.sh SOURCE.ts OUTPUT.wasm, in the folder of the contract.
set -eu
kit=$(cd "$(dirname "$0")" && pwd)
if ! command -v asc >/dev/null; then
    echo "asc is missing: npm install --global assemblyscript@0.28.20" >&2
    exit 3
fi
# With the names of functions, for profiles and backtraces. Without a collector, since an instance lives for one call, and with
# memory for most calls from the start, since growing it costs the peer more than the rest of a small call.
asc "$1" --outFile "$2" --lib "$kit" --transform "$kit/contract.mjs" \
    --debug --runtime stub --initialMemory 4 --exportStart _initialize --optimizeLevel 3 --shrinkLevel 1 \
    --use abort=~lib/fabric/runtime/onAbort --use trace=~lib/fabric/runtime/onTrace
