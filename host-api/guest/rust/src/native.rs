//! Calls of a contract without Wasm, in the process of a test: who answers its calls of the peer.
//!
//! Contracts are tested with the crate `fabric-contract-test`, which implements [`Host`]; others need nothing of this.

pub(crate) mod functions;

use std::any::Any;
use std::cell::RefCell;
use std::panic::PanicHookInfo;

use crate::crypto::{HashAlgorithm, SignatureAlgorithm};
use crate::{ChaincodeResponse, Context, Contract, KeyModification, KeyValue, MetadataEntry, Page, Timestamp};

thread_local! {
    static HOST: RefCell<Option<Box<dyn Host>>> = const { RefCell::new(None) };
}

/// What the contract's call gave: its payload or its error, or what it panicked with.
pub type Answer = std::thread::Result<Result<Vec<u8>, String>>;

/// Calls a function of a contract on this thread, where `host` answers for the peer. Calls may be nested.
pub fn call<C: Contract>(host: Box<dyn Host>, function: &str, args: Vec<Vec<u8>>) -> Answer {
    let outer = HOST.replace(Some(host));
    // What the contract had in its hands is gone with the call; the host is not used again.
    let call = std::panic::AssertUnwindSafe(|| C::call(&Context::new(), function, args).map_err(String::from));
    let answer = std::panic::catch_unwind(call);
    HOST.set(outer);
    answer
}

/// Whether a contract runs on this thread.
pub fn is_calling() -> bool {
    HOST.with_borrow(Option::is_some)
}

/// What a panic says: its message and its place.
pub fn panic_text(panic: &PanicHookInfo<'_>) -> String {
    crate::dispatch::panic_text(panic)
}

/// Asks the host of the running call.
fn ask<T>(question: impl FnOnce(&mut dyn Host) -> T) -> T {
    // It is not borrowed meanwhile: a call of another contract has a host of its own.
    let Some(host) = HOST.take() else {
        panic!("nobody answers for the peer: call contracts natively by the crate fabric-contract-test");
    };
    let mut host = PutBack(Some(host));
    question(host.0.as_deref_mut().unwrap_or_else(|| unreachable!("only the drop below takes it")))
}

/// Puts the host back also where it panics.
struct PutBack(Option<Box<dyn Host>>);

impl Drop for PutBack {
    fn drop(&mut self) {
        HOST.set(self.0.take());
    }
}

