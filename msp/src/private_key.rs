//! Private keys of identities, as they lie in keystores.

use aws_lc_rs::digest::{Digest as LcDigest, SHA256, SHA384, SHA512};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair,
};
use bytes::Bytes;
use proto::{Digest, sha256};

use crate::certificate::{Certificate, KeyKind};
use crate::ecdsa::{self, Curve};
use crate::pkcs11::{TokenError, TokenKey};

/// Why a text is not the private key of a certificate. Never shows key material.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing in PEM.
    #[error("it holds no PEM block; private keys are PKCS#8 or SEC 1 in PEM")]
    Pem,
    /// Encrypted.
    #[error("it is encrypted; write it without password (openssl pkcs8 -topk8 -nocrypt)")]
    Encrypted,
    /// Something else in PEM.
    #[error("it is not an EC or Ed25519 key in PKCS#8 or SEC 1, or not of the certificate's kind")]
    Kind,
    /// The key belongs to another certificate.
    #[error("it does not belong to the certificate")]
    Mismatch,
}

/// A private key that fits a certificate.
pub(crate) enum PrivateKey {
    Ecdsa { curve: Curve, key: Box<EcdsaKeyPair> },
    Ed25519(Box<Ed25519KeyPair>),
    Token(TokenKey),
}

impl PrivateKey {
    /// Whether keys of the certificate's kind can sign here.
    pub(crate) fn can_belong_to(certificate: &Certificate) -> bool {
        certificate.key_kind == KeyKind::Ed25519 || ecdsa_algorithm(certificate).is_some()
    }

    /// The key among the PEM blocks of a text; SEC 1 files may start with a block of curve parameters.
    pub(crate) fn from_pem(certificate: &Certificate, pem: &[u8]) -> Result<PrivateKey, KeyError> {
        let blocks = pem::parse_many(pem).map_err(|_| KeyError::Pem)?;
        if blocks.is_empty() {
            return Err(KeyError::Pem);
        }
        let encrypted = |block: &pem::Pem| {
            block.tag() == "ENCRYPTED PRIVATE KEY" || block.headers().iter().any(|(name, _)| name == "DEK-Info")
        };
        if blocks.iter().any(encrypted) {
            return Err(KeyError::Encrypted);
        }
        let keys = blocks.iter().filter(|block| matches!(block.tag(), "PRIVATE KEY" | "EC PRIVATE KEY"));
        let mut error = KeyError::Kind;
        for block in keys {
            match PrivateKey::from_der(certificate, block.contents()) {
                Ok(key) => return Ok(key),
                Err(KeyError::Mismatch) => error = KeyError::Mismatch,
                Err(_) => {}
            }
        }
        Err(error)
    }

    fn from_der(certificate: &Certificate, der: &[u8]) -> Result<PrivateKey, KeyError> {
        let fits = |public: &[u8]| match public == &certificate.key[..] {
            true => Ok(()),
            false => Err(KeyError::Mismatch),
        };
        if certificate.key_kind == KeyKind::Ed25519 {
            let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| KeyError::Kind)?;
            fits(key.public_key().as_ref())?;
            return Ok(PrivateKey::Ed25519(Box::new(key)));
        }
        let (curve, algorithm) = ecdsa_algorithm(certificate).ok_or(KeyError::Kind)?;
        let key = EcdsaKeyPair::from_private_key_der(algorithm, der).map_err(|_| KeyError::Kind)?;
        fits(key.public_key().as_ref())?;
        Ok(PrivateKey::Ecdsa { curve, key: Box::new(key) })
    }

    /// ECDSA with low S over the message's SHA-256, in DER; or Ed25519 over the message.
    /// Keys in tokens can fail.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Bytes, TokenError> {
        match self {
            PrivateKey::Ed25519(key) => Ok(Bytes::copy_from_slice(key.sign(message).as_ref())),
            PrivateKey::Ecdsa { curve, key } => Ok(sign_digest(*curve, key, &sha256([message]))),
            PrivateKey::Token(key) => key.sign(&sha256([message])),
        }
    }
}

/// The curve of a certificate's key; `None` if it is of another kind.
pub(crate) fn curve(certificate: &Certificate) -> Option<Curve> {
    ecdsa_algorithm(certificate).map(|(curve, _)| curve)
}

fn sign_digest(curve: Curve, key: &EcdsaKeyPair, digest: &Digest) -> Bytes {
    // The library signs with each curve's own hash function only. ECDSA reads a digest as a number, so that leading zeros
    // make the longer digest that means the same number.
    let mut padded = [0; 64];
    padded[64 - digest.len()..].copy_from_slice(digest);
    let digest = match curve {
        Curve::P256 => LcDigest::import_less_safe(digest, &SHA256),
        Curve::P384 => LcDigest::import_less_safe(&padded[16..], &SHA384),
        Curve::P521 => LcDigest::import_less_safe(&padded, &SHA512),
    };
    let digest = digest.expect("the digest has the algorithm's length");
    let signature =
        key.sign_digest(&digest).expect("signing with a checked key fails only without memory or randomness");
    let low = ecdsa::low_s(curve, signature.as_ref()).expect("the library writes well-formed signatures");
    Bytes::copy_from_slice(&low)
}

fn ecdsa_algorithm(certificate: &Certificate) -> Option<(Curve, &'static EcdsaSigningAlgorithm)> {
    match certificate.key_kind {
        KeyKind::Ecdsa(Curve::P256) => Some((Curve::P256, &ECDSA_P256_SHA256_ASN1_SIGNING)),
        KeyKind::Ecdsa(Curve::P384) => Some((Curve::P384, &ECDSA_P384_SHA384_ASN1_SIGNING)),
        KeyKind::Ecdsa(Curve::P521) => Some((Curve::P521, &ECDSA_P521_SHA512_ASN1_SIGNING)),
        _ => None,
    }
}
