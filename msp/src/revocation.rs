//! Certificate revocation lists of an organisation.

use bytes::Bytes;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{CertificateRevocationList, FromDer};

use crate::certificate::{Certificate, signed_list_by};

/// One list. Its signature is checked only when it would revoke something, as Fabric does: a list that an
/// organisation's authority did not sign has no effect.
#[derive(Debug)]
pub(crate) struct RevocationList {
    der: Bytes,
    /// Without one, Fabric lets nobody pass whom the list might name.
    pub(crate) authority_key_id: Option<Bytes>,
    /// Serial numbers, sorted.
    serials: Vec<Vec<u8>>,
}

impl RevocationList {
    /// Reads a list in PEM or DER.
    pub(crate) fn parse(bytes: &[u8]) -> Result<RevocationList, String> {
        let der = match pem::parse(bytes) {
            Ok(block) if block.tag() == "X509 CRL" => Bytes::from(block.into_contents()),
            _ => Bytes::copy_from_slice(bytes),
        };
        let (rest, list) = CertificateRevocationList::from_der(&der).map_err(|error| error.to_string())?;
        if !rest.is_empty() {
            return Err("bytes follow it".to_owned());
        }
        let authority_key_id = list
            .extensions()
            .iter()
            .find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::AuthorityKeyIdentifier(authority) => authority.key_identifier.as_ref(),
                _ => None,
            })
            .map(|id| Bytes::copy_from_slice(id.0));
        let mut serials: Vec<_> =
            list.iter_revoked_certificates().map(|revoked| revoked.serial().to_bytes_be()).collect();
        serials.sort_unstable();
        Ok(RevocationList { der: der.clone(), authority_key_id, serials })
    }

    /// Whether this list names `certificate` and is signed by `issuer`.
    pub(crate) fn revokes(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        self.serials.binary_search(&certificate.serial).is_ok() && self.is_signed_by(issuer)
    }

    fn is_signed_by(&self, issuer: &Certificate) -> bool {
        CertificateRevocationList::from_der(&self.der).is_ok_and(|(_, list)| {
            signed_list_by(&list.signature_algorithm, issuer, list.tbs_cert_list.as_ref(), &list.signature_value.data)
        })
    }
}
