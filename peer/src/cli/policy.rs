//! Policies and collections of a definition, as users write them.

use std::path::Path;

use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use channel::policy_language;
use prost::Message;
use proto::protos::{
    ApplicationPolicy, CollectionConfig, CollectionConfigPackage, CollectionPolicyConfig, StaticCollectionConfig,
    application_policy, collection_config, collection_policy_config,
};
use serde::Deserialize;

use super::environment::read_text;

/// Largest collection file read, in bytes.
const MAX_COLLECTIONS_BYTES: u64 = 4 << 20;

/// The marshalled endorsement policy; empty when neither is given, for the channel's default.
pub fn endorsement_policy(signature_policy: &str, channel_config_policy: &str) -> anyhow::Result<Bytes> {
    let policy = application_policy(signature_policy, channel_config_policy)?;
    Ok(policy.map(|policy| policy.encode_to_vec().into()).unwrap_or_default())
}

fn application_policy(signature: &str, reference: &str) -> anyhow::Result<Option<ApplicationPolicy>> {
    let policy = match (signature, reference) {
        ("", "") => return Ok(None),
        ("", reference) => application_policy::Type::ChannelConfigPolicyReference(reference.to_owned()),
        (signature, "") => {
            let parsed = policy_language::parse(signature);
            application_policy::Type::SignaturePolicy(
                parsed.with_context(|| format!("invalid signature policy: {signature}"))?,
            )
        }
        _ => bail!("cannot specify both \"--signature-policy\" and \"--channel-config-policy\""),
    };
    Ok(Some(ApplicationPolicy { r#type: Some(policy) }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Collection {
    #[serde(default)]
    name: String,
    #[serde(default)]
    policy: String,
    required_peer_count: Option<i32>,
    max_peer_count: Option<i32>,
    #[serde(default)]
    block_to_live: u64,
    #[serde(default)]
    member_only_read: bool,
    #[serde(default)]
    member_only_write: bool,
    endorsement_policy: Option<CollectionEndorsement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CollectionEndorsement {
    #[serde(default)]
    channel_config_policy: String,
    #[serde(default)]
    signature_policy: String,
}

/// Reads a `--collections-config` file.
pub fn collections(path: &Path) -> anyhow::Result<CollectionConfigPackage> {
    read_collections(path, Form::Lifecycle)
}

/// The same for `peer chaincode instantiate` and `upgrade`: collections have no endorsement policies there, and counts that
/// are left out are 0.
pub fn legacy_collections(path: &Path) -> anyhow::Result<CollectionConfigPackage> {
    read_collections(path, Form::Legacy)
}

/// Which of Fabric's commands reads a file of collections.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Lifecycle,
    Legacy,
}

fn read_collections(path: &Path, form: Form) -> anyhow::Result<CollectionConfigPackage> {
    let text = read_text(path, MAX_COLLECTIONS_BYTES).map_err(|error| anyhow!("could not read file: {error:#}"));
    let parsed = text.and_then(|text| parse_collections(&text, form));
    parsed.with_context(|| format!("invalid collection configuration in file {}", path.display()))
}

fn parse_collections(text: &str, form: Form) -> anyhow::Result<CollectionConfigPackage> {
    let collections: Vec<Collection> =
        serde_json::from_str(text).context("could not parse the collection configuration")?;
    let config = collections.into_iter().map(|collection| {
        let Collection { name, policy, .. } = collection;
        let members = policy_language::parse(&policy).with_context(|| format!("invalid policy {policy}"))?;
        let endorsement = collection.endorsement_policy.filter(|_| form == Form::Lifecycle);
        let endorsement = endorsement
            .map(|policy| application_policy(&policy.signature_policy, &policy.channel_config_policy))
            .transpose()
            .with_context(|| format!("invalid endorsement policy of collection {name}"))?;
        let config = StaticCollectionConfig {
            name,
            member_orgs_policy: Some(CollectionPolicyConfig {
                payload: Some(collection_policy_config::Payload::SignaturePolicy(members)),
            }),
            required_peer_count: collection.required_peer_count.unwrap_or(0),
            maximum_peer_count: collection.max_peer_count.unwrap_or(i32::from(form == Form::Lifecycle)),
            block_to_live: collection.block_to_live,
            member_only_read: collection.member_only_read,
            member_only_write: collection.member_only_write && form == Form::Lifecycle,
            endorsement_policy: endorsement.flatten(),
        };
        Ok(CollectionConfig { payload: Some(collection_config::Payload::StaticCollectionConfig(config)) })
    });
    Ok(CollectionConfigPackage { config: config.collect::<anyhow::Result<_>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endorsement_policies() {
        assert!(endorsement_policy("", "").expect("default").is_empty());
        let reference = endorsement_policy("", "/Channel/Application/Admins").expect("good");
        let decoded = ApplicationPolicy::decode(reference).expect("own encoding");
        let expected = application_policy::Type::ChannelConfigPolicyReference("/Channel/Application/Admins".into());
        assert_eq!(decoded.r#type, Some(expected));
        assert!(!endorsement_policy("OR('Org1MSP.member')", "").expect("good").is_empty());
        let both = endorsement_policy("OR('Org1MSP.member')", "x").expect_err("both");
        assert_eq!(both.to_string(), "cannot specify both \"--signature-policy\" and \"--channel-config-policy\"");
        let bad = endorsement_policy("OR(", "").expect_err("bad");
        assert_eq!(bad.to_string(), "invalid signature policy: OR(");
    }

    #[test]
    fn collection_files() {
        let text = r#"[{"name":"secret","policy":"OR('Org1MSP.member')","maxPeerCount":3,"blockToLive":7,
                        "memberOnlyRead":true,"endorsementPolicy":{"signaturePolicy":"OR('Org1MSP.peer')"}}]"#;
        let package = parse_collections(text, Form::Lifecycle).expect("good");
        let [CollectionConfig { payload: Some(collection_config::Payload::StaticCollectionConfig(config)) }] =
            package.config.as_slice()
        else {
            panic!("one collection expected");
        };
        assert_eq!((config.required_peer_count, config.maximum_peer_count, config.block_to_live), (0, 3, 7));
        assert!(config.member_only_read && !config.member_only_write && config.endorsement_policy.is_some());
        let legacy = parse_collections(&text.replace("\"maxPeerCount\":3,", ""), Form::Legacy).expect("good");
        let Some(collection_config::Payload::StaticCollectionConfig(config)) = &legacy.config[0].payload else {
            panic!("one collection expected");
        };
        assert_eq!((config.maximum_peer_count, &config.endorsement_policy), (0, &None));
        for (text, expected) in [
            ("{}", "could not parse the collection configuration"),
            (r#"[{"name":"a","policy":"x"}]"#, "invalid policy x"),
            (
                r#"[{"policy":"OR('A.member')","endorsementPolicy":{"signaturePolicy":"?"}}]"#,
                "invalid endorsement policy of collection ",
            ),
        ] {
            assert_eq!(parse_collections(text, Form::Lifecycle).expect_err(text).to_string(), expected);
        }
    }
}
