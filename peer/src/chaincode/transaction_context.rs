//! The ledger side of one contract call: what the contract asks of the state goes to the transaction's simulator, in the
//! contract's own namespace. The limits of keys, values and open queries hold for every chaincode, also for processes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use host_api::limits::{KEY_BYTES_MAX, OPEN_ITERATORS_MAX, VALUE_BYTES_MAX};
use ledger::{HistoryIterator, RangeId, SimulateError, Simulator};
use msp::Identity;
use runtime::{
    ChaincodeResponse, ContextError, Invocation, KeyModification, KeyValue, LogLevel, Page, TransactionContext,
};

use super::ChaincodeSupport;
use super::collections::{Collections, Purpose};
use crate::channels::Channel;
use crate::text;

/// What databases without a query language answer (Fabric `stateleveldb.go`).
const NO_QUERIES: &str = "ExecuteQuery not supported for leveldb";
const NO_PAGED_QUERIES: &str = "ExecuteQueryWithMetadata not supported for leveldb";

/// An event that a contract sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name, never empty.
    pub name: String,
    /// Its payload.
    pub payload: Bytes,
}

/// Some results of a range query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Keys in order, with their values.
    pub entries: Vec<KeyValue>,
    /// Whether more follow.
    pub has_more: bool,
}

/// Where a contract runs, for whom, and who called it.
#[derive(Clone)]
pub struct Scope {
    /// Finds and runs other chaincodes.
    pub support: Arc<ChaincodeSupport>,
    /// The channel whose state it sees.
    pub channel: Arc<Channel>,
    /// The contract itself.
    pub namespace: String,
    /// Who proposed the transaction.
    pub creator: Arc<Identity>,
    /// Channel and name of the chaincodes whose calls led here.
    pub callers: Vec<(String, String)>,
}

enum Query {
    Range(RangeId),
    History(HistoryIterator),
}

/// A [`TransactionContext`] over a simulator.
pub struct SimulationContext {
    invocation: Invocation,
    scope: Scope,
    // Gone while another chaincode, called by this one, works with it.
    simulator: Option<Simulator>,
    collections: Collections,
    queries: BTreeMap<u32, Query>,
    next_query: u32,
    event: Option<Event>,
}

impl SimulationContext {
    /// A context for one call of the contract of `scope`.
    pub fn new(invocation: Invocation, scope: Scope, simulator: Simulator) -> Self {
        SimulationContext {
            invocation,
            scope,
            simulator: Some(simulator),
            collections: Collections::default(),
            queries: BTreeMap::new(),
            next_query: 1,
            event: None,
        }
    }

    /// The simulation, after the call.
    pub fn into_simulator(mut self) -> Simulator {
        self.take_simulator()
    }

    /// The event that the call set.
    pub fn take_event(&mut self) -> Option<Event> {
        self.event.take()
    }

    /// The contract's part of the state.
    pub fn namespace(&self) -> &str {
        &self.scope.namespace
    }

    /// The results of a range query that Fabric's shims get in one message, and whether there are more.
    pub fn next_batch(&mut self, iterator: u32) -> Result<Batch, ContextError> {
        let Some(Query::Range(range)) = self.queries.get(&iterator) else {
            return Err(ContextError::Refused("query iterator not found".to_owned()));
        };
        let range = *range;
        let (entries, has_more) = self.simulator().next_batch(range).map_err(of_simulator)?;
        Ok(Batch { entries: entries.into_iter().map(|(key, value)| KeyValue { key, value }).collect(), has_more })
    }

    fn simulator(&mut self) -> &mut Simulator {
        self.simulator.as_mut().expect("a contract that waits for another one asks for nothing")
    }

    fn take_simulator(&mut self) -> Simulator {
        self.simulator.take().expect("a contract that waits for another one asks for nothing")
    }

    /// The simulator and the contract's namespace, if it may do this with the collection.
    fn private(&mut self, collection: &str, purpose: Purpose) -> Result<(&mut Simulator, &str), ContextError> {
        if self.invocation.is_init {
            return Err(ContextError::Refused("private data APIs are not allowed in chaincode Init()".to_owned()));
        }
        let Scope { channel, namespace, creator, .. } = &self.scope;
        let simulator = self.simulator.as_mut().expect("a contract that waits for another one asks for nothing");
        self.collections.check(namespace, collection, purpose, creator, &channel.bundle(), simulator)?;
        Ok((simulator, namespace))
    }

    fn public(&mut self) -> (&mut Simulator, &str) {
        let simulator = self.simulator.as_mut().expect("a contract that waits for another one asks for nothing");
        (simulator, &self.scope.namespace)
    }

