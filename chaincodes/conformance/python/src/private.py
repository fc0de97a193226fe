"""Private data."""

from fabric_contract import Context, contract
from texts import List, entries, metadata, optional, optionals


@contract.evaluate
def private_get(context: Context, collection: str, key: str) -> str:
    return optional(context.get_private_data(collection, key))


@contract.evaluate
def private_get_many(context: Context, collection: str, keys: List) -> str:
    return optionals(context.get_private_data_multiple(collection, keys))


@contract.evaluate
def private_hash(context: Context, collection: str, key: str) -> str:
    found = context.get_private_data_hash(collection, key)
    return optional(found if found is None else found.hex())


@contract.submit
def private_put(context: Context, collection: str, key: str, value: bytes) -> None:
    context.put_private_data(collection, key, value)


@contract.submit
def private_put_many(context: Context, collection: str, entries: List) -> None:
    context.put_private_data_multiple(collection, entries.pairs())


@contract.submit
def private_delete(context: Context, collection: str, key: str) -> None:
    context.delete_private_data(collection, key)


@contract.submit
def private_purge(context: Context, collection: str, key: str) -> None:
    context.purge_private_data(collection, key)


@contract.evaluate
def private_metadata(context: Context, collection: str, key: str) -> str:
    return metadata(context.get_private_data_metadata(collection, key))


@contract.evaluate
def private_get_policy(context: Context, collection: str, key: str) -> str:
    return optional(context.get_private_data_validation_parameter(collection, key))


@contract.submit
def private_set_policy(context: Context, collection: str, key: str, policy: bytes) -> None:
    context.set_private_data_validation_parameter(collection, key, policy)


@contract.evaluate
def private_range(context: Context, collection: str, start: str, end: str) -> str:
    return entries(context.get_private_data_by_range(collection, start, end))


@contract.evaluate
def private_partial_range(context: Context, collection: str, object_type: str, attributes: List) -> str:
    return entries(context.get_private_data_by_partial_composite_key(collection, object_type, attributes))


@contract.evaluate
def private_query(context: Context, collection: str, query: str) -> str:
    return entries(context.get_private_data_query_result(collection, query))
