//! One X.509 certificate, reduced to what membership rules ask for.

use std::time::{Duration, SystemTime};

use aws_lc_rs::signature as lc;
use bytes::Bytes;
use proto::{Digest, sha256};
use x509_parser::der_parser::asn1_rs::Oid;
use x509_parser::der_parser::oid;
use x509_parser::extensions::ParsedExtension;
use x509_parser::oid_registry;
use x509_parser::prelude::{AlgorithmIdentifier, FromDer, X509Certificate, X509Version};
use x509_parser::signature_algorithm::SignatureAlgorithm;

use crate::der;
use crate::ecdsa::{self, Curve};
use crate::names::{AlternativeName, NameConstraints, is_host_name};

/// The largest certificate that is read, in bytes of DER.
const CERTIFICATE_BYTES_MAX: usize = 64 << 10;

/// Why bytes are not a usable certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// No PEM block.
    #[error("could not decode the PEM structure")]
    Pem,
    /// A PEM block of another kind.
    #[error("expected a PEM block CERTIFICATE, found {0}")]
    Label(String),
    /// Not an X.509 certificate.
    #[error("the certificate is malformed: {0}")]
    Der(String),
    /// Longer than any real certificate.
    #[error("the certificate is {0} bytes long, more than {CERTIFICATE_BYTES_MAX}")]
    TooLong(usize),
    /// The certificate's own ECDSA signature has no low-S form.
    #[error("the certificate's signature is not an ECDSA signature of its issuer's curve")]
    Signature,
}

/// The key in a certificate, as its algorithm and its bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Ecdsa(Curve),
    Rsa,
    Ed25519,
    Other,
}

impl KeyKind {
    /// Whether a key of this kind can have these bits.
    fn fits(self, key: &[u8]) -> bool {
        let point = |bytes: usize| key.len() == 1 + 2 * bytes && key[0] == 4;
        match self {
            KeyKind::Ecdsa(Curve::P256) => point(32),
            KeyKind::Ecdsa(Curve::P384) => point(48),
            KeyKind::Ecdsa(Curve::P521) => point(66),
            KeyKind::Ed25519 => key.len() == 32,
            KeyKind::Rsa | KeyKind::Other => true,
        }
    }
}

/// What a certificate is signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SignatureKind {
    EcdsaSha256,
    EcdsaSha384,
    EcdsaSha512,
    RsaSha256,
    RsaSha384,
    RsaSha512,
    RsaPssSha256,
    RsaPssSha384,
    RsaPssSha512,
    Ed25519,
    Other,
}

/// A decoded certificate.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    pub(crate) der: Bytes,
    /// The signed part.
    tbs: Bytes,
    /// The outer algorithm identifier, in DER.
    signature_algorithm: Bytes,
    signature_kind: SignatureKind,
    signature: Bytes,
    /// `Name`s in DER, compared byte by byte.
    pub(crate) subject: Bytes,
    pub(crate) issuer: Bytes,
    pub(crate) subject_text: String,
    pub(crate) issuer_text: String,
    pub(crate) common_name: Option<String>,
    pub(crate) organizational_units: Vec<String>,
    /// Big-endian, without leading zeros.
    pub(crate) serial: Vec<u8>,
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
    pub(crate) key_kind: KeyKind,
    /// The subject's key bits: a point, a PKCS#1 key or 32 bytes.
    pub(crate) key: Bytes,
    pub(crate) is_ca: bool,
    pub(crate) path_length: Option<u32>,
    /// `keyUsage` is absent or allows signing certificates.
    pub(crate) may_sign_certificates: bool,
    /// `extendedKeyUsage` is absent or has serverAuth or any: what Go's verifier asks for when nothing else is said,
    /// and so what Fabric asks for.
    pub(crate) fits_default_usage: bool,
    pub(crate) subject_key_id: Option<Bytes>,
    /// The extension's bytes.
    alternative_names: Option<Bytes>,
    /// The same, decoded, without kinds that no rule speaks of.
    pub(crate) names: Vec<AlternativeName>,
    /// For which names an authority may issue.
    pub(crate) name_constraints: Option<NameConstraints>,
    /// A critical extension that nobody here understands.
    pub(crate) unhandled_extension: Option<String>,
}

impl Certificate {
    /// Reads the first PEM block of `pem`. Its label is not judged where the content is a certificate, as in Fabric.
    pub(crate) fn from_pem(pem: &[u8]) -> Result<Certificate, CertificateError> {
        let block = pem::parse(pem).map_err(|_| CertificateError::Pem)?;
        let label = block.tag().to_owned();
        Certificate::from_der(block.into_contents().into()).map_err(|error| match label == "CERTIFICATE" {
            true => error,
            false => CertificateError::Label(label),
        })
    }

