"""Arguments of transaction functions, read from the bytes a client sent."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Annotated, Any, Callable, ClassVar, NamedTuple, Self, get_args, get_origin

from . import json_text
from .errors import ContractError
from .json_text import IntegerRange

#: Integers by their number of bits. A plain ``int`` has 64 bits and a sign.
Int32 = Annotated[int, IntegerRange(-(2**31), 2**31 - 1)]
Int64 = Annotated[int, IntegerRange(-(2**63), 2**63 - 1)]
UInt32 = Annotated[int, IntegerRange(0, 2**32 - 1)]
UInt64 = Annotated[int, IntegerRange(0, 2**64 - 1)]

# Python's own int() and float() also take spaces, underscores and the digits of other scripts.
_SIGNED = re.compile(r"[+-]?[0-9]+")
_UNSIGNED = re.compile(r"\+?[0-9]+")
_NUMBER = re.compile(r"[+-]?(inf|infinity|nan|([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?)", re.ASCII | re.IGNORECASE)

#: More digits than any integer type has. int() refuses very long texts, although they may be zeros.
_DIGITS_MAX = 20


class Argument(ABC):
    """Base class of a contract's own argument types.

    ::

        class Color(Argument):
            kind = "color"

            @classmethod
            def parse(cls, value: bytes) -> "Color":
                ...
    """

    #: What an argument must be, for error texts.
    kind: ClassVar[str]

    @classmethod
    @abstractmethod
    def parse(cls, value: bytes) -> Self:
        """Reads an argument; raises :class:`ValueError` when it is none of this kind."""


class Converter(NamedTuple):
    """How arguments of one type are read."""

    kind: str
    parse: Callable[[bytes], Any]

    def convert(self, name: str, value: bytes) -> Any:
        """Reads an argument, which the error calls ``name``."""
        try:
            return self.parse(value)
        except ValueError:
            raise ContractError(f"Error managing parameter {name}. {self._trouble(value)}") from None

    def _trouble(self, value: bytes) -> str:
        try:
            return f"Cannot convert passed value {value.decode()} to {self.kind}"
        except UnicodeDecodeError:
            return "Passed value is not valid UTF-8"


def _integer(allowed: IntegerRange) -> Converter:
    pattern = _SIGNED if allowed.minimum < 0 else _UNSIGNED

    def parse(value: bytes) -> int:
        text = value.decode()
        if not pattern.fullmatch(text):
            raise ValueError(text)
        digits = text.lstrip("+-").lstrip("0") or "0"
        if len(digits) > _DIGITS_MAX:
            raise ValueError(text)
        number = -int(digits) if text.startswith("-") else int(digits)
        return allowed.check(number)

    return Converter("integer", parse)


def _number(value: bytes) -> float:
    text = value.decode()
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return float(text)


def _boolean(value: bytes) -> bool:
    if value in (b"true", b"false"):
        return value == b"true"
    raise ValueError(value)


_CONVERTERS: dict[Any, Converter] = {
    bytes: Converter("bytes", bytes),
    str: Converter("text", bytes.decode),
    bool: Converter("boolean", _boolean),
    float: Converter("number", _number),
    int: _integer(get_args(Int64)[1]),
}


def converter(annotation: Any) -> Converter:
    """How arguments with this annotation are read; raises :class:`TypeError` when it is not known."""
    if isinstance(annotation, type) and issubclass(annotation, Argument):
        return Converter(annotation.kind, annotation.parse)
    if annotation in _CONVERTERS:
        return _CONVERTERS[annotation]
    if get_origin(annotation) is Annotated:
        base, *notes = get_args(annotation)
        for note in notes:
            if isinstance(note, IntegerRange):
                return _integer(note)
        return converter(base)
    read = json_text.reader(annotation)
    return Converter("JSON", lambda value: read(json_text.parse(value)))
