//! Reading single settings.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_yaml_ng::Value;

use super::{Source, parse_duration};

/// A setting that does not mean what it should.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} (or {variable}): \"{value}\" is not {expected}")]
pub struct ValueError {
    /// The key as in the file.
    pub key: String,
    /// The variable that overrides it.
    pub variable: String,
    /// What was found.
    pub value: String,
    /// What was wanted, such as "a duration like 30s".
    pub expected: &'static str,
}

/// Settings: each is `None` where neither file nor environment says anything (an empty value says nothing).
impl Source {
    /// A text; numbers and flags of the file are given as written.
    pub fn text(&self, key: &str) -> Result<Option<String>, ValueError> {
        if let Some(value) = self.override_of(key) {
            return Ok(Some(value.to_owned()).filter(|value| !value.is_empty()));
        }
        let text = match self.in_file(key) {
            None | Some(Value::Null) => None,
            Some(value) => Some(scalar(value).ok_or_else(|| self.error(key, "a list or group", "a single value"))?),
        };
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// `true` or `false`, in the spellings Go takes.
    pub fn flag(&self, key: &str) -> Result<Option<bool>, ValueError> {
        self.parsed(key, "true or false", |text| match text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
            _ => None,
        })
    }

    /// A whole number that is not negative.
    pub fn integer(&self, key: &str) -> Result<Option<u64>, ValueError> {
        self.parsed(key, "a whole number", |text| text.parse().ok())
    }

    /// A number of bytes: `1048576`, `512 KB`, `1 MB`.
    pub fn size(&self, key: &str) -> Result<Option<u64>, ValueError> {
        self.parsed(key, "a size like 1 MB", parse_size)
    }

    /// A length of time in Go's notation: `30s`, `1m30s`, `1.5h`.
    pub fn duration(&self, key: &str) -> Result<Option<Duration>, ValueError> {
        self.parsed(key, "a duration like 30s", parse_duration)
    }

    /// A path; relative ones start at the directory of the configuration file.
    pub fn path(&self, key: &str) -> Result<Option<PathBuf>, ValueError> {
        Ok(self.text(key)?.map(|path| self.directory.join(Path::new(&path))))
    }

    /// A list of texts. In the environment: `[a b]`, `a,b` or `a b`.
    pub fn list(&self, key: &str) -> Result<Vec<String>, ValueError> {
        let split = |text: &str| {
            let inner = text.trim().strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
            let parts = inner.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        };
        if let Some(text) = self.override_of(key) {
            return Ok(split(text));
        }
        match self.in_file(key) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Sequence(values)) => {
                let texts = values.iter().map(|value| scalar(value).filter(|text| !text.is_empty()));
                texts.collect::<Option<_>>().ok_or_else(|| self.error(key, "a list of groups", "a list of texts"))
            }
            Some(value) => {
                scalar(value).map(|text| split(&text)).ok_or_else(|| self.error(key, "a group", "a list of texts"))
            }
        }
    }

    /// A list of paths.
    pub fn paths(&self, key: &str) -> Result<Vec<PathBuf>, ValueError> {
        Ok(self.list(key)?.iter().map(|path| self.directory.join(path)).collect())
    }

    /// A group or list of groups; in the environment as YAML in one line: `[{name: a}, {name: b}]`.
    pub fn decoded<T: DeserializeOwned>(&self, key: &str, expected: &'static str) -> Result<Option<T>, ValueError> {
        if let Some(text) = self.override_of(key).filter(|text| !text.is_empty()) {
            let decoded = serde_yaml_ng::from_str(text);
            return decoded.map(Some).map_err(|error| self.error(key, &error.to_string(), expected));
        }
        match self.in_file(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_yaml_ng::from_value(value.clone())
                .map(Some)
                .map_err(|error| self.error(key, &error.to_string(), expected)),
        }
    }

    fn parsed<T>(
        &self,
        key: &str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ValueError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        parse(text.trim()).map(Some).ok_or_else(|| self.error(key, &text, expected))
    }

    /// An error about the value of a key.
    pub(crate) fn error(&self, key: &str, value: &str, expected: &'static str) -> ValueError {
        ValueError { key: key.to_owned(), variable: self.variable(key), value: value.to_owned(), expected }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn parse_size(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1 << 10,
        "m" | "mb" => 1 << 20,
        "g" | "gb" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}