    /// Keys have policies of their own only where the channel knows of them.
    fn check_key_level(&self) -> Result<(), ContextError> {
        match self.scope.channel.bundle().has_capability("Application", "V1_3") {
            true => Ok(()),
            false => Err(ContextError::Refused(
                "key level endorsement is not enabled, channel application capability of V1_3 or later is required"
                    .to_owned(),
            )),
        }
    }

    fn open(&mut self, query: Query) -> Result<u32, ContextError> {
        if self.queries.len() >= OPEN_ITERATORS_MAX {
            if let Query::Range(range) = query {
                self.simulator().close(range);
            }
            let text = format!("more than {OPEN_ITERATORS_MAX} queries would be open; close those that are read");
            return Err(ContextError::Refused(text));
        }
        let id = self.next_query;
        self.next_query = self.next_query.wrapping_add(1).max(1);
        self.queries.insert(id, query);
        Ok(id)
    }
}

/// Whoever writes it, a key or a value has the same limits.
fn check_sizes(key: &str, value: &[u8]) -> Result<(), ContextError> {
    let refused = |text| Err(ContextError::Refused(text));
    match (key.len(), value.len()) {
        (0, _) => refused("key must not be an empty string".to_owned()),
        (size, _) if size > KEY_BYTES_MAX => {
            refused(format!("the key of {size} bytes is larger than the limit of {KEY_BYTES_MAX} bytes"))
        }
        (_, size) if size > VALUE_BYTES_MAX => {
            refused(format!("the value of {size} bytes is larger than the limit of {VALUE_BYTES_MAX} bytes"))
        }
        _ => Ok(()),
    }
}

fn of_simulator(error: SimulateError) -> ContextError {
    match error {
        SimulateError::Refused(text) => ContextError::Refused(text),
        other => ContextError::Failed(text::chain(&other)),
    }
}

impl TransactionContext for SimulationContext {
    fn invocation(&self) -> &Invocation {
        &self.invocation
    }

    fn get_state(&mut self, collection: &str, key: &str) -> Result<Option<Bytes>, ContextError> {
        let value = if collection.is_empty() {
            let (simulator, namespace) = self.public();
            simulator.get_state(namespace, key)
        } else {
            let (simulator, namespace) = self.private(collection, Purpose::Read)?;
            simulator.get_private(namespace, collection, key)
        };
        value.map_err(of_simulator)
    }

    fn get_hash(&mut self, collection: &str, key: &str) -> Result<Option<Bytes>, ContextError> {
        let (simulator, namespace) = self.private(collection, Purpose::ReadHash)?;
        simulator.private_hash(namespace, collection, key).map_err(of_simulator)
    }

    fn put_state(&mut self, collection: &str, key: &str, value: Bytes) -> Result<(), ContextError> {
        check_sizes(key, &value)?;
        let written = if collection.is_empty() {
            let (simulator, namespace) = self.public();
            simulator.set_state(namespace, key, value)
        } else {
            let (simulator, namespace) = self.private(collection, Purpose::Write)?;
            simulator.set_private(namespace, collection, key, value)
        };
        written.map_err(of_simulator)
    }

    fn delete_state(&mut self, collection: &str, key: &str) -> Result<(), ContextError> {
        check_sizes(key, &[])?;
        let deleted = if collection.is_empty() {
            let (simulator, namespace) = self.public();
            simulator.delete_state(namespace, key)
        } else {
            let (simulator, namespace) = self.private(collection, Purpose::Write)?;
            simulator.delete_private(namespace, collection, key)
        };
        deleted.map_err(of_simulator)
    }

    fn purge(&mut self, collection: &str, key: &str) -> Result<(), ContextError> {
        if !self.scope.channel.bundle().has_capability("Application", "V2_5") {
            return Err(ContextError::Refused(
                "purge private data is not enabled, channel application capability of V2_5 or later is required"
                    .to_owned(),
            ));
        }
        let (simulator, namespace) = self.private(collection, Purpose::Write)?;
        simulator.purge_private(namespace, collection, key).map_err(of_simulator)
    }

    fn metadata(&mut self, collection: &str, key: &str) -> Result<BTreeMap<String, Bytes>, ContextError> {
        self.check_key_level()?;
        let metadata = if collection.is_empty() {
            let (simulator, namespace) = self.public();
            simulator.state_metadata(namespace, key)
        } else {
            let (simulator, namespace) = self.private(collection, Purpose::Read)?;
            simulator.private_metadata(namespace, collection, key)
        };
        metadata.map_err(of_simulator)
    }

    fn put_metadata(&mut self, collection: &str, key: &str, name: &str, value: Bytes) -> Result<(), ContextError> {
        self.check_key_level()?;
        check_sizes(key, &value)?;
        let entries = BTreeMap::from([(name.to_owned(), value)]);
        let written = if collection.is_empty() {
            let (simulator, namespace) = self.public();
            simulator.set_state_metadata(namespace, key, entries)
        } else {
            let (simulator, namespace) = self.private(collection, Purpose::Write)?;
            simulator.set_private_metadata(namespace, collection, key, entries)
        };
        written.map_err(of_simulator)
    }

