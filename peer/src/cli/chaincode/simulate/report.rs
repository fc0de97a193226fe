//! What came of a simulated call, for people and for programs.

use std::fmt::Write;
use std::path::Path;

use anyhow::bail;
use runtime::memory::{Call, Place};
use runtime::{LogLevel, Outcome};
use serde_json::{Value, json};

use super::state::value;
use crate::cli::print;

/// Lines of text; two calls that do the same have the same ones, but for what they used.
pub(super) fn text(call: &Call) -> String {
    let mut text = behaviour(call);
    let usage = &call.usage;
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "Used: {} fuel, {} bytes of memory, {} calls to the peer, {} bytes exchanged",
        usage.fuel, usage.memory_bytes, usage.host_calls, usage.host_bytes
    );
    text
}

fn behaviour(call: &Call) -> String {
    let mut text = String::new();
    let mut line = |line: std::fmt::Arguments<'_>| {
        let _ = writeln!(text, "{line}");
    };
    match &call.outcome {
        Outcome::Response { status, message, payload } => {
            line(format_args!("Status: {status}"));
            if !message.is_empty() {
                line(format_args!("Message: {message}"));
            }
            if !payload.is_empty() {
                line(format_args!("Payload: {}", shown(payload)));
            }
        }
        Outcome::Aborted(error) => line(format_args!("Aborted: {error}")),
    }
    let record = &call.record;
    for place in &record.reads {
        line(format_args!("Read: {}", name(place)));
    }
    for (place, value) in &record.writes {
        match value {
            Some(value) => line(format_args!("Write: {} = {}", name(place), shown(value))),
            None => line(format_args!("Delete: {}", name(place))),
        }
    }
    for place in &record.purges {
        line(format_args!("Purge: {}", name(place)));
    }
    for (place, entries) in &record.metadata_writes {
        for (entry, value) in entries {
            line(format_args!("Metadata: {}, {entry} = {}", name(place), hex::encode(value)));
        }
    }
    if let Some((event, payload)) = &record.event {
        line(format_args!("Event: {event} = {}", shown(payload)));
    }
    for (level, message) in &record.log {
        // Lines of the contract's making must not look like ours.
        line(format_args!("Log: {} {}", level_name(*level), message.replace('\n', "\n   | ")));
    }
    text
}

/// The same as JSON.
pub(super) fn json(call: &Call) -> anyhow::Result<String> {
    let response = match &call.outcome {
        Outcome::Response { status, message, payload } => {
            json!({ "status": status, "message": message, "payload": value(payload) })
        }
        Outcome::Aborted(error) => json!({ "aborted": error.to_string() }),
    };
    let record = &call.record;
    let place = |(collection, key): &Place| json!({ "collection": collection, "key": key });
    let with = |at: &Place, name: &str, what: Value| {
        let mut object = place(at);
        object[name] = what;
        object
    };
    let writes = record
        .writes
        .iter()
        .map(|(at, written)| with(at, "value", written.as_ref().map_or(Value::Null, |bytes| value(bytes))));
    let metadata = record.metadata_writes.iter().map(|(at, entries)| {
        let entries: serde_json::Map<_, _> =
            entries.iter().map(|(name, bytes)| (name.clone(), hex::encode(bytes).into())).collect();
        with(at, "metadata", entries.into())
    });
    let report = json!({
        "response": response,
        "reads": record.reads.iter().map(place).collect::<Vec<_>>(),
        "writes": writes.collect::<Vec<_>>(),
        "purges": record.purges.iter().map(place).collect::<Vec<_>>(),
        "metadata": metadata.collect::<Vec<_>>(),
        "event": record.event.as_ref().map(|(name, payload)| json!({ "name": name, "payload": value(payload) })),
        "log": record.log.iter().map(|(level, line)| json!({ "level": level_name(*level), "message": line })).collect::<Vec<_>>(),
        "usage": call.usage,
    });
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}

/// Says whether two calls did the same, and what they did not.
pub(super) fn compare(first: (&Path, &Call), second: (&Path, &Call)) -> anyhow::Result<()> {
    let texts = (behaviour(first.1), behaviour(second.1));
    let lines = (texts.0.lines().collect::<Vec<_>>(), texts.1.lines().collect::<Vec<_>>());
    let only = |these: &[&str], others: &[&str], mark: char| -> String {
        these.iter().filter(|line| !others.contains(line)).map(|line| format!("{mark} {line}\n")).collect()
    };
    let difference = only(&lines.0, &lines.1, '-') + &only(&lines.1, &lines.0, '+');
    let usage = format!(
        "Used: {} fuel against {}, {} calls to the peer against {}\n",
        first.1.usage.fuel, second.1.usage.fuel, first.1.usage.host_calls, second.1.usage.host_calls
    );
    if difference.is_empty() && texts.0 == texts.1 {
        return print(format!("Both do the same.\n{usage}"));
    }
    print(format!("- {}\n+ {}\n{difference}{usage}", first.0.display(), second.0.display()))?;
    bail!("the two contracts differ")
}

fn name((collection, key): &Place) -> String {
    // Separators of composite keys are no text to print.
    let key = key.escape_debug();
    if collection.is_empty() { key.to_string() } else { format!("{collection}/{key}") }
}

fn shown(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.escape_debug().to_string().replace("\\\"", "\""),
        Err(_) => format!("0x{}", hex::encode(bytes)),
    }
}

fn level_name(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Debug => "debug",
        LogLevel::Info => "info",
        LogLevel::Warning => "warning",
        LogLevel::Error => "error",
    }
}