    pub(crate) fn from_der(der: Bytes) -> Result<Certificate, CertificateError> {
        if der.len() > CERTIFICATE_BYTES_MAX {
            return Err(CertificateError::TooLong(der.len()));
        }
        let malformed = |reason: &str| CertificateError::Der(reason.to_owned());
        let (rest, x509) = X509Certificate::from_der(&der).map_err(|error| malformed(&error.to_string()))?;
        if !rest.is_empty() {
            return Err(malformed("bytes follow it"));
        }
        let tbs = &x509.tbs_certificate;
        let signed = tbs.as_ref();
        let (body, _) = der::element(&der, 0x30).ok_or_else(|| malformed("the outer length is not minimal"))?;
        let rest = body.strip_prefix(signed).ok_or_else(|| malformed("the signed part is not the first element"))?;
        let (_, after) = der::element(rest, 0x30).ok_or_else(|| malformed("no signature algorithm"))?;
        let signature_algorithm = &rest[..rest.len() - after.len()];
        // Byte for byte: the outer one is not signed, and the parser overlooks some differences.
        if inner_algorithm(signed) != Some(signature_algorithm) {
            return Err(malformed("inner and outer signature algorithms differ"));
        }
        // The element's own first byte, since the parser takes numbers that mean nothing.
        match der::element(after, 0x03) {
            Some(([0, ..], [])) => {}
            Some((_, [])) => return Err(malformed("the signature is no whole number of bytes")),
            _ => return Err(malformed("the signature is not the last element")),
        }
        if tbs.version.0 > X509Version::V3.0 {
            return Err(malformed("its version is unknown"));
        }
        if tbs.raw_serial().first().is_some_and(|first| first & 0x80 != 0) {
            return Err(malformed("its serial number is negative"));
        }
        let key_kind = key_kind(&tbs.subject_pki.algorithm);
        if !key_kind.fits(&tbs.subject_pki.subject_public_key.data) {
            return Err(malformed("its public key is not encoded as its algorithm says; points are uncompressed"));
        }
        let extensions = Extensions::of(&x509)?;
        let part = |bytes: &[u8]| Bytes::copy_from_slice(bytes);
        let text =
            |attribute: &x509_parser::x509::AttributeTypeAndValue<'_>| attribute.as_str().ok().map(str::to_owned);
        Ok(Certificate {
            tbs: part(signed),
            signature_algorithm: part(signature_algorithm),
            signature_kind: signature_kind(&x509.signature_algorithm),
            signature: part(&x509.signature_value.data),
            subject: part(tbs.subject.as_raw()),
            issuer: part(tbs.issuer.as_raw()),
            subject_text: tbs.subject.to_string(),
            issuer_text: tbs.issuer.to_string(),
            common_name: tbs.subject.iter_common_name().next().and_then(text),
            organizational_units: tbs.subject.iter_organizational_unit().filter_map(text).collect(),
            serial: tbs.serial.to_bytes_be(),
            not_before: tbs.validity.not_before.timestamp(),
            not_after: tbs.validity.not_after.timestamp(),
            key_kind,
            key: part(&tbs.subject_pki.subject_public_key.data),
            is_ca: extensions.is_ca,
            path_length: extensions.path_length,
            may_sign_certificates: extensions.may_sign_certificates,
            fits_default_usage: extensions.fits_default_usage,
            subject_key_id: extensions.subject_key_id,
            alternative_names: extensions.alternative_names,
            names: extensions.names,
            name_constraints: extensions.name_constraints,
            unhandled_extension: extensions.unhandled,
            der: der.clone(),
        })
    }

    /// SHA-256 of the DER.
    pub(crate) fn fingerprint(&self) -> Digest {
        sha256([&self.der])
    }

    /// The time after which the certificate is expired.
    pub(crate) fn expires_at(&self) -> SystemTime {
        match u64::try_from(self.not_after) {
            Ok(seconds) => SystemTime::UNIX_EPOCH + Duration::from_secs(seconds),
            Err(_) => SystemTime::UNIX_EPOCH,
        }
    }

    /// The key's identifier in Fabric's keystores: SHA-256 over the uncompressed point, or over the Ed25519 key.
    pub(crate) fn keystore_id(&self) -> String {
        hex::encode(sha256([&self.key]))
    }

    /// Whether both were issued for the same key under the same names: a chain has only one of them.
    pub(crate) fn is_same_subject(&self, other: &Certificate) -> bool {
        self.subject == other.subject
            && self.key_kind == other.key_kind
            && self.key == other.key
            && self.alternative_names == other.alternative_names
    }

