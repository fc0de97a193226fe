//! The ledger side of a replayed call: the public state that the transaction saw.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use ledger::{HistoryIterator, RangeId, SimulateError, Simulator};
use runtime::{
    ChaincodeResponse, ContextError, Invocation, KeyModification, KeyValue, LogLevel, Page, TransactionContext,
};

use super::callees::{self, Callees};
use peer::text;

enum Query {
    Range(RangeId),
    History(HistoryIterator),
}

/// A [`TransactionContext`] over a simulator. What blocks do not hold ends the call.
pub struct ReplayContext {
    pub invocation: Invocation,
    /// The chaincodes that call each other, the running one last.
    pub namespaces: Vec<String>,
    pub event: Option<(String, Bytes)>,
    /// Away while another chaincode runs.
    simulator: Option<Simulator>,
    callees: Arc<Callees>,
    queries: BTreeMap<u32, Query>,
    next_query: u32,
}

impl ReplayContext {
    pub fn new(invocation: Invocation, namespaces: Vec<String>, simulator: Simulator, callees: Arc<Callees>) -> Self {
        let (event, simulator, queries) = (None, Some(simulator), BTreeMap::new());
        ReplayContext { invocation, namespaces, event, simulator, callees, queries, next_query: 1 }
    }

    /// What the call did.
    pub fn into_simulator(self) -> Option<Simulator> {
        self.simulator
    }

    /// The running chaincode's state.
    fn state(&mut self) -> Result<(&mut Simulator, &str), ContextError> {
        let namespace = self.namespaces.last().map(String::as_str).unwrap_or_default();
        let simulator = self.simulator.as_mut();
        simulator
            .map(|simulator| (simulator, namespace))
            .ok_or_else(|| ContextError::Failed("the state was lost in a call of another chaincode".to_owned()))
    }

    fn open(&mut self, query: Query) -> u32 {
        let id = self.next_query;
        self.next_query = self.next_query.wrapping_add(1).max(1);
        self.queries.insert(id, query);
        id
    }
}

fn of_simulator(error: SimulateError) -> ContextError {
    match error {
        SimulateError::Refused(text) => ContextError::Refused(text),
        other => ContextError::Failed(text::chain(&other)),
    }
}

fn public(collection: &str) -> Result<(), ContextError> {
    if collection.is_empty() {
        return Ok(());
    }
    let text = "the transaction uses private data, which blocks do not hold: it cannot be replayed";
    Err(ContextError::Failed(text.to_owned()))
}

fn no_rich_queries<T>() -> Result<T, ContextError> {
    Err(ContextError::Refused("ExecuteQuery not supported for leveldb".to_owned()))
}

impl TransactionContext for ReplayContext {
    fn invocation(&self) -> &Invocation {
        &self.invocation
    }

    fn get_state(&mut self, collection: &str, key: &str) -> Result<Option<Bytes>, ContextError> {
        public(collection)?;
        let (state, name) = self.state()?;
        state.get_state(name, key).map_err(of_simulator)
    }

    fn get_hash(&mut self, collection: &str, _key: &str) -> Result<Option<Bytes>, ContextError> {
        public(collection).map(|()| None)
    }

    fn put_state(&mut self, collection: &str, key: &str, value: Bytes) -> Result<(), ContextError> {
        public(collection)?;
        let (state, name) = self.state()?;
        state.set_state(name, key, value).map_err(of_simulator)
    }

    fn delete_state(&mut self, collection: &str, key: &str) -> Result<(), ContextError> {
        public(collection)?;
        let (state, name) = self.state()?;
        state.delete_state(name, key).map_err(of_simulator)
    }

    fn purge(&mut self, collection: &str, _key: &str) -> Result<(), ContextError> {
        public(collection)
    }

    fn metadata(&mut self, collection: &str, key: &str) -> Result<BTreeMap<String, Bytes>, ContextError> {
        public(collection)?;
        let (state, name) = self.state()?;
        state.state_metadata(name, key).map_err(of_simulator)
    }

