import { setFailure } from "./failure";
import * as host from "./host";
import { optionalTextResult, textListResult, textMapResult, textResult } from "./registers";
import { toBytes } from "./utf8";

/** The client that made the proposal, read from its X.509 certificate. */
@final
export class ClientIdentity {
  /** A text that is unique within the client's organisation: `x509::subject::issuer` in base64. */
  get id(): string {
    return textResult(host.client_id());
  }

  /** The client's organisation. */
  get mspId(): string {
    return textResult(host.client_msp_id());
  }

  /** The certificate's subject, a distinguished name as RFC 2253 writes it. */
  get subject(): string {
    return textResult(host.client_subject());
  }

  /** The certificate's issuer. */
  get issuer(): string {
    return textResult(host.client_issuer());
  }

  /** The organizational units of the subject. */
  get organizationalUnits(): string[] {
    return textListResult(host.client_organizational_units());
  }

  /** Whether the subject has an organizational unit. */
  hasOrganizationalUnit(unit: string): bool {
    return this.organizationalUnits.includes(unit);
  }

  /** An attribute that the certificate authority put into the certificate, null when it is not there. */
  attribute(name: string): string | null {
    const text = toBytes(name);
    return optionalTextResult(host.client_attribute(text.dataStart, text.length));
  }

  /** All of them, sorted by name. */
  get attributes(): Map<string, string> {
    return textMapResult(host.client_attributes());
  }

  /** Refuses the transaction unless an attribute has a value. */
  assertAttribute(name: string, value: string): bool {
    const found = this.attribute(name);
    if (found === null) setFailure(`attribute '${name}' was not found`);
    else if (found != value) setFailure(`attribute '${name}' equals '${found}', not '${value}'`);
    else return true;
    return false;
  }
}
