//! The two JSON files of a snapshot.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::ser::{PrettyFormatter, Serializer};

/// What a snapshot is of, and the hashes of its files, in lower-case hex. The order of fields and keys is a part of the
/// format.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SignableMetadata {
    pub(crate) channel_name: String,
    pub(crate) last_block_number: u64,
    pub(crate) last_block_hash: String,
    pub(crate) previous_block_hash: String,
    pub(crate) snapshot_files_raw_hashes: BTreeMap<String, String>,
    pub(crate) state_db_type: String,
}

/// What peers need not agree on byte by byte.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AdditionalMetadata {
    /// SHA-256 of the file with the [`SignableMetadata`].
    pub(crate) snapshot_hash: String,
    pub(crate) last_block_commit_hash: String,
}

/// The name of key-value databases in [`SignableMetadata`]; the only other one is CouchDB.
pub(crate) const STATE_DB_TYPE: &str = "SimpleKeyValueDB";

/// JSON as Go indents it, which for these messages is how serde_json does.
pub(crate) fn to_json(message: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, PrettyFormatter::with_indent(b"    "));
    message.serialize(&mut serializer).expect("strings and numbers can be written to memory");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_that_of_go() {
        let metadata = SignableMetadata {
            channel_name: "ch".to_owned(),
            last_block_number: 7,
            snapshot_files_raw_hashes: [("b".to_owned(), "02".to_owned()), ("a".to_owned(), "01".to_owned())].into(),
            state_db_type: STATE_DB_TYPE.to_owned(),
            ..Default::default()
        };
        let expected = r#"{
    "channel_name": "ch",
    "last_block_number": 7,
    "last_block_hash": "",
    "previous_block_hash": "",
    "snapshot_files_raw_hashes": {
        "a": "01",
        "b": "02"
    },
    "state_db_type": "SimpleKeyValueDB"
}"#;
        assert_eq!(String::from_utf8(to_json(&metadata)).unwrap(), expected);
        assert_eq!(serde_json::from_str::<SignableMetadata>(expected).unwrap(), metadata);
    }
}