/// The functions of the WIT package; its documentation says what they do. An iterator is a number that the host gives out. A host ends
/// the call by [`std::panic::resume_unwind`].
#[allow(missing_docs)]
pub trait Host: Any {
    fn get_state(&mut self, key: &str) -> Result<Option<Vec<u8>>, String>;
    fn get_states(&mut self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, String>;
    fn put_state(&mut self, key: &str, value: &[u8]) -> Result<(), String>;
    fn put_states(&mut self, entries: &[KeyValue]) -> Result<(), String>;
    fn delete_state(&mut self, key: &str) -> Result<(), String>;
    fn delete_states(&mut self, keys: &[String]) -> Result<(), String>;
    fn get_state_metadata(&mut self, key: &str) -> Result<Vec<MetadataEntry>, String>;
    fn get_state_validation_parameter(&mut self, key: &str) -> Result<Option<Vec<u8>>, String>;
    fn set_state_validation_parameter(&mut self, key: &str, policy: &[u8]) -> Result<(), String>;
    fn get_state_by_range(&mut self, start: &str, end: &str) -> Result<u32, String>;
    fn get_state_by_range_with_pagination(
        &mut self,
        start: &str,
        end: &str,
        page_size: u32,
        bookmark: &str,
    ) -> Result<(u32, Page), String>;
    fn get_state_by_partial_composite_key(&mut self, object_type: &str, attributes: &[String]) -> Result<u32, String>;
    fn get_state_by_partial_composite_key_with_pagination(
        &mut self,
        object_type: &str,
        attributes: &[String],
        page_size: u32,
        bookmark: &str,
    ) -> Result<(u32, Page), String>;
    fn get_all_states_composite_key_with_pagination(
        &mut self,
        page_size: u32,
        bookmark: &str,
    ) -> Result<(u32, Page), String>;
    fn create_composite_key(&mut self, object_type: &str, attributes: &[String]) -> Result<String, String>;
    fn split_composite_key(&mut self, key: &str) -> Result<(String, Vec<String>), String>;
    fn get_query_result(&mut self, query: &str) -> Result<u32, String>;
    fn get_query_result_with_pagination(
        &mut self,
        query: &str,
        page_size: u32,
        bookmark: &str,
    ) -> Result<(u32, Page), String>;
    fn get_history_for_key(&mut self, key: &str) -> Result<u32, String>;
    fn next_state(&mut self, iterator: u32) -> Result<Option<KeyValue>, String>;
    fn next_modification(&mut self, iterator: u32) -> Result<Option<KeyModification>, String>;
    fn close(&mut self, iterator: u32);

    fn get_private_data(&mut self, collection: &str, key: &str) -> Result<Option<Vec<u8>>, String>;
    fn get_private_data_multiple(&mut self, collection: &str, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, String>;
    fn get_private_data_hash(&mut self, collection: &str, key: &str) -> Result<Option<Vec<u8>>, String>;
    fn put_private_data(&mut self, collection: &str, key: &str, value: &[u8]) -> Result<(), String>;
    fn put_private_data_multiple(&mut self, collection: &str, entries: &[KeyValue]) -> Result<(), String>;
    fn delete_private_data(&mut self, collection: &str, key: &str) -> Result<(), String>;
    fn purge_private_data(&mut self, collection: &str, key: &str) -> Result<(), String>;
    fn get_private_data_metadata(&mut self, collection: &str, key: &str) -> Result<Vec<MetadataEntry>, String>;
    fn get_private_data_validation_parameter(&mut self, collection: &str, key: &str)
    -> Result<Option<Vec<u8>>, String>;
    fn set_private_data_validation_parameter(
        &mut self,
        collection: &str,
        key: &str,
        policy: &[u8],
    ) -> Result<(), String>;
    fn get_private_data_by_range(&mut self, collection: &str, start: &str, end: &str) -> Result<u32, String>;
    fn get_private_data_by_partial_composite_key(
        &mut self,
        collection: &str,
        object_type: &str,
        attributes: &[String],
    ) -> Result<u32, String>;
    fn get_private_data_query_result(&mut self, collection: &str, query: &str) -> Result<u32, String>;

    fn tx_id(&mut self) -> String;
    fn channel_id(&mut self) -> String;
    fn tx_timestamp(&mut self) -> Timestamp;
    fn args(&mut self) -> Vec<Vec<u8>>;
    fn transient(&mut self) -> Vec<(String, Vec<u8>)>;
    fn creator(&mut self) -> Vec<u8>;
    fn creator_msp_id(&mut self) -> String;
    fn creator_certificate(&mut self) -> Vec<u8>;
    fn signed_proposal(&mut self) -> Vec<u8>;
    fn binding(&mut self) -> Vec<u8>;
    fn decorations(&mut self) -> Vec<(String, Vec<u8>)>;
    fn set_event(&mut self, name: &str, payload: &[u8]) -> Result<(), String>;

    fn client_id(&mut self) -> Result<String, String>;
    fn client_msp_id(&mut self) -> String;
    fn client_subject(&mut self) -> Result<String, String>;
    fn client_issuer(&mut self) -> Result<String, String>;
    fn client_organizational_units(&mut self) -> Result<Vec<String>, String>;
    fn client_attribute(&mut self, name: &str) -> Result<Option<String>, String>;
    fn client_attributes(&mut self) -> Result<Vec<(String, String)>, String>;

    fn invoke_chaincode(&mut self, name: &str, args: &[Vec<u8>], channel: &str) -> Result<ChaincodeResponse, String>;
    fn hash(&mut self, algorithm: HashAlgorithm, data: &[u8]) -> Vec<u8>;
    fn verify(
        &mut self,
        algorithm: SignatureAlgorithm,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, String>;
    fn log(&mut self, level: LogLevel, message: &str);
    fn abort(&mut self, message: &str);
}

pub use crate::bindings::fabric::chaincode::diagnostics::Level as LogLevel;
