"""The world state."""

from fabric_contract import Context, UInt32, contract
from texts import List, entries, lossy, optional, optionals, page
from texts import metadata as written


@contract.evaluate
def get(context: Context, key: str) -> str:
    return optional(context.get_state(key))


@contract.evaluate
def get_many(context: Context, keys: List) -> str:
    return optionals(context.get_states(keys))


@contract.submit
def put(context: Context, key: str, value: bytes) -> None:
    context.put_state(key, value)


@contract.submit
def put_many(context: Context, entries: List) -> None:
    context.put_states(entries.pairs())


@contract.submit
def put_and_get(context: Context, key: str, value: bytes) -> str:
    context.put_state(key, value)
    return optional(context.get_state(key))


@contract.submit
def delete(context: Context, key: str) -> None:
    context.delete_state(key)


@contract.submit
def delete_many(context: Context, keys: List) -> None:
    context.delete_states(keys)


@contract.evaluate
def metadata(context: Context, key: str) -> str:
    return written(context.get_state_metadata(key))


@contract.evaluate
def get_policy(context: Context, key: str) -> str:
    return optional(context.get_state_validation_parameter(key))


@contract.submit
def set_policy(context: Context, key: str, policy: bytes) -> None:
    context.set_state_validation_parameter(key, policy)


@contract.evaluate("Range")
def by_range(context: Context, start: str, end: str) -> str:
    return entries(context.get_state_by_range(start, end))


@contract.evaluate
def range_page(context: Context, start: str, end: str, size: UInt32, bookmark: str) -> str:
    return page(context.get_state_by_range_with_pagination(start, end, size, bookmark))


@contract.evaluate
def composite(context: Context, object_type: str, attributes: List) -> str:
    return context.create_composite_key(object_type, attributes).replace("\0", "/")


@contract.submit
def put_composite(context: Context, object_type: str, attributes: List, value: bytes) -> None:
    context.put_state(context.create_composite_key(object_type, attributes), value)


@contract.evaluate
def split(context: Context, key: str) -> str:
    object_type, attributes = context.split_composite_key(key)
    return f"{object_type}:{','.join(attributes)}"


@contract.evaluate
def partial_range(context: Context, object_type: str, attributes: List) -> str:
    return entries(context.get_state_by_partial_composite_key(object_type, attributes))


@contract.evaluate
def partial_page(context: Context, object_type: str, attributes: List, size: UInt32, bookmark: str) -> str:
    bookmark = bookmark.replace("/", "\0")
    return page(context.get_state_by_partial_composite_key_with_pagination(object_type, attributes, size, bookmark))


@contract.evaluate
def composite_page(context: Context, size: UInt32, bookmark: str) -> str:
    return page(context.get_all_states_composite_key_with_pagination(size, bookmark.replace("/", "\0")))


@contract.evaluate("Query")
def rich_query(context: Context, query: str) -> str:
    return entries(context.get_query_result(query))


@contract.evaluate
def query_page(context: Context, query: str, size: UInt32, bookmark: str) -> str:
    return page(context.get_query_result_with_pagination(query, size, bookmark))


@contract.evaluate
def history(context: Context, key: str) -> str:
    found = []
    with context.get_history_for_key(key) as modifications:
        for entry in modifications:
            text = "deleted" if entry.is_delete else lossy(entry.value)
            found.append(f"{entry.tx_id}@{entry.timestamp.seconds}={text}")
    return ",".join(found)
