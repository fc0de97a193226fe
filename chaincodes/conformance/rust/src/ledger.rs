use fabric_contract::{Context, Result};

use super::text::{List, entries, lossy, metadata as written, optional, optionals, page};

pub fn get(context: &Context, key: String) -> Result<String> {
    Ok(optional(context.get_state(&key)?))
}

pub fn get_many(context: &Context, keys: List) -> Result<String> {
    Ok(optionals(context.get_states(&keys.texts())?))
}

pub fn put(context: &Context, key: String, value: Vec<u8>) -> Result<()> {
    context.put_state(&key, &value)
}

pub fn put_many(context: &Context, entries: List) -> Result<()> {
    context.put_states(&entries.pairs())
}

pub fn put_and_get(context: &Context, key: String, value: Vec<u8>) -> Result<String> {
    context.put_state(&key, &value)?;
    Ok(optional(context.get_state(&key)?))
}

pub fn delete(context: &Context, key: String) -> Result<()> {
    context.delete_state(&key)
}

pub fn delete_many(context: &Context, keys: List) -> Result<()> {
    context.delete_states(&keys.texts())
}

pub fn metadata(context: &Context, key: String) -> Result<String> {
    Ok(written(context.get_state_metadata(&key)?))
}

pub fn get_policy(context: &Context, key: String) -> Result<String> {
    Ok(optional(context.get_state_validation_parameter(&key)?))
}

pub fn set_policy(context: &Context, key: String, policy: Vec<u8>) -> Result<()> {
    context.set_state_validation_parameter(&key, &policy)
}

pub fn range(context: &Context, start: String, end: String) -> Result<String> {
    entries(context.get_state_by_range(&start, &end)?)
}

pub fn range_page(context: &Context, start: String, end: String, size: u32, bookmark: String) -> Result<String> {
    page(context.get_state_by_range_with_pagination(&start, &end, size, &bookmark)?)
}

pub fn composite(context: &Context, object_type: String, attributes: List) -> Result<String> {
    Ok(context.create_composite_key(&object_type, &attributes.texts())?.replace('\0', "/"))
}

pub fn put_composite(context: &Context, object_type: String, attributes: List, value: Vec<u8>) -> Result<()> {
    let key = context.create_composite_key(&object_type, &attributes.texts())?;
    context.put_state(&key, &value)
}

pub fn split(context: &Context, key: String) -> Result<String> {
    let (object_type, attributes) = context.split_composite_key(&key)?;
    Ok(format!("{object_type}:{}", attributes.join(",")))
}

pub fn partial_range(context: &Context, object_type: String, attributes: List) -> Result<String> {
    entries(context.get_state_by_partial_composite_key(&object_type, &attributes.texts())?)
}

pub fn partial_page(
    context: &Context,
    object_type: String,
    attributes: List,
    size: u32,
    bookmark: String,
) -> Result<String> {
    let bookmark = bookmark.replace('/', "\0");
    let attributes = attributes.texts();
    page(context.get_state_by_partial_composite_key_with_pagination(&object_type, &attributes, size, &bookmark)?)
}

pub fn composite_page(context: &Context, size: u32, bookmark: String) -> Result<String> {
    page(context.get_all_states_composite_key_with_pagination(size, &bookmark.replace('/', "\0"))?)
}

pub fn rich_query(context: &Context, query: String) -> Result<String> {
    entries(context.get_query_result(&query)?)
}

pub fn query_page(context: &Context, query: String, size: u32, bookmark: String) -> Result<String> {
    page(context.get_query_result_with_pagination(&query, size, &bookmark)?)
}

pub fn history(context: &Context, key: String) -> Result<String> {
    let mut found = Vec::new();
    for entry in context.get_history_for_key(&key)? {
        let entry = entry?;
        let text = if entry.is_delete { "deleted".to_owned() } else { lossy(&entry.value) };
        found.push(format!("{}@{}={text}", entry.tx_id, entry.timestamp.seconds));
    }
    Ok(found.join(","))
}
