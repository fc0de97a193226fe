//! `fabric:chaincode/private-data`.

use wasmtime::component::Resource;

use super::bindings::fabric::chaincode::private_data::{Host, KeyValue, MetadataEntry};
use super::ledger::{Told, allowed};
use super::{CallState, StateIterator, told};

impl Host for CallState {
    fn get_private_data(&mut self, collection: String, key: String) -> Told<Option<Vec<u8>>> {
        allowed!(named(&collection));
        self.get(&collection, &key)
    }

    fn get_private_data_multiple(&mut self, collection: String, keys: Vec<String>) -> Told<Vec<Option<Vec<u8>>>> {
        allowed!(named(&collection));
        self.get_many(&collection, &keys)
    }

    fn get_private_data_hash(&mut self, collection: String, key: String) -> Told<Option<Vec<u8>>> {
        allowed!(named(&collection));
        self.hash_of(&collection, &key)
    }

    fn put_private_data(&mut self, collection: String, key: String, value: Vec<u8>) -> Told<()> {
        allowed!(named(&collection));
        self.put(&collection, &key, value)
    }

    fn put_private_data_multiple(&mut self, collection: String, entries: Vec<KeyValue>) -> Told<()> {
        allowed!(named(&collection));
        self.put_many(&collection, entries)
    }

    fn delete_private_data(&mut self, collection: String, key: String) -> Told<()> {
        allowed!(named(&collection));
        self.delete(&collection, &key)
    }

    fn purge_private_data(&mut self, collection: String, key: String) -> Told<()> {
        self.enter(collection.len() + key.len())?;
        allowed!(named(&collection));
        allowed!(super::ledger::check_written(&collection, &key));
        Ok(told(self.context.purge(&collection, &key))?)
    }

    fn get_private_data_metadata(&mut self, collection: String, key: String) -> Told<Vec<MetadataEntry>> {
        allowed!(named(&collection));
        self.metadata_of(&collection, &key)
    }

    fn get_private_data_validation_parameter(&mut self, collection: String, key: String) -> Told<Option<Vec<u8>>> {
        allowed!(named(&collection));
        self.validation_parameter(&collection, &key)
    }

    fn set_private_data_validation_parameter(&mut self, collection: String, key: String, policy: Vec<u8>) -> Told<()> {
        allowed!(named(&collection));
        self.set_validation_parameter(&collection, &key, policy)
    }

    fn get_private_data_by_range(
        &mut self,
        collection: String,
        start_key: String,
        end_key: String,
    ) -> Told<Resource<StateIterator>> {
        allowed!(named(&collection));
        self.range(&collection, &start_key, &end_key)
    }

    fn get_private_data_by_partial_composite_key(
        &mut self,
        collection: String,
        object_type: String,
        attributes: Vec<String>,
    ) -> Told<Resource<StateIterator>> {
        allowed!(named(&collection));
        self.partial_range(&collection, &object_type, &attributes)
    }

    fn get_private_data_query_result(&mut self, collection: String, query: String) -> Told<Resource<StateIterator>> {
        allowed!(named(&collection));
        self.query(&collection, &query)
    }
}

/// Without a name it would be the public state. The text is Fabric's shim's.
fn named(collection: &str) -> Result<(), String> {
    if collection.is_empty() { Err("collection must not be an empty string".to_owned()) } else { Ok(()) }
}
