use fabric_contract::{Context, Result};

use super::text::{List, entries, hexadecimal, metadata as written, optional, optionals};

pub fn private_get(context: &Context, collection: String, key: String) -> Result<String> {
    Ok(optional(context.get_private_data(&collection, &key)?))
}

pub fn private_get_many(context: &Context, collection: String, keys: List) -> Result<String> {
    Ok(optionals(context.get_private_data_multiple(&collection, &keys.texts())?))
}

pub fn private_hash(context: &Context, collection: String, key: String) -> Result<String> {
    let hash = context.get_private_data_hash(&collection, &key)?;
    Ok(optional(hash.map(|hash| hexadecimal(&hash).into_bytes())))
}

pub fn private_put(context: &Context, collection: String, key: String, value: Vec<u8>) -> Result<()> {
    context.put_private_data(&collection, &key, &value)
}

pub fn private_put_many(context: &Context, collection: String, entries: List) -> Result<()> {
    context.put_private_data_multiple(&collection, &entries.pairs())
}

pub fn private_delete(context: &Context, collection: String, key: String) -> Result<()> {
    context.delete_private_data(&collection, &key)
}

pub fn private_purge(context: &Context, collection: String, key: String) -> Result<()> {
    context.purge_private_data(&collection, &key)
}

pub fn private_metadata(context: &Context, collection: String, key: String) -> Result<String> {
    Ok(written(context.get_private_data_metadata(&collection, &key)?))
}

pub fn private_get_policy(context: &Context, collection: String, key: String) -> Result<String> {
    Ok(optional(context.get_private_data_validation_parameter(&collection, &key)?))
}

pub fn private_set_policy(context: &Context, collection: String, key: String, policy: Vec<u8>) -> Result<()> {
    context.set_private_data_validation_parameter(&collection, &key, &policy)
}

pub fn private_range(context: &Context, collection: String, start: String, end: String) -> Result<String> {
    entries(context.get_private_data_by_range(&collection, &start, &end)?)
}

pub fn private_partial_range(
    context: &Context,
    collection: String,
    object_type: String,
    attributes: List,
) -> Result<String> {
    entries(context.get_private_data_by_partial_composite_key(&collection, &object_type, &attributes.texts())?)
}

pub fn private_query(context: &Context, collection: String, query: String) -> Result<String> {
    entries(context.get_private_data_query_result(&collection, &query)?)
}
