//! Certificates for whole organisations: authorities, nodes and users, shaped like those of Fabric's `cryptogen`.
//!
//! Keys are ECDSA P-256. Private keys leave this module only as PEM inside [`KeyPair`] or in files that their owner
//! alone may read.

mod layout;

use std::fmt;
use std::net::IpAddr;

use proto::sha256;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyIdMethod, KeyUsagePurpose, PublicKeyData, SanType, SerialNumber, SigningKey,
};
use time::{Duration, OffsetDateTime};

pub use layout::{Organization, OrganizationError, OrganizationKind};

use crate::ecdsa::{self, Curve};
use crate::organizational_unit::Role;

/// How long certificates are valid: ten years.
const VALID: Duration = Duration::days(3650);

/// How far in the past certificates begin, so that nodes whose clocks are late accept them.
const BACKDATED: Duration = Duration::minutes(5);

const COUNTRY: &str = "US";
const PROVINCE: &str = "California";
const LOCALITY: &str = "San Francisco";

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

/// A root authority, for identities or for TLS.
pub struct CertificateAuthority {
    common_name: String,
    cert_pem: String,
    issuer: Issuer<'static, LowSKey>,
}

impl CertificateAuthority {
    /// Makes a new root named `common_name` for `organization`.
    pub fn new(common_name: &str, organization: &str) -> Result<CertificateAuthority, IssueError> {
        let key = LowSKey(rcgen::KeyPair::generate()?);
        let mut params = template()?;
        params.distinguished_name = subject(Some(organization), None, common_name);
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
            cert_pem: pem_text("CERTIFICATE", certificate.der()),
            issuer: Issuer::new(params, key),
        })
    }

    /// Takes up a root that was made earlier.
    pub fn from_pem(common_name: &str, cert_pem: &str, key_pem: &str) -> Result<CertificateAuthority, IssueError> {
        let key = LowSKey(rcgen::KeyPair::from_pem(key_pem)?);
        Ok(CertificateAuthority {
            common_name: common_name.to_owned(),
            cert_pem: cert_pem.to_owned(),
            issuer: Issuer::from_ca_cert_pem(cert_pem, key)?,
        })
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
        let key = LowSKey(rcgen::KeyPair::generate()?);
        let mut params = template()?;
        let unit = (!request.tls).then(|| request.role.as_str());
        params.distinguished_name = subject(None, unit, &request.common_name);
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

/// A key whose signatures are low-S, as Fabric writes certificates.
struct LowSKey(rcgen::KeyPair);

impl LowSKey {
    fn pem(&self) -> String {
        pem_text("PRIVATE KEY", self.0.serialized_der())
    }
}

impl PublicKeyData for LowSKey {
    fn der_bytes(&self) -> &[u8] {
        self.0.der_bytes()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.0.algorithm()
    }
}

impl SigningKey for LowSKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature = self.0.sign(message)?;
        // A key of another curve or kind, taken up from elsewhere, signs as it does.
        Ok(ecdsa::low_s(Curve::P256, &signature).map_or(signature.clone(), |low| low.into_owned()))
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

fn subject(organization: Option<&str>, unit: Option<&str>, common_name: &str) -> DistinguishedName {
    let attributes = [
        (DnType::CountryName, Some(COUNTRY)),
        (DnType::StateOrProvinceName, Some(PROVINCE)),
        (DnType::LocalityName, Some(LOCALITY)),
        (DnType::OrganizationName, organization),
        (DnType::OrganizationalUnitName, unit),
        (DnType::CommonName, Some(common_name)),
    ];
    let mut name = DistinguishedName::new();
    for (kind, value) in attributes {
        let Some(value) = value else { continue };
        // Go writes PrintableString wherever the text allows it.
        let value = match value.try_into() {
            Ok(printable) => DnValue::PrintableString(printable),
            Err(_) => DnValue::Utf8String(value.to_owned()),
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