    /// Whether it names no alternatives, so that its common name may be meant as a host's.
    pub(crate) fn speaks_as_host(&self) -> bool {
        self.alternative_names.is_none() && self.common_name.as_deref().is_some_and(is_host_name)
    }

    pub(crate) fn is_signed_with_ecdsa(&self) -> bool {
        use SignatureKind::{EcdsaSha256, EcdsaSha384, EcdsaSha512};
        matches!(self.signature_kind, EcdsaSha256 | EcdsaSha384 | EcdsaSha512)
    }

    /// Whether the owner of `issuer` signed this certificate. Names and flags are the caller's business.
    pub(crate) fn is_signed_by(&self, issuer: &Certificate) -> bool {
        verify(self.signature_kind, issuer, &self.tbs, &self.signature)
    }

    /// The same certificate with its signature in low-S form. Fabric compares and hashes certificates only in this
    /// form, because an ECDSA signature has two forms and both verify.
    pub(crate) fn with_low_s(self, issuer: &Certificate) -> Result<Certificate, CertificateError> {
        let (true, KeyKind::Ecdsa(curve)) = (self.is_signed_with_ecdsa(), issuer.key_kind) else {
            return Ok(self);
        };
        let signature = ecdsa::low_s(curve, &self.signature).ok_or(CertificateError::Signature)?;
        if *signature == self.signature[..] {
            return Ok(self);
        }
        let signature = Bytes::copy_from_slice(&signature);
        let mut body = Vec::with_capacity(self.der.len() + 8);
        body.extend_from_slice(&self.tbs);
        body.extend_from_slice(&self.signature_algorithm);
        der::push(&mut body, 0x03, &[&[0], &signature]);
        let mut der = Vec::with_capacity(body.len() + 8);
        der::push(&mut der, 0x30, &[&body]);
        Ok(Certificate { der: der.into(), signature, ..self })
    }

    /// Whether both are the same certificate, whatever form their signatures have. `issuer` signed `self`.
    pub(crate) fn is_same(&self, other: &Certificate, issuer: Option<Curve>) -> bool {
        if self.der == other.der {
            return true;
        }
        let Some(curve) = issuer else { return false };
        self.tbs == other.tbs
            && ecdsa::low_s(curve, &other.signature).is_some_and(|signature| *signature == self.signature[..])
    }
}

/// What the extensions say.
struct Extensions {
    is_ca: bool,
    path_length: Option<u32>,
    may_sign_certificates: bool,
    fits_default_usage: bool,
    subject_key_id: Option<Bytes>,
    alternative_names: Option<Bytes>,
    names: Vec<AlternativeName>,
    name_constraints: Option<NameConstraints>,
    unhandled: Option<String>,
}

impl Extensions {
    fn of(x509: &X509Certificate<'_>) -> Result<Extensions, CertificateError> {
        let mut found = Extensions {
            is_ca: false,
            path_length: None,
            may_sign_certificates: true,
            fits_default_usage: true,
            subject_key_id: None,
            alternative_names: None,
            names: Vec::new(),
            name_constraints: None,
            unhandled: None,
        };
        if x509.tbs_certificate.version != X509Version::V3 {
            return Ok(found);
        }
        let mut seen: Vec<&Oid<'_>> = Vec::new();
        for extension in x509.extensions() {
            if seen.contains(&&extension.oid) {
                return Err(CertificateError::Der(format!("extension {} occurs twice", extension.oid)));
            }
            seen.push(&extension.oid);
            if extension.critical && NEVER_CRITICAL.contains(&extension.oid) {
                return Err(CertificateError::Der(format!("extension {} is marked critical", extension.oid)));
            }
            match extension.parsed_extension() {
                ParsedExtension::BasicConstraints(constraints) => {
                    found.is_ca = constraints.ca;
                    found.path_length = constraints.path_len_constraint;
                }
                ParsedExtension::KeyUsage(usage) => {
                    found.may_sign_certificates = usage.flags == 0 || usage.key_cert_sign();
                }
                ParsedExtension::ExtendedKeyUsage(usage) => found.fits_default_usage = usage.any || usage.server_auth,
                ParsedExtension::SubjectKeyIdentifier(id) => {
                    found.subject_key_id = Some(Bytes::copy_from_slice(id.0));
                }
                ParsedExtension::NameConstraints(parsed) => {
                    let (constraints, foreign) = NameConstraints::parse(parsed).map_err(CertificateError::Der)?;
                    found.name_constraints = Some(constraints);
                    if foreign && extension.critical {
                        found.unhandled = Some("name constraints".to_owned());
                    }
                }
                ParsedExtension::SubjectAlternativeName(names) => {
                    found.alternative_names = Some(Bytes::copy_from_slice(extension.value));
                    for name in &names.general_names {
                        found.names.extend(AlternativeName::parse(name).map_err(CertificateError::Der)?);
                    }
                    if extension.critical && found.names.is_empty() {
                        found.unhandled = Some(extension.oid.to_string());
                    }
                }
                _ if !UNDERSTOOD.contains(&extension.oid) => {
                    found.unhandled = extension.critical.then(|| extension.oid.to_string()).or(found.unhandled);
                }
                ParsedExtension::ParseError { .. } => {
                    return Err(CertificateError::Der(format!("extension {} is malformed", extension.oid)));
                }
                _ => {}
            }
        }
        Ok(found)
    }
}

