"""Hashes and signatures, computed by the peer."""

from wit_world.imports import crypto
from wit_world.imports.crypto import HashAlgorithm, SignatureAlgorithm

from .host import Bytes, ask, data

__all__ = ["HashAlgorithm", "SignatureAlgorithm", "hash", "sha256", "verify"]


def hash(algorithm: HashAlgorithm, value: Bytes) -> bytes:
    """The hash of some bytes."""
    return crypto.hash(HashAlgorithm(algorithm), data(value, "value"))


def sha256(value: Bytes) -> bytes:
    """SHA-256."""
    return hash(HashAlgorithm.SHA256, value)


def verify(algorithm: SignatureAlgorithm, public_key: Bytes, message: Bytes, signature: Bytes) -> bool:
    """Whether a signature is right.

    The public key is a ``SubjectPublicKeyInfo`` in DER, or PEM of such a key or of a certificate. Raises :class:`ContractError`
    when it is neither or belongs to another algorithm.
    """
    return ask(
        crypto.verify,
        SignatureAlgorithm(algorithm),
        data(public_key, "public_key"),
        data(message, "message"),
        data(signature, "signature"),
    )
