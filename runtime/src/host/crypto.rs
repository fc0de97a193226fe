//! `fabric:chaincode/crypto`.

use aws_lc_rs::digest;

use super::CallState;
use super::bindings::fabric::chaincode::crypto::{HashAlgorithm, Host, SignatureAlgorithm};
use super::ledger::Told;
use crate::public_key::{self, Scheme};

impl Host for CallState {
    fn hash(&mut self, algorithm: HashAlgorithm, data: Vec<u8>) -> wasmtime::Result<Vec<u8>> {
        self.enter(data.len())?;
        let algorithm = match algorithm {
            HashAlgorithm::Sha256 => &digest::SHA256,
            HashAlgorithm::Sha384 => &digest::SHA384,
            HashAlgorithm::Sha512 => &digest::SHA512,
            HashAlgorithm::Sha3256 => &digest::SHA3_256,
            HashAlgorithm::Sha3384 => &digest::SHA3_384,
        };
        let hash = digest::digest(algorithm, &data).as_ref().to_vec();
        self.count(hash.len())?;
        Ok(hash)
    }

    fn verify(
        &mut self,
        algorithm: SignatureAlgorithm,
        public_key: Vec<u8>,
        message: Vec<u8>,
        signature: Vec<u8>,
    ) -> Told<bool> {
        self.enter(public_key.len() + message.len() + signature.len())?;
        let scheme = match algorithm {
            SignatureAlgorithm::EcdsaP256Sha256 => Scheme::EcdsaP256Sha256,
            SignatureAlgorithm::EcdsaP384Sha384 => Scheme::EcdsaP384Sha384,
            SignatureAlgorithm::Ed25519 => Scheme::Ed25519,
            SignatureAlgorithm::RsaPkcs1Sha256 => Scheme::RsaPkcs1Sha256,
            SignatureAlgorithm::RsaPssSha256 => Scheme::RsaPssSha256,
        };
        Ok(public_key::verify(scheme, &public_key, &message, &signature).map_err(|error| error.to_string()))
    }
}
