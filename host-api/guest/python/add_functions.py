"""Adds the list of a contract's functions to a component, as custom section: add_functions.py COMPONENT LIST OUTPUT."""

import sys
from pathlib import Path

SECTION = b"fabric:chaincode/functions"


def leb128(value: int) -> bytes:
    """An unsigned number as Wasm writes it."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def custom_section(name: bytes, content: bytes) -> bytes:
    """A whole custom section."""
    body = leb128(len(name)) + name + content
    return b"\0" + leb128(len(body)) + body


if __name__ == "__main__":
    component, functions, output = map(Path, sys.argv[1:])
    output.write_bytes(component.read_bytes() + custom_section(SECTION, functions.read_bytes()))
