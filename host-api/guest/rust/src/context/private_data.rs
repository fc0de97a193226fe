use super::{Context, MetadataEntry, StateIterator, entries_of, owned};
use crate::Result;
use crate::host::private_data;

/// Private data: only the peers of a collection's members hold it. Not available in `init`.
impl Context {
    /// The value of a private key, none when it does not exist.
    pub fn get_private_data(&self, collection: &str, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(private_data::get_private_data(collection, key)?)
    }

    /// The values of several private keys, in their order.
    pub fn get_private_data_multiple(&self, collection: &str, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>> {
        Ok(private_data::get_private_data_multiple(collection, &owned(keys))?)
    }

    /// SHA-256 of a private value, which every peer of the channel knows.
    pub fn get_private_data_hash(&self, collection: &str, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(private_data::get_private_data_hash(collection, key)?)
    }

    /// Sets a private key.
    pub fn put_private_data(&self, collection: &str, key: &str, value: &[u8]) -> Result<()> {
        Ok(private_data::put_private_data(collection, key, value)?)
    }

    /// Sets several private keys, in their order, up to the first that is refused.
    pub fn put_private_data_multiple(&self, collection: &str, entries: &[(&str, &[u8])]) -> Result<()> {
        Ok(private_data::put_private_data_multiple(collection, &entries_of(entries))?)
    }

    /// Removes a private key.
    pub fn delete_private_data(&self, collection: &str, key: &str) -> Result<()> {
        Ok(private_data::delete_private_data(collection, key)?)
    }

    /// Removes a private key and its past values.
    pub fn purge_private_data(&self, collection: &str, key: &str) -> Result<()> {
        Ok(private_data::purge_private_data(collection, key)?)
    }

    /// What is committed about a private key beside its value.
    pub fn get_private_data_metadata(&self, collection: &str, key: &str) -> Result<Vec<MetadataEntry>> {
        Ok(private_data::get_private_data_metadata(collection, key)?)
    }

    /// The private key's own endorsement policy, a marshalled
    /// `common.SignaturePolicyEnvelope`.
    pub fn get_private_data_validation_parameter(&self, collection: &str, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(private_data::get_private_data_validation_parameter(collection, key)?)
    }

    /// Gives a private key its own endorsement policy; an empty one takes it away.
    pub fn set_private_data_validation_parameter(&self, collection: &str, key: &str, policy: &[u8]) -> Result<()> {
        Ok(private_data::set_private_data_validation_parameter(collection, key, policy)?)
    }

    /// Simple private keys from `start` to before `end`. The transaction may write nothing.
    pub fn get_private_data_by_range(&self, collection: &str, start: &str, end: &str) -> Result<StateIterator> {
        Ok(StateIterator(private_data::get_private_data_by_range(collection, start, end)?))
    }

    /// Composite private keys that begin with these parts. The transaction may write nothing.
    pub fn get_private_data_by_partial_composite_key(
        &self,
        collection: &str,
        object_type: &str,
        attributes: &[&str],
    ) -> Result<StateIterator> {
        let attributes = owned(attributes);
        let found = private_data::get_private_data_by_partial_composite_key(collection, object_type, &attributes)?;
        Ok(StateIterator(found))
    }

    /// A query in the language of the state database. The transaction may write nothing.
    pub fn get_private_data_query_result(&self, collection: &str, query: &str) -> Result<StateIterator> {
        Ok(StateIterator(private_data::get_private_data_query_result(collection, query)?))
    }
}
