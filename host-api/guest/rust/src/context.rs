use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::fabric::chaincode::{diagnostics, state, transaction};
use crate::{Error, Result};

pub use state::{KeyModification, KeyValue, Timestamp};

/// The transaction being simulated: its ledger, its proposal, its event and its log.
///
/// Reads see the committed state, not the transaction's own writes.
pub struct Context(());

impl Context {
    pub(crate) fn new() -> Self {
        Self(())
    }

    /// The value of a key, none when it does not exist.
    pub fn get_state(&self, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(state::get_state(key)?)
    }

    /// The value of a key, read from JSON.
    pub fn get_json<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        match self.get_state(key)? {
            Some(value) => Ok(Some(serde_json::from_slice(&value)?)),
            None => Ok(None),
        }
    }

    /// Sets a key.
    pub fn put_state(&self, key: &str, value: &[u8]) -> Result<()> {
        Ok(state::put_state(key, value)?)
    }

    /// Sets a key to a value as JSON.
    pub fn put_json<T: Serialize>(&self, key: &str, value: &T) -> Result<()> {
        self.put_state(key, &serde_json::to_vec(value)?)
    }

    /// Removes a key.
    pub fn delete_state(&self, key: &str) -> Result<()> {
        Ok(state::delete_state(key)?)
    }

    /// Simple keys from `start` to before `end`; empty ones mean the first and the end.
    pub fn get_state_by_range(&self, start: &str, end: &str) -> Result<StateIterator> {
        Ok(StateIterator(state::get_state_by_range(start, end)?))
    }

    /// Composite keys that begin with these parts.
    pub fn get_state_by_partial_composite_key(&self, object_type: &str, attributes: &[&str]) -> Result<StateIterator> {
        let attributes = owned(attributes);
        Ok(StateIterator(state::get_state_by_partial_composite_key(object_type, &attributes)?))
    }

    /// Joins parts to a composite key.
    pub fn create_composite_key(&self, object_type: &str, attributes: &[&str]) -> Result<String> {
        Ok(state::create_composite_key(object_type, &owned(attributes))?)
    }

    /// The object type and the attributes of a composite key.
    pub fn split_composite_key(&self, key: &str) -> Result<(String, Vec<String>)> {
        let parts = state::split_composite_key(key)?;
        Ok((parts.object_type, parts.attributes))
    }

    /// Committed modifications of a key, newest first.
    pub fn get_history_for_key(&self, key: &str) -> Result<HistoryIterator> {
        Ok(HistoryIterator(state::get_history_for_key(key)?))
    }

    /// Sets the transaction's event; a second one replaces the first.
    pub fn set_event(&self, name: &str, payload: &[u8]) -> Result<()> {
        Ok(transaction::set_event(name, payload)?)
    }

    /// Identifier of the transaction.
    pub fn tx_id(&self) -> String {
        transaction::tx_id()
    }

    /// The channel.
    pub fn channel_id(&self) -> String {
        transaction::channel_id()
    }

    /// The client's time, the same at every endorser.
    pub fn tx_timestamp(&self) -> Timestamp {
        transaction::tx_timestamp()
    }

    /// All arguments, the function's name first.
    pub fn args(&self) -> Vec<Vec<u8>> {
        transaction::args()
    }

    /// Data for the endorsers only.
    pub fn transient(&self) -> Vec<(String, Vec<u8>)> {
        transaction::transient()
    }

    /// The creator as a marshalled `msp.SerializedIdentity`.
    pub fn creator(&self) -> Vec<u8> {
        transaction::creator()
    }

    /// The creator's MSP.
    pub fn creator_msp_id(&self) -> String {
        transaction::creator_msp_id()
    }

    /// The creator's certificate, PEM.
    pub fn creator_certificate(&self) -> Vec<u8> {
        transaction::creator_certificate()
    }

    /// A line for the chaincode's log, for developers.
    pub fn log_debug(&self, message: &str) {
        diagnostics::log(diagnostics::Level::Debug, message);
    }

    /// A line for the chaincode's log.
    pub fn log_info(&self, message: &str) {
        diagnostics::log(diagnostics::Level::Info, message);
    }

    /// A line for the chaincode's log about something unexpected.
    pub fn log_warning(&self, message: &str) {
        diagnostics::log(diagnostics::Level::Warning, message);
    }

    /// A line for the chaincode's log about a failure.
    pub fn log_error(&self, message: &str) {
        diagnostics::log(diagnostics::Level::Error, message);
    }
}

fn owned(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}

/// Keys in ascending order with their values.
pub struct StateIterator(state::StateIterator);

impl Iterator for StateIterator {
    type Item = Result<KeyValue>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map_err(Error::from).transpose()
    }
}

/// Modifications of a key, newest first.
pub struct HistoryIterator(state::HistoryIterator);

impl Iterator for HistoryIterator {
    type Item = Result<KeyModification>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map_err(Error::from).transpose()
    }
}
