"""JSON, as the kits of all languages read and write it."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated, Any, Callable, NamedTuple, NoReturn, get_args, get_origin, get_type_hints


class IntegerRange(NamedTuple):
    """The integers of a type."""

    minimum: int
    maximum: int

    def check(self, number: int) -> int:
        """Raises :class:`ValueError` for an integer that is not among them."""
        if self.minimum <= number <= self.maximum:
            return number
        raise ValueError(number)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)


def parse(value: bytes) -> Any:
    """Reads JSON; raises :class:`ValueError` when it is none."""
    text = value.decode()
    try:
        found = _DECODER.decode(text)
        if "\\u" in text:
            # Escapes may spell half a character, which no text can hold.
            _ENCODER.encode(found).encode()
    except RecursionError:
        raise ValueError("the JSON nests too deeply") from None
    return found


def write(value: Any) -> bytes:
    """Writes JSON without spaces, its fields in their order; dataclasses are objects."""
    return _ENCODER.encode(value).encode()


Reader = Callable[[Any], Any]


def _exactly(*types: type) -> Reader:
    def read(value: Any) -> Any:
        # A bool is an int in Python, not in JSON.
        if type(value) not in types:
            raise ValueError(value)
        return value

    return read


def _integer(allowed: IntegerRange) -> Reader:
    is_integer = _exactly(int)
    return lambda value: allowed.check(is_integer(value))


def _dataclass(kind: type) -> Reader:
    hints = get_type_hints(kind, include_extras=True)
    readers = {field.name: reader(hints[field.name]) for field in dataclasses.fields(kind)}
    is_object = _exactly(dict)

    def read(value: Any) -> Any:
        known = {name: part for name, part in is_object(value).items() if name in readers}
        try:
            return kind(**{name: readers[name](part) for name, part in known.items()})
        except TypeError as error:
            # A field is missing.
            raise ValueError(str(error)) from None

    return read


def reader(annotation: Any) -> Reader:
    """What makes a value of this type from parsed JSON; raises :class:`TypeError` when the type is not known."""
    if annotation in (Any, object):
        return lambda value: value
    if annotation in (str, bool, list, dict):
        return _exactly(annotation)
    if annotation is int:
        return _integer(IntegerRange(-(2**63), 2**63 - 1))
    if annotation is float:
        is_number = _exactly(int, float)
        return lambda value: float(is_number(value))
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        return _dataclass(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        ranges = [note for note in arguments[1:] if isinstance(note, IntegerRange)]
        return _integer(ranges[0]) if ranges else reader(arguments[0])
    if origin is list:
        is_list, element = _exactly(list), reader(arguments[0])
        return lambda value: [element(part) for part in is_list(value)]
    if origin is dict and arguments[0] is str:
        is_object, element = _exactly(dict), reader(arguments[1])
        return lambda value: {name: element(part) for name, part in is_object(value).items()}
    raise TypeError(f"{annotation} is not a type that arguments can have")
