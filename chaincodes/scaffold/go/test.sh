#!/bin/sh
# Builds the contract and calls it, without a peer.
set -eu
cd "$(dirname "$0")"
./build.sh
state=build/test-state.json
rm -f "$state"

# simulate EXPECTED ARGUMENTS: what the contract answers, or why it refuses
simulate() {
    output=$(peer chaincode simulate build/my-contract.wasm --state "$state" --update -c "{\"Args\":$2}" 2>&1) || true
    case $output in
    *"$1"*) ;;
    *)
        echo "$2: expected \"$1\", found:" >&2
        echo "$output" >&2
        exit 1
        ;;
    esac
}

simulate "color does not exist" '["Get","color"]'
simulate "Status: 200" '["Put","color","blue"]'
simulate "blue" '["Get","color"]'
simulate "Expected 2, received 1" '["Put","color"]'
simulate "Function Fly not found in contract" '["Fly"]'
echo "all calls answer as expected"
