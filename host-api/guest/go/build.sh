#!/bin/sh
# Builds a contract: build.sh FOLDER OUTPUT.wasm
set -eu
kit=$(cd "$(dirname "$0")" && pwd)
cd "$1"
output=$2

if ! command -v go >/dev/null; then
    echo "go is missing: install Go 1.27 or later from https://go.dev/dl" >&2
    exit 3
fi

export GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local GOWORK=off CGO_ENABLED=0
unset GOOS GOARCH

# The kit has the same path in every build, because the toolchain writes the path into the module.
mkdir -p build
ln -sfn "$kit" build/kit
cp go.mod build/go.mod
go mod edit -replace=fabric-contract=./build/kit build/go.mod

# checklinkname: the kit tells Go's allocator about memory that the peer takes, see internal/host/memory_wasip1.go.
GOOS=wasip1 GOARCH=wasm go build -modfile=build/go.mod -buildmode=c-shared -trimpath -buildvcs=false \
    -ldflags='-w -checklinkname=0 -buildid=' -o build/module.wasm .
go run -modfile=build/go.mod -buildvcs=false . build/module.wasm "$output"
