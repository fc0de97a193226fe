//! A ledger in memory, for tests of contracts and of this crate.
//!
//! It follows the rules a contract can see: reads return committed state only, ranges are in byte order, and a response below
//! 400 commits.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::{ContextError, Contract, Invocation, KeyModification, KeyValue, LogLevel, Outcome, TransactionContext};

/// Committed state and history. Clones share it.
#[derive(Clone, Default)]
pub struct Ledger(Arc<Mutex<World>>);

#[derive(Default)]
struct World {
    state: BTreeMap<String, Bytes>,
    history: BTreeMap<String, Vec<KeyModification>>,
}

/// What one call did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Written keys; `None` is a delete.
    pub writes: BTreeMap<String, Option<Bytes>>,
    /// Name and payload of the event.
    pub event: Option<(String, Bytes)>,
    /// Log lines in order.
    pub log: Vec<(LogLevel, String)>,
}

/// A finished call.
#[derive(Debug)]
pub struct Call {
    /// How it ended.
    pub outcome: Outcome,
    /// What it did.
    pub record: Record,
}

impl Ledger {
    /// The committed value of `key`.
    pub fn get(&self, key: &str) -> Option<Bytes> {
        self.0.lock().state.get(key).cloned()
    }

    /// Sets committed state directly.
    pub fn put(&self, key: &str, value: impl Into<Bytes>) {
        self.0.lock().state.insert(key.to_owned(), value.into());
    }

    /// The whole committed state.
    pub fn state(&self) -> BTreeMap<String, Bytes> {
        self.0.lock().state.clone()
    }

    /// A context for one call, and where to read what it did.
    pub fn context(&self, invocation: Invocation) -> (Box<dyn TransactionContext>, Arc<Mutex<Record>>) {
        let record = Arc::new(Mutex::new(Record::default()));
        let context =
            Context { ledger: self.clone(), invocation, record: record.clone(), iterators: BTreeMap::new(), opened: 0 };
        (Box::new(context), record)
    }

    /// Runs one call and commits its writes when it succeeded.
    pub fn invoke(&self, contract: &Contract, invocation: Invocation, deadline: Duration) -> Call {
        let (tx_id, timestamp) = (invocation.tx_id.clone(), invocation.timestamp);
        let (context, record) = self.context(invocation);
        let (outcome, _) = contract.invoke(context, deadline);
        let record = record.lock().clone();
        if matches!(&outcome, Outcome::Response { status, .. } if *status < host_api::status::ERROR_THRESHOLD) {
            self.commit(&tx_id, timestamp, &record);
        }
        Call { outcome, record }
    }

    fn commit(&self, tx_id: &str, timestamp: (i64, u32), record: &Record) {
        let world = &mut *self.0.lock();
        for (key, value) in &record.writes {
            let modification = KeyModification {
                tx_id: tx_id.to_owned(),
                value: value.clone().unwrap_or_default(),
                timestamp,
                is_delete: value.is_none(),
            };
            world.history.entry(key.clone()).or_default().push(modification);
            match value {
                Some(value) => world.state.insert(key.clone(), value.clone()),
                None => world.state.remove(key),
            };
        }
    }
}

struct Context {
    ledger: Ledger,
    invocation: Invocation,
    record: Arc<Mutex<Record>>,
    iterators: BTreeMap<u32, Open>,
    opened: u32,
}

enum Open {
    Range(std::vec::IntoIter<KeyValue>),
    History(std::vec::IntoIter<KeyModification>),
}

impl Context {
    fn open(&mut self, iterator: Open) -> u32 {
        self.opened += 1;
        self.iterators.insert(self.opened, iterator);
        self.opened
    }
}

impl TransactionContext for Context {
    fn invocation(&self) -> &Invocation {
        &self.invocation
    }

    fn get_state(&mut self, key: &str) -> Result<Option<Bytes>, ContextError> {
        Ok(self.ledger.get(key))
    }

    fn put_state(&mut self, key: &str, value: Bytes) -> Result<(), ContextError> {
        self.record.lock().writes.insert(key.to_owned(), Some(value));
        Ok(())
    }

    fn delete_state(&mut self, key: &str) -> Result<(), ContextError> {
        self.record.lock().writes.insert(key.to_owned(), None);
        Ok(())
    }

    fn open_range(&mut self, start: &str, end: &str) -> Result<u32, ContextError> {
        let entries: Vec<KeyValue> = {
            let world = self.ledger.0.lock();
            let from_start = world.state.range(start.to_owned()..);
            let inside = from_start.take_while(|(key, _)| end.is_empty() || key.as_str() < end);
            inside.map(|(key, value)| KeyValue { key: key.clone(), value: value.clone() }).collect()
        };
        Ok(self.open(Open::Range(entries.into_iter())))
    }

    fn open_history(&mut self, key: &str) -> Result<u32, ContextError> {
        let mut entries = self.ledger.0.lock().history.get(key).cloned().unwrap_or_default();
        entries.reverse();
        Ok(self.open(Open::History(entries.into_iter())))
    }

    fn next_state(&mut self, iterator: u32) -> Result<Option<KeyValue>, ContextError> {
        match self.iterators.get_mut(&iterator) {
            Some(Open::Range(entries)) => Ok(entries.next()),
            _ => Err(ContextError::Failed(format!("no range iterator {iterator}"))),
        }
    }

    fn next_modification(&mut self, iterator: u32) -> Result<Option<KeyModification>, ContextError> {
        match self.iterators.get_mut(&iterator) {
            Some(Open::History(entries)) => Ok(entries.next()),
            _ => Err(ContextError::Failed(format!("no history iterator {iterator}"))),
        }
    }

    fn close(&mut self, iterator: u32) {
        self.iterators.remove(&iterator);
    }

    fn set_event(&mut self, name: &str, payload: Bytes) -> Result<(), ContextError> {
        self.record.lock().event = Some((name.to_owned(), payload));
        Ok(())
    }

    fn log(&mut self, level: LogLevel, message: &str) {
        self.record.lock().log.push((level, message.to_owned()));
    }
}
