//! A ledger in memory, for `peer chaincode simulate`, for tests of contracts and of this crate.
//!
//! It follows the rules a contract can see: reads return committed state only, ranges are in byte order, and a response below
//! 400 commits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use bytes::Bytes;
use parking_lot::Mutex;

use crate::{
    CallUsage, ChaincodeResponse, ContextError, Contract, Invocation, KeyModification, KeyValue, LogLevel, Outcome,
    Page, Profile, TransactionContext,
};

const NO_RICH_QUERIES: &str = "ExecuteQuery not supported for leveldb";

/// Committed state and history. Clones share it.
#[derive(Clone, Default)]
pub struct Ledger(Arc<Mutex<World>>);

/// Collection (empty for the public state) and key.
pub type Place = (String, String);

/// Answers calls of other chaincodes: name, channel and arguments.
pub type OtherChaincodes = dyn Fn(&str, &str, &[Bytes]) -> Result<ChaincodeResponse, String> + Send + Sync;

#[derive(Default)]
struct World {
    state: BTreeMap<Place, Bytes>,
    metadata: BTreeMap<Place, BTreeMap<String, Bytes>>,
    history: BTreeMap<String, Vec<KeyModification>>,
    chaincodes: Option<Arc<OtherChaincodes>>,
}

/// What one call did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Keys that were asked for, ranges and hashes included.
    pub reads: BTreeSet<Place>,
    /// Written keys; `None` is a delete.
    pub writes: BTreeMap<Place, Option<Bytes>>,
    /// Keys whose metadata is replaced.
    pub metadata_writes: BTreeMap<Place, BTreeMap<String, Bytes>>,
    /// Purged private keys.
    pub purges: BTreeSet<Place>,
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
    /// What it used.
    pub usage: CallUsage,
}

impl Ledger {
    /// The committed value of a public key.
    pub fn get(&self, key: &str) -> Option<Bytes> {
        self.get_private("", key)
    }

    /// The committed value of a private key.
    pub fn get_private(&self, collection: &str, key: &str) -> Option<Bytes> {
        self.0.lock().state.get(&place(collection, key)).cloned()
    }

    /// Sets committed public state directly.
    pub fn put(&self, key: &str, value: impl Into<Bytes>) {
        self.put_private("", key, value);
    }

    /// Sets committed private data directly.
    pub fn put_private(&self, collection: &str, key: &str, value: impl Into<Bytes>) {
        self.0.lock().state.insert(place(collection, key), value.into());
    }

    /// The committed metadata of a key by name; `collection` is empty for a public one.
    pub fn metadata(&self, collection: &str, key: &str) -> BTreeMap<String, Bytes> {
        self.0.lock().metadata.get(&place(collection, key)).cloned().unwrap_or_default()
    }

    /// The committed modifications of a public key, oldest first.
    pub fn history(&self, key: &str) -> Vec<KeyModification> {
        self.0.lock().history.get(key).cloned().unwrap_or_default()
    }

    /// The whole committed public state.
    pub fn state(&self) -> BTreeMap<String, Bytes> {
        let world = self.0.lock();
        let public = world.state.iter().filter(|((collection, _), _)| collection.is_empty());
        public.map(|((_, key), value)| (key.clone(), value.clone())).collect()
    }

    /// Lets `answer` answer calls of other chaincodes; without it there are none.
    pub fn set_chaincodes(
        &self,
        answer: impl Fn(&str, &str, &[Bytes]) -> Result<ChaincodeResponse, String> + Send + Sync + 'static,
    ) {
        self.0.lock().chaincodes = Some(Arc::new(answer));
    }

    /// A context for one call, and where to read what it did.
    pub fn context(&self, invocation: Invocation) -> (Box<dyn TransactionContext>, Arc<Mutex<Record>>) {
        let chaincodes = self.0.lock().chaincodes.clone();
        self.context_among(invocation, chaincodes)
    }

