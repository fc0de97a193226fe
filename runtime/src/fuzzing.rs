//! What fuzzers of this crate call, and nobody else may rely on.

use std::num::NonZeroUsize;
use std::path::Path;

use crate::cache::{Cache, CacheError};
use crate::{EncodeError, config, loader};

/// The component that is compiled for a file that the gate accepts.
///
/// # Errors
/// The file makes no component.
pub fn component(wasm: &[u8]) -> Result<Vec<u8>, EncodeError> {
    loader::component(wasm).map(|component| component.into_owned())
}

/// Files of compiled code, without the files.
pub struct CompiledCode(Cache);

impl CompiledCode {
    /// The cache of this directory.
    ///
    /// # Errors
    /// The directory cannot be used.
    ///
    /// # Panics
    /// The Wasm engine does not start.
    pub fn open(dir: &Path) -> Result<Self, CacheError> {
        let config = config::engine(false, NonZeroUsize::MIN, false);
        let engine = wasmtime::Engine::new(&config).expect("an engine without a pool asks for nothing");
        Cache::open(dir, &engine).map(Self)
    }

    /// The file that keeps a contract's code.
    ///
    /// # Panics
    /// The system gives no random numbers.
    pub fn file(&self, contract: &[u8; 32], code: &[u8]) -> Vec<u8> {
        self.0.seal(contract, code).expect("the system gives random numbers")
    }

    /// The code in such a file, if this cache wrote it for this contract.
    pub fn code<'file>(&self, contract: &[u8; 32], file: &'file [u8]) -> Option<&'file [u8]> {
        self.0.code(contract, file)
    }
}
