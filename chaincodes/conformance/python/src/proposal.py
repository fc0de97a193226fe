"""The proposal, its client, and what has no ledger."""

from typing import NoReturn

from fabric_contract import Context, ContractError, contract, crypto
from fabric_contract.crypto import HashAlgorithm, SignatureAlgorithm
from texts import List, lossy, optional, pairs


@contract.evaluate
def tx_id(context: Context) -> str:
    return context.tx_id()


@contract.evaluate
def channel_id(context: Context) -> str:
    return context.channel_id()


@contract.evaluate
def timestamp(context: Context) -> str:
    time = context.tx_timestamp()
    return f"{time.seconds}.{time.nanoseconds:09}"


@contract.evaluate
def args(context: Context, first: str, second: str) -> str:
    """What the peer says, not what this function was given."""
    return ",".join(map(lossy, context.args()))


@contract.evaluate
def transient(context: Context) -> str:
    return fields(context.transient())


@contract.evaluate
def creator(context: Context) -> bytes:
    return context.creator()


@contract.evaluate
def creator_msp_id(context: Context) -> str:
    return context.creator_msp_id()


@contract.evaluate
def creator_certificate(context: Context) -> bytes:
    return context.creator_certificate()


@contract.evaluate
def signed_proposal(context: Context) -> bytes:
    return context.signed_proposal()


@contract.evaluate
def binding(context: Context) -> str:
    return context.binding().hex()


@contract.evaluate
def decorations(context: Context) -> str:
    return fields(context.decorations())


def fields(values: dict[str, bytes]) -> str:
    return pairs((name, lossy(value)) for name, value in values.items())


@contract.evaluate
def client_id(context: Context) -> str:
    return context.client_identity().id()


@contract.evaluate
def client_msp_id(context: Context) -> str:
    return context.client_identity().msp_id()


@contract.evaluate
def client_subject(context: Context) -> str:
    return context.client_identity().subject()


@contract.evaluate
def client_issuer(context: Context) -> str:
    return context.client_identity().issuer()


@contract.evaluate
def client_units(context: Context) -> str:
    return ",".join(context.client_identity().organizational_units())


@contract.evaluate
def client_attribute(context: Context, name: str) -> str:
    return optional(context.client_identity().attribute(name))


@contract.evaluate
def client_attributes(context: Context) -> str:
    return pairs(context.client_identity().attributes().items())


@contract.submit
def event(context: Context, name: str, payload: bytes) -> None:
    context.set_event(name, payload)


@contract.submit
def invoke(context: Context, name: str, channel: str, args: List) -> str:
    response = context.invoke_chaincode(name, [arg.encode() for arg in args], channel)
    return f"{response.status}|{response.message}|{lossy(response.payload)}"


@contract.evaluate("Hash")
def hash_of(_: Context, algorithm: str, data: bytes) -> str:
    try:
        chosen = HashAlgorithm[member(algorithm)]
    except KeyError:
        raise ContractError(f"no algorithm {algorithm}") from None
    return crypto.hash(chosen, data).hex()


@contract.evaluate
def verify(_: Context, algorithm: str, public_key: bytes, message: bytes, signature: str) -> bool:
    """The signature in hexadecimal."""
    try:
        chosen = SignatureAlgorithm[member(algorithm)]
    except KeyError:
        raise ContractError(f"no algorithm {algorithm}") from None
    try:
        signed = bytes.fromhex(signature)
    except ValueError:
        raise ContractError("the signature is not hexadecimal") from None
    return crypto.verify(chosen, public_key, message, signed)


def member(algorithm: str) -> str:
    return algorithm.upper().replace("-", "_")


@contract.evaluate
def log(context: Context, level: str, message: str) -> None:
    levels = {
        "debug": context.log_debug,
        "info": context.log_info,
        "warning": context.log_warning,
        "error": context.log_error,
    }
    if level not in levels:
        raise ContractError(f"no level {level}")
    levels[level](message)


@contract.evaluate
def abort(context: Context, message: str) -> NoReturn:
    context.abort(message)
