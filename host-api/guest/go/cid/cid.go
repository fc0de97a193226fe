// Package cid is the client that made the proposal, read from its X.509 certificate, by the names of Fabric's package cid.
package cid

// ClientIdentity is the client that made the proposal. Errors mean that it has no X.509 certificate.
type ClientIdentity interface {
	// GetID returns a text that is unique within the client's organisation: x509::subject::issuer in base64.
	GetID() (string, error)
	// GetMSPID returns the client's organisation.
	GetMSPID() (string, error)
	// GetAttributeValue returns an attribute that the certificate authority put into the certificate, and whether it is there.
	GetAttributeValue(name string) (value string, found bool, err error)
	// GetAttributes returns all of them.
	GetAttributes() (map[string]string, error)
	// AssertAttributeValue returns an error unless an attribute has a value.
	AssertAttributeValue(name, value string) error
	// GetSubject returns the certificate's subject, a distinguished name as RFC 2253 writes it.
	GetSubject() (string, error)
	// GetIssuer returns the certificate's issuer.
	GetIssuer() (string, error)
	// GetOrganizationalUnits returns the organizational units of the subject, in the certificate's order.
	GetOrganizationalUnits() ([]string, error)
	// HasOUValue tells whether the subject has an organizational unit.
	HasOUValue(unit string) (bool, error)
}
