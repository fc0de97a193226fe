//! Identities that can sign: a certificate together with its private key.

use std::fmt;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Digest as LcDigest, SHA256, SHA384};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair,
};
use bytes::Bytes;
use prost::Message;
use proto::common::SignatureHeader;
use proto::msp::SerializedIdentity;
use proto::{Digest, sha256};

use crate::certificate::{Certificate, CertificateError, KeyKind};
use crate::directory::{DirectoryError, pem_files, read_file};
use crate::ecdsa::{self, Curve};

/// How many random bytes make a nonce.
const NONCE_BYTES: usize = 24;

/// Why an identity cannot be loaded. Never shows key material.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A directory or file cannot be read.
    #[error("could not read the MSP directory")]
    Directory(#[from] DirectoryError),
    /// The certificate is unusable.
    #[error("could not read the signing certificate")]
    Certificate(#[source] CertificateError),
    /// The certificate's key is of a kind that cannot sign here.
    #[error("the public key of [{0}] is not supported: identities have ECDSA keys on P-256 or P-384")]
    KeyKind(String),
    /// The private key is not a PEM block with an unencrypted EC key.
    #[error("the private key is not an unencrypted PKCS#8 or SEC 1 EC key in PEM, or not on the certificate's curve")]
    Key,
    /// The key belongs to another certificate.
    #[error("the private key does not belong to the certificate of [{0}]")]
    Mismatch(String),
    /// No file in the keystore fits the certificate.
    #[error("no private key for the certificate of [{subject}] found in {}", keystore.display())]
    NoKey {
        /// Whose certificate.
        subject: String,
        /// Where keys were looked for.
        keystore: PathBuf,
    },
}

/// A node's or client's certificate and private key.
pub struct SigningIdentity {
    msp_id: String,
    serialized: Bytes,
    certificate_pem: String,
    certificate: Certificate,
    curve: Curve,
    key: EcdsaKeyPair,
}

impl SigningIdentity {
    /// From PEM texts. The key is PKCS#8 or SEC 1.
    pub fn from_pem(msp_id: &str, certificate_pem: &str, key_pem: &str) -> Result<SigningIdentity, LoadError> {
        let certificate = Certificate::from_pem(certificate_pem.as_bytes()).map_err(LoadError::Certificate)?;
        let (curve, algorithm) = signing_algorithm(&certificate)?;
        let key = private_key(algorithm, key_pem.as_bytes()).ok_or(LoadError::Key)?;
        if key.public_key().as_ref() != &certificate.key[..] {
            return Err(LoadError::Mismatch(certificate.subject_text));
        }
        Ok(SigningIdentity::new(msp_id, certificate, curve, key))
    }

    /// From an MSP directory: the first file of `signcerts`, and its key from `keystore`, either in the file that is
    /// named after the key (`<SKI>_sk`) or in whichever file has it.
    pub fn from_msp_dir(dir: &Path, msp_id: &str) -> Result<SigningIdentity, LoadError> {
        let signcerts = dir.join("signcerts");
        let certificates = pem_files(&signcerts)?;
        let first = certificates.first().ok_or(DirectoryError::Missing { what: "signing", path: signcerts })?;
        let certificate = Certificate::from_pem(first).map_err(LoadError::Certificate)?;
        let (curve, algorithm) = signing_algorithm(&certificate)?;
        let keystore = dir.join("keystore");
        let fits =
            |pem: &Bytes| private_key(algorithm, pem).filter(|key| key.public_key().as_ref() == &certificate.key[..]);
        let named = read_file(&keystore.join(format!("{}_sk", certificate.keystore_id()))).ok();
        let key = match named.as_ref().and_then(fits) {
            Some(key) => Some(key),
            None => pem_files(&keystore)?.iter().find_map(fits),
        };
        match key {
            Some(key) => Ok(SigningIdentity::new(msp_id, certificate, curve, key)),
            None => Err(LoadError::NoKey { subject: certificate.subject_text, keystore }),
        }
    }

    fn new(msp_id: &str, certificate: Certificate, curve: Curve, key: EcdsaKeyPair) -> SigningIdentity {
        let certificate_pem = crate::generate::pem_text("CERTIFICATE", &certificate.der);
        let identity = SerializedIdentity {
            mspid: msp_id.to_owned(),
            id_bytes: Bytes::copy_from_slice(certificate_pem.as_bytes()),
        };
        let serialized = identity.encode_to_vec().into();
        SigningIdentity { msp_id: msp_id.to_owned(), serialized, certificate_pem, certificate, curve, key }
    }

    /// The organisation.
    pub fn msp_id(&self) -> &str {
        &self.msp_id
    }

    /// The marshalled `SerializedIdentity`, as creators and endorsers are written.
    pub fn serialized(&self) -> &Bytes {
        &self.serialized
    }

    /// The certificate in PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The subject as text, for messages.
    pub fn subject(&self) -> &str {
        &self.certificate.subject_text
    }

    /// NotAfter of the certificate.
    pub fn expires_at(&self) -> std::time::SystemTime {
        self.certificate.expires_at()
    }

    /// Signs the SHA-256 of `message`; the signature is DER with low S.
    pub fn sign(&self, message: &[u8]) -> Bytes {
        self.sign_digest(&sha256([message]))
    }

    /// Signs a message of which only the SHA-256 is at hand.
    pub fn sign_digest(&self, digest: &Digest) -> Bytes {
        let digest = match self.curve {
            Curve::P384 => {
                // The library signs on P-384 with SHA-384 only. ECDSA reads a digest as a number, so that leading
                // zeros make the longer digest that means the same number.
                let mut padded = [0; 48];
                padded[16..].copy_from_slice(digest);
                LcDigest::import_less_safe(&padded, &SHA384)
            }
            _ => LcDigest::import_less_safe(digest, &SHA256),
        }
        .expect("the digest has the algorithm's length");
        let signature =
            self.key.sign_digest(&digest).expect("signing with a checked key fails only without memory or randomness");
        let low = ecdsa::low_s(self.curve, signature.as_ref()).expect("the library writes well-formed signatures");
        Bytes::copy_from_slice(&low)
    }

    /// A header that names this identity, with a fresh nonce of 24 random bytes.
    pub fn new_signature_header(&self) -> SignatureHeader {
        let mut nonce = vec![0; NONCE_BYTES];
        aws_lc_rs::rand::fill(&mut nonce).expect("the system has randomness");
        SignatureHeader { creator: self.serialized.clone(), nonce: nonce.into() }
    }
}

impl fmt::Debug for SigningIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningIdentity")
            .field("msp_id", &self.msp_id)
            .field("subject", &self.certificate.subject_text)
            .finish_non_exhaustive()
    }
}

fn signing_algorithm(certificate: &Certificate) -> Result<(Curve, &'static EcdsaSigningAlgorithm), LoadError> {
    match certificate.key_kind {
        KeyKind::Ecdsa(Curve::P256) => Ok((Curve::P256, &ECDSA_P256_SHA256_ASN1_SIGNING)),
        KeyKind::Ecdsa(Curve::P384) => Ok((Curve::P384, &ECDSA_P384_SHA384_ASN1_SIGNING)),
        _ => Err(LoadError::KeyKind(certificate.subject_text.clone())),
    }
}

/// The EC key among the PEM blocks of a file; SEC 1 files may start with a block of curve parameters.
fn private_key(algorithm: &'static EcdsaSigningAlgorithm, pem: &[u8]) -> Option<EcdsaKeyPair> {
    let blocks = pem::parse_many(pem).ok()?;
    blocks
        .iter()
        .filter(|block| matches!(block.tag(), "PRIVATE KEY" | "EC PRIVATE KEY"))
        .find_map(|block| EcdsaKeyPair::from_private_key_der(algorithm, block.contents()).ok())
}
