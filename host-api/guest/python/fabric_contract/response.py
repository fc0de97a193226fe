"""Results of transaction functions, written as the bytes a client gets."""

from __future__ import annotations

import dataclasses
from typing import Any

from . import json_text


def payload(result: Any) -> bytes:
    """The response's payload: bytes as they are, other plain values as text, lists, dicts and dataclasses as JSON."""
    if result is None:
        return b""
    if isinstance(result, (bytes, bytearray, memoryview)):
        return bytes(result)
    if isinstance(result, str):
        return result.encode()
    if isinstance(result, bool):
        return b"true" if result else b"false"
    if isinstance(result, int):
        return str(int(result)).encode()
    if isinstance(result, float):
        return _number(result).encode()
    if isinstance(result, (list, tuple, dict)) or dataclasses.is_dataclass(result):
        return json_text.write(result)
    raise TypeError(f"a transaction function cannot return {type(result).__name__}")


def _number(value: float) -> str:
    """The shortest digits that stand for the number, never with an exponent: what all languages write."""
    shortest = repr(value)
    if shortest == "nan":
        return "NaN"
    digits, _, exponent = shortest.partition("e")
    if not exponent:
        return digits.removesuffix(".0")
    whole, _, fraction = digits.partition(".")
    places = int(exponent)
    return f"{value:.{len(fraction) - places}f}" if places < 0 else whole + fraction.ljust(places, "0")
