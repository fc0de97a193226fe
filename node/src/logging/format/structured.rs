//! Entries for machines, with the keys of Fabric's.

use std::fmt::{self, Write};

use serde_json::{Map, Value};

use super::{Entry, capitals, write_visible};

/// `{"level":"info","ts":1763.123,"name":"peer","caller":"node_start.rs:12","msg":"..","key":"value"}`.
pub(super) fn json(writer: &mut impl Write, entry: &Entry<'_>) -> fmt::Result {
    let mut object = Map::new();
    for (name, value) in &entry.fields.rest {
        object.insert((*name).to_owned(), value.clone());
    }
    let rest = serde_json::to_string(&object).map_err(|_| fmt::Error)?;
    write!(
        writer,
        "{{\"level\":\"{}\",\"ts\":{},\"name\":{},\"caller\":{},\"msg\":{}",
        capitals(entry.level).0.to_ascii_lowercase(),
        seconds(entry),
        Value::String(entry.logger.to_string()),
        Value::String(caller(entry)),
        Value::String(entry.fields.message.clone()),
    )?;
    match rest.strip_prefix('{').filter(|rest| *rest != "}") {
        Some(rest) => write!(writer, ",{rest}"),
        None => writer.write_char('}'),
    }
}

/// `ts=1763.123 level=info name=peer caller=node_start.rs:12 msg=".."`; the fields follow.
pub(super) fn logfmt(writer: &mut impl Write, entry: &Entry<'_>) -> fmt::Result {
    let level = capitals(entry.level).0.to_ascii_lowercase();
    let (seconds, logger, caller) = (seconds(entry), &entry.logger, caller(entry));
    write!(writer, "ts={seconds} level={level} name={logger} caller={caller} msg=")?;
    let message = &entry.fields.message;
    match message.is_empty() || message.contains([' ', '"', '=', '\n']) {
        true => write!(writer, "{message:?}"),
        false => write_visible(writer, message, 0),
    }
}

/// Since the epoch, with microseconds.
fn seconds(entry: &Entry<'_>) -> String {
    format!("{}.{:06}", entry.time.unix_timestamp(), entry.time.microsecond())
}

/// File and line that the entry comes from, the file with the folder it is in.
fn caller(entry: &Entry<'_>) -> String {
    let (Some(file), Some(line)) = (entry.file, entry.line) else { return "undefined".to_owned() };
    let start = file.rmatch_indices('/').nth(1).map_or(0, |(index, _)| index + 1);
    format!("{}:{line}", &file[start..])
}
