"""Smart contracts for Hyperledger Fabric in Python, compiled to WebAssembly.

::

    from fabric_contract import Context, ContractError, contract

    @contract.submit
    def set_greeting(context: Context, text: str) -> None:
        context.put_state("greeting", text.encode())

    @contract.evaluate
    def greeting(context: Context) -> bytes:
        value = context.get_state("greeting")
        if value is None:
            raise ContractError("no greeting yet")
        return value

Clients call these two as ``SetGreeting`` and ``Greeting``.

Every call runs in a fresh instance, made of the memory as the imports left it when the contract was built: what a call changes
in global variables is gone after it. The clock is the client's time stamp, :meth:`Context.tx_timestamp`; there is no other.
"""

from .arguments import Argument, Int32, Int64, UInt32, UInt64
from .client_identity import ClientIdentity
from .context import Context
from .errors import ContractError
from .iterators import HistoryIterator, StateIterator
from .registry import Contract, contract
from .types import ChaincodeResponse, KeyModification, KeyValue, MetadataEntry, Page, Timestamp

__all__ = [
    "Argument",
    "ChaincodeResponse",
    "ClientIdentity",
    "Context",
    "Contract",
    "ContractError",
    "HistoryIterator",
    "Int32",
    "Int64",
    "KeyModification",
    "KeyValue",
    "MetadataEntry",
    "Page",
    "StateIterator",
    "Timestamp",
    "UInt32",
    "UInt64",
    "contract",
]
