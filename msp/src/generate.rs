//! Certificates for whole organisations: authorities, nodes and users, shaped like those of Fabric's `cryptogen`.
//!
//! Keys are ECDSA P-256 unless asked otherwise. Private keys leave this module only as PEM inside [`KeyPair`] or in
//! files that their owner alone may read.

mod key;
mod layout;

use std::fmt;
use std::net::IpAddr;

use proto::sha256;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyIdMethod, KeyUsagePurpose, PublicKeyData, SanType, SerialNumber,
};
use time::{Duration, OffsetDateTime};

use key::Key;
pub use key::KeyAlgorithm;
pub use layout::{Member, Organization, OrganizationError, OrganizationKind, Settings};

use crate::organizational_unit::Role;

/// How long certificates are valid: ten years.
const VALID: Duration = Duration::days(3650);

/// How far in the past certificates begin, so that nodes whose clocks are late accept them.
const BACKDATED: Duration = Duration::minutes(5);

const COUNTRY: &str = "US";
const PROVINCE: &str = "California";
const LOCALITY: &str = "San Francisco";

/// Attribute types that the certificate library has no name for: X.520 street address, postal code, and the unit, which
/// a subject can have twice.
const STREET_ADDRESS: [u64; 4] = [2, 5, 4, 9];
const POSTAL_CODE: [u64; 4] = [2, 5, 4, 17];
const ORGANIZATIONAL_UNIT: [u64; 4] = [2, 5, 4, 11];

/// A certificate and its private key, both PEM; the key is PKCS#8.
#[derive(Clone)]
pub struct KeyPair {
    /// The certificate.
    pub cert_pem: String,
    /// The private key.
    pub key_pem: String,
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair").field("cert_pem", &self.cert_pem).finish_non_exhaustive()
    }
}

/// Why a certificate could not be made.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// A host name that does not fit a certificate.
    #[error("could not use {name:?} as a subject alternative name")]
    Name {
        /// The name.
        name: String,
        /// What is wrong.
        #[source]
        source: rcgen::Error,
    },
    /// The cryptographic library refused.
    #[error("could not make a key or a certificate")]
    Crypto(#[from] rcgen::Error),
}

/// What a certificate shall say.
#[derive(Clone, Debug)]
pub struct EnrollmentRequest {
    /// The subject's common name, such as `peer0.org1.example.com` or `User1@org1.example.com`.
    pub common_name: String,
    /// The role; becomes the organizational unit of an identity. TLS certificates carry none.
    pub role: Role,
    /// Host names and IP addresses for which a TLS certificate holds.
    pub sans: Vec<String>,
    /// A TLS certificate (server and client) rather than an identity.
    pub tls: bool,
}

/// Where an organisation is. It stands in the subjects of its authorities and of all certificates that they issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Two letters.
    pub country: String,
    /// Province or state.
    pub province: String,
    /// City.
    pub locality: String,
    /// A unit of the organisation, or empty.
    pub organizational_unit: String,
    /// Street and number, or empty.
    pub street_address: String,
    /// Postal code, or empty.
    pub postal_code: String,
}

impl Default for Location {
    /// What `cryptogen` writes when nothing is given.
    fn default() -> Location {
        Location {
            country: COUNTRY.to_owned(),
            province: PROVINCE.to_owned(),
            locality: LOCALITY.to_owned(),
            organizational_unit: String::new(),
            street_address: String::new(),
            postal_code: String::new(),
        }
    }
}

/// A root authority, for identities or for TLS.
pub struct CertificateAuthority {
    common_name: String,
    location: Location,
    cert_pem: String,
    issuer: Issuer<'static, Key>,
}

impl CertificateAuthority {
    /// Makes a new root named `common_name` for `organization`.
    pub fn new(common_name: &str, organization: &str) -> Result<CertificateAuthority, IssueError> {
        Self::located(common_name, organization, Location::default(), KeyAlgorithm::default())
    }

    /// Makes a new root like [`CertificateAuthority::new`], for an organisation at `location`.
    pub fn located(
        common_name: &str,
        organization: &str,
        location: Location,
        algorithm: KeyAlgorithm,
    ) -> Result<CertificateAuthority, IssueError> {
        let key = Key::generate(algorithm)?;
        let mut params = template()?;
        params.distinguished_name = subject(&location, Some(organization), None, common_name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
        ];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        params.key_identifier_method = KeyIdMethod::PreSpecified(sha256([key.der_bytes()]).to_vec());
        let certificate = params.self_signed(&key)?;
        Ok(CertificateAuthority {
            common_name: common_name.to_owned(),
            location,
            cert_pem: pem_text("CERTIFICATE", certificate.der()),
            issuer: Issuer::new(params, key),
        })
    }

