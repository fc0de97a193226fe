#!/bin/sh
# Builds the contract and calls it without a network.
set -eu
cd "$(dirname "$0")"
command -v peer >/dev/null || { echo "peer is missing: put Weft's peer command into the PATH" >&2; exit 3; }
./build.sh build/my-contract.wasm

# Every run begins with an empty state.
state=build/test-state.json
rm -f "$state"

# expect TEXT ARGS: what a call of the contract prints must have this line, wherever it stands.
expect() {
    text=$1 call=$2
    output=$(peer chaincode simulate build/my-contract.wasm -c "$call" --state "$state" --update 2>&1) || true
    if ! printf '%s\n' "$output" | grep -qxF -- "$text"; then
        printf 'FAILED: %s\nexpected the line: %s\nfound:\n%s\n' "$call" "$text" "$output" >&2
        exit 1
    fi
    echo "ok: $call"
}

expect 'Message: a does not exist' '{"Args":["Get","a"]}'
expect 'Status: 200' '{"Args":["Put","a","hello"]}'
expect 'Payload: hello' '{"Args":["Get","a"]}'
expect 'Message: Incorrect number of params. Expected 2, received 1' '{"Args":["Put","a"]}'
echo "All tests passed."
