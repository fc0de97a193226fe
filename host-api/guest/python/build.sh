#!/bin/sh
# Makes a component of a contract: build.sh SOURCES BUILD OUTPUT.wasm
#
# SOURCES is the folder that has app.py, BUILD a folder for intermediate files.
set -eu
kit=$(cd "$(dirname "$0")" && pwd)
sources=$1 build=$2 output=$3

need() {
    command -v "$1" >/dev/null && return
    echo "$1 is missing: $2" >&2
    exit 3
}
need python3 "install Python 3.10 or later"
need componentize-py "pip install componentize-py==0.25.1"

wit=$kit/chaincode.wit
[ -f "$wit" ] || wit=$kit/../../wit/chaincode.wit

# Python writes compiled modules beside the sources it reads, so it gets a copy.
rm -rf "$build/source"
mkdir -p "$build" "$(dirname "$output")"
cp -R "$sources" "$build/source"
cp -R "$kit/fabric_contract" "$build/source/fabric_contract"

RUST_BACKTRACE=0 componentize-py --quiet --wit-path "$wit" --world chaincode componentize \
    --python-path "$build/source" --output "$build/component.wasm" fabric_contract.entry
python3 "$kit/add_functions.py" "$build/component.wasm" "$build/source/functions.txt" "$output"
rm "$build/component.wasm"
