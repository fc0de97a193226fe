//! How arguments and results are written.

use fabric_contract::{Argument, KeyValue, MetadataEntry, Page, Result, StateIterator};

/// Texts joined by commas.
pub struct List(pub Vec<String>);

impl Argument for List {
    const KIND: &'static str = "list";
    fn parse(value: Vec<u8>) -> std::result::Result<Self, Vec<u8>> {
        let text = String::from_utf8(value).map_err(|error| error.into_bytes())?;
        Ok(List(text.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect()))
    }
}

impl List {
    pub fn texts(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }

    /// `key=value` each.
    pub fn pairs(&self) -> Vec<(&str, &[u8])> {
        let pairs = self.0.iter().map(|text| text.split_once('=').unwrap_or((text, "")));
        pairs.map(|(key, value)| (key, value.as_bytes())).collect()
    }
}

pub fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub fn optional(value: Option<Vec<u8>>) -> String {
    value.map_or_else(|| "<none>".to_owned(), |value| lossy(&value))
}

pub fn optionals(values: Vec<Option<Vec<u8>>>) -> String {
    values.into_iter().map(optional).collect::<Vec<_>>().join(",")
}

pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> String {
    pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")
}

pub fn metadata(entries: Vec<MetadataEntry>) -> String {
    pairs(entries.iter().map(|entry| (entry.name.as_str(), lossy(&entry.value))))
}

/// Separators of composite keys are shown as `/`.
pub fn entries(found: StateIterator) -> Result<String> {
    let found: Vec<KeyValue> = found.collect::<Result<_>>()?;
    Ok(pairs(found.iter().map(|entry| (entry.key.as_str(), lossy(&entry.value)))).replace('\0', "/"))
}

pub fn page((found, page): (StateIterator, Page)) -> Result<String> {
    let bookmark = page.bookmark.replace('\0', "/");
    Ok(format!("{}|{}|{bookmark}", entries(found)?, page.fetched_records_count))
}
