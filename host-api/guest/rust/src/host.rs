//! The functions of the peer, for all of the kit: the bindings' in Wasm, those of a test's host elsewhere.

#[cfg(target_family = "wasm")]
pub use crate::bindings::fabric::chaincode::{
    chaincodes, client_identity, crypto, diagnostics, private_data, state, transaction,
};
#[cfg(not(target_family = "wasm"))]
pub use crate::native::functions::{
    chaincodes, client_identity, crypto, diagnostics, private_data, state, transaction,
};
