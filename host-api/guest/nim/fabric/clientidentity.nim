## The client that made the proposal, read from its X.509 certificate.

import std/options
import context, host

type ClientIdentity* = object
  ## The client.

proc clientIdentity*(ctx: Context): ClientIdentity =
  ## The client that made the proposal.
  ClientIdentity()

proc text(status: int32): string =
  registerText(0)

proc id*(client: ClientIdentity): string =
  ## A text that is unique within the client's organisation: `x509::subject::issuer` in base64.
  text call("client_id")

proc mspId*(client: ClientIdentity): string =
  ## The client's organisation.
  text call("client_msp_id")

proc subject*(client: ClientIdentity): string =
  ## The certificate's subject, a distinguished name as RFC 2253 writes it.
  text call("client_subject")

proc issuer*(client: ClientIdentity): string =
  ## The certificate's issuer.
  text call("client_issuer")

proc organizationalUnits*(client: ClientIdentity): seq[string] =
  ## The organizational units of the subject.
  texts(0, call("client_organizational_units"))

proc hasOrganizationalUnit*(client: ClientIdentity, unit: string): bool =
  ## Whether the subject has an organizational unit.
  unit in client.organizationalUnits

proc attribute*(client: ClientIdentity, name: string): Option[string] =
  ## An attribute that the certificate authority put into the certificate; none when it is not there.
  optional call("client_attribute", name)

proc attributes*(client: ClientIdentity): seq[(string, string)] =
  ## All of them, names and values, sorted by name.
  pairs call("client_attributes")

proc assertAttribute*(client: ClientIdentity, name, value: string) =
  ## Refuses the call unless an attribute has a value.
  let found = client.attribute(name)
  if found.isNone: refuse "attribute '" & name & "' was not found"
  if found.get != value: refuse "attribute '" & name & "' equals '" & found.get & "', not '" & value & "'"
