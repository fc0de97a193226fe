//! Signatures that contracts have verified.

use std::borrow::Cow;

use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::SubjectPublicKeyInfo;

/// A key or certificate longer than this is none.
const KEY_BYTES_MAX: usize = 64 << 10;

/// The signatures contracts can verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Signature in DER.
    EcdsaP256Sha256,
    /// Signature in DER.
    EcdsaP384Sha384,
    Ed25519,
    /// PKCS #1 v1.5.
    RsaPkcs1Sha256,
    /// Salt of 32 bytes.
    RsaPssSha256,
}

/// Why bytes are not a public key for a scheme. The texts name no library, so that they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Neither of the forms that are read.
    #[error("the public key is neither a SubjectPublicKeyInfo in DER nor PEM of a public key or certificate")]
    Form,
    /// A key of another kind or size.
    #[error("the public key does not belong to the algorithm")]
    Algorithm,
}

/// Whether `signature` over `message` is right.
pub fn verify(scheme: Scheme, public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, KeyError> {
    let algorithm: &'static dyn VerificationAlgorithm = match scheme {
        Scheme::EcdsaP256Sha256 => &signature::ECDSA_P256_SHA256_ASN1,
        Scheme::EcdsaP384Sha384 => &signature::ECDSA_P384_SHA384_ASN1,
        Scheme::Ed25519 => &signature::ED25519,
        Scheme::RsaPkcs1Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Scheme::RsaPssSha256 => &signature::RSA_PSS_2048_8192_SHA256,
    };
    let info = public_key_info(public_key)?;
    let key = ParsedPublicKey::new(algorithm, &info).map_err(|_| KeyError::Algorithm)?;
    Ok(key.verify_sig(message, signature).is_ok())
}

/// The SubjectPublicKeyInfo in `key`.
fn public_key_info(key: &[u8]) -> Result<Cow<'_, [u8]>, KeyError> {
    if key.len() > KEY_BYTES_MAX {
        return Err(KeyError::Form);
    }
    if !key.trim_ascii_start().starts_with(b"-----") {
        return whole::<SubjectPublicKeyInfo<'_>>(key).map(|_| key.into());
    }
    let block = pem::parse(key).map_err(|_| KeyError::Form)?;
    match block.tag() {
        "PUBLIC KEY" => {
            whole::<SubjectPublicKeyInfo<'_>>(block.contents())?;
            Ok(block.into_contents().into())
        }
        "CERTIFICATE" => {
            let certificate: X509Certificate<'_> = whole(block.contents())?;
            Ok(certificate.tbs_certificate.subject_pki.raw.to_vec().into())
        }
        _ => Err(KeyError::Form),
    }
}

fn whole<'a, T: FromDer<'a, x509_parser::error::X509Error>>(der: &'a [u8]) -> Result<T, KeyError> {
    match T::from_der(der) {
        Ok(([], value)) => Ok(value),
        _ => Err(KeyError::Form),
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};

    use super::*;

    /// SubjectPublicKeyInfo of an uncompressed point on P-256.
    fn p256_info(point: &[u8]) -> Vec<u8> {
        let mut der = hex::decode("3059301306072a8648ce3d020106082a8648ce3d030107034200").unwrap();
        der.extend_from_slice(point);
        der
    }

    #[test]
    fn verifies_in_all_forms_and_refuses_what_is_wrong() {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let good = pair.sign(&random, b"message").unwrap();
        let der = p256_info(pair.public_key().as_ref());
        let text = pem::encode(&pem::Pem::new("PUBLIC KEY", der.clone())).into_bytes();
        let verify = |scheme, key: &[u8], message: &[u8]| verify(scheme, key, message, good.as_ref());
        for key in [&der, &text] {
            assert_eq!(verify(Scheme::EcdsaP256Sha256, key, b"message"), Ok(true));
            assert_eq!(verify(Scheme::EcdsaP256Sha256, key, b"other"), Ok(false));
            for scheme in [Scheme::EcdsaP384Sha384, Scheme::Ed25519, Scheme::RsaPkcs1Sha256, Scheme::RsaPssSha256] {
                assert_eq!(verify(scheme, key, b"message"), Err(KeyError::Algorithm), "{scheme:?}");
            }
        }
        let private = pem::encode(&pem::Pem::new("PRIVATE KEY", der.clone())).into_bytes();
        let longer = [&der[..], b"x"].concat();
        for key in [&b""[..], b"key", b"-----BEGIN", &private, &longer, &der[..40], &vec![0; KEY_BYTES_MAX + 1]] {
            assert_eq!(verify(Scheme::EcdsaP256Sha256, key, b"message"), Err(KeyError::Form));
        }
    }

    #[test]
    fn verifies_ed25519() {
        let pair = Ed25519KeyPair::generate().unwrap();
        let mut der = hex::decode("302a300506032b6570032100").unwrap();
        der.extend_from_slice(pair.public_key().as_ref());
        let signature = pair.sign(b"message");
        assert_eq!(verify(Scheme::Ed25519, &der, b"message", signature.as_ref()), Ok(true));
        assert_eq!(verify(Scheme::Ed25519, &der, b"message", &[0; 64]), Ok(false));
        assert_eq!(verify(Scheme::Ed25519, &der, b"message", b""), Ok(false));
    }
}
