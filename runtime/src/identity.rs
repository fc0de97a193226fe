//! What a client's certificate says about it, by the rules of Fabric's client identity library
//! (`fabric-chaincode-go/pkg/cid`, `pkg/attrmgr`).

use std::collections::BTreeMap;
use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use x509_parser::asn1_rs::Any;
use x509_parser::asn1_rs::ToDer;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

/// Where certificate authorities put attributes: JSON `{"attrs":{"name":"value"}}`.
const ATTRIBUTES_OID: &str = "1.2.3.4.5.6.7.8.1";
/// A certificate longer than this is none.
const CERTIFICATE_BYTES_MAX: usize = 64 << 10;

const ORGANIZATIONAL_UNIT: &str = "2.5.4.11";
/// The kinds of names that count, in the order in which Go writes them: values of one kind belong together, all others are left
/// out. Distinguished names are then read backwards.
const NAME_KINDS: [(&str, &str); 9] = [
    ("2.5.4.6", "C"),
    ("2.5.4.8", "ST"),
    ("2.5.4.7", "L"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.17", "POSTALCODE"),
    ("2.5.4.10", "O"),
    (ORGANIZATIONAL_UNIT, "OU"),
    (COMMON_NAME, "CN"),
    (SERIAL_NUMBER, "SERIALNUMBER"),
];
const COMMON_NAME: &str = "2.5.4.3";
const SERIAL_NUMBER: &str = "2.5.4.5";

/// Why a creator has no client identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The creator is not identified by PEM of an X.509 certificate.
    #[error("the creator is not identified by an X.509 certificate")]
    NoCertificate,
    /// The extension with the attributes holds something else.
    #[error("the attributes in the creator's certificate are malformed")]
    Attributes,
}

/// A creator's certificate.
pub struct ClientCertificate<'a>(X509Certificate<'a>);

/// Lets `read` look at the certificate in `text`.
pub fn with_certificate<T>(text: &[u8], read: impl FnOnce(&ClientCertificate<'_>) -> T) -> Result<T, IdentityError> {
    if text.len() > CERTIFICATE_BYTES_MAX {
        return Err(IdentityError::NoCertificate);
    }
    let block = pem::parse(text).map_err(|_| IdentityError::NoCertificate)?;
    let (_, certificate) = X509Certificate::from_der(block.contents()).map_err(|_| IdentityError::NoCertificate)?;
    Ok(read(&ClientCertificate(certificate)))
}

impl ClientCertificate<'_> {
    /// Unique within the organisation, and the same after the certificate is renewed.
    pub fn id(&self) -> String {
        BASE64_STANDARD.encode(format!("x509::{}::{}", self.subject(), self.issuer()))
    }

    /// The subject's distinguished name.
    pub fn subject(&self) -> String {
        distinguished_name(self.0.subject())
    }

    /// The issuer's distinguished name.
    pub fn issuer(&self) -> String {
        distinguished_name(self.0.issuer())
    }

    /// The subject's organizational units.
    pub fn organizational_units(&self) -> Vec<String> {
        values(self.0.subject(), ORGANIZATIONAL_UNIT).map(text).collect()
    }

    /// What the certificate authority says about the client; empty when it says nothing.
    pub fn attributes(&self) -> Result<BTreeMap<String, String>, IdentityError> {
        #[derive(Deserialize)]
        struct Extension {
            #[serde(default)]
            attrs: BTreeMap<String, String>,
        }
        let extension = self.0.extensions().iter().find(|extension| extension.oid.to_id_string() == ATTRIBUTES_OID);
        let Some(extension) = extension else { return Ok(BTreeMap::new()) };
        let parsed: Extension = serde_json::from_slice(extension.value).map_err(|_| IdentityError::Attributes)?;
        Ok(parsed.attrs)
    }
}

fn values<'a>(name: &'a X509Name<'_>, kind: &'a str) -> impl DoubleEndedIterator<Item = &'a AttributeTypeAndValue<'a>> {
    let all: Vec<_> = name.iter_attributes().filter(|attribute| attribute.attr_type().to_id_string() == kind).collect();
    all.into_iter()
}

fn distinguished_name(name: &X509Name<'_>) -> String {
    let mut written = String::new();
    for (kind, label) in NAME_KINDS.iter().rev() {
        let mut found: Vec<String> = values(name, kind).map(text).collect();
        if [COMMON_NAME, SERIAL_NUMBER].contains(kind) {
            // Of these there is one, the last that is not empty.
            found = found.pop().into_iter().filter(|value| !value.is_empty()).collect();
        }
        if found.is_empty() {
            continue;
        }
        if !written.is_empty() {
            written.push(',');
        }
        for (index, value) in found.iter().enumerate() {
            let separator = if index == 0 { "" } else { "+" };
            // Writing to a string cannot fail.
            let _ = write!(written, "{separator}{label}={}", escaped(value));
        }
    }
    written
}

fn text(attribute: &AttributeTypeAndValue<'_>) -> String {
    match attribute.as_str() {
        Ok(text) => text.to_owned(),
        Err(_) => other_text(attribute.attr_value()),
    }
}

/// BMP strings and the like.
fn other_text(value: &Any<'_>) -> String {
    use x509_parser::asn1_rs::{BmpString, Tag, TeletexString, UniversalString};
    let decoded = match value.tag() {
        Tag::BmpString => BmpString::try_from(value.clone()).map(|text| text.string()),
        Tag::UniversalString => UniversalString::try_from(value.clone()).map(|text| text.string()),
        Tag::T61String => TeletexString::try_from(value.clone()).map(|text| text.string()),
        _ => Ok(String::new()),
    };
    decoded.unwrap_or_else(|_| value.to_der_vec().map(hex::encode).unwrap_or_default())
}

/// The characters that RFC 2253 sets apart, as the Go library escapes them.
fn escaped(value: &str) -> String {
    let mut written = String::with_capacity(value.len());
    for (index, character) in value.char_indices() {
        let is_edge = (index == 0 && matches!(character, ' ' | '#')) || (index + 1 == value.len() && character == ' ');
        if is_edge || matches!(character, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
            written.push('\\');
        }
        written.push(character);
    }
    written
}
