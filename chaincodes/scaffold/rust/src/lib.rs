//! A smart contract that keeps values under keys.

use fabric_contract::{Context, Result, contract};

contract! {
    submit Put => put(key: String, value: Vec<u8>);
    evaluate Get => get(key: String);
}

/// Sets a key.
fn put(context: &Context, key: String, value: Vec<u8>) -> Result<()> {
    context.put_state(&key, &value)
}

/// The value of a key.
fn get(context: &Context, key: String) -> Result<Vec<u8>> {
    context.get_state(&key)?.ok_or_else(|| format!("{key} does not exist").into())
}
