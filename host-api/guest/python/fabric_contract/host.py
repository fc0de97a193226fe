"""Calls of the peer's functions.

The generated bindings end the whole call without a word when a value has the wrong type, so values are examined before.
"""

from __future__ import annotations

from typing import Any, Callable, Iterable, Mapping, TypeVar

from componentize_py_types import Err
from wit_world.imports.state import KeyValue

from .errors import ContractError

T = TypeVar("T")

#: What is taken where the peer wants bytes.
Bytes = bytes | bytearray | memoryview

_UINT32_MAX = 2**32 - 1


def ask(function: Callable[..., T], *args: Any) -> T:
    """Calls the peer; what it refuses becomes a :class:`ContractError`."""
    try:
        return function(*args)
    except Err as error:
        raise ContractError(error.value) from None


def text(value: str, name: str) -> str:
    """A text that the peer can take; the error calls it ``name``."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be str, not {type(value).__name__}")
    if not value.isascii():
        # A lone surrogate cannot be passed on, and this says which one it is.
        value.encode()
    return value


def texts(values: Iterable[str], name: str) -> list[str]:
    """Several texts."""
    if isinstance(values, str):
        raise TypeError(f"{name} must be several str, not one")
    return [text(value, name) for value in values]


def data(value: Bytes, name: str) -> bytes:
    """Bytes that the peer can take."""
    if isinstance(value, bytes):
        return value
    if not isinstance(value, (bytearray, memoryview)):
        raise TypeError(f"{name} must be bytes, not {type(value).__name__}")
    return bytes(value)


def uint32(value: int, name: str) -> int:
    """A number of 32 bits without a sign."""
    if not isinstance(value, int):
        raise TypeError(f"{name} must be int, not {type(value).__name__}")
    if not 0 <= value <= _UINT32_MAX:
        raise ValueError(f"{name} must be from 0 to {_UINT32_MAX}, not {value}")
    return value


def entries(values: Mapping[str, Bytes] | Iterable[tuple[str, Bytes]]) -> list[KeyValue]:
    """Keys with their values, in their order."""
    pairs = values.items() if isinstance(values, Mapping) else values
    return [KeyValue(text(key, "key"), data(value, "value")) for key, value in pairs]
