#!/usr/bin/env python3
"""Makes a contract of files in the WebAssembly text format.

assemble.py OUTPUT.wasm FILE.wat... puts the kit and the files into one module and assembles it with the first of wasm-tools,
wasm-as (binaryen) and wat2wasm (wabt) that is installed. The lines of the data segment $functions also become the custom section
that lists the contract's functions.
"""

import pathlib
import re
import shutil
import subprocess
import sys

KIT = ["imports.wat", "memory.wat", "numbers.wat", "json.wat", "dispatch.wat"]
SECTION = b"fabric:chaincode/functions"
MISSING = "install wasm-tools (cargo install wasm-tools), binaryen or wabt (npm install --global binaryen)"


def main():
    output, sources = pathlib.Path(sys.argv[1]), [pathlib.Path(name) for name in sys.argv[2:]]
    kit = pathlib.Path(__file__).parent
    text = "(module\n" + "".join(path.read_text() for path in [kit / name for name in KIT] + sources) + ")\n"
    build = pathlib.Path("build")
    build.mkdir(exist_ok=True)
    module, wasm = build / "module.wat", build / "module.wasm"
    module.write_text(text)
    assemble(module, wasm)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(wasm.read_bytes() + functions(text))


def assemble(module, wasm):
    """Binaryen's assembler is followed by its optimiser, which also takes out imports that are not used."""
    if shutil.which("wasm-tools"):
        run("wasm-tools", "parse", module, "-o", wasm)
    elif shutil.which("wasm-as") and shutil.which("wasm-opt"):
        features = ["--enable-bulk-memory", "--enable-multivalue"]
        run("wasm-as", *features, module, "-o", wasm)
        run("wasm-opt", *features, "-O3", wasm, "-o", wasm)
    elif shutil.which("wat2wasm"):
        run("wat2wasm", module, "-o", wasm)
    else:
        print(MISSING, file=sys.stderr)
        sys.exit(3)


def run(*command):
    status = subprocess.run([str(part) for part in command]).returncode
    if status:
        sys.exit(status)


def functions(text):
    """The custom section."""
    segment = re.search(r'\(data\s+\$functions\s+\(i32\.const\s+\w+\)((?:\s*"[^"]*")+)\s*\)', text)
    if not segment:
        sys.exit("there is no data segment $functions")
    lines = "".join(re.findall(r'"([^"]*)"', segment[1])).replace("\\n", "\n").encode()
    body = leb128(len(SECTION)) + SECTION + lines
    return b"\0" + leb128(len(body)) + body


def leb128(value):
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + leb128(rest) if rest else bytes([low])


main()
