#!/bin/sh
# Builds the contract and calls it on a state in a file; needs the command `peer`, but no network.
set -eu
cd "$(dirname "$0")"
command -v peer > /dev/null || { echo "put the command peer on PATH" >&2; exit 3; }
./build.sh
state=build/state.json
rm -f "$state"

# expect ARGUMENTS LINE: the outcome of a call must have this line.
expect() {
    found=$(peer chaincode simulate build/my-contract.wasm -c "{\"Args\":$1}" --state "$state" --update 2>&1) || true
    if ! printf '%s\n' "$found" | grep -qxF "$2"; then
        printf 'FAILED: %s\nexpected the line: %s\nfound:\n%s\n' "$1" "$2" "$found" >&2
        exit 1
    fi
}

expect '["Get","greeting"]' 'Message: greeting does not exist'
expect '["Put","greeting","hello"]' 'Write: greeting = hello'
expect '["Get","greeting"]' 'Payload: hello'
expect '["Get"]' 'Message: Incorrect number of params. Expected 1, received 0'
echo "my-contract: all tests passed"
