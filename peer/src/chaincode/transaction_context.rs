//! The ledger side of one contract call: what the contract asks of the state goes to the transaction's simulator, in the
//! contract's own namespace. Sizes and key rules are the runtime's business and checked before.

use std::collections::BTreeMap;

use bytes::Bytes;
use ledger::{HistoryIterator, RangeId, SimulateError, Simulator};
use runtime::{ContextError, Invocation, KeyModification, KeyValue, LogLevel, TransactionContext};

use crate::text;

/// An event that a contract sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name, never empty.
    pub name: String,
    /// Its payload.
    pub payload: Bytes,
}

enum Query {
    Range(RangeId),
    History(HistoryIterator),
}

/// A [`TransactionContext`] over a simulator.
pub struct SimulationContext {
    invocation: Invocation,
    namespace: String,
    simulator: Simulator,
    queries: BTreeMap<u32, Query>,
    next_query: u32,
    event: Option<Event>,
}

impl SimulationContext {
    /// A context for one call of the contract `namespace`.
    pub fn new(invocation: Invocation, namespace: &str, simulator: Simulator) -> Self {
        SimulationContext {
            invocation,
            namespace: namespace.to_owned(),
            simulator,
            queries: BTreeMap::new(),
            next_query: 1,
            event: None,
        }
    }

    /// The simulation and the event, after the call.
    pub fn into_parts(self) -> (Simulator, Option<Event>) {
        (self.simulator, self.event)
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

impl TransactionContext for SimulationContext {
    fn invocation(&self) -> &Invocation {
        &self.invocation
    }

    fn get_state(&mut self, key: &str) -> Result<Option<Bytes>, ContextError> {
        self.simulator.get_state(&self.namespace, key).map_err(of_simulator)
    }

    fn put_state(&mut self, key: &str, value: Bytes) -> Result<(), ContextError> {
        self.simulator.set_state(&self.namespace, key, value).map_err(of_simulator)
    }

    fn delete_state(&mut self, key: &str) -> Result<(), ContextError> {
        self.simulator.delete_state(&self.namespace, key).map_err(of_simulator)
    }

    fn open_range(&mut self, start: &str, end: &str) -> Result<u32, ContextError> {
        let range = self.simulator.range(&self.namespace, start, end).map_err(of_simulator)?;
        Ok(self.open(Query::Range(range)))
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
            self.simulator.close(range);
        }
    }

    fn set_event(&mut self, name: &str, payload: Bytes) -> Result<(), ContextError> {
        if name.is_empty() {
            return Err(ContextError::Refused("event name can not be empty string".to_owned()));
        }
        self.event = Some(Event { name: name.to_owned(), payload });
        Ok(())
    }

    fn log(&mut self, level: LogLevel, message: &str) {
        let (chaincode, tx_id) = (&*self.namespace, &*self.invocation.tx_id);
        match level {
            LogLevel::Error => tracing::error!(target: "chaincode", chaincode, txID = tx_id, "{message}"),
            LogLevel::Warning => tracing::warn!(target: "chaincode", chaincode, txID = tx_id, "{message}"),
            LogLevel::Info => tracing::info!(target: "chaincode", chaincode, txID = tx_id, "{message}"),
            LogLevel::Debug => tracing::debug!(target: "chaincode", chaincode, txID = tx_id, "{message}"),
        }
    }
}