    /// Takes up a root that was made earlier.
    pub fn from_pem(common_name: &str, cert_pem: &str, key_pem: &str) -> Result<CertificateAuthority, IssueError> {
        let key = Key::from_pem(key_pem)?;
        Ok(CertificateAuthority {
            common_name: common_name.to_owned(),
            location: Location::default(),
            cert_pem: cert_pem.to_owned(),
            issuer: Issuer::from_ca_cert_pem(cert_pem, key)?,
        })
    }

    /// The same root, for an organisation at `location`.
    #[must_use]
    pub fn at(self, location: Location) -> CertificateAuthority {
        CertificateAuthority { location, ..self }
    }

    /// The root's name.
    pub fn common_name(&self) -> &str {
        &self.common_name
    }

    /// The root's certificate.
    pub fn cert_pem(&self) -> &str {
        &self.cert_pem
    }

    /// The root's private key in PKCS#8, to be kept where only its owner reads it.
    pub fn key_pem(&self) -> String {
        self.issuer.key().pem()
    }

    /// Makes a key pair and a certificate for it.
    pub fn issue(&self, request: &EnrollmentRequest) -> Result<KeyPair, IssueError> {
        let unit = (!request.tls).then(|| request.role.as_str());
        self.issue_with(request, unit, KeyAlgorithm::default())
    }

    /// Makes a key pair of a kind and a certificate for it, which names `unit` whatever the request's role is.
    pub fn issue_with(
        &self,
        request: &EnrollmentRequest,
        unit: Option<&str>,
        algorithm: KeyAlgorithm,
    ) -> Result<KeyPair, IssueError> {
        let key = Key::generate(algorithm)?;
        let mut params = template()?;
        params.distinguished_name = subject(&self.location, None, unit, &request.common_name);
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_identifier_method = KeyIdMethod::PreSpecified(sha256([key.der_bytes()]).to_vec());
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        if request.tls {
            params.key_usages.push(KeyUsagePurpose::KeyEncipherment);
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        }
        params.subject_alt_names = request.sans.iter().map(|san| alternative_name(san)).collect::<Result<_, _>>()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(KeyPair { cert_pem: pem_text("CERTIFICATE", certificate.der()), key_pem: key.pem() })
    }
}

fn template() -> Result<CertificateParams, IssueError> {
    let mut serial = [0; 16];
    aws_lc_rs::rand::fill(&mut serial).map_err(|_| rcgen::Error::RingUnspecified)?;
    // Positive, and of full length in every certificate.
    serial[0] = (serial[0] & 0x7f) | 0x40;
    let mut params = CertificateParams::default();
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.not_before = OffsetDateTime::now_utc() - BACKDATED;
    params.not_after = params.not_before + VALID;
    Ok(params)
}

fn subject(
    location: &Location,
    organization: Option<&str>,
    unit: Option<&str>,
    common_name: &str,
) -> DistinguishedName {
    let given = |text: &'static [u64], value: &str| (DnType::CustomDnType(text.to_vec()), value.to_owned());
    let attributes = [
        (DnType::CountryName, location.country.clone()),
        (DnType::StateOrProvinceName, location.province.clone()),
        (DnType::LocalityName, location.locality.clone()),
        given(&STREET_ADDRESS, &location.street_address),
        given(&POSTAL_CODE, &location.postal_code),
        (DnType::OrganizationName, organization.unwrap_or_default().to_owned()),
        given(&ORGANIZATIONAL_UNIT, &location.organizational_unit),
        (DnType::OrganizationalUnitName, unit.unwrap_or_default().to_owned()),
        (DnType::CommonName, common_name.to_owned()),
    ];
    let mut name = DistinguishedName::new();
    for (kind, value) in attributes {
        if value.is_empty() && kind != DnType::CommonName {
            continue;
        }
        // Go writes PrintableString wherever the text allows it.
        let value = match value.as_str().try_into() {
            Ok(printable) => DnValue::PrintableString(printable),
            Err(_) => DnValue::Utf8String(value),
        };
        name.push(kind, value);
    }
    name
}

fn alternative_name(name: &str) -> Result<SanType, IssueError> {
    match name.parse::<IpAddr>() {
        Ok(address) => Ok(SanType::IpAddress(address)),
        Err(_) => {
            let host = name.try_into().map_err(|source| IssueError::Name { name: name.to_owned(), source })?;
            Ok(SanType::DnsName(host))
        }
    }
}

/// DER as PEM, in lines of 64 characters as Go writes them.
pub(crate) fn pem_text(label: &str, der: &[u8]) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new(label, der), config)
}