/// The extensions that Go's verifier understands. Others are not even decoded, and refused when they are critical.
const UNDERSTOOD: [Oid<'static>; 13] = [
    oid_registry::OID_X509_EXT_KEY_USAGE,
    oid_registry::OID_X509_EXT_BASIC_CONSTRAINTS,
    oid_registry::OID_X509_EXT_SUBJECT_ALT_NAME,
    oid_registry::OID_X509_EXT_NAME_CONSTRAINTS,
    oid_registry::OID_X509_EXT_CRL_DISTRIBUTION_POINTS,
    oid_registry::OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER,
    oid_registry::OID_X509_EXT_POLICY_CONSTRAINTS,
    oid_registry::OID_X509_EXT_EXTENDED_KEY_USAGE,
    oid_registry::OID_X509_EXT_SUBJECT_KEY_IDENTIFIER,
    oid_registry::OID_X509_EXT_CERTIFICATE_POLICIES,
    oid_registry::OID_X509_EXT_POLICY_MAPPINGS,
    oid_registry::OID_X509_EXT_INHIBIT_ANY_POLICY,
    oid_registry::OID_PKIX_AUTHORITY_INFO_ACCESS,
];

/// The one mask generation function of RSA-PSS, 1.2.840.113549.1.1.8.
const MGF1: Oid<'static> = oid!(1.2.840.113549.1.1.8);

/// Extensions with which Go refuses a certificate when they are critical.
const NEVER_CRITICAL: [Oid<'static>; 3] = [
    oid_registry::OID_X509_EXT_SUBJECT_KEY_IDENTIFIER,
    oid_registry::OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER,
    oid_registry::OID_PKIX_AUTHORITY_INFO_ACCESS,
];

fn signature_kind(identifier: &AlgorithmIdentifier<'_>) -> SignatureKind {
    let algorithm = &identifier.algorithm;
    let known = [
        (oid_registry::OID_SIG_ECDSA_WITH_SHA256, SignatureKind::EcdsaSha256),
        (oid_registry::OID_SIG_ECDSA_WITH_SHA384, SignatureKind::EcdsaSha384),
        (oid_registry::OID_SIG_ECDSA_WITH_SHA512, SignatureKind::EcdsaSha512),
        (oid_registry::OID_PKCS1_SHA256WITHRSA, SignatureKind::RsaSha256),
        (oid_registry::OID_PKCS1_SHA384WITHRSA, SignatureKind::RsaSha384),
        (oid_registry::OID_PKCS1_SHA512WITHRSA, SignatureKind::RsaSha512),
        (oid_registry::OID_SIG_ED25519, SignatureKind::Ed25519),
    ];
    let kind = known.into_iter().find(|(oid, _)| oid == algorithm).map(|(_, kind)| kind);
    kind.or_else(|| pss_kind(identifier)).unwrap_or(SignatureKind::Other)
}

/// RSA-PSS with one hash function for everything and a salt of its length, as Go takes it.
fn pss_kind(identifier: &AlgorithmIdentifier<'_>) -> Option<SignatureKind> {
    let Ok(SignatureAlgorithm::RSASSA_PSS(params)) = SignatureAlgorithm::try_from(identifier) else { return None };
    let known = [
        (oid_registry::OID_NIST_HASH_SHA256, 32, SignatureKind::RsaPssSha256),
        (oid_registry::OID_NIST_HASH_SHA384, 48, SignatureKind::RsaPssSha384),
        (oid_registry::OID_NIST_HASH_SHA512, 64, SignatureKind::RsaPssSha512),
    ];
    let (hash, salt, kind) = known.into_iter().find(|(hash, ..)| hash == params.hash_algorithm_oid())?;
    let mask = params.mask_gen_algorithm().ok()?;
    let fits = mask.mgf == MGF1 && mask.hash == hash && params.salt_length() == salt;
    (fits && params.trailer_field() == 1).then_some(kind)
}