    /// A context whose calls of other chaincodes are answered for this call alone; none for a call that may make none.
    pub fn context_among(
        &self,
        invocation: Invocation,
        chaincodes: Option<Arc<OtherChaincodes>>,
    ) -> (Box<dyn TransactionContext>, Arc<Mutex<Record>>) {
        let record = Arc::new(Mutex::new(Record::default()));
        let (iterators, opened) = (BTreeMap::new(), 0);
        let context =
            Context { ledger: self.clone(), invocation, record: record.clone(), chaincodes, iterators, opened };
        (Box::new(context), record)
    }

    /// All committed values, private ones included.
    pub fn contents(&self) -> BTreeMap<Place, Bytes> {
        self.0.lock().state.clone()
    }

    /// Runs one call and commits its writes when it succeeded.
    pub fn invoke(&self, contract: &Contract, invocation: Invocation, deadline: Duration) -> Call {
        let (tx_id, timestamp) = (invocation.tx_id.clone(), invocation.timestamp);
        let (context, record) = self.context(invocation);
        let (outcome, _, usage) = contract.measure(context, deadline);
        self.end((tx_id, timestamp), &record, outcome, usage)
    }

    /// The same, with a profile of the call; see [`Contract::profile`].
    pub fn profile(&self, contract: &Contract, invocation: Invocation, deadline: Duration) -> (Call, Profile) {
        let (tx_id, timestamp) = (invocation.tx_id.clone(), invocation.timestamp);
        let (context, record) = self.context(invocation);
        let (outcome, _, usage, profile) = contract.profile(context, deadline);
        (self.end((tx_id, timestamp), &record, outcome, usage), profile)
    }

    fn end(
        &self,
        (tx_id, timestamp): (String, (i64, u32)),
        record: &Mutex<Record>,
        outcome: Outcome,
        usage: CallUsage,
    ) -> Call {
        let record = record.lock().clone();
        if matches!(&outcome, Outcome::Response { status, .. } if *status < host_api::status::ERROR_THRESHOLD) {
            self.commit(&tx_id, timestamp, &record);
        }
        Call { outcome, record, usage }
    }

    /// Commits what a call wrote.
    pub fn commit(&self, tx_id: &str, timestamp: (i64, u32), record: &Record) {
        let world = &mut *self.0.lock();
        for (place, value) in &record.writes {
            match value {
                Some(value) => world.state.insert(place.clone(), value.clone()),
                None => world.state.remove(place),
            };
            let (collection, key) = place;
            if !collection.is_empty() {
                continue;
            }
            let modification = KeyModification {
                tx_id: tx_id.to_owned(),
                value: value.clone().unwrap_or_default(),
                timestamp,
                is_delete: value.is_none(),
            };
            world.history.entry(key.clone()).or_default().push(modification);
        }
        for (place, entries) in &record.metadata_writes {
            // Fabric drops metadata of keys that do not exist.
            if world.state.contains_key(place) {
                world.metadata.insert(place.clone(), entries.clone());
            }
        }
        let World { state, metadata, .. } = world;
        metadata.retain(|place, _| state.contains_key(place));
    }
}

struct Context {
    ledger: Ledger,
    invocation: Invocation,
    record: Arc<Mutex<Record>>,
    chaincodes: Option<Arc<OtherChaincodes>>,
    iterators: BTreeMap<u32, Open>,
    opened: u32,
}

enum Open {
    /// With the collection.
    Range(String, std::vec::IntoIter<KeyValue>),
    History(std::vec::IntoIter<KeyModification>),
}

fn place(collection: &str, key: &str) -> Place {
    (collection.to_owned(), key.to_owned())
}

impl Context {
    fn entries(&self, collection: &str, start: &str, end: &str) -> Vec<KeyValue> {
        let world = self.ledger.0.lock();
        let from_start = world.state.range(place(collection, start)..);
        let inside =
            from_start.take_while(|((found, key), _)| found == collection && (end.is_empty() || key.as_str() < end));
        inside.map(|((_, key), value)| KeyValue { key: key.clone(), value: value.clone() }).collect()
    }

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

