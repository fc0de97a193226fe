#!/bin/sh
# Builds the contract and calls it on a state in a file; needs no peer.
set -eu
cd "$(dirname "$0")"
./build.sh build/my-contract.wasm
state=build/test-state.json
rm -f "$state"

# expect LINE ARGUMENTS: the call must print this line.
expect() {
    answer=$(peer chaincode simulate build/my-contract.wasm --state "$state" --update -c "$2" 2>&1) || true
    printf '%s\n' "$answer" | grep -qxF "$1" || {
        printf '%s\nexpected the line: %s\nfound:\n%s\n' "$2" "$1" "$answer" >&2
        exit 1
    }
}

expect 'Status: 200' '{"Args":["Put","greeting","hello"]}'
expect 'Payload: hello' '{"Args":["Get","greeting"]}'
expect 'Message: nothing does not exist' '{"Args":["Get","nothing"]}'
expect 'Message: Function Fly not found in contract' '{"Args":["Fly"]}'
echo "all calls answered as expected"
