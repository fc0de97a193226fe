"""Assets with an owner: Fabric's sample contract "asset-transfer-basic".

It answers like the sample does, and sets the events of the sample "asset-transfer-events".
"""

from typing import TypedDict

from fabric_contract import Context, ContractError, contract
from fabric_contract.json_text import write


class Asset(TypedDict):
    """Fields in the order of their names, so that every language writes the same bytes."""

    AppraisedValue: int
    Color: str
    ID: str
    Owner: str
    Size: int


@contract.submit
def init_ledger(context: Context) -> None:
    """Adds a first set of assets."""
    for id, color, size, owner, appraised_value in [
        ("asset1", "blue", 5, "Tomoko", 300),
        ("asset2", "red", 5, "Brad", 400),
        ("asset3", "green", 10, "Jin Soo", 500),
        ("asset4", "yellow", 10, "Max", 600),
        ("asset5", "black", 15, "Adriana", 700),
        ("asset6", "white", 15, "Michel", 800),
    ]:
        context.put_json(id, Asset(AppraisedValue=appraised_value, Color=color, ID=id, Owner=owner, Size=size))


@contract.submit
def create_asset(context: Context, id: str, color: str, size: int, owner: str, appraised_value: int) -> None:
    """Issues a new asset."""
    if asset_exists(context, id):
        raise ContractError(f"the asset {id} already exists")
    asset = Asset(AppraisedValue=appraised_value, Color=color, ID=id, Owner=owner, Size=size)
    put_with_event(context, "CreateAsset", asset)


@contract.evaluate
def read_asset(context: Context, id: str) -> bytes:
    """Returns one asset."""
    return existing(id, context.get_state(id))


@contract.submit
def update_asset(context: Context, id: str, color: str, size: int, owner: str, appraised_value: int) -> None:
    """Replaces an asset."""
    existing(id, context.get_state(id))
    asset = Asset(AppraisedValue=appraised_value, Color=color, ID=id, Owner=owner, Size=size)
    put_with_event(context, "UpdateAsset", asset)


@contract.submit
def delete_asset(context: Context, id: str) -> None:
    """Removes an asset."""
    asset = existing(id, context.get_state(id))
    context.set_event("DeleteAsset", asset)
    context.delete_state(id)


@contract.evaluate
def asset_exists(context: Context, id: str) -> bool:
    """Tells whether an asset exists."""
    return context.get_state(id) is not None


@contract.submit
def transfer_asset(context: Context, id: str, new_owner: str) -> str:
    """Gives an asset to another owner and returns the old one."""
    asset = existing(id, context.get_json(id))
    old_owner = asset["Owner"]
    asset["Owner"] = new_owner
    put_with_event(context, "TransferAsset", asset)
    return old_owner


@contract.evaluate
def get_all_assets(context: Context) -> bytes:
    """Returns all assets."""
    with context.get_state_by_range() as entries:
        return b"[" + b",".join(entry.value for entry in entries) + b"]"


def existing[T](id: str, found: T | None) -> T:
    """What was found under an asset's key; refuses the call when it is nothing."""
    if found is None:
        raise ContractError(f"the asset {id} does not exist")
    return found


def put_with_event(context: Context, event: str, asset: Asset) -> None:
    """Writes an asset and tells about it."""
    value = write(asset)
    context.set_event(event, value)
    context.put_state(asset["ID"], value)
