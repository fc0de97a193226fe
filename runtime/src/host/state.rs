//! `fabric:chaincode/state`.

use bytes::Bytes;
use host_api::limits::{KEY_BYTES_MAX, OPEN_ITERATORS_MAX, VALUE_BYTES_MAX};
use wasmtime::component::Resource;

use super::bindings::fabric::chaincode::state::{
    CompositeKey, Host, HostHistoryIterator, HostStateIterator, KeyModification, KeyValue, Timestamp,
};
use super::{CallState, HistoryIterator, StateIterator, told};
use crate::composite_key::{FIRST_SIMPLE_KEY, create_composite_key, partial_range, split_composite_key};
use crate::text;

type Told<T> = wasmtime::Result<Result<T, String>>;

impl Host for CallState {
    fn get_state(&mut self, key: String) -> Told<Option<Vec<u8>>> {
        self.enter(key.len())?;
        if let Err(refusal) = check_key(&key) {
            return Ok(Err(refusal));
        }
        let value = told(self.context.get_state(&key))?;
        if let Ok(Some(value)) = &value {
            self.count(value.len())?;
        }
        Ok(value.map(|value| value.map(Into::into)))
    }

    fn put_state(&mut self, key: String, value: Vec<u8>) -> Told<()> {
        self.enter(key.len() + value.len())?;
        if let Err(refusal) = check_written_key(&key) {
            return Ok(Err(refusal));
        }
        if value.len() > VALUE_BYTES_MAX {
            return Ok(Err(text::too_large("value", value.len(), VALUE_BYTES_MAX)));
        }
        Ok(told(self.context.put_state(&key, Bytes::from(value)))?)
    }

    fn delete_state(&mut self, key: String) -> Told<()> {
        self.enter(key.len())?;
        if let Err(refusal) = check_written_key(&key) {
            return Ok(Err(refusal));
        }
        Ok(told(self.context.delete_state(&key))?)
    }

    fn get_state_by_range(&mut self, start_key: String, end_key: String) -> Told<Resource<StateIterator>> {
        self.enter(start_key.len() + end_key.len())?;
        let start = if start_key.is_empty() { FIRST_SIMPLE_KEY } else { &start_key };
        for key in [start, &end_key] {
            if let Err(refusal) = check_key(key) {
                return Ok(Err(refusal));
            }
            if key.starts_with('\0') {
                // The text is Fabric's, which contracts may match.
                return Ok(Err(format!(
                    "first character of the key [{key}] contains a null character which is not allowed"
                )));
            }
        }
        self.open_range(start, &end_key)
    }

    fn get_state_by_partial_composite_key(
        &mut self,
        object_type: String,
        attributes: Vec<String>,
    ) -> Told<Resource<StateIterator>> {
        self.enter(object_type.len() + total(&attributes))?;
        match partial_range(&object_type, &attributes) {
            Ok((start, end)) => self.open_range(&start, &end),
            Err(error) => Ok(Err(error.to_string())),
        }
    }

    fn create_composite_key(&mut self, object_type: String, attributes: Vec<String>) -> Told<String> {
        self.enter(object_type.len() + total(&attributes))?;
        Ok(create_composite_key(&object_type, &attributes).map_err(|error| error.to_string()))
    }

    fn split_composite_key(&mut self, key: String) -> Told<CompositeKey> {
        self.enter(key.len())?;
        let parts = split_composite_key(&key).map_err(|error| error.to_string());
        Ok(parts.map(|(object_type, attributes)| CompositeKey { object_type, attributes }))
    }

    fn get_history_for_key(&mut self, key: String) -> Told<Resource<HistoryIterator>> {
        self.enter(key.len())?;
        if let Err(refusal) = check_key(&key).and_then(|()| self.may_open()) {
            return Ok(Err(refusal));
        }
        let opened = told(self.context.open_history(&key))?;
        Ok(opened.map(|iterator| {
            self.open_iterators += 1;
            Resource::new_own(iterator)
        }))
    }
}

impl HostStateIterator for CallState {
    fn next(&mut self, iterator: Resource<StateIterator>) -> Told<Option<KeyValue>> {
        self.enter(0)?;
        let entry = told(self.context.next_state(iterator.rep()))?;
        if let Ok(Some(entry)) = &entry {
            self.count(entry.key.len() + entry.value.len())?;
        }
        Ok(entry.map(|entry| entry.map(|entry| KeyValue { key: entry.key, value: entry.value.into() })))
    }

    fn drop(&mut self, iterator: Resource<StateIterator>) -> wasmtime::Result<()> {
        self.close(iterator.rep());
        Ok(())
    }
}

impl HostHistoryIterator for CallState {
    fn next(&mut self, iterator: Resource<HistoryIterator>) -> Told<Option<KeyModification>> {
        self.enter(0)?;
        let entry = told(self.context.next_modification(iterator.rep()))?;
        if let Ok(Some(entry)) = &entry {
            self.count(entry.tx_id.len() + entry.value.len())?;
        }
        Ok(entry.map(|entry| {
            entry.map(|entry| KeyModification {
                tx_id: entry.tx_id,
                value: entry.value.into(),
                timestamp: Timestamp { seconds: entry.timestamp.0, nanoseconds: entry.timestamp.1 },
                is_delete: entry.is_delete,
            })
        }))
    }

    fn drop(&mut self, iterator: Resource<HistoryIterator>) -> wasmtime::Result<()> {
        self.close(iterator.rep());
        Ok(())
    }
}

impl CallState {
    fn may_open(&self) -> Result<(), String> {
        if self.open_iterators < OPEN_ITERATORS_MAX {
            return Ok(());
        }
        Err(format!("more than {OPEN_ITERATORS_MAX} iterators are open"))
    }

    fn open_range(&mut self, start: &str, end: &str) -> Told<Resource<StateIterator>> {
        if let Err(refusal) = self.may_open() {
            return Ok(Err(refusal));
        }
        let opened = told(self.context.open_range(start, end))?;
        Ok(opened.map(|iterator| {
            self.open_iterators += 1;
            Resource::new_own(iterator)
        }))
    }

    fn close(&mut self, iterator: u32) {
        self.open_iterators = self.open_iterators.saturating_sub(1);
        self.context.close(iterator);
    }
}

fn check_key(key: &str) -> Result<(), String> {
    if key.len() > KEY_BYTES_MAX {
        return Err(text::too_large("key", key.len(), KEY_BYTES_MAX));
    }
    Ok(())
}

fn check_written_key(key: &str) -> Result<(), String> {
    if key.is_empty() {
        return Err("key must not be an empty string".into());
    }
    check_key(key)
}

fn total(parts: &[String]) -> usize {
    parts.iter().map(String::len).sum()
}
