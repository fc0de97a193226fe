mod private_data;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::host::{chaincodes, diagnostics, state, transaction};
use crate::{ClientIdentity, Error, Result};

pub use chaincodes::Response as ChaincodeResponse;
pub use state::{KeyModification, KeyValue, MetadataEntry, Page, Timestamp};

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

    /// The values of several keys, in their order.
    pub fn get_states(&self, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>> {
        Ok(state::get_states(&owned(keys))?)
    }

    /// Sets a key.
    pub fn put_state(&self, key: &str, value: &[u8]) -> Result<()> {
        Ok(state::put_state(key, value)?)
    }

    /// Sets a key to a value as JSON.
    pub fn put_json<T: Serialize>(&self, key: &str, value: &T) -> Result<()> {
        self.put_state(key, &serde_json::to_vec(value)?)
    }

    /// Sets several keys, in their order, up to the first that is refused.
    pub fn put_states(&self, entries: &[(&str, &[u8])]) -> Result<()> {
        Ok(state::put_states(&entries_of(entries))?)
    }

    /// Removes a key.
    pub fn delete_state(&self, key: &str) -> Result<()> {
        Ok(state::delete_state(key)?)
    }

    /// Removes several keys, in their order, up to the first that is refused.
    pub fn delete_states(&self, keys: &[&str]) -> Result<()> {
        Ok(state::delete_states(&owned(keys))?)
    }

    /// What is committed about a key beside its value.
    pub fn get_state_metadata(&self, key: &str) -> Result<Vec<MetadataEntry>> {
        Ok(state::get_state_metadata(key)?)
    }

    /// The key's own endorsement policy, a marshalled
    /// `common.SignaturePolicyEnvelope`.
    pub fn get_state_validation_parameter(&self, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(state::get_state_validation_parameter(key)?)
    }

    /// Gives a key its own endorsement policy; an empty one takes it away.
    pub fn set_state_validation_parameter(&self, key: &str, policy: &[u8]) -> Result<()> {
        Ok(state::set_state_validation_parameter(key, policy)?)
    }

    /// Simple keys from `start` to before `end`; empty ones mean the first and the end.
    pub fn get_state_by_range(&self, start: &str, end: &str) -> Result<StateIterator> {
        Ok(StateIterator(state::get_state_by_range(start, end)?))
    }

    /// At most `page_size` keys of such a range, from the bookmark on unless it is empty. A transaction that asks for pages may
    /// write nothing.
    pub fn get_state_by_range_with_pagination(
        &self,
        start: &str,
        end: &str,
        page_size: u32,
        bookmark: &str,
    ) -> Result<(StateIterator, Page)> {
        page(state::get_state_by_range_with_pagination(start, end, page_size, bookmark))
    }

    /// Composite keys that begin with these parts.
    pub fn get_state_by_partial_composite_key(&self, object_type: &str, attributes: &[&str]) -> Result<StateIterator> {
        let attributes = owned(attributes);
        Ok(StateIterator(state::get_state_by_partial_composite_key(object_type, &attributes)?))
    }

    /// A page of these.
    pub fn get_state_by_partial_composite_key_with_pagination(
        &self,
        object_type: &str,
        attributes: &[&str],
        page_size: u32,
        bookmark: &str,
    ) -> Result<(StateIterator, Page)> {
        let attributes = owned(attributes);
        page(state::get_state_by_partial_composite_key_with_pagination(object_type, &attributes, page_size, bookmark))
    }

    /// A page of all composite keys of the chaincode.
    pub fn get_all_states_composite_key_with_pagination(
        &self,
        page_size: u32,
        bookmark: &str,
    ) -> Result<(StateIterator, Page)> {
        page(state::get_all_states_composite_key_with_pagination(page_size, bookmark))
    }

    /// A query in the language of the state database.
    pub fn get_query_result(&self, query: &str) -> Result<StateIterator> {
        Ok(StateIterator(state::get_query_result(query)?))
    }

    /// A page of it.
    pub fn get_query_result_with_pagination(
        &self,
        query: &str,
        page_size: u32,
        bookmark: &str,
    ) -> Result<(StateIterator, Page)> {
        page(state::get_query_result_with_pagination(query, page_size, bookmark))
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

    /// Calls a chaincode within this transaction. On this channel (an empty name) its writes become part of the transaction; on
    /// another it only reads.
    pub fn invoke_chaincode(&self, name: &str, args: &[&[u8]], channel: &str) -> Result<ChaincodeResponse> {
        let args: Vec<Vec<u8>> = args.iter().map(|arg| arg.to_vec()).collect();
        Ok(chaincodes::invoke_chaincode(name, &args, channel)?)
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

    /// The client that made the proposal.
    pub fn client_identity(&self) -> ClientIdentity {
        ClientIdentity::new()
    }

    /// The proposal as the client signed it: a marshalled `protos.SignedProposal`.
    pub fn signed_proposal(&self) -> Vec<u8> {
        transaction::signed_proposal()
    }

    /// SHA-256 over the proposal's nonce, creator and epoch.
    pub fn binding(&self) -> Vec<u8> {
        transaction::binding()
    }

    /// What the peer's decorators added to the proposal.
    pub fn decorations(&self) -> Vec<(String, Vec<u8>)> {
        transaction::decorations()
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

    /// Ends the call at once, as a panic does; the message reaches the client.
    pub fn abort(&self, message: &str) -> ! {
        diagnostics::abort(message);
        unreachable!("the peer ends the call")
    }
}

fn page(found: std::result::Result<(state::StateIterator, Page), String>) -> Result<(StateIterator, Page)> {
    let (entries, page) = found?;
    Ok((StateIterator(entries), page))
}

fn entries_of(entries: &[(&str, &[u8])]) -> Vec<KeyValue> {
    entries.iter().map(|(key, value)| KeyValue { key: (*key).to_owned(), value: value.to_vec() }).collect()
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
