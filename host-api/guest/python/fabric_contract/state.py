"""The chaincode's part of the world state."""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from wit_world.imports import state

from . import json_text
from .errors import ContractError
from .host import Bytes, ask, data, entries, text, texts, uint32
from .iterators import HistoryIterator, StateIterator
from .types import MetadataEntry, Page


class State:
    """The world state, as the transaction simulates it. Reads do not see the transaction's own writes."""

    def get_state(self, key: str) -> bytes | None:
        """The value of a key, None when it does not exist."""
        return ask(state.get_state, text(key, "key"))

    def get_json(self, key: str) -> Any:
        """The value of a key, read from JSON; None when it does not exist."""
        value = self.get_state(key)
        if value is None:
            return None
        try:
            return json_text.parse(value)
        except ValueError as error:
            raise ContractError(f"the value of {key} is not JSON: {error}") from None

    def get_states(self, keys: Iterable[str]) -> list[bytes | None]:
        """The values of several keys, in their order."""
        return ask(state.get_states, texts(keys, "keys"))

    def put_state(self, key: str, value: Bytes) -> None:
        """Sets a key."""
        ask(state.put_state, text(key, "key"), data(value, "value"))

    def put_json(self, key: str, value: Any) -> None:
        """Sets a key to a value as JSON, without spaces and with its fields in their order."""
        self.put_state(key, json_text.write(value))

    def put_states(self, values: Mapping[str, Bytes] | Iterable[tuple[str, Bytes]]) -> None:
        """Sets several keys, in their order, up to the first that is refused."""
        ask(state.put_states, entries(values))

    def delete_state(self, key: str) -> None:
        """Removes a key."""
        ask(state.delete_state, text(key, "key"))

    def delete_states(self, keys: Iterable[str]) -> None:
        """Removes several keys, in their order, up to the first that is refused."""
        ask(state.delete_states, texts(keys, "keys"))

    def get_state_metadata(self, key: str) -> list[MetadataEntry]:
        """What is committed about a key beside its value, sorted by name."""
        return ask(state.get_state_metadata, text(key, "key"))

    def get_state_validation_parameter(self, key: str) -> bytes | None:
        """The key's own endorsement policy, a marshalled ``common.SignaturePolicyEnvelope``; None when it has none."""
        return ask(state.get_state_validation_parameter, text(key, "key"))

    def set_state_validation_parameter(self, key: str, policy: Bytes) -> None:
        """Gives a key its own endorsement policy; an empty one takes it away."""
        ask(state.set_state_validation_parameter, text(key, "key"), data(policy, "policy"))

    def get_state_by_range(self, start_key: str = "", end_key: str = "") -> StateIterator:
        """Simple keys from ``start_key`` to before ``end_key``; empty ones mean the first and the end."""
        return StateIterator(ask(state.get_state_by_range, text(start_key, "start_key"), text(end_key, "end_key")))

    def get_state_by_range_with_pagination(
        self, start_key: str, end_key: str, page_size: int, bookmark: str = ""
    ) -> tuple[StateIterator, Page]:
        """At most ``page_size`` keys of such a range, from the bookmark on unless it is empty.

        A transaction that asks for pages may write nothing.
        """
        found, page = ask(
            state.get_state_by_range_with_pagination,
            text(start_key, "start_key"),
            text(end_key, "end_key"),
            uint32(page_size, "page_size"),
            text(bookmark, "bookmark"),
        )
        return StateIterator(found), page

    def get_state_by_partial_composite_key(self, object_type: str, attributes: Iterable[str] = ()) -> StateIterator:
        """Composite keys that begin with these parts."""
        parts = text(object_type, "object_type"), texts(attributes, "attributes")
        return StateIterator(ask(state.get_state_by_partial_composite_key, *parts))

    def get_state_by_partial_composite_key_with_pagination(
        self, object_type: str, attributes: Iterable[str], page_size: int, bookmark: str = ""
    ) -> tuple[StateIterator, Page]:
        """A page of these."""
        found, page = ask(
            state.get_state_by_partial_composite_key_with_pagination,
            text(object_type, "object_type"),
            texts(attributes, "attributes"),
            uint32(page_size, "page_size"),
            text(bookmark, "bookmark"),
        )
        return StateIterator(found), page

    def get_all_states_composite_key_with_pagination(
        self, page_size: int, bookmark: str = ""
    ) -> tuple[StateIterator, Page]:
        """A page of all composite keys of the chaincode."""
        found, page = ask(
            state.get_all_states_composite_key_with_pagination, uint32(page_size, "page_size"), text(bookmark, "bookmark")
        )
        return StateIterator(found), page

    def create_composite_key(self, object_type: str, attributes: Iterable[str] = ()) -> str:
        """Joins parts to a composite key. No part may contain U+0000 or U+10FFFF."""
        return ask(state.create_composite_key, text(object_type, "object_type"), texts(attributes, "attributes"))

    def split_composite_key(self, key: str) -> tuple[str, list[str]]:
        """The object type and the attributes of a composite key."""
        parts = ask(state.split_composite_key, text(key, "key"))
        return parts.object_type, parts.attributes

    def get_query_result(self, query: str) -> StateIterator:
        """A query in the language of the state database."""
        return StateIterator(ask(state.get_query_result, text(query, "query")))

    def get_query_result_with_pagination(
        self, query: str, page_size: int, bookmark: str = ""
    ) -> tuple[StateIterator, Page]:
        """A page of it."""
        found, page = ask(
            state.get_query_result_with_pagination,
            text(query, "query"),
            uint32(page_size, "page_size"),
            text(bookmark, "bookmark"),
        )
        return StateIterator(found), page

    def get_history_for_key(self, key: str) -> HistoryIterator:
        """Committed modifications of a key, newest first."""
        return HistoryIterator(ask(state.get_history_for_key, text(key, "key")))
