//! Reads and writes of the ledger, for the public state and for private data alike: limits and key rules, then the context.

use bytes::Bytes;
use host_api::limits::{BATCH_KEYS_MAX, KEY_BYTES_MAX, OPEN_ITERATORS_MAX, QUERY_BYTES_MAX, VALUE_BYTES_MAX};
use host_api::names::VALIDATION_PARAMETER;
use wasmtime::component::Resource;

use super::bindings::fabric::chaincode::state::{KeyValue, MetadataEntry};
use super::{CallState, StateIterator, told};
use crate::composite_key::{FIRST_SIMPLE_KEY, partial_range};
use crate::{ContextError, text};

/// What a host function gives back: an error ends the call, the inner one is told to the contract.
pub(super) type Told<T> = wasmtime::Result<Result<T, String>>;

/// Ends the function with what the contract is told, unless there is nothing to object to.
macro_rules! allowed {
    ($check:expr) => {
        match $check {
            Ok(value) => value,
            Err(refusal) => return Ok(Err(refusal)),
        }
    };
}
pub(super) use allowed;

impl CallState {
    pub(super) fn get(&mut self, collection: &str, key: &str) -> Told<Option<Vec<u8>>> {
        self.enter(collection.len() + key.len())?;
        self.read(collection, key, |state| state.context.get_state(collection, key))
    }

    /// Several keys; each counts as a call.
    pub(super) fn get_many(&mut self, collection: &str, keys: &[String]) -> Told<Vec<Option<Vec<u8>>>> {
        allowed!(self.enter_batch(keys.len(), keys.iter().map(String::len).sum())?);
        let mut values = Vec::with_capacity(keys.len());
        for key in keys {
            values.push(allowed!(self.read(collection, key, |state| state.context.get_state(collection, key))?));
        }
        Ok(Ok(values))
    }

    pub(super) fn hash_of(&mut self, collection: &str, key: &str) -> Told<Option<Vec<u8>>> {
        self.enter(collection.len() + key.len())?;
        self.read(collection, key, |state| state.context.get_hash(collection, key))
    }

    fn read(
        &mut self,
        collection: &str,
        key: &str,
        read: impl FnOnce(&mut Self) -> Result<Option<Bytes>, ContextError>,
    ) -> Told<Option<Vec<u8>>> {
        allowed!(check_read(collection, key));
        let value = allowed!(told(read(self))?);
        self.count(value.as_ref().map_or(0, Bytes::len))?;
        Ok(Ok(value.map(Into::into)))
    }

    pub(super) fn put(&mut self, collection: &str, key: &str, value: Vec<u8>) -> Told<()> {
        self.enter(collection.len() + key.len() + value.len())?;
        self.write(collection, key, value)
    }

    pub(super) fn put_many(&mut self, collection: &str, entries: Vec<KeyValue>) -> Told<()> {
        let bytes = entries.iter().map(|entry| entry.key.len() + entry.value.len()).sum();
        allowed!(self.enter_batch(entries.len(), bytes)?);
        for entry in entries {
            allowed!(self.write(collection, &entry.key, entry.value)?);
        }
        Ok(Ok(()))
    }

    fn write(&mut self, collection: &str, key: &str, value: Vec<u8>) -> Told<()> {
        allowed!(check_written(collection, key));
        allowed!(check_size("value", value.len(), VALUE_BYTES_MAX));
        Ok(told(self.context.put_state(collection, key, Bytes::from(value)))?)
    }

    pub(super) fn delete(&mut self, collection: &str, key: &str) -> Told<()> {
        self.enter(collection.len() + key.len())?;
        allowed!(check_written(collection, key));
        Ok(told(self.context.delete_state(collection, key))?)
    }

    pub(super) fn delete_many(&mut self, keys: &[String]) -> Told<()> {
        allowed!(self.enter_batch(keys.len(), keys.iter().map(String::len).sum())?);
        for key in keys {
            allowed!(check_written("", key));
            allowed!(told(self.context.delete_state("", key))?);
        }
        Ok(Ok(()))
    }

    pub(super) fn metadata_of(&mut self, collection: &str, key: &str) -> Told<Vec<MetadataEntry>> {
        self.enter(collection.len() + key.len())?;
        allowed!(check_read(collection, key));
        let found = allowed!(told(self.context.metadata(collection, key))?);
        let entries: Vec<_> =
            found.into_iter().map(|(name, value)| MetadataEntry { name, value: value.into() }).collect();
        self.count(entries.iter().map(|entry| entry.name.len() + entry.value.len()).sum())?;
        Ok(Ok(entries))
    }

