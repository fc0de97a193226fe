//! Identities that can sign: a certificate together with its private key.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use prost::Message;
use proto::common::SignatureHeader;
use proto::msp::SerializedIdentity;

use crate::certificate::{Certificate, CertificateError};
use crate::directory::{DirectoryError, file_paths, first_certificate, read_file};
use crate::pkcs11::{Token, TokenError};
use crate::private_key::{self, KeyError, PrivateKey};

/// How many random bytes make a nonce.
const NONCE_BYTES: usize = 24;

/// The largest file that is looked into for a key, in bytes.
const KEY_BYTES_MAX: u64 = 64 << 10;

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
    #[error(
        "the public key of [{0}] is not supported: identities have ECDSA keys on P-256, P-384 or P-521, or Ed25519"
    )]
    KeyKind(String),
    /// The private key is of no use.
    #[error("could not use the private key for the certificate of [{subject}]")]
    Key {
        /// Whose certificate.
        subject: String,
        /// What is wrong.
        #[source]
        source: KeyError,
    },
    /// The file that is named after the key is of no use.
    #[error("could not use {} as the private key for the certificate of [{subject}]", path.display())]
    KeyFile {
        /// Whose certificate.
        subject: String,
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: KeyError,
    },
    /// No file in the keystore fits the certificate.
    #[error(
        "no private key for the certificate of [{subject}] found in {}: put it there as {name}, unencrypted PKCS#8 or \
         SEC 1 in PEM",
        keystore.display()
    )]
    NoKey {
        /// Whose certificate.
        subject: String,
        /// Where keys were looked for.
        keystore: PathBuf,
        /// What the file would be called.
        name: String,
    },
    /// The token could not be asked for the key.
    #[error("could not look for the private key for the certificate of [{subject}] in the PKCS#11 token")]
    Token {
        /// Whose certificate.
        subject: String,
        /// What is wrong.
        #[source]
        source: TokenError,
    },
}

/// Where private keys are kept (`BCCSP` in Fabric's configuration).
#[derive(Clone, Debug)]
pub enum KeyStore {
    /// In a folder, in files. Without one it is `keystore` in the MSP directory.
    Files(Option<PathBuf>),
    /// In a token, or, where that has not the key, in the MSP directory.
    Token(Arc<Token>),
}

/// A signature that could not be made. Only keys outside of the process fail; it may work later.
#[derive(Debug, thiserror::Error)]
#[error("could not sign as [{subject}]")]
pub struct SignError {
    /// Whose certificate.
    pub subject: String,
    /// Why.
    #[source]
    pub source: TokenError,
}

/// A certificate that has ended, as an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("signing identity [{subject}] expired {} s ago: enroll it anew", ago.as_secs())]
pub struct Expired {
    /// Whose certificate.
    pub subject: String,
    /// Since when.
    pub ago: std::time::Duration,
}

/// A node's or client's certificate and private key.
pub struct SigningIdentity {
    msp_id: String,
    serialized: Bytes,
    certificate_pem: String,
    certificate: Certificate,
    key: PrivateKey,
}

impl SigningIdentity {
    /// From PEM texts. The key is PKCS#8 or SEC 1.
    pub fn from_pem(msp_id: &str, certificate_pem: &str, key_pem: &str) -> Result<SigningIdentity, LoadError> {
        let certificate = Certificate::from_pem(certificate_pem.as_bytes()).map_err(LoadError::Certificate)?;
        check_kind(&certificate)?;
        match PrivateKey::from_pem(&certificate, key_pem.as_bytes()) {
            Ok(key) => Ok(SigningIdentity::new(msp_id, certificate, key)),
            Err(source) => Err(LoadError::Key { subject: certificate.subject_text, source }),
        }
    }

    /// From an MSP directory: the first file of `signcerts`, and its key from `keystore`, either in the file that is
    /// named after the key (`<SKI>_sk`) or in whichever file has it.
    pub fn from_msp_dir(dir: &Path, msp_id: &str) -> Result<SigningIdentity, LoadError> {
        SigningIdentity::with_keystore(dir, &dir.join("keystore"), msp_id)
    }

