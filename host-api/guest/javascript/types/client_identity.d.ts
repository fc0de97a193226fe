/** The client that made the proposal, read from its X.509 certificate. An error where the creator has none. */
export declare class ClientIdentity {
    /**
     * A text that is unique within the client's organisation: `x509::subject::issuer` in base64.
     * @returns {string}
     */
    getID(): string;
    /**
     * The same as bytes.
     * @returns {Uint8Array}
     */
    getIDBytes(): Uint8Array;
    /**
     * The client's organisation.
     * @returns {string}
     */
    getMSPID(): string;
    /**
     * The certificate's subject, a distinguished name as RFC 2253 writes it.
     * @returns {string}
     */
    getSubject(): string;
    /**
     * The certificate's issuer.
     * @returns {string}
     */
    getIssuer(): string;
    /**
     * The organizational units of the subject, in the certificate's order.
     * @returns {string[]}
     */
    getOrganizationalUnits(): string[];
    /**
     * Whether the subject has an organizational unit.
     * @param {string} unit
     * @returns {boolean}
     */
    hasOrganizationalUnit(unit: string): boolean;
    /**
     * An attribute that the certificate authority put into the certificate; null when it is not there.
     * @param {string} name
     * @returns {string | null}
     */
    getAttributeValue(name: string): string | null;
    /**
     * All of them, sorted by name.
     * @returns {Map<string, string>}
     */
    getAttributes(): Map<string, string>;
    /**
     * Whether an attribute has a value.
     * @param {string} name
     * @param {string} value
     * @returns {boolean}
     */
    assertAttributeValue(name: string, value: string): boolean;
}
