//! Clients, with certificates as Fabric's certificate authority makes them.

use bytes::Bytes;
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, DnType, Issuer, KeyPair};
use serde_json::{Map, Value, json};

use crate::Error;

/// The extension in which Fabric's certificate authority writes attributes.
const ATTRIBUTES_OID: &[u64] = &[1, 2, 3, 4, 5, 6, 7, 8, 1];

/// Who makes a proposal.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) msp_id: String,
    pub(crate) certificate: Bytes,
}

/// A client in the making.
#[derive(Clone, Debug)]
pub struct ClientBuilder {
    msp_id: String,
    name: String,
    unit: Option<String>,
    attributes: Map<String, Value>,
}

impl Client {
    /// A client of an organisation, whose certificate has this common name.
    #[expect(clippy::new_ret_no_self, reason = "a client is built in steps")]
    pub fn new(msp_id: &str, name: &str) -> ClientBuilder {
        let (msp_id, name) = (msp_id.to_owned(), name.to_owned());
        ClientBuilder { msp_id, name, unit: None, attributes: Map::new() }
    }

    /// A client whose certificate exists, as PEM.
    pub fn with_certificate(msp_id: &str, pem: impl Into<Vec<u8>>) -> Self {
        Self { msp_id: msp_id.to_owned(), certificate: Bytes::from(pem.into()) }
    }

    /// The creator of its proposals: a marshalled `msp.SerializedIdentity`, which has the MSP as its field 1 and the certificate as
    /// its field 2.
    pub(crate) fn creator(&self) -> Bytes {
        let mut creator = Vec::new();
        for (tag, bytes) in [(0x0a, self.msp_id.as_bytes()), (0x12, &self.certificate[..])] {
            creator.push(tag);
            let mut length = bytes.len();
            while length >= 0x80 {
                creator.push(length as u8 | 0x80);
                length >>= 7;
            }
            creator.push(length as u8);
            creator.extend_from_slice(bytes);
        }
        creator.into()
    }
}

impl ClientBuilder {
    /// Sets the organizational unit of the certificate's subject, such as `admin`.
    pub fn unit(mut self, unit: &str) -> Self {
        self.unit = Some(unit.to_owned());
        self
    }

    /// Adds an attribute.
    pub fn attribute(mut self, name: &str, value: &str) -> Self {
        self.attributes.insert(name.to_owned(), value.into());
        self
    }

    /// Issues the certificate. Its key is a new one each time; what contracts read of it is not.
    pub fn build(&self) -> Result<Client, Error> {
        let authority = CertificateParams::default();
        let mut authority = named(authority, &format!("ca.{}", self.msp_id), None);
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let issuer = Issuer::new(authority, KeyPair::generate()?);
        let mut params = named(CertificateParams::default(), &self.name, self.unit.as_deref());
        if !self.attributes.is_empty() {
            let attributes = json!({ "attrs": self.attributes }).to_string().into_bytes();
            params.custom_extensions.push(CustomExtension::from_oid_content(ATTRIBUTES_OID, attributes));
        }
        let certificate = params.signed_by(&KeyPair::generate()?, &issuer)?;
        Ok(Client::with_certificate(&self.msp_id, certificate.pem()))
    }
}

fn named(mut params: CertificateParams, name: &str, unit: Option<&str>) -> CertificateParams {
    let mut subject = DistinguishedName::new();
    if let Some(unit) = unit {
        subject.push(DnType::OrganizationalUnitName, unit);
    }
    subject.push(DnType::CommonName, name);
    params.distinguished_name = subject;
    params
}
