//! Files below `META-INF`: definitions of CouchDB indexes, and nothing else (Fabric `internal/ccmetadata`). The texts are
//! Fabric's.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::{PlatformError, failed, folder};

/// Where a chaincode keeps what is not code.
pub const METADATA_DIR: &str = "META-INF";
/// Largest index definition, in bytes.
const INDEX_BYTES_MAX: u64 = 1 << 20;

/// Whether a file of a project is no code, by its name from the project's folder.
pub(super) fn is_metadata(name: &str) -> bool {
    name.split('/').next() == Some(METADATA_DIR)
}

/// Whether a file below `META-INF` goes into the package: hidden ones do not. An error when it may not be there.
pub(super) fn is_taken(name: &str, path: &Path) -> Result<bool, PlatformError> {
    if name.rsplit('/').next().is_some_and(|file| file.starts_with('.')) {
        tracing::warn!(target: "chaincode.platform.util", "Ignoring hidden file in metadata directory: {name}");
        return Ok(false);
    }
    let size = fs::metadata(path).map_err(failed(path))?.len();
    if size > INDEX_BYTES_MAX {
        return Err(PlatformError::Metadata(format!(
            "Index metadata file [{name}] has more than {INDEX_BYTES_MAX} bytes"
        )));
    }
    check(name, &fs::read(path).map_err(failed(path))?)?;
    Ok(true)
}

/// The index files of a folder that holds something other than source code, with their names and contents.
pub fn files(root: &Path) -> Result<Vec<(String, Vec<u8>)>, PlatformError> {
    let dir = root.join(METADATA_DIR);
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for (name, path) in folder::files(&dir, &|_| false)? {
        let name = format!("{METADATA_DIR}/{name}");
        if is_taken(&name, &path)? {
            let contents = fs::read(&path).map_err(failed(&path))?;
            found.push((name, contents));
        }
    }
    Ok(found)
}

/// Checks name and contents of a file below `META-INF`.
pub fn check(name: &str, contents: &[u8]) -> Result<(), PlatformError> {
    if !has_place(name) {
        return Err(PlatformError::Metadata(why_no_place(name)));
    }
    let Ok(definition) = serde_json::from_slice::<Map<String, Value>>(contents) else {
        return Err(PlatformError::Metadata(format!("Index metadata file [{name}] is not a valid JSON")));
    };
    check_definition(&definition).map_err(|reason| {
        PlatformError::Metadata(format!("Index metadata file [{name}] is not a valid index definition: {reason}"))
    })
}

fn has_place(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("META-INF/statedb/couchdb/") else { return false };
    let in_indexes = |rest: &str| rest.strip_prefix("indexes/").is_some_and(|file| file.contains(".json"));
    let of_collection = || {
        let (collection, rest) = rest.strip_prefix("collections/")?.split_once('/')?;
        Some(!collection.is_empty() && collection.bytes().all(is_collection_byte) && in_indexes(rest))
    };
    in_indexes(rest) || of_collection() == Some(true)
}

fn is_collection_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn why_no_place(name: &str) -> String {
    let (dir, file) = name.rsplit_once('/').map_or(("", name), |(dir, file)| (dir, file));
    let shown = PathBuf::from(format!("{dir}/"));
    let shown = shown.display();
    if !name.starts_with("META-INF/statedb") {
        return format!("metadata file path must begin with META-INF/statedb, found: {shown}");
    }
    let parts: Vec<&str> = dir.split('/').collect();
    if parts.len() < 4 {
        return format!("metadata file path must include a database and index directory: {shown}");
    }
    if parts[2] != "couchdb" {
        return format!("database name [{}] is not supported, valid options: [couchdb]", parts[2]);
    }
    if parts.len() == 4 && parts[3] != "indexes" {
        return format!("metadata file path does not have an indexes directory: {shown}");
    }
    if parts.len() != 6 {
        return format!("metadata file path for collections must include a collections and index directory: {shown}");
    }
    if parts[3] != "collections" || parts[5] != "indexes" {
        return format!("metadata file path for collections must have a collections and indexes directory: {shown}");
    }
    if !parts[4].bytes().next().is_some_and(is_collection_byte) {
        return format!("collection name is not valid: {}", parts[4]);
    }
    if !file.contains(".json") {
        return format!("artifact file name is not valid: {file}");
    }
    format!("metadata file path or name is not supported: {shown}")
}

fn check_definition(definition: &Map<String, Value>) -> Result<(), String> {
    let mut has_index = false;
    for (key, value) in definition {
        match (key.as_str(), value) {
            ("index", Value::Object(index)) => {
                check_index(index)?;
                has_index = true;
            }
            ("index", _) => return Err("Invalid entry, \"index\" must be a JSON".to_owned()),
            ("ddoc" | "name", Value::String(_)) => {}
            ("ddoc" | "name", _) => return Err(format!("Invalid entry, \"{key}\" must be a string")),
            ("type", value) if value == "json" => {}
            ("type", _) => return Err("Index type must be json".to_owned()),
            _ => return Err(format!("Invalid Entry.  Entry {key}")),
        }
    }
    if has_index { Ok(()) } else { Err("Index definition must include a \"fields\" definition".to_owned()) }
}

fn check_index(index: &Map<String, Value>) -> Result<(), String> {
    for (key, value) in index {
        match (key.as_str(), value) {
            ("fields", Value::Array(fields)) => {
                let sorted = fields.iter().filter_map(Value::as_object);
                sorted.flat_map(|field| field.values()).try_for_each(check_sort)?;
            }
            ("fields", _) => return Err("Expecting a JSON array of fields".to_owned()),
            ("partial_filter_selector", _) => {}
            _ => return Err(format!("Invalid Entry.  Entry {key}")),
        }
    }
    Ok(())
}

fn check_sort(value: &Value) -> Result<(), String> {
    let Some(order) = value.as_str() else {
        return Err("Invalid field definition, fields must be in the form \"fieldname\":\"sort\"".to_owned());
    };
    if ["asc", "desc"].contains(&order.to_ascii_lowercase().as_str()) {
        return Ok(());
    }
    Err(format!("Sort must be either \"asc\" or \"desc\".  \"{order}\" was found."))
}
