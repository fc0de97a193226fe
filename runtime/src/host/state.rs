//! `fabric:chaincode/state`.

use host_api::limits::{KEY_BYTES_MAX, QUERY_BYTES_MAX};
use wasmtime::component::Resource;

use super::bindings::fabric::chaincode::state::{
    CompositeKey, Host, HostHistoryIterator, HostStateIterator, KeyModification, KeyValue, MetadataEntry, Page,
    Timestamp,
};
use super::ledger::{Told, allowed, check_size, simple_range, total};
use super::{CallState, HistoryIterator, StateIterator, told};
use crate::composite_key::{
    FIRST_COMPOSITE_KEY, FIRST_SIMPLE_KEY, create_composite_key, partial_range, split_composite_key,
};
use crate::{ContextError, context};

type PageOf = (Resource<StateIterator>, Page);

impl Host for CallState {
    fn get_state(&mut self, key: String) -> Told<Option<Vec<u8>>> {
        self.get("", &key)
    }

    fn get_states(&mut self, keys: Vec<String>) -> Told<Vec<Option<Vec<u8>>>> {
        self.get_many("", &keys)
    }

    fn put_state(&mut self, key: String, value: Vec<u8>) -> Told<()> {
        self.put("", &key, value)
    }

    fn put_states(&mut self, entries: Vec<KeyValue>) -> Told<()> {
        self.put_many("", entries)
    }

    fn delete_state(&mut self, key: String) -> Told<()> {
        self.delete("", &key)
    }

    fn delete_states(&mut self, keys: Vec<String>) -> Told<()> {
        self.delete_many(&keys)
    }

    fn get_state_metadata(&mut self, key: String) -> Told<Vec<MetadataEntry>> {
        self.metadata_of("", &key)
    }

    fn get_state_validation_parameter(&mut self, key: String) -> Told<Option<Vec<u8>>> {
        self.validation_parameter("", &key)
    }

    fn set_state_validation_parameter(&mut self, key: String, policy: Vec<u8>) -> Told<()> {
        self.set_validation_parameter("", &key, policy)
    }

    fn get_state_by_range(&mut self, start_key: String, end_key: String) -> Told<Resource<StateIterator>> {
        self.range("", &start_key, &end_key)
    }

    fn get_state_by_range_with_pagination(
        &mut self,
        start_key: String,
        end_key: String,
        page_size: u32,
        bookmark: String,
    ) -> Told<PageOf> {
        self.enter(start_key.len() + end_key.len() + bookmark.len())?;
        let start = allowed!(simple_range(&start_key, &end_key));
        self.page(start, &end_key, page_size, &bookmark)
    }

    fn get_state_by_partial_composite_key(
        &mut self,
        object_type: String,
        attributes: Vec<String>,
    ) -> Told<Resource<StateIterator>> {
        self.partial_range("", &object_type, &attributes)
    }

    fn get_state_by_partial_composite_key_with_pagination(
        &mut self,
        object_type: String,
        attributes: Vec<String>,
        page_size: u32,
        bookmark: String,
    ) -> Told<PageOf> {
        self.enter(object_type.len() + total(&attributes) + bookmark.len())?;
        let (start, end) = allowed!(partial_range(&object_type, &attributes).map_err(|error| error.to_string()));
        self.page(&start, &end, page_size, &bookmark)
    }

    fn get_all_states_composite_key_with_pagination(&mut self, page_size: u32, bookmark: String) -> Told<PageOf> {
        self.enter(bookmark.len())?;
        self.page(FIRST_COMPOSITE_KEY, FIRST_SIMPLE_KEY, page_size, &bookmark)
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

    fn get_query_result(&mut self, query: String) -> Told<Resource<StateIterator>> {
        self.query("", &query)
    }

    fn get_query_result_with_pagination(&mut self, query: String, page_size: u32, bookmark: String) -> Told<PageOf> {
        self.enter(query.len() + bookmark.len())?;
        allowed!(check_size("query", query.len(), QUERY_BYTES_MAX));
        self.open_page(page_size, &bookmark, |state| state.context.open_query_page(&query, page_size, &bookmark))
    }

    fn get_history_for_key(&mut self, key: String) -> Told<Resource<HistoryIterator>> {
        self.enter(key.len())?;
        allowed!(check_size("key", key.len(), KEY_BYTES_MAX).and_then(|()| self.may_open()));
        let iterator = allowed!(told(self.context.open_history(&key))?);
        Ok(Ok(self.opened(iterator)))
    }
}

impl CallState {
    /// A page of a range; the bookmark is the key it begins with.
    fn page(&mut self, start: &str, end: &str, page_size: u32, bookmark: &str) -> Told<PageOf> {
        let start = if bookmark.is_empty() { start } else { bookmark };
        self.open_page(page_size, bookmark, |state| state.context.open_page(start, end, page_size))
    }

    fn open_page(
        &mut self,
        page_size: u32,
        bookmark: &str,
        open: impl FnOnce(&mut Self) -> Result<context::Page, ContextError>,
    ) -> Told<PageOf> {
        if page_size == 0 {
            return Ok(Err("the page size must be at least 1".to_owned()));
        }
        allowed!(check_size("bookmark", bookmark.len(), KEY_BYTES_MAX).and_then(|()| self.may_open()));
        let page = allowed!(told(open(self))?);
        self.count(page.bookmark.len())?;
        let facts = Page { fetched_records_count: page.fetched_records_count, bookmark: page.bookmark };
        Ok(Ok((self.opened(page.iterator), facts)))
    }
}

impl HostStateIterator for CallState {
    fn next(&mut self, iterator: Resource<StateIterator>) -> Told<Option<KeyValue>> {
        self.enter(0)?;
        let entry = allowed!(told(self.context.next_state(iterator.rep()))?);
        self.count(entry.as_ref().map_or(0, |entry| entry.key.len() + entry.value.len()))?;
        Ok(Ok(entry.map(|entry| KeyValue { key: entry.key, value: entry.value.into() })))
    }

    fn drop(&mut self, iterator: Resource<StateIterator>) -> wasmtime::Result<()> {
        self.close(iterator.rep());
        Ok(())
    }
}

impl HostHistoryIterator for CallState {
    fn next(&mut self, iterator: Resource<HistoryIterator>) -> Told<Option<KeyModification>> {
        self.enter(0)?;
        let entry = allowed!(told(self.context.next_modification(iterator.rep()))?);
        self.count(entry.as_ref().map_or(0, |entry| entry.tx_id.len() + entry.value.len()))?;
        Ok(Ok(entry.map(|entry| KeyModification {
            tx_id: entry.tx_id,
            value: entry.value.into(),
            timestamp: Timestamp { seconds: entry.timestamp.0, nanoseconds: entry.timestamp.1 },
            is_delete: entry.is_delete,
        })))
    }

    fn drop(&mut self, iterator: Resource<HistoryIterator>) -> wasmtime::Result<()> {
        self.close(iterator.rep());
        Ok(())
    }
}
