#!/bin/sh
# build.sh PROGRAM.ts BUILD OUTPUT.wasm: makes a contract of a TypeScript module that exports `contracts`, and of what lies beside
# it. BUILD is a folder for what is made on the way. The kit for JavaScript lies in this folder or beside it.
set -eu
kit=$(cd "$(dirname "$0")" && pwd)
program=$1 build=$2 output=$3
source=$(cd "$(dirname "$program")" && pwd)

command -v tsc > /dev/null || { echo "install TypeScript: npm install -g typescript@7.0.2" >&2; exit 3; }
javascript=$kit/javascript
[ -d "$javascript" ] || javascript=$kit/../javascript

rm -rf "$build/js"
mkdir -p "$build/js"
cat > "$build/tsconfig.json" << END
{
    "extends": "$kit/tsconfig.json",
    "compilerOptions": { "rootDir": "$source", "outDir": "js" },
    "files": ["$kit/globals.d.ts"],
    "include": ["$source"]
}
END
tsc --project "$build/tsconfig.json"
exec "$javascript/build.sh" "$build/js/$(basename "$program" .ts).js" "$build" "$output"
