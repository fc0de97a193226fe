#!/bin/sh
# Builds a contract: build.sh OUTPUT.wasm FILE.nim, run in the contract's folder.
set -eu
needed="install Nim 1.6 (apt install nim) and Zig (pip install ziglang)"
for tool in nim zig; do
    command -v "$tool" > /dev/null || { echo "$tool is missing: $needed" >&2; exit 3; }
done
kit=$(cd "$(dirname "$0")" && pwd)
mkdir -p build "$(dirname "$1")"
# Nim wants a C compiler that is one word.
printf '#!/bin/sh\nexec zig cc "$@"\n' > build/zigcc
chmod +x build/zigcc
# Without panics, defects such as an index out of bounds are exceptions, whose message the kit gives to the peer. The stack comes
# first in memory, so that its overflow traps instead of overwriting data.
nim c --hints:off --skipUserCfg --path:"$kit" --nimcache:build/nimcache --out:"$1" \
    --cpu:wasm32 --os:linux --cc:clang --clang.path:"$PWD/build" --clang.exe:zigcc --clang.linkerexe:zigcc \
    --mm:arc -d:useMalloc -d:release --noMain -d:noSignalHandler --panics:off --exceptions:goto --threads:off \
    --passC:"-target wasm32-wasi -D_WASI_EMULATED_SIGNAL" \
    --passL:"-target wasm32-wasi -mexec-model=reactor -s -lwasi-emulated-signal" \
    --passL:"-Wl,-z,stack-size=131072 -Wl,--initial-memory=393216" \
    "$2"
