//! `config.yaml` of an MSP directory.

use std::path::Path;

use serde::{Deserialize, Deserializer};
use serde_yaml_ng::Value;

use super::{DirectoryError, read_file};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Configuration {
    #[serde(rename = "OrganizationalUnitIdentifiers")]
    pub(super) organizational_unit_identifiers: Option<Vec<UnitConfiguration>>,
    #[serde(rename = "NodeOUs")]
    pub(super) node_ous: Option<NodeOusConfiguration>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UnitConfiguration {
    #[serde(rename = "Certificate")]
    pub(super) certificate: Option<String>,
    #[serde(rename = "OrganizationalUnitIdentifier")]
    pub(super) organizational_unit_identifier: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NodeOusConfiguration {
    #[serde(rename = "Enable", deserialize_with = "switch")]
    pub(super) enable: bool,
    #[serde(rename = "ClientOUIdentifier")]
    pub(super) client: Option<UnitConfiguration>,
    #[serde(rename = "PeerOUIdentifier")]
    pub(super) peer: Option<UnitConfiguration>,
    #[serde(rename = "AdminOUIdentifier")]
    pub(super) admin: Option<UnitConfiguration>,
    #[serde(rename = "OrdererOUIdentifier")]
    pub(super) orderer: Option<UnitConfiguration>,
}

/// Reads the file, if it is there. Unknown keys are told and have no effect.
pub(super) fn read_configuration(path: &Path) -> Result<Configuration, DirectoryError> {
    if !path.exists() {
        return Ok(Configuration::default());
    }
    let text = read_file(path)?;
    let failed = |source| DirectoryError::Config { path: path.to_owned(), source };
    for key in unknown_keys(&serde_yaml_ng::from_slice(&text).map_err(failed)?) {
        tracing::warn!(path = %path.display(), key, "unknown key has no effect");
    }
    // An empty file, or one of comments only, is a document without content.
    let configuration: Option<Configuration> = serde_yaml_ng::from_slice(&text).map_err(failed)?;
    Ok(configuration.unwrap_or_default())
}

const ROLE_UNITS: [&str; 4] = ["ClientOUIdentifier", "PeerOUIdentifier", "AdminOUIdentifier", "OrdererOUIdentifier"];
const UNIT: [&str; 2] = ["Certificate", "OrganizationalUnitIdentifier"];

/// Keys that mean nothing, as paths.
fn unknown_keys(document: &Value) -> Vec<String> {
    let mut unknown = Vec::new();
    let mut look = |path: &str, value: &Value, known: &[&str]| {
        let keys = value.as_mapping().into_iter().flat_map(|mapping| mapping.keys());
        let names = keys.map(|key| key.as_str().map_or_else(|| format!("{key:?}"), str::to_owned));
        unknown.extend(names.filter(|name| !known.contains(&name.as_str())).map(|name| format!("{path}{name}")));
    };
    look("", document, &["OrganizationalUnitIdentifiers", "NodeOUs"]);
    let units = document.get("OrganizationalUnitIdentifiers").and_then(Value::as_sequence);
    for (index, unit) in units.into_iter().flatten().enumerate() {
        look(&format!("OrganizationalUnitIdentifiers[{index}]."), unit, &UNIT);
    }
    if let Some(node_ous) = document.get("NodeOUs") {
        let known: Vec<&str> = ["Enable"].into_iter().chain(ROLE_UNITS).collect();
        look("NodeOUs.", node_ous, &known);
        for name in ROLE_UNITS {
            if let Some(unit) = node_ous.get(name) {
                look(&format!("NodeOUs.{name}."), unit, &UNIT);
            }
        }
    }
    unknown
}

/// A truth value, also in the words of older YAML, which Fabric's reader takes.
fn switch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Switch {
        Value(bool),
        Word(String),
        None,
    }
    let unknown = |word: &str| serde::de::Error::invalid_value(serde::de::Unexpected::Str(word), &"true or false");
    match Switch::deserialize(deserializer)? {
        Switch::Value(value) => Ok(value),
        Switch::None => Ok(false),
        Switch::Word(word) => match word.to_ascii_lowercase().as_str() {
            "yes" | "on" | "y" => Ok(true),
            "no" | "off" | "n" => Ok(false),
            _ => Err(unknown(&word)),
        },
    }
}
