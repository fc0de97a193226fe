"""Results of queries, fetched from the peer one by one."""

from __future__ import annotations

from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from wit_world.imports.state import KeyModification, KeyValue

from .host import ask

T = TypeVar("T", covariant=True)


class _Resource(Protocol[T]):
    """What the bindings make of an iterator of the peer."""

    def next(self) -> T | None: ...

    def __exit__(self, *error: object) -> bool | None: ...


class _Iterator(Generic[T]):
    """An iterator that is closed after its last element, at the end of ``with``, or when nothing refers to it any more."""

    def __init__(self, resource: _Resource[T]) -> None:
        self._resource: _Resource[T] | None = resource

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        if self._resource is None:
            raise StopIteration
        found = ask(self._resource.next)
        if found is None:
            self.close()
            raise StopIteration
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Tells the peer that no more is wanted. It is no error to close twice."""
        resource, self._resource = self._resource, None
        if resource is not None:
            resource.__exit__(None, None, None)


class StateIterator(_Iterator[KeyValue]):
    """Keys in ascending order with their values.

    ::

        with context.get_state_by_range("a", "b") as entries:
            for entry in entries:
                print(entry.key, entry.value)
    """


class HistoryIterator(_Iterator[KeyModification]):
    """Modifications of a key, newest first."""
