//! Collections that a deployment defines. The rules are those of Fabric 1.2, kept as they were (`validateRWSetAndCollection`).

use bytes::Bytes;
use channel::legacy::{NAMESPACE, read_collections};
use ledger::Snapshot;
use prost::Message;
use proto::common::SignaturePolicy;
use proto::common::signature_policy::Type as Rule;
use proto::protos::{CollectionConfigPackage, StaticCollectionConfig, collection_config, collection_policy_config};

use crate::edition::Edition;
use crate::judge::JudgeError;
use crate::namespace::reader;

/// Deepest nesting of a member policy.
const MAX_POLICY_DEPTH: usize = 64;

/// The collections that a chaincode has.
pub(super) fn committed(snapshot: &Snapshot, name: &str) -> Result<Option<CollectionConfigPackage>, JudgeError> {
    read_collections(name, &mut reader(snapshot, NAMESPACE))
        .map_err(|source| JudgeError::Definition { namespace: name.to_owned(), source })
}

/// Checks the collections of a deployment's arguments, also against those that the chaincode has.
pub(super) fn check(
    proposed: &Bytes,
    committed: Option<&CollectionConfigPackage>,
    edition: Edition,
) -> Result<(), String> {
    let proposed = CollectionConfigPackage::decode(proposed.clone())
        .map_err(|error| format!("invalid collection configuration supplied: {error}"))?;
    if edition < Edition::V1_2 {
        return Ok(());
    }
    let proposed = static_collections(&proposed)?;
    for (index, collection) in proposed.iter().enumerate() {
        check_collection(collection)?;
        if proposed[..index].iter().any(|other| other.name == collection.name) {
            return Err(format!("collection-name: {} -- found duplicate collection configuration", collection.name));
        }
    }
    let Some(committed) = committed else { return Ok(()) };
    for old in static_collections(committed)? {
        match proposed.iter().find(|new| new.name == old.name) {
            None => {
                return Err(format!(
                    "the following existing collections are missing in the new collection configuration package: [{}]",
                    old.name
                ));
            }
            Some(new) if new.block_to_live != old.block_to_live => {
                return Err(format!(
                    "the BlockToLive in the following existing collections must not be modified: [{}]",
                    old.name
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn static_collections(package: &CollectionConfigPackage) -> Result<Vec<&StaticCollectionConfig>, String> {
    let collections = package.config.iter().map(|config| match &config.payload {
        Some(collection_config::Payload::StaticCollectionConfig(collection)) => Ok(collection),
        None => Err("unknown collection configuration type".to_owned()),
    });
    collections.collect()
}

fn check_collection(collection: &StaticCollectionConfig) -> Result<(), String> {
    let name = &collection.name;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if name.is_empty() || !name.bytes().all(allowed) {
        return Err(format!("collection-name: {name} not allowed"));
    }
    let (required, maximum) = (collection.required_peer_count, collection.maximum_peer_count);
    if maximum < required {
        return Err(format!(
            "collection-name: {name} -- maximum peer count ({maximum}) cannot be less than the required peer count \
             ({required})"
        ));
    }
    if required < 0 {
        return Err(format!("collection-name: {name} -- requiredPeerCount ({required}) cannot be less than zero"));
    }
    let policy = collection.member_orgs_policy.as_ref().and_then(|policy| policy.payload.as_ref());
    // Fabric's peer ends at a collection without a member policy; refusing the transaction is what is left.
    let Some(collection_policy_config::Payload::SignaturePolicy(policy)) = policy else {
        return Err(format!("collection-name: {name} -- no member org policy"));
    };
    let Some(rule) = &policy.rule else { return Ok(()) };
    check_only_or(rule, 0).map_err(|error| format!("collection-name: {name} -- error in member org policy: {error}"))
}

fn check_only_or(policy: &SignaturePolicy, depth: usize) -> Result<(), String> {
    let Some(Rule::NOutOf(choice)) = &policy.r#type else { return Ok(()) };
    if choice.n != 1 {
        return Err(format!("signature policy is not an OR concatenation, NOutOf {}", choice.n));
    }
    if depth >= MAX_POLICY_DEPTH {
        return Err(format!("signature policy is nested deeper than {MAX_POLICY_DEPTH}"));
    }
    choice.rules.iter().try_for_each(|rule| check_only_or(rule, depth + 1))
}
