//! The ledger side of a replayed call: the public state that the transaction saw.

use std::collections::BTreeMap;
use std::time::Instant;

use bytes::Bytes;
use ledger::{HistoryIterator, RangeId, SimulateError, Simulator};
use runtime::{
    ChaincodeResponse, ContextError, Invocation, KeyModification, KeyValue, LogLevel, Page, TransactionContext,
};

use peer::text;

enum Query {
    Range(RangeId),
    History(HistoryIterator),
}

/// A [`TransactionContext`] over a simulator. What blocks do not hold ends the call.
pub struct ReplayContext {
    pub invocation: Invocation,
    pub namespace: String,
    pub simulator: Simulator,
    pub event: Option<(String, Bytes)>,
    queries: BTreeMap<u32, Query>,
    next_query: u32,
}

impl ReplayContext {
    pub fn new(invocation: Invocation, namespace: String, simulator: Simulator) -> Self {
        ReplayContext { invocation, namespace, simulator, event: None, queries: BTreeMap::new(), next_query: 1 }
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
        self.simulator.get_state(&self.namespace, key).map_err(of_simulator)
    }

    fn get_hash(&mut self, collection: &str, _key: &str) -> Result<Option<Bytes>, ContextError> {
        public(collection).map(|()| None)
    }

    fn put_state(&mut self, collection: &str, key: &str, value: Bytes) -> Result<(), ContextError> {
        public(collection)?;
        self.simulator.set_state(&self.namespace, key, value).map_err(of_simulator)
    }

    fn delete_state(&mut self, collection: &str, key: &str) -> Result<(), ContextError> {
        public(collection)?;
        self.simulator.delete_state(&self.namespace, key).map_err(of_simulator)
    }

    fn purge(&mut self, collection: &str, _key: &str) -> Result<(), ContextError> {
        public(collection)
    }

    fn metadata(&mut self, collection: &str, key: &str) -> Result<BTreeMap<String, Bytes>, ContextError> {
        public(collection)?;
        self.simulator.state_metadata(&self.namespace, key).map_err(of_simulator)
    }

    fn put_metadata(&mut self, collection: &str, key: &str, name: &str, value: Bytes) -> Result<(), ContextError> {
        public(collection)?;
        let entries = BTreeMap::from([(name.to_owned(), value)]);
        self.simulator.set_state_metadata(&self.namespace, key, entries).map_err(of_simulator)
    }

    fn open_range(&mut self, collection: &str, start: &str, end: &str) -> Result<u32, ContextError> {
        public(collection)?;
        let range = self.simulator.range(&self.namespace, start, end).map_err(of_simulator)?;
        Ok(self.open(Query::Range(range)))
    }

    fn open_page(&mut self, start: &str, end: &str, page_size: u32) -> Result<Page, ContextError> {
        let page = self.simulator.page(&self.namespace, start, end, page_size as usize).map_err(of_simulator)?;
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
        let history = self.simulator.history(&self.namespace, key).map_err(of_simulator)?;
        Ok(self.open(Query::History(history)))
    }

    fn next_state(&mut self, iterator: u32) -> Result<Option<KeyValue>, ContextError> {
        let Some(Query::Range(range)) = self.queries.get(&iterator) else {
            return Err(ContextError::Refused("no such range query is open".to_owned()));
        };
        let next = self.simulator.next(*range).map_err(of_simulator)?;
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
        if let Some(Query::Range(range)) = self.queries.remove(&iterator) {
            self.simulator.close(range);
        }
    }

    fn set_event(&mut self, name: &str, payload: Bytes) -> Result<(), ContextError> {
        self.event = Some((name.to_owned(), payload));
        Ok(())
    }

    fn invoke_chaincode(
        &mut self,
        name: &str,
        _channel_id: &str,
        _args: Vec<Bytes>,
        _deadline: Instant,
    ) -> Result<ChaincodeResponse, ContextError> {
        Err(ContextError::Failed(format!("the transaction calls the chaincode {name}, which cannot be replayed")))
    }

    fn log(&mut self, _level: LogLevel, message: &str) {
        tracing::debug!(target: "chaincode", "{message}");
    }
}
