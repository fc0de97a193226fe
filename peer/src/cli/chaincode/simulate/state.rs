//! The state in a file: JSON that people can write.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};
use runtime::memory::Ledger;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cli::environment::read_text;

/// A longer file is refused.
const STATE_BYTES_MAX: u64 = 256 << 20;

#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct State {
    #[serde(default)]
    state: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    private: BTreeMap<String, BTreeMap<String, Value>>,
}

/// Reads a state; a file that is missing is an empty one if it `may_be_missing`.
pub(super) fn read(path: Option<&Path>, may_be_missing: bool) -> anyhow::Result<Ledger> {
    let ledger = Ledger::default();
    let Some(path) = path.filter(|path| !may_be_missing || path.exists()) else { return Ok(ledger) };
    let text = read_text(path, STATE_BYTES_MAX)?;
    let state: State =
        serde_json::from_str(&text).with_context(|| format!("{} is no state: see --help", path.display()))?;
    for (key, value) in state.state {
        ledger.put(&key, bytes(value).with_context(|| format!("{}: key {key}", path.display()))?);
    }
    for (collection, entries) in state.private {
        for (key, value) in entries {
            let value = bytes(value).with_context(|| format!("{}: {collection}, key {key}", path.display()))?;
            ledger.put_private(&collection, &key, value);
        }
    }
    Ok(ledger)
}

/// Writes a state, whole or not at all.
pub(super) fn write(path: &Path, ledger: &Ledger) -> anyhow::Result<()> {
    let mut state = State::default();
    for ((collection, key), bytes) in ledger.contents() {
        let entries =
            if collection.is_empty() { &mut state.state } else { state.private.entry(collection).or_default() };
        entries.insert(key, value(&bytes));
    }
    let text = serde_json::to_string_pretty(&state)? + "\n";
    // What a link points to is meant, not the link.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let unfinished = path.with_extension("new");
    std::fs::write(&unfinished, text)
        .and_then(|()| std::fs::rename(&unfinished, path))
        .with_context(|| format!("writing {}", path.display()))
}

/// Text as it is, `{"hex": ..}` as bytes, anything else as JSON text.
fn bytes(value: Value) -> anyhow::Result<Vec<u8>> {
    match &value {
        Value::String(text) => Ok(text.clone().into_bytes()),
        Value::Object(fields) if fields.len() == 1 && fields.contains_key("hex") => match &fields["hex"] {
            Value::String(digits) => hex::decode(digits).context("the hexadecimal digits are wrong"),
            _ => bail!("\"hex\" must be a text of hexadecimal digits"),
        },
        other => Ok(other.to_string().into_bytes()),
    }
}

/// The reverse; JSON objects stay readable.
pub(super) fn value(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Err(_) => json!({ "hex": hex::encode(bytes) }),
        Ok(text) => match serde_json::from_str(text) {
            // Only if it comes back as the same bytes.
            Ok(parsed @ (Value::Object(_) | Value::Array(_))) if is_same(&parsed, bytes) => parsed,
            _ => Value::String(text.to_owned()),
        },
    }
}

fn is_same(parsed: &Value, original: &[u8]) -> bool {
    bytes(parsed.clone()).is_ok_and(|bytes| bytes == original)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_comes_back_as_it_was() {
        for original in [
            &b"text"[..],
            b"",
            b"{\"a\":1}",
            b"{ \"a\": 1 }",
            b"[1,2]",
            b"12",
            b"\"q\"",
            b"{\"hex\":\"00\"}",
            b"\xff\x00",
        ] {
            assert_eq!(bytes(value(original)).expect("readable"), original, "{}", original.escape_ascii());
        }
        assert!(bytes(json!({ "hex": "0" })).is_err());
        assert!(bytes(json!({ "hex": 1 })).is_err());
        assert_eq!(bytes(json!({ "Size": 5 })).expect("readable"), b"{\"Size\":5}");
    }

    #[test]
    fn a_state_is_written_and_read() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let path = dir.path().join("state.json");
        assert!(read(Some(&path), false).is_err());
        let ledger = read(Some(&path), true).expect("empty");
        ledger.put("a", "1");
        ledger.put_private("c", "k", vec![0xff]);
        write(&path, &ledger).expect("written");
        assert_eq!(read(Some(&path), false).expect("read").contents(), ledger.contents());
        std::fs::write(&path, "{\"stat\":{}}").expect("written");
        assert!(format!("{:#}", read(Some(&path), false).err().expect("refused")).contains("is no state"));
    }
}