    /// From an MSP directory, with the key where the configuration has it.
    pub fn load(dir: &Path, msp_id: &str, keys: &KeyStore) -> Result<SigningIdentity, LoadError> {
        let token = match keys {
            KeyStore::Files(Some(keystore)) => return SigningIdentity::with_keystore(dir, keystore, msp_id),
            KeyStore::Files(None) => return SigningIdentity::from_msp_dir(dir, msp_id),
            KeyStore::Token(token) => token,
        };
        let certificate = first_certificate(&dir.join("signcerts"), "signing")?;
        check_kind(&certificate)?;
        if let Some(curve) = private_key::curve(&certificate) {
            let failed = |source| LoadError::Token { subject: certificate.subject_text.clone(), source };
            if let Some(key) = token.find_key(&certificate, curve).map_err(failed)? {
                return Ok(SigningIdentity::new(msp_id, certificate, PrivateKey::Token(key)));
            }
        }
        tracing::warn!(
            subject = certificate.subject_text,
            "the PKCS#11 token has no such key, looking into the keystore"
        );
        let key = find_key(&certificate, &dir.join("keystore"))?;
        Ok(SigningIdentity::new(msp_id, certificate, key))
    }

    /// From an MSP directory, with keys elsewhere (`BCCSP.SW.FileKeyStore.KeyStore` of Fabric's configuration).
    pub fn with_keystore(dir: &Path, keystore: &Path, msp_id: &str) -> Result<SigningIdentity, LoadError> {
        let certificate = first_certificate(&dir.join("signcerts"), "signing")?;
        check_kind(&certificate)?;
        let key = find_key(&certificate, keystore)?;
        Ok(SigningIdentity::new(msp_id, certificate, key))
    }

    fn new(msp_id: &str, certificate: Certificate, key: PrivateKey) -> SigningIdentity {
        let certificate_pem = crate::generate::pem_text("CERTIFICATE", &certificate.der);
        let identity = SerializedIdentity {
            mspid: msp_id.to_owned(),
            id_bytes: Bytes::copy_from_slice(certificate_pem.as_bytes()),
        };
        let serialized = identity.encode_to_vec().into();
        SigningIdentity { msp_id: msp_id.to_owned(), serialized, certificate_pem, certificate, key }
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
    pub fn expires_at(&self) -> SystemTime {
        self.certificate.expires_at()
    }

    /// Whether the certificate still holds at `now`. Fabric's nodes and commands do not start with one that does not;
    /// whose messages are taken is another question ([`crate::Identity::expires_at`]).
    pub fn check_expiry(&self, now: SystemTime) -> Result<(), Expired> {
        match now.duration_since(self.expires_at()) {
            Ok(ago) => Err(Expired { subject: self.subject().to_owned(), ago }),
            Err(_) => Ok(()),
        }
    }

    /// Signs `message`: ECDSA over its SHA-256, in DER with low S; or Ed25519 over the message itself. A key in a token
    /// holds the caller up for as long as the token takes.
    pub fn sign(&self, message: &[u8]) -> Result<Bytes, SignError> {
        self.key.sign(message).map_err(|source| SignError { subject: self.subject().to_owned(), source })
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

fn check_kind(certificate: &Certificate) -> Result<(), LoadError> {
    match PrivateKey::can_belong_to(certificate) {
        true => Ok(()),
        false => Err(LoadError::KeyKind(certificate.subject_text.clone())),
    }
}

/// The key in the file that has its name; if there is no such file, the one in whichever file has it.
fn find_key(certificate: &Certificate, keystore: &Path) -> Result<PrivateKey, LoadError> {
    let subject = || certificate.subject_text.clone();
    let name = format!("{}_sk", certificate.keystore_id());
    let path = keystore.join(&name);
    if path.exists() {
        let pem = read_file(&path)?;
        return PrivateKey::from_pem(certificate, &pem).map_err(|source| LoadError::KeyFile {
            subject: subject(),
            path,
            source,
        });
    }
    for path in file_paths(keystore)? {
        if std::fs::metadata(&path).is_ok_and(|file| file.len() > KEY_BYTES_MAX) {
            continue;
        }
        match read_file(&path).map(|pem| PrivateKey::from_pem(certificate, &pem)) {
            Ok(Ok(key)) => return Ok(key),
            Ok(Err(KeyError::Mismatch | KeyError::Kind)) => {}
            Ok(Err(error)) => tracing::warn!(path = %path.display(), %error, "file in a keystore passed over"),
            Err(error) => tracing::warn!(path = %path.display(), %error, "file in a keystore passed over"),
        }
    }
    Err(LoadError::NoKey { subject: subject(), keystore: keystore.to_owned(), name })
}