    pub(super) fn validation_parameter(&mut self, collection: &str, key: &str) -> Told<Option<Vec<u8>>> {
        let found = allowed!(self.metadata_of(collection, key)?);
        Ok(Ok(found.into_iter().find(|entry| entry.name == VALIDATION_PARAMETER).map(|entry| entry.value)))
    }

    pub(super) fn set_validation_parameter(&mut self, collection: &str, key: &str, policy: Vec<u8>) -> Told<()> {
        self.enter(collection.len() + key.len() + policy.len())?;
        allowed!(check_written(collection, key));
        allowed!(check_size("endorsement policy", policy.len(), VALUE_BYTES_MAX));
        Ok(told(self.context.put_metadata(collection, key, VALIDATION_PARAMETER, Bytes::from(policy)))?)
    }

    /// A range of simple keys.
    pub(super) fn range(&mut self, collection: &str, start: &str, end: &str) -> Told<Resource<StateIterator>> {
        self.enter(collection.len() + start.len() + end.len())?;
        allowed!(check_collection_name(collection));
        let start = allowed!(simple_range(start, end));
        self.open_range(collection, start, end)
    }

    /// The keys that begin with these parts.
    pub(super) fn partial_range(
        &mut self,
        collection: &str,
        object_type: &str,
        attributes: &[String],
    ) -> Told<Resource<StateIterator>> {
        self.enter(collection.len() + object_type.len() + total(attributes))?;
        allowed!(check_collection_name(collection));
        let (start, end) = allowed!(partial_range(object_type, attributes).map_err(|error| error.to_string()));
        self.open_range(collection, &start, &end)
    }

    fn open_range(&mut self, collection: &str, start: &str, end: &str) -> Told<Resource<StateIterator>> {
        allowed!(self.may_open());
        let iterator = allowed!(told(self.context.open_range(collection, start, end))?);
        Ok(Ok(self.opened(iterator)))
    }

    pub(super) fn query(&mut self, collection: &str, query: &str) -> Told<Resource<StateIterator>> {
        self.enter(collection.len() + query.len())?;
        allowed!(check_collection_name(collection));
        allowed!(check_size("query", query.len(), QUERY_BYTES_MAX).and_then(|()| self.may_open()));
        let iterator = allowed!(told(self.context.open_query(collection, query))?);
        Ok(Ok(self.opened(iterator)))
    }

    /// Takes an iterator of the context into the hands of the contract.
    pub(super) fn opened<T: 'static>(&mut self, iterator: u32) -> Resource<T> {
        self.open_iterators += 1;
        Resource::new_own(iterator)
    }

    pub(super) fn may_open(&self) -> Result<(), String> {
        if self.open_iterators < OPEN_ITERATORS_MAX {
            return Ok(());
        }
        Err(format!("more than {OPEN_ITERATORS_MAX} iterators are open"))
    }

    pub fn close(&mut self, iterator: u32) {
        self.open_iterators = self.open_iterators.saturating_sub(1);
        self.context.close(iterator);
    }

    fn enter_batch(&mut self, keys: usize, bytes: usize) -> Told<()> {
        self.enter(bytes)?;
        if keys > BATCH_KEYS_MAX {
            return Ok(Err(format!("a batch of {keys} keys is larger than the limit of {BATCH_KEYS_MAX} keys")));
        }
        for _ in 1..keys {
            self.enter(0)?;
        }
        Ok(Ok(()))
    }
}

/// The range's true start. The texts are Fabric's, which contracts may match.
pub(super) fn simple_range<'a>(start: &'a str, end: &str) -> Result<&'a str, String> {
    let start = if start.is_empty() { FIRST_SIMPLE_KEY } else { start };
    for key in [start, end] {
        check_size("key", key.len(), KEY_BYTES_MAX)?;
        if key.starts_with('\0') {
            return Err(format!("first character of the key [{key}] contains a null character which is not allowed"));
        }
    }
    Ok(start)
}

pub(super) fn check_size(what: &str, size: usize, max: usize) -> Result<(), String> {
    if size > max { Err(text::too_large(what, size, max)) } else { Ok(()) }
}

/// A name this long belongs to no collection, and would be copied into the read-write set.
fn check_collection_name(collection: &str) -> Result<(), String> {
    check_size("collection name", collection.len(), host_api::limits::COLLECTION_NAME_BYTES_MAX)
}

fn check_read(collection: &str, key: &str) -> Result<(), String> {
    check_collection_name(collection)?;
    check_size("key", key.len(), KEY_BYTES_MAX)
}

pub(super) fn check_written(collection: &str, key: &str) -> Result<(), String> {
    if key.is_empty() {
        return Err("key must not be an empty string".into());
    }
    check_read(collection, key)
}

pub(super) fn total(parts: &[String]) -> usize {
    parts.iter().map(String::len).sum()
}
