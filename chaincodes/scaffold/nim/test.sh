#!/bin/sh
# Builds the contract and checks what it answers.
set -eu
cd "$(dirname "$0")"
command -v peer > /dev/null || { echo "peer is missing: put it on PATH" >&2; exit 3; }
contract=build/my-contract.wasm
state=build/state.json
./build.sh "$contract"
rm -f "$state"

# check LINE ARGUMENTS: a call with these arguments must print this line.
check() {
    output=$(peer chaincode simulate "$contract" --state "$state" --update -c "{\"Args\":$2}" 2>&1) || true
    if ! printf '%s\n' "$output" | grep -qxF -- "$1"; then
        printf '%s should print:\n  %s\nbut it printed:\n%s\n' "$2" "$1" "$output" >&2
        exit 1
    fi
}

check 'Message: greeting does not exist' '["Get","greeting"]'
check 'Status: 200' '["Put","greeting","hello"]'
check 'Payload: hello' '["Get","greeting"]'
check 'Message: Incorrect number of params. Expected 2, received 1' '["Put","greeting"]'
check 'Message: Function Fly not found in contract' '["Fly"]'
echo "all tests pass"