    fn put_metadata(&mut self, collection: &str, key: &str, name: &str, value: Bytes) -> Result<(), ContextError> {
        public(collection)?;
        let entries = BTreeMap::from([(name.to_owned(), value)]);
        let (state, name) = self.state()?;
        state.set_state_metadata(name, key, entries).map_err(of_simulator)
    }

    fn open_range(&mut self, collection: &str, start: &str, end: &str) -> Result<u32, ContextError> {
        public(collection)?;
        let (state, name) = self.state()?;
        let range = state.range(name, start, end).map_err(of_simulator)?;
        Ok(self.open(Query::Range(range)))
    }

    fn open_page(&mut self, start: &str, end: &str, page_size: u32) -> Result<Page, ContextError> {
        let (state, name) = self.state()?;
        let page = state.page(name, start, end, page_size as usize).map_err(of_simulator)?;
        let fetched_records_count = u32::try_from(page.count).unwrap_or(u32::MAX);
        Ok(Page { iterator: self.open(Query::Range(page.range)), fetched_records_count, bookmark: page.bookmark })
    }

    fn open_query(&mut self, collection: &str, _query: &str) -> Result<u32, ContextError> {
        public(collection)?;
        no_rich_queries()
    }

    fn open_query_page(&mut self, _query: &str, _page_size: u32, _bookmark: &str) -> Result<Page, ContextError> {
        no_rich_queries()
    }

    fn open_history(&mut self, key: &str) -> Result<u32, ContextError> {
        let (state, name) = self.state()?;
        let history = state.history(name, key).map_err(of_simulator)?;
        Ok(self.open(Query::History(history)))
    }

    fn next_state(&mut self, iterator: u32) -> Result<Option<KeyValue>, ContextError> {
        let Some(Query::Range(range)) = self.queries.get(&iterator) else {
            return Err(ContextError::Refused("no such range query is open".to_owned()));
        };
        let range = *range;
        let next = self.state()?.0.next(range).map_err(of_simulator)?;
        Ok(next.map(|(key, value)| KeyValue { key, value }))
    }

    fn next_modification(&mut self, iterator: u32) -> Result<Option<KeyModification>, ContextError> {
        let Some(Query::History(history)) = self.queries.get_mut(&iterator) else {
            return Err(ContextError::Refused("no such history query is open".to_owned()));
        };
        let next = history.next().transpose().map_err(|error| ContextError::Failed(text::chain(&error)))?;
        Ok(next.map(|found| {
            let timestamp = found.timestamp.unwrap_or_default();
            KeyModification {
                tx_id: found.tx_id,
                value: found.value,
                timestamp: (timestamp.seconds, u32::try_from(timestamp.nanos).unwrap_or(0)),
                is_delete: found.is_delete,
            }
        }))
    }

    fn close(&mut self, iterator: u32) {
        if let Some(Query::Range(range)) = self.queries.remove(&iterator)
            && let Ok((state, _)) = self.state()
        {
            state.close(range);
        }
    }

    fn set_event(&mut self, name: &str, payload: Bytes) -> Result<(), ContextError> {
        self.event = Some((name.to_owned(), payload));
        Ok(())
    }

    fn invoke_chaincode(
        &mut self,
        name: &str,
        channel_id: &str,
        args: Vec<Bytes>,
        deadline: Instant,
    ) -> Result<ChaincodeResponse, ContextError> {
        self.state()?;
        let Some(simulator) = self.simulator.take() else { return self.state().map(|_| ChaincodeResponse::default()) };
        let (callees, caller) = (self.callees.clone(), (&self.invocation, &self.namespaces[..]));
        let (answer, simulator) = callees::call(&callees, caller, simulator, (name, channel_id), args, deadline);
        self.simulator = simulator;
        answer
    }

    fn log(&mut self, _level: LogLevel, message: &str) {
        tracing::debug!(target: "chaincode", "{message}");
    }
}
