//! Hooks of a contract that ask the peer.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use fabric_contract::{Context, Result, contract};
use fabric_contract_test::{Client, Contract, LogLevel, TestChannel};

contract! {
    /// Only auditors write.
    before => only_auditors;
    after => note_result;
    unknown => read_key;
    submit Put => put(key: String, value: String);
    submit PutTwice => put_twice(key: String);
}

fn only_auditors(context: &Context, function: &str) -> Result<()> {
    if function.starts_with("Put") { context.client_identity().assert_attribute("role", "auditor") } else { Ok(()) }
}

fn note_result(context: &Context, function: &str, payload: &[u8]) -> Result<()> {
    context.log_info(&format!("{function}: {} bytes", payload.len()));
    if payload == b"secret" { Err("nobody may see this".into()) } else { Ok(()) }
}

fn read_key(context: &Context, function: &str) -> Result<Vec<u8>> {
    context.get_state(function)?.ok_or_else(|| format!("there is neither a function nor a key {function}").into())
}

fn put(context: &Context, key: String, value: String) -> Result<String> {
    context.put_state(&key, value.as_bytes())?;
    Ok(value)
}

fn put_twice(context: &Context, key: String) -> Result<()> {
    context.put_states(&[(&key, b"1"), (&format!("{key}{key}"), b"2")])
}

fn channel() -> (TestChannel, Client) {
    let channel = TestChannel::new();
    channel.install("guarded", Contract::native::<ContractFunctions>());
    (channel, Client::new("Org1MSP", "ann").attribute("role", "auditor").build().unwrap())
}

#[test]
fn the_first_hook_lets_only_some_clients_in() {
    let (channel, auditor) = channel();
    let other = Client::new("Org1MSP", "bob").build().unwrap();
    let put = || channel.transaction("guarded", "Put", ("a", "1"));
    assert_eq!(put().client(&other).submit().ok(), Err("attribute 'role' was not found".into()));
    let written = put().client(&auditor).submit();
    assert_eq!(written.ok(), Ok("1"));
    assert_eq!(written.log("guarded"), [(LogLevel::Info, "Put: 1 bytes")]);
}

#[test]
fn the_last_hook_sees_the_result_and_can_refuse_it() {
    let (channel, auditor) = channel();
    let put = channel.transaction("guarded", "Put", ("a", "secret")).client(&auditor).submit();
    assert_eq!(put.ok(), Err("nobody may see this".into()));
    assert_eq!(channel.state("guarded", "a"), None);
}

#[test]
fn other_functions_are_answered_by_their_hook() {
    let (channel, auditor) = channel();
    assert!(channel.transaction("guarded", "PutTwice", ("a",)).client(&auditor).submit().is_ok());
    let read = channel.transaction("guarded", "aa", ()).evaluate();
    assert_eq!(read.ok(), Ok("2"));
    assert_eq!(read.log("guarded"), [(LogLevel::Info, "aa: 1 bytes")]);
    let missing = channel.transaction("guarded", "b", ()).evaluate();
    assert_eq!(missing.ok(), Err("there is neither a function nor a key b".into()));
}

#[test]
fn metadata_names_no_hooks() {
    let (channel, _) = channel();
    let metadata = channel.transaction("guarded", "org.hyperledger.fabric:GetMetadata", ()).evaluate();
    let document: serde_json::Value = metadata.json().unwrap();
    let transactions = &document["contracts"]["Contract"]["transactions"];
    let names: Vec<_> = transactions.as_array().unwrap().iter().map(|transaction| &transaction["name"]).collect();
    assert_eq!(names, ["Put", "PutTwice"]);
    assert_eq!(transactions[0]["returns"], serde_json::json!({ "type": "string" }));
    assert_eq!(transactions[1].get("returns"), None);
}