    fn open_range(&mut self, collection: &str, start: &str, end: &str) -> Result<u32, ContextError> {
        let range = if collection.is_empty() {
            let (simulator, namespace) = self.public();
            simulator.range(namespace, start, end)
        } else {
            let (simulator, namespace) = self.private(collection, Purpose::Read)?;
            simulator.private_range(namespace, collection, start, end)
        };
        let range = range.map_err(of_simulator)?;
        self.open(Query::Range(range))
    }

    fn open_page(&mut self, start: &str, end: &str, page_size: u32) -> Result<Page, ContextError> {
        let (simulator, namespace) = self.public();
        let page = simulator.page(namespace, start, end, page_size as usize).map_err(of_simulator)?;
        let fetched_records_count = u32::try_from(page.count).unwrap_or(u32::MAX);
        let iterator = self.open(Query::Range(page.range))?;
        Ok(Page { iterator, fetched_records_count, bookmark: page.bookmark })
    }

    fn open_query(&mut self, collection: &str, _query: &str) -> Result<u32, ContextError> {
        if !collection.is_empty() {
            self.private(collection, Purpose::Read)?;
        }
        Err(ContextError::Refused(NO_QUERIES.to_owned()))
    }

    fn open_query_page(&mut self, _query: &str, _page_size: u32, _bookmark: &str) -> Result<Page, ContextError> {
        Err(ContextError::Refused(NO_PAGED_QUERIES.to_owned()))
    }

    fn open_history(&mut self, key: &str) -> Result<u32, ContextError> {
        let (simulator, namespace) = self.public();
        let history = simulator.history(namespace, key).map_err(of_simulator)?;
        self.open(Query::History(history))
    }

    fn next_state(&mut self, iterator: u32) -> Result<Option<KeyValue>, ContextError> {
        let Some(Query::Range(range)) = self.queries.get(&iterator) else {
            return Err(ContextError::Refused("no such range query is open".to_owned()));
        };
        let range = *range;
        let next = self.simulator().next(range).map_err(of_simulator)?;
        Ok(next.map(|(key, value)| KeyValue { key, value }))
    }

    fn next_modification(&mut self, iterator: u32) -> Result<Option<KeyModification>, ContextError> {
        let Some(Query::History(history)) = self.queries.get_mut(&iterator) else {
            return Err(ContextError::Refused("no such history query is open".to_owned()));
        };
        let next = history.next().transpose().map_err(|error| ContextError::Failed(text::chain(&error)))?;
        Ok(next.map(|modification| {
            let timestamp = modification.timestamp.unwrap_or_default();
            KeyModification {
                tx_id: modification.tx_id,
                value: modification.value,
                timestamp: (timestamp.seconds, u32::try_from(timestamp.nanos).unwrap_or(0)),
                is_delete: modification.is_delete,
            }
        }))
    }

    fn close(&mut self, iterator: u32) {
        if let Some(Query::Range(range)) = self.queries.remove(&iterator) {
            self.simulator().close(range);
        }
    }

    fn set_event(&mut self, name: &str, payload: Bytes) -> Result<(), ContextError> {
        if name.is_empty() {
            return Err(ContextError::Refused("event name can not be empty string".to_owned()));
        }
        self.event = Some(Event { name: name.to_owned(), payload });
        Ok(())
    }

    fn invoke_chaincode(
        &mut self,
        name: &str,
        channel_id: &str,
        args: Vec<Bytes>,
        deadline: Instant,
    ) -> Result<ChaincodeResponse, ContextError> {
        let simulator = self.take_simulator();
        let (answer, simulator) =
            super::calls::call(&self.scope, &self.invocation, simulator, name, channel_id, args, deadline);
        self.simulator = Some(simulator);
        answer
    }

    fn log(&mut self, level: LogLevel, message: &str) {
        let (chaincode, tx_id) = (&*self.scope.namespace, &*self.invocation.tx_id);
        self.scope.support.logs().write(&self.invocation.channel_id, chaincode, tx_id, level, message);
        match level {
            LogLevel::Error => tracing::error!(target: "chaincode", chaincode, txID = tx_id, "{message}"),
            LogLevel::Warning => tracing::warn!(target: "chaincode", chaincode, txID = tx_id, "{message}"),
            LogLevel::Info => tracing::info!(target: "chaincode", chaincode, txID = tx_id, "{message}"),
            LogLevel::Debug => tracing::debug!(target: "chaincode", chaincode, txID = tx_id, "{message}"),
        }
    }
}
