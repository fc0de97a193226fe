//! Which collections each chaincode had from which block on (Fabric `core/ledger/confighistory`). A part of snapshots; keys
//! and values are Fabric's.
//!
//! Of definitions the ledger knows only where in the state they name their collections.

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;
use prost::Message;
use proto::lifecycle::{StateData, StateMetadata, state_data};
use proto::protos::CollectionConfigPackage;

use crate::commit::BlockUpdates;
use crate::database::{self, Database, Family};
use crate::error::ReadError;
use crate::state::VersionedValue;

/// Where definitions are from Application V2_0 on.
const LIFECYCLE: &str = "_lifecycle";
/// Where definitions are before.
const LEGACY: &str = "lscc";
/// Stands between the name of a chaincode and what a key of `lscc` is about; no name holds it.
const LEGACY_SEPARATOR: char = '~';
const LEGACY_COLLECTIONS: &str = "~collection";
/// The type of definitions in their metadata.
const DEFINITION: &str = "ChaincodeDefinition";

/// The key under which the collections that `chaincode` has from block `number` on are kept. Later blocks come first.
pub(crate) fn history_key(chaincode: &str, number: u64) -> Vec<u8> {
    // Fabric keeps the name of the old namespace for both.
    let front = [b"s", LEGACY.as_bytes(), &[0], chaincode.as_bytes(), LEGACY_COLLECTIONS.as_bytes()];
    [&front.concat(), &(u64::MAX - number).to_be_bytes()[..]].concat()
}

/// What consecutive blocks write to the namespaces of definitions, before it is in the database.
#[derive(Default)]
pub(crate) struct DefinitionWrites {
    written: HashMap<Vec<u8>, Option<Bytes>>,
}

impl DefinitionWrites {
    /// Adds a block; gives the chaincodes whose definitions it changes.
    pub(crate) fn add(&mut self, updates: &BlockUpdates) -> BTreeSet<String> {
        let mut changed = BTreeSet::new();
        for namespace in [LIFECYCLE, LEGACY] {
            let Some(updates) = updates.namespaces.get(namespace) else { continue };
            for (key, update) in &updates.public {
                let Ok(key) = str::from_utf8(key) else { continue };
                self.written.insert(database::state_key(namespace, key), update.value.clone());
                let chaincode = match namespace {
                    LIFECYCLE => lifecycle_chaincode(key),
                    _ if update.value.is_none() => None,
                    _ => key.split(LEGACY_SEPARATOR).next(),
                };
                changed.extend(chaincode.map(str::to_owned));
            }
        }
        changed
    }

    /// The collections in the definition of `chaincode` after all added blocks; nothing when it has none. A definition that
    /// makes no sense counts as one without.
    pub(crate) fn collections(&self, database: &Database, chaincode: &str) -> Result<Option<Vec<u8>>, ReadError> {
        let read = |namespace: &str, key: &str| self.read(database, &database::state_key(namespace, key));
        let package = match read(LIFECYCLE, &format!("namespaces/metadata/{chaincode}"))? {
            Some(metadata) => {
                let is_definition = StateMetadata::decode(metadata).is_ok_and(|found| found.datatype == DEFINITION);
                let field = read(LIFECYCLE, &format!("namespaces/fields/{chaincode}/Collections"))?;
                field.filter(|_| is_definition).and_then(|field| match StateData::decode(field).ok()?.r#type? {
                    state_data::Type::Bytes(package) => Some(package),
                    state_data::Type::Int64(_) | state_data::Type::String(_) => None,
                })
            }
            None if read(LEGACY, chaincode)?.is_none() => None,
            None => read(LEGACY, &format!("{chaincode}{LEGACY_COLLECTIONS}"))?,
        };
        // Fabric keeps the message in its own encoding, whatever it was written in.
        let package = package.and_then(|package| CollectionConfigPackage::decode(package).ok());
        Ok(package.filter(|package| !package.config.is_empty()).map(|package| package.encode_to_vec()))
    }

    fn read(&self, database: &Database, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        if let Some(written) = self.written.get(key) {
            return Ok(written.clone());
        }
        let Some(stored) = database.get(Family::State, key, "a chaincode definition")? else { return Ok(None) };
        let value = VersionedValue::decode(stored.into()).ok_or_else(|| ReadError::Damaged {
            what: format!("the state of {}", key.escape_ascii()),
            detail: "it does not decode".to_owned(),
        })?;
        Ok(Some(value.value))
    }
}

/// The chaincode whose sequence a key of `_lifecycle` holds. Each change of a definition writes it.
fn lifecycle_chaincode(key: &str) -> Option<&str> {
    let name = key.strip_prefix("namespaces/fields/")?.strip_suffix("/Sequence")?;
    Some(name).filter(|name| !name.is_empty() && !name.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_name_chaincodes() {
        for (key, expected) in [
            ("namespaces/fields/basic/Sequence", Some("basic")),
            ("namespaces/fields/basic/Collections", None),
            ("namespaces/fields//Sequence", None),
            ("namespaces/fields/a/b/Sequence", None),
            ("chaincode-sources/fields/basic/Sequence", None),
        ] {
            assert_eq!(lifecycle_chaincode(key), expected, "{key}");
        }
    }

    #[test]
    fn later_blocks_come_first() {
        assert!(history_key("basic", 7) < history_key("basic", 6));
        assert_eq!(history_key("cc", u64::MAX - 1), b"slscc\0cc~collection\0\0\0\0\0\0\0\x01");
    }
}
