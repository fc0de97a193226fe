"""How arguments and results are written."""

from __future__ import annotations

from typing import Iterable, Self

from fabric_contract import Argument, MetadataEntry, Page, StateIterator


class List(list[str], Argument):
    """Texts joined by commas."""

    kind = "list"

    @classmethod
    def parse(cls, value: bytes) -> Self:
        """Empty texts are left out."""
        return cls(part for part in value.decode().split(",") if part)

    def pairs(self) -> list[tuple[str, bytes]]:
        """``key=value`` each."""
        split = (text.partition("=") for text in self)
        return [(key, value.encode()) for key, _, value in split]


def lossy(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def optional(value: bytes | str | None) -> str:
    if value is None:
        return "<none>"
    return value if isinstance(value, str) else lossy(value)


def optionals(values: Iterable[bytes | None]) -> str:
    return ",".join(map(optional, values))


def pairs(values: Iterable[tuple[str, str]]) -> str:
    return ",".join(f"{name}={value}" for name, value in values)


def metadata(values: Iterable[MetadataEntry]) -> str:
    return pairs((entry.name, lossy(entry.value)) for entry in values)


def entries(found: StateIterator) -> str:
    """Separators of composite keys are shown as ``/``."""
    with found:
        return pairs((entry.key, lossy(entry.value)) for entry in found).replace("\0", "/")


def page(found: tuple[StateIterator, Page]) -> str:
    iterator, about = found
    bookmark = about.bookmark.replace("\0", "/")
    return f"{entries(iterator)}|{about.fetched_records_count}|{bookmark}"