    fn get_state(&mut self, collection: &str, key: &str) -> Result<Option<Bytes>, ContextError> {
        self.record.lock().reads.insert(place(collection, key));
        Ok(self.ledger.get_private(collection, key))
    }

    fn get_hash(&mut self, collection: &str, key: &str) -> Result<Option<Bytes>, ContextError> {
        self.record.lock().reads.insert(place(collection, key));
        let value = self.ledger.get_private(collection, key);
        let hash = |value: Bytes| Bytes::copy_from_slice(digest::digest(&digest::SHA256, &value).as_ref());
        Ok(value.map(hash))
    }

    fn put_state(&mut self, collection: &str, key: &str, value: Bytes) -> Result<(), ContextError> {
        self.record.lock().writes.insert(place(collection, key), Some(value));
        Ok(())
    }

    fn delete_state(&mut self, collection: &str, key: &str) -> Result<(), ContextError> {
        self.record.lock().writes.insert(place(collection, key), None);
        Ok(())
    }

    fn purge(&mut self, collection: &str, key: &str) -> Result<(), ContextError> {
        self.record.lock().purges.insert(place(collection, key));
        self.delete_state(collection, key)
    }

    fn metadata(&mut self, collection: &str, key: &str) -> Result<BTreeMap<String, Bytes>, ContextError> {
        Ok(self.ledger.metadata(collection, key))
    }

    fn put_metadata(&mut self, collection: &str, key: &str, name: &str, value: Bytes) -> Result<(), ContextError> {
        let entries = BTreeMap::from([(name.to_owned(), value)]);
        self.record.lock().metadata_writes.insert(place(collection, key), entries);
        Ok(())
    }

    fn open_range(&mut self, collection: &str, start: &str, end: &str) -> Result<u32, ContextError> {
        let entries = self.entries(collection, start, end);
        Ok(self.open(Open::Range(collection.to_owned(), entries.into_iter())))
    }

    fn open_page(&mut self, start: &str, end: &str, page_size: u32) -> Result<Page, ContextError> {
        let mut entries = self.entries("", start, end);
        let rest = entries.split_off(entries.len().min(page_size as usize));
        let fetched_records_count = entries.len() as u32;
        let bookmark = rest.into_iter().next().map(|entry| entry.key).unwrap_or_default();
        Ok(Page {
            iterator: self.open(Open::Range(String::new(), entries.into_iter())),
            fetched_records_count,
            bookmark,
        })
    }

    fn open_query(&mut self, _collection: &str, _query: &str) -> Result<u32, ContextError> {
        Err(ContextError::Refused(NO_RICH_QUERIES.to_owned()))
    }

    fn open_query_page(&mut self, _query: &str, _page_size: u32, _bookmark: &str) -> Result<Page, ContextError> {
        Err(ContextError::Refused(NO_RICH_QUERIES.to_owned()))
    }

    fn open_history(&mut self, key: &str) -> Result<u32, ContextError> {
        let mut entries = self.ledger.history(key);
        entries.reverse();
        Ok(self.open(Open::History(entries.into_iter())))
    }

    fn next_state(&mut self, iterator: u32) -> Result<Option<KeyValue>, ContextError> {
        match self.iterators.get_mut(&iterator) {
            Some(Open::Range(collection, entries)) => {
                let entry = entries.next();
                if let Some(entry) = &entry {
                    self.record.lock().reads.insert(place(collection, &entry.key));
                }
                Ok(entry)
            }
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

    fn invoke_chaincode(
        &mut self,
        name: &str,
        channel_id: &str,
        args: Vec<Bytes>,
        _deadline: Instant,
    ) -> Result<ChaincodeResponse, ContextError> {
        let Some(chaincodes) = &self.chaincodes else {
            return Err(ContextError::Refused(format!("chaincode {name} not found")));
        };
        chaincodes(name, channel_id, &args).map_err(ContextError::Refused)
    }

    fn log(&mut self, level: LogLevel, message: &str) {
        self.record.lock().log.push((level, message.to_owned()));
    }
}
