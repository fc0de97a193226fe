"""The transaction being simulated."""

from __future__ import annotations

from typing import Iterable, NoReturn

from wit_world.imports import chaincodes, diagnostics, transaction
from wit_world.imports.diagnostics import Level

from .client_identity import ClientIdentity
from .host import Bytes, ask, data, text
from .private_data import PrivateData
from .state import State
from .types import ChaincodeResponse, Timestamp


class Context(State, PrivateData):
    """The transaction being simulated: its ledger, its proposal, its event and its log.

    Reads see the committed state, not the transaction's own writes. What the peer refuses is raised as
    :class:`~fabric_contract.ContractError`.
    """

    def invoke_chaincode(self, name: str, args: Iterable[Bytes], channel: str = "") -> ChaincodeResponse:
        """Calls a chaincode within this transaction; the first argument is the name of the function.

        On this channel (an empty name) its writes become part of the transaction; on another it only reads.
        """
        values = [data(arg, "argument") for arg in args]
        return ask(chaincodes.invoke_chaincode, text(name, "name"), values, text(channel, "channel"))

    def set_event(self, name: str, payload: Bytes) -> None:
        """Sets the transaction's event; a second one replaces the first."""
        ask(transaction.set_event, text(name, "name"), data(payload, "payload"))

    def tx_id(self) -> str:
        """Identifier of the transaction."""
        return transaction.tx_id()

    def channel_id(self) -> str:
        """The channel."""
        return transaction.channel_id()

    def tx_timestamp(self) -> Timestamp:
        """The client's time, the same at every endorser."""
        return transaction.tx_timestamp()

    def args(self) -> list[bytes]:
        """All arguments, the function's name first."""
        return transaction.args()

    def transient(self) -> dict[str, bytes]:
        """Data for the endorsers only, by name."""
        return dict(transaction.transient())

    def creator(self) -> bytes:
        """The creator as a marshalled ``msp.SerializedIdentity``."""
        return transaction.creator()

    def creator_msp_id(self) -> str:
        """The creator's MSP."""
        return transaction.creator_msp_id()

    def creator_certificate(self) -> bytes:
        """The creator's certificate, PEM."""
        return transaction.creator_certificate()

    def client_identity(self) -> ClientIdentity:
        """The client that made the proposal."""
        return ClientIdentity()

    def signed_proposal(self) -> bytes:
        """The proposal as the client signed it: a marshalled ``protos.SignedProposal``."""
        return transaction.signed_proposal()

    def binding(self) -> bytes:
        """SHA-256 over the proposal's nonce, creator and epoch."""
        return transaction.binding()

    def decorations(self) -> dict[str, bytes]:
        """What the peer's decorators added to the proposal, sorted by name."""
        return dict(transaction.decorations())

    def log_debug(self, message: str) -> None:
        """A line for the chaincode's log, for developers."""
        diagnostics.log(Level.DEBUG, text(message, "message"))

    def log_info(self, message: str) -> None:
        """A line for the chaincode's log. ``print`` writes such lines, too."""
        diagnostics.log(Level.INFO, text(message, "message"))

    def log_warning(self, message: str) -> None:
        """A line for the chaincode's log about something unexpected."""
        diagnostics.log(Level.WARNING, text(message, "message"))

    def log_error(self, message: str) -> None:
        """A line for the chaincode's log about a failure."""
        diagnostics.log(Level.ERROR, text(message, "message"))

    def abort(self, message: str) -> NoReturn:
        """Ends the call at once, as an uncaught exception does; the message reaches the client."""
        diagnostics.abort(text(message, "message"))
        raise AssertionError("the peer ends the call")
