"""Data of collections, which only the peers of their members hold."""

from __future__ import annotations

from typing import Iterable, Mapping

from wit_world.imports import private_data

from .host import Bytes, ask, data, entries, text, texts
from .iterators import StateIterator
from .types import MetadataEntry


class PrivateData:
    """Private data: only the peers of a collection's members hold it. Not available while the chaincode is initialised.

    Whoever may not read or write the collection gets a :class:`~fabric_contract.ContractError`.
    """

    def get_private_data(self, collection: str, key: str) -> bytes | None:
        """The value of a private key, None when it does not exist."""
        return ask(private_data.get_private_data, *_names(collection, key))

    def get_private_data_multiple(self, collection: str, keys: Iterable[str]) -> list[bytes | None]:
        """The values of several private keys, in their order."""
        return ask(private_data.get_private_data_multiple, text(collection, "collection"), texts(keys, "keys"))

    def get_private_data_hash(self, collection: str, key: str) -> bytes | None:
        """SHA-256 of a private value, which every peer of the channel knows."""
        return ask(private_data.get_private_data_hash, *_names(collection, key))

    def put_private_data(self, collection: str, key: str, value: Bytes) -> None:
        """Sets a private key."""
        ask(private_data.put_private_data, *_names(collection, key), data(value, "value"))

    def put_private_data_multiple(
        self, collection: str, values: Mapping[str, Bytes] | Iterable[tuple[str, Bytes]]
    ) -> None:
        """Sets several private keys, in their order, up to the first that is refused."""
        ask(private_data.put_private_data_multiple, text(collection, "collection"), entries(values))

    def delete_private_data(self, collection: str, key: str) -> None:
        """Removes a private key."""
        ask(private_data.delete_private_data, *_names(collection, key))

    def purge_private_data(self, collection: str, key: str) -> None:
        """Removes a private key and its past values."""
        ask(private_data.purge_private_data, *_names(collection, key))

    def get_private_data_metadata(self, collection: str, key: str) -> list[MetadataEntry]:
        """What is committed about a private key beside its value, sorted by name."""
        return ask(private_data.get_private_data_metadata, *_names(collection, key))

    def get_private_data_validation_parameter(self, collection: str, key: str) -> bytes | None:
        """The private key's own endorsement policy, a marshalled ``common.SignaturePolicyEnvelope``."""
        return ask(private_data.get_private_data_validation_parameter, *_names(collection, key))

    def set_private_data_validation_parameter(self, collection: str, key: str, policy: Bytes) -> None:
        """Gives a private key its own endorsement policy; an empty one takes it away."""
        ask(private_data.set_private_data_validation_parameter, *_names(collection, key), data(policy, "policy"))

    def get_private_data_by_range(self, collection: str, start_key: str = "", end_key: str = "") -> StateIterator:
        """Simple private keys from ``start_key`` to before ``end_key``. The transaction may write nothing."""
        keys = text(start_key, "start_key"), text(end_key, "end_key")
        return StateIterator(ask(private_data.get_private_data_by_range, text(collection, "collection"), *keys))

    def get_private_data_by_partial_composite_key(
        self, collection: str, object_type: str, attributes: Iterable[str] = ()
    ) -> StateIterator:
        """Composite private keys that begin with these parts. The transaction may write nothing."""
        names = text(collection, "collection"), text(object_type, "object_type")
        found = ask(
            private_data.get_private_data_by_partial_composite_key, *names, texts(attributes, "attributes")
        )
        return StateIterator(found)

    def get_private_data_query_result(self, collection: str, query: str) -> StateIterator:
        """A query in the language of the state database. The transaction may write nothing."""
        names = text(collection, "collection"), text(query, "query")
        return StateIterator(ask(private_data.get_private_data_query_result, *names))


def _names(collection: str, key: str) -> tuple[str, str]:
    return text(collection, "collection"), text(key, "key")
