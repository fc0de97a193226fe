//! Every call a contract can make to the peer, one function each, and every way to misbehave. For tests only.

use fabric_contract::{Context, Json, Result, contract};
use serde::Serialize;

contract! {
    evaluate Get => get(key: String);
    submit Put => put(key: String, value: Vec<u8>);
    submit Delete => delete(key: String);
    submit PutAndGet => put_and_get(key: String, value: Vec<u8>);
    evaluate Range => range(start: String, end: String);
    submit PutComposite => put_composite(object_type: String, attribute: String, value: Vec<u8>);
    evaluate PartialRange => partial_range(object_type: String);
    evaluate Split => split(key: String);
    evaluate History => history(key: String);
    submit Event => event(name: String, payload: Vec<u8>);
    evaluate Facts => facts();
    evaluate Transient => transient(name: String);
    evaluate Log => log(message: String);
    evaluate Echo => echo(value: Json<Vec<u64>>);
    submit Panic => panic(message: String);
    submit Loop => endless();
    submit EatMemory => eat_memory();
    submit Recurse => recurse_from(depth: u64);
    evaluate Large => large(bytes: u64);
    submit HoldIterators => hold_iterators(count: u64);
}

fn get(context: &Context, key: String) -> Result<Vec<u8>> {
    context.get_state(&key)?.ok_or_else(|| "no such key".into())
}

fn put(context: &Context, key: String, value: Vec<u8>) -> Result<()> {
    context.put_state(&key, &value)
}

fn delete(context: &Context, key: String) -> Result<()> {
    context.delete_state(&key)
}

fn put_and_get(context: &Context, key: String, value: Vec<u8>) -> Result<Vec<u8>> {
    context.put_state(&key, &value)?;
    Ok(context.get_state(&key)?.unwrap_or_default())
}

fn range(context: &Context, start: String, end: String) -> Result<String> {
    let mut found = Vec::new();
    for entry in context.get_state_by_range(&start, &end)? {
        let entry = entry?;
        found.push(format!("{}={}", entry.key, String::from_utf8_lossy(&entry.value)));
    }
    Ok(found.join(","))
}

fn put_composite(context: &Context, object_type: String, attribute: String, value: Vec<u8>) -> Result<()> {
    let key = context.create_composite_key(&object_type, &[&attribute])?;
    context.put_state(&key, &value)
}

fn partial_range(context: &Context, object_type: String) -> Result<String> {
    let mut found = Vec::new();
    for entry in context.get_state_by_partial_composite_key(&object_type, &[])? {
        let (_, attributes) = context.split_composite_key(&entry?.key)?;
        found.push(attributes.join("/"));
    }
    Ok(found.join(","))
}

fn split(context: &Context, key: String) -> Result<String> {
    let (object_type, attributes) = context.split_composite_key(&key)?;
    Ok(format!("{object_type}:{}", attributes.join("/")))
}

fn history(context: &Context, key: String) -> Result<String> {
    let mut found = Vec::new();
    for entry in context.get_history_for_key(&key)? {
        let entry = entry?;
        let value = String::from_utf8_lossy(&entry.value).into_owned();
        let text = if entry.is_delete { "deleted" } else { value.as_str() };
        found.push(format!("{}@{}={text}", entry.tx_id, entry.timestamp.seconds));
    }
    Ok(found.join(","))
}

fn event(context: &Context, name: String, payload: Vec<u8>) -> Result<()> {
    context.set_event(&name, &payload)
}

#[derive(Serialize)]
struct Facts {
    tx_id: String,
    channel_id: String,
    seconds: i64,
    nanoseconds: u32,
    args: usize,
    creator_bytes: usize,
    creator_msp_id: String,
    creator_certificate: String,
}

fn facts(context: &Context) -> Result<Json<Facts>> {
    let time = context.tx_timestamp();
    Ok(Json(Facts {
        tx_id: context.tx_id(),
        channel_id: context.channel_id(),
        seconds: time.seconds,
        nanoseconds: time.nanoseconds,
        args: context.args().len(),
        creator_bytes: context.creator().len(),
        creator_msp_id: context.creator_msp_id(),
        creator_certificate: String::from_utf8_lossy(&context.creator_certificate()).into_owned(),
    }))
}

fn transient(context: &Context, name: String) -> Result<Vec<u8>> {
    let field = context.transient().into_iter().find(|(found, _)| *found == name);
    field.map(|(_, value)| value).ok_or_else(|| "no such field".into())
}

fn log(context: &Context, message: String) -> Result<()> {
    context.log_debug(&message);
    context.log_info(&message);
    context.log_warning(&message);
    context.log_error(&message);
    Ok(())
}

fn echo(_: &Context, value: Json<Vec<u64>>) -> Result<Json<Vec<u64>>> {
    Ok(value)
}

fn panic(_: &Context, message: String) -> Result<()> {
    panic!("{message}")
}

fn endless(_: &Context) -> Result<()> {
    loop {
        std::hint::black_box(0);
    }
}

fn eat_memory(_: &Context) -> Result<u64> {
    let mut eaten = Vec::new();
    loop {
        eaten.push(std::hint::black_box(vec![1_u8; 1 << 20]));
    }
}

fn recurse_from(_: &Context, depth: u64) -> Result<u64> {
    Ok(recurse(depth))
}

fn recurse(depth: u64) -> u64 {
    let next = std::hint::black_box(depth + 1);
    if next == 0 { 0 } else { recurse(next) ^ std::hint::black_box(next) }
}

fn large(_: &Context, bytes: u64) -> Result<Vec<u8>> {
    Ok(vec![b'x'; bytes as usize])
}

fn hold_iterators(context: &Context, count: u64) -> Result<()> {
    let mut held = Vec::new();
    for _ in 0..count {
        held.push(context.get_state_by_range("", "")?);
    }
    Ok(())
}
