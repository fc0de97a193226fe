//! What a definition must look like: names, versions, collections.

use ::channel::Bundle;
use ::channel::definition::{is_chaincode_name, is_chaincode_version};
use ledger::Simulator;
use prost::Message;
use proto::common::msp_principal::Classification;
use proto::common::signature_policy::Type as Rule;
use proto::common::{MspRole, OrganizationUnit, SignaturePolicy, SignaturePolicyEnvelope};
use proto::protos::{CollectionConfigPackage, StaticCollectionConfig, collection_config, collection_policy_config};

use super::state;

/// Names that no chaincode may have.
const RESERVED_NAMES: [&str; 5] = ["cscc", "escc", "lscc", "qscc", "vscc"];

/// Deepest nesting of a member policy.
const MAX_POLICY_DEPTH: usize = 64;

/// Checks name, version and collections of a definition. The collections are also compared with the committed
/// definition, which is read on the transaction's own simulator.
pub(super) fn check_input(
    name: &str,
    version: &str,
    collections: Option<&CollectionConfigPackage>,
    bundle: &Bundle,
    simulator: &mut Simulator,
) -> Result<(), String> {
    if !is_chaincode_name(name) {
        return Err(format!(
            "invalid chaincode name '{name}'. Names can only consist of alphanumerics, '_', and '-' and can only begin \
             with alphanumerics"
        ));
    }
    if RESERVED_NAMES.contains(&name) {
        return Err(format!("chaincode name '{name}' is the name of a system chaincode"));
    }
    if !is_chaincode_version(version) {
        return Err(format!(
            "invalid chaincode version '{version}'. Versions can only consist of alphanumerics, '_', '-', '+', and '.'"
        ));
    }
    let proposed = static_collections(collections)?;
    check_collections(&proposed, bundle)?;
    let committed = state::deployed_collections(simulator, name)
        .map_err(|error| format!("could not retrieve committed definition for chaincode '{name}': {error}"))?;
    committed.map_or(Ok(()), |committed| check_upgrade(&proposed, &committed))
}

/// `^[A-Za-z0-9-]+([A-Za-z0-9_-]+)*$`
fn is_collection_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

fn static_collections(package: Option<&CollectionConfigPackage>) -> Result<Vec<&StaticCollectionConfig>, String> {
    let configs = package.map(|package| package.config.as_slice()).unwrap_or_default();
    configs
        .iter()
        .map(|config| match &config.payload {
            Some(collection_config::Payload::StaticCollectionConfig(collection)) => Ok(collection),
            None => Err("collection configuration is empty".to_owned()),
        })
        .collect()
}

fn check_collections(collections: &[&StaticCollectionConfig], bundle: &Bundle) -> Result<(), String> {
    let mut names = std::collections::BTreeSet::new();
    for collection in collections {
        let name = collection.name.as_str();
        if !is_collection_name(name) {
            return Err(format!(
                "invalid collection name '{name}'. Names can only consist of alphanumerics, '_', and '-' and cannot \
                 begin with '_'"
            ));
        }
        if !names.insert(name) {
            return Err(format!("collection-name: {name} -- found duplicate in collection configuration"));
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
        check_member_policy(collection, bundle)?;
    }
    Ok(())
}

fn check_member_policy(collection: &StaticCollectionConfig, bundle: &Bundle) -> Result<(), String> {
    let name = collection.name.as_str();
    let Some(policy) = &collection.member_orgs_policy else {
        return Err(format!("collection member policy is not set for collection '{name}'"));
    };
    let Some(collection_policy_config::Payload::SignaturePolicy(policy)) = &policy.payload else {
        return Err(format!("collection member org policy is empty for collection '{name}'"));
    };
    bundle.compile(policy).map_err(|error| format!("invalid member org policy for collection '{name}': {error}"))?;
    if let Some(rule) = &policy.rule {
        check_only_or(rule, 0)
            .map_err(|error| format!("collection-name: {name} -- error in member org policy: {error}"))?;
    }
    check_members(name, policy, bundle)
}

/// A member policy says who belongs, so it can only be a choice.
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

fn check_members(name: &str, policy: &SignaturePolicyEnvelope, bundle: &Bundle) -> Result<(), String> {
    let check_org = |msp_id: &str| {
        if bundle.msps().msps().iter().any(|msp| msp.id() == msp_id) {
            return Ok(());
        }
        Err(format!("collection-name: {name} -- collection member '{msp_id}' is not part of the channel"))
    };
    for principal in &policy.identities {
        let bytes = principal.principal.clone();
        match Classification::try_from(principal.principal_classification) {
            Ok(Classification::Role) => {
                let role = MspRole::decode(bytes).map_err(|error| {
                    format!("collection-name: {name} -- cannot unmarshal identity bytes into MSPRole: {error}")
                })?;
                check_org(&role.msp_identifier)?;
            }
            Ok(Classification::OrganizationUnit) => {
                let unit = OrganizationUnit::decode(bytes).map_err(|error| {
                    format!("collection-name: {name} -- cannot unmarshal identity bytes into OrganizationUnit: {error}")
                })?;
                check_org(&unit.msp_identifier)?;
            }
            Ok(Classification::Identity) => {
                bundle.msps().identity(&bytes).map_err(|_| {
                    format!("collection-name: {name} -- contains an identity that is not part of the channel")
                })?;
            }
            _ => {
                return Err(format!(
                    "collection-name: {name} -- principal type {} is not supported",
                    principal.principal_classification
                ));
            }
        }
    }
    Ok(())
}

/// An upgrade keeps all collections, and how long their data lives.
fn check_upgrade(proposed: &[&StaticCollectionConfig], committed: &CollectionConfigPackage) -> Result<(), String> {
    if committed.config.is_empty() {
        return Ok(());
    }
    if proposed.is_empty() {
        return Err("the proposed collection config does not contain previously defined collections".to_owned());
    }
    for old in static_collections(Some(committed))? {
        let name = old.name.as_str();
        let Some(new) = proposed.iter().find(|collection| collection.name == name) else {
            return Err(format!("existing collection [{name}] missing in the proposed collection configuration"));
        };
        if new.block_to_live != old.block_to_live {
            return Err(format!(
                "the BlockToLive in an existing collection [{name}] modified. Existing value [{}]",
                old.block_to_live
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_fabrics_rules() {
        for name in ["coll", "-", "a_b-"] {
            assert!(is_collection_name(name), "{name}");
        }
        for name in ["", "_a", "a.b"] {
            assert!(!is_collection_name(name), "{name}");
        }
    }
}
