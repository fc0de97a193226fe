use crate::Result;
use crate::host::client_identity;

/// The client that made the proposal, read from its X.509 certificate.
pub struct ClientIdentity(());

impl ClientIdentity {
    pub(crate) fn new() -> Self {
        Self(())
    }

    /// A text that is unique within the client's organisation: `x509::subject::issuer` in base64.
    pub fn id(&self) -> Result<String> {
        Ok(client_identity::id()?)
    }

    /// The client's organisation.
    pub fn msp_id(&self) -> String {
        client_identity::msp_id()
    }

    /// The certificate's subject, a distinguished name as RFC 2253 writes it.
    pub fn subject(&self) -> Result<String> {
        Ok(client_identity::subject()?)
    }

    /// The certificate's issuer.
    pub fn issuer(&self) -> Result<String> {
        Ok(client_identity::issuer()?)
    }

    /// The organizational units of the subject.
    pub fn organizational_units(&self) -> Result<Vec<String>> {
        Ok(client_identity::organizational_units()?)
    }

    /// Whether the subject has an organizational unit.
    pub fn has_organizational_unit(&self, unit: &str) -> Result<bool> {
        Ok(self.organizational_units()?.iter().any(|found| found == unit))
    }

    /// An attribute that the certificate authority put into the certificate.
    pub fn attribute(&self, name: &str) -> Result<Option<String>> {
        Ok(client_identity::attribute(name)?)
    }

    /// All of them, sorted by name.
    pub fn attributes(&self) -> Result<Vec<(String, String)>> {
        Ok(client_identity::attributes()?)
    }

    /// Refuses the call unless an attribute has a value.
    pub fn assert_attribute(&self, name: &str, value: &str) -> Result<()> {
        match self.attribute(name)? {
            Some(found) if found == value => Ok(()),
            Some(found) => Err(format!("attribute '{name}' equals '{found}', not '{value}'").into()),
            None => Err(format!("attribute '{name}' was not found").into()),
        }
    }
}
