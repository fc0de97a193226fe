#!/bin/sh
# Builds the contract: build.sh [OUTPUT.wasm]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
output=${1:-$here/build/my-contract.wasm}
case $output in /*) ;; *) output=$PWD/$output ;; esac
cd "$here"
command -v cargo > /dev/null || { echo "Rust is not installed: see https://rustup.rs" >&2; exit 3; }
cargo build --quiet --release --target wasm32-unknown-unknown --target-dir build/target
mkdir -p "$(dirname "$output")"
cp build/target/wasm32-unknown-unknown/release/my_contract.wasm "$output"
