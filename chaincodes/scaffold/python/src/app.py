"""my-contract: keys with their values."""

from fabric_contract import Context, ContractError, contract


@contract.submit
def put(context: Context, key: str, value: str) -> None:
    """Sets a key."""
    context.put_state(key, value.encode())


@contract.evaluate
def get(context: Context, key: str) -> bytes:
    """Returns the value of a key."""
    value = context.get_state(key)
    if value is None:
        raise ContractError(f"{key} does not exist")
    return value
