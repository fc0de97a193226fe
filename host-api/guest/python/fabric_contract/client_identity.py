"""Who made the proposal."""

from __future__ import annotations

from wit_world.imports import client_identity

from .errors import ContractError
from .host import ask, text


class ClientIdentity:
    """The client that made the proposal, read from its X.509 certificate.

    Everything but :meth:`msp_id` raises :class:`ContractError` where the creator has no such certificate.
    """

    def id(self) -> str:
        """A text that is unique within the client's organisation: ``x509::subject::issuer`` in base64."""
        return ask(client_identity.id)

    def msp_id(self) -> str:
        """The client's organisation."""
        return client_identity.msp_id()

    def subject(self) -> str:
        """The certificate's subject, a distinguished name as RFC 2253 writes it."""
        return ask(client_identity.subject)

    def issuer(self) -> str:
        """The certificate's issuer."""
        return ask(client_identity.issuer)

    def organizational_units(self) -> list[str]:
        """The organizational units of the subject, in the certificate's order."""
        return ask(client_identity.organizational_units)

    def has_organizational_unit(self, unit: str) -> bool:
        """Whether the subject has an organizational unit."""
        return unit in self.organizational_units()

    def attribute(self, name: str) -> str | None:
        """An attribute that the certificate authority put into the certificate, None when it is not there."""
        return ask(client_identity.attribute, text(name, "name"))

    def attributes(self) -> dict[str, str]:
        """All of them, sorted by name."""
        return dict(ask(client_identity.attributes))

    def assert_attribute(self, name: str, value: str) -> None:
        """Refuses the call unless an attribute has a value."""
        found = self.attribute(name)
        if found is None:
            raise ContractError(f"attribute '{name}' was not found")
        if found != value:
            raise ContractError(f"attribute '{name}' equals '{found}', not '{value}'")
