#!/bin/sh
# build.sh PROGRAM.js BUILD OUTPUT.wasm: makes a contract of an ES module that exports `contracts`, and of what lies beside it.
# BUILD is a folder for what is made on the way.
set -eu
kit=$(cd "$(dirname "$0")" && pwd)
program=$1 build=$2 output=$3

command -v node > /dev/null || { echo "install Node.js 20 or later" >&2; exit 3; }
command -v componentize-qjs > /dev/null || { echo "install componentize-qjs: npm install -g componentize-qjs@0.4.5" >&2; exit 3; }
for wit in "$kit/chaincode.wit" "$kit/../chaincode.wit" "$kit/../../wit/chaincode.wit"; do
    [ ! -f "$wit" ] || break
done

rm -rf "$build/module"
library=$build/module/node_modules/fabric-contract
mkdir -p "$library" "$build/module/src" "$(dirname "$output")"
cp -R "$kit/package.json" "$kit/src" "$library"
cp -R "$(dirname "$program")/." "$build/module/src"
echo '{ "type": "module" }' > "$build/module/package.json"
cat > "$build/module/main.js" << END
import * as program from './src/$(basename "$program")';
import { entry, list } from 'fabric-contract/entry';
export const contract = entry(program.contracts);
export const functions = () => list(program.contracts);
END

node "$kit/tools/list.js" "$build/module/main.js" > "$build/functions.txt"
if ! componentize-qjs --wit "$wit" --world chaincode --js "$build/module/main.js" --module-root "$build/module" \
    --sync --output "$build/component.wasm" > "$build/componentize.log" 2>&1; then
    cat "$build/componentize.log" >&2
    exit 1
fi
node "$kit/tools/finish.js" "$build/component.wasm" "$build/functions.txt" "$output"
