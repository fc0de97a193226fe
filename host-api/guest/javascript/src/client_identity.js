import clientIdentity from 'fabric:chaincode/client-identity';

import { encodeUtf8 } from './utf8.js';
import { textOf } from './values.js';

/** The client that made the proposal, read from its X.509 certificate. An error where the creator has none. */
export class ClientIdentity {
    /**
     * A text that is unique within the client's organisation: `x509::subject::issuer` in base64.
     * @returns {string}
     */
    getID() {
        return clientIdentity.id();
    }

    /**
     * The same as bytes.
     * @returns {Uint8Array}
     */
    getIDBytes() {
        return encodeUtf8(this.getID());
    }

    /**
     * The client's organisation.
     * @returns {string}
     */
    getMSPID() {
        return clientIdentity.mspId();
    }

    /**
     * The certificate's subject, a distinguished name as RFC 2253 writes it.
     * @returns {string}
     */
    getSubject() {
        return clientIdentity.subject();
    }

    /**
     * The certificate's issuer.
     * @returns {string}
     */
    getIssuer() {
        return clientIdentity.issuer();
    }

    /**
     * The organizational units of the subject, in the certificate's order.
     * @returns {string[]}
     */
    getOrganizationalUnits() {
        return clientIdentity.organizationalUnits();
    }

    /**
     * Whether the subject has an organizational unit.
     * @param {string} unit
     * @returns {boolean}
     */
    hasOrganizationalUnit(unit) {
        return this.getOrganizationalUnits().includes(unit);
    }

    /**
     * An attribute that the certificate authority put into the certificate; null when it is not there.
     * @param {string} name
     * @returns {string | null}
     */
    getAttributeValue(name) {
        return clientIdentity.attribute(textOf(name)) ?? null;
    }

    /**
     * All of them, sorted by name.
     * @returns {Map<string, string>}
     */
    getAttributes() {
        return new Map(clientIdentity.attributes());
    }

    /**
     * Whether an attribute has a value.
     * @param {string} name
     * @param {string} value
     * @returns {boolean}
     */
    assertAttributeValue(name, value) {
        return this.getAttributeValue(name) === value;
    }
}