/// The algorithm inside the signed part, behind version and serial number.
fn inner_algorithm(signed: &[u8]) -> Option<&[u8]> {
    let (fields, _) = der::element(signed, 0x30)?;
    let rest = der::element(fields, 0xa0).map_or(fields, |(_, rest)| rest);
    let (_, rest) = der::element(rest, 0x02)?;
    let (_, after) = der::element(rest, 0x30)?;
    Some(&rest[..rest.len() - after.len()])
}

fn key_kind(algorithm: &AlgorithmIdentifier<'_>) -> KeyKind {
    if algorithm.algorithm == oid_registry::OID_PKCS1_RSAENCRYPTION {
        return KeyKind::Rsa;
    }
    if algorithm.algorithm == oid_registry::OID_SIG_ED25519 {
        return KeyKind::Ed25519;
    }
    if algorithm.algorithm != oid_registry::OID_KEY_TYPE_EC_PUBLIC_KEY {
        return KeyKind::Other;
    }
    match algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok()) {
        Some(curve) if curve == oid_registry::OID_EC_P256 => KeyKind::Ecdsa(Curve::P256),
        Some(curve) if curve == oid_registry::OID_NIST_EC_P384 => KeyKind::Ecdsa(Curve::P384),
        Some(curve) if curve == oid_registry::OID_NIST_EC_P521 => KeyKind::Ecdsa(Curve::P521),
        _ => KeyKind::Other,
    }
}

/// Checks the signature of an authority over a certificate or a revocation list.
fn verify(kind: SignatureKind, issuer: &Certificate, message: &[u8], signature: &[u8]) -> bool {
    use Curve::{P256, P384, P521};
    let algorithm: &'static dyn lc::VerificationAlgorithm = match (kind, issuer.key_kind) {
        (SignatureKind::EcdsaSha256, KeyKind::Ecdsa(P256)) => &lc::ECDSA_P256_SHA256_ASN1,
        (SignatureKind::EcdsaSha384, KeyKind::Ecdsa(P256)) => &lc::ECDSA_P256_SHA384_ASN1,
        (SignatureKind::EcdsaSha512, KeyKind::Ecdsa(P256)) => &lc::ECDSA_P256_SHA512_ASN1,
        (SignatureKind::EcdsaSha256, KeyKind::Ecdsa(P384)) => &lc::ECDSA_P384_SHA256_ASN1,
        (SignatureKind::EcdsaSha384, KeyKind::Ecdsa(P384)) => &lc::ECDSA_P384_SHA384_ASN1,
        (SignatureKind::EcdsaSha512, KeyKind::Ecdsa(P384)) => &lc::ECDSA_P384_SHA512_ASN1,
        (SignatureKind::EcdsaSha256, KeyKind::Ecdsa(P521)) => &lc::ECDSA_P521_SHA256_ASN1,
        (SignatureKind::EcdsaSha384, KeyKind::Ecdsa(P521)) => &lc::ECDSA_P521_SHA384_ASN1,
        (SignatureKind::EcdsaSha512, KeyKind::Ecdsa(P521)) => &lc::ECDSA_P521_SHA512_ASN1,
        (SignatureKind::RsaSha256, KeyKind::Rsa) => &lc::RSA_PKCS1_2048_8192_SHA256,
        (SignatureKind::RsaSha384, KeyKind::Rsa) => &lc::RSA_PKCS1_2048_8192_SHA384,
        (SignatureKind::RsaSha512, KeyKind::Rsa) => &lc::RSA_PKCS1_2048_8192_SHA512,
        (SignatureKind::RsaPssSha256, KeyKind::Rsa) => &lc::RSA_PSS_2048_8192_SHA256,
        (SignatureKind::RsaPssSha384, KeyKind::Rsa) => &lc::RSA_PSS_2048_8192_SHA384,
        (SignatureKind::RsaPssSha512, KeyKind::Rsa) => &lc::RSA_PSS_2048_8192_SHA512,
        (SignatureKind::Ed25519, KeyKind::Ed25519) => &lc::ED25519,
        _ => return false,
    };
    lc::UnparsedPublicKey::new(algorithm, &issuer.key).verify(message, signature).is_ok()
}

/// Checks a revocation list's signature by `issuer`.
pub(crate) fn signed_list_by(
    algorithm: &AlgorithmIdentifier<'_>,
    issuer: &Certificate,
    message: &[u8],
    signature: &[u8],
) -> bool {
    verify(signature_kind(algorithm), issuer, message, signature)
}
