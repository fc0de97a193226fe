//! From a profile to the configuration of a channel.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow, bail, ensure};
use bytes::Bytes;
use channel::{duration, genesis, policy_language};
use prost::Message;
use proto::common::{
    self, BlockDataHashingStructure, ConfigGroup, ConfigPolicy, ConfigValue, Consenter, Consortium, HashingAlgorithm,
    ImplicitMetaPolicy, MspPrincipal, OrdererAddresses, Orderers, SignaturePolicy, SignaturePolicyEnvelope,
    implicit_meta_policy::Rule, msp_principal, policy::PolicyType, signature_policy,
};
use proto::etcdraft::{self, ConfigMetadata};
use proto::msp::{MspConfig, SerializedIdentity};
use proto::orderer::{BatchTimeout, ChannelRestrictions, ConsensusType};
use proto::protos::{AcLs, AnchorPeer, AnchorPeers, ApiResource};

use super::profile::{
    Application, BFT, BftConsenter, Capabilities, ETCDRAFT, Orderer, Organization, Policies, Profile, RaftConsenter,
};

const ADMINS: &str = "Admins";
const ORDERER_ADMINS: &str = "/Channel/Orderer/Admins";
const BLOCK_VALIDATION: &str = "BlockValidation";

/// From this capability on, organisations have their own orderer addresses.
const V3_0: &str = "V3_0";

/// `MSPConfig.type` of X.509 organisations, and its name in profiles.
const FABRIC_MSP: i32 = 0;
const FABRIC_MSP_NAME: &str = "bccsp";

/// The root group.
pub fn channel_group(profile: &Profile) -> anyhow::Result<ConfigGroup> {
    let mut group = group(&profile.policies, &["Admins", "Readers", "Writers"])
        .context("error adding policies to channel group")?;
    put(&mut group, "HashingAlgorithm", &HashingAlgorithm { name: "SHA256".to_owned() });
    put(&mut group, "BlockDataHashingStructure", &BlockDataHashingStructure { width: u32::MAX });
    if let Some(addresses) = profile.orderer.as_ref().map(|orderer| &orderer.addresses).filter(|some| !some.is_empty())
    {
        let value = encoded(&OrdererAddresses { addresses: addresses.clone() });
        let value = ConfigValue { version: 0, value, mod_policy: ORDERER_ADMINS.to_owned() };
        group.values.insert("OrdererAddresses".to_owned(), value);
    }
    if !profile.consortium.is_empty() {
        put(&mut group, "Consortium", &Consortium { name: profile.consortium.clone() });
    }
    put_capabilities(&mut group, &profile.capabilities);
    if let Some(orderer) = &profile.orderer {
        let orderer = orderer_group(orderer, &profile.capabilities).context("could not create orderer group")?;
        group.groups.insert("Orderer".to_owned(), orderer);
    }
    if let Some(application) = &profile.application {
        let application = application_group(application).context("could not create application group")?;
        group.groups.insert("Application".to_owned(), application);
    }
    if let Some(consortiums) = &profile.consortiums {
        let consortiums = consortiums_group(consortiums).context("could not create consortiums group")?;
        group.groups.insert("Consortiums".to_owned(), consortiums);
    }
    Ok(group)
}

fn orderer_group(orderer: &Orderer, channel_capabilities: &Capabilities) -> anyhow::Result<ConfigGroup> {
    let v3 = has(channel_capabilities, V3_0);
    ensure!(
        orderer.kind != BFT || v3,
        "orderer type BFT must be used with V3_0 channel capability: {channel_capabilities:?}"
    );
    ensure!(
        orderer.addresses.is_empty() || !v3,
        "global orderer endpoints exist, but can not be used with V3_0 capability: {:?}; move Orderer.Addresses to \
         OrdererEndpoints of the organizations",
        orderer.addresses
    );
    let mut group = group(&orderer.policies, &[BLOCK_VALIDATION, "Admins", "Readers", "Writers"])
        .context("error adding policies to orderer group")?;
    put(&mut group, "BatchSize", &orderer.batch_size);
    put(&mut group, "BatchTimeout", &BatchTimeout { timeout: duration::print(orderer.batch_timeout) });
    put(&mut group, "ChannelRestrictions", &ChannelRestrictions { max_count: orderer.max_channels });
    put_capabilities(&mut group, &orderer.capabilities);
    let metadata = match (orderer.kind.as_str(), &orderer.etcdraft) {
        (ETCDRAFT, Some((consenters, options))) => {
            let consenters = consenters.iter().map(raft_consenter).collect::<anyhow::Result<_>>();
            let consenters = consenters.context("cannot marshal metadata for orderer type etcdraft")?;
            encoded(&ConfigMetadata { consenters, options: Some(options.clone()) })
        }
        (BFT, _) => {
            let consenters: anyhow::Result<Vec<_>> = orderer.consenter_mapping.iter().map(bft_consenter).collect();
            let consenters = consenters.context("cannot load consenter config for orderer type BFT")?;
            let policy = block_validation(&consenters);
            group.policies.insert(BLOCK_VALIDATION.to_owned(), policy);
            put(&mut group, "Orderers", &Orderers { consenter_mapping: consenters });
            encoded(&orderer.smartbft)
        }
        _ => Bytes::new(),
    };
    put(&mut group, "ConsensusType", &ConsensusType { r#type: orderer.kind.clone(), metadata, ..Default::default() });
    for organization in &orderer.organizations {
        let inner = orderer_org_group(organization, channel_capabilities).context("failed to create orderer org")?;
        group.groups.insert(organization.name.clone(), inner);
    }
    Ok(group)
}

fn application_group(application: &Application) -> anyhow::Result<ConfigGroup> {
    let mut group = group(&application.policies, &["Admins", "Readers", "Writers"])
        .context("error adding policies to application group")?;
    if !application.acls.is_empty() {
        let resource = |policy_ref: &String| ApiResource { policy_ref: policy_ref.clone() };
        let acls = application.acls.iter().map(|(name, policy)| (name.clone(), resource(policy))).collect();
        put(&mut group, "ACLs", &AcLs { acls });
    }
    put_capabilities(&mut group, &application.capabilities);
    for organization in &application.organizations {
        let inner = application_org_group(organization).context("failed to create application org")?;
        group.groups.insert(organization.name.clone(), inner);
    }
    Ok(group)
}

fn consortiums_group(consortiums: &BTreeMap<String, Vec<Organization>>) -> anyhow::Result<ConfigGroup> {
    let guarded = || ConfigGroup { mod_policy: ORDERER_ADMINS.to_owned(), ..Default::default() };
    let mut group = guarded();
    let accept_all = SignaturePolicyEnvelope { rule: Some(n_out_of(0, Vec::new())), ..Default::default() };
    let policy = common::Policy { r#type: PolicyType::Signature as i32, value: encoded(&accept_all) };
    let policy = ConfigPolicy { version: 0, policy: Some(policy), mod_policy: ORDERER_ADMINS.to_owned() };
    group.policies.insert(ADMINS.to_owned(), policy);
    for (name, organizations) in consortiums {
        let mut consortium = guarded();
        for organization in organizations {
            let inner = organization_group(organization, "consortiums").context("failed to create consortium org")?;
            consortium.groups.insert(organization.name.clone(), inner);
        }
        let rule = ImplicitMetaPolicy { sub_policy: ADMINS.to_owned(), rule: Rule::Any as i32 };
        let creation = common::Policy { r#type: PolicyType::ImplicitMeta as i32, value: encoded(&rule) };
        let value = ConfigValue { version: 0, value: encoded(&creation), mod_policy: ORDERER_ADMINS.to_owned() };
        consortium.values.insert("ChannelCreationPolicy".to_owned(), value);
        group.groups.insert(name.clone(), consortium);
    }
    Ok(group)
}

/// The group of an organisation that orders.
pub fn orderer_org_group(
    organization: &Organization,
    channel_capabilities: &Capabilities,
) -> anyhow::Result<ConfigGroup> {
    let mut group = organization_group(organization, "orderer")?;
    let addresses = &organization.orderer_endpoints;
    if organization.skip_as_foreign {
        return Ok(group);
    }
    ensure!(
        !addresses.is_empty() || !has(channel_capabilities, V3_0),
        "orderer endpoints for organization {} are missing and must be configured when capability V3_0 is enabled: \
         give its OrdererEndpoints",
        organization.name
    );
    if !addresses.is_empty() {
        put(&mut group, "Endpoints", &OrdererAddresses { addresses: addresses.clone() });
    }
    Ok(group)
}

/// The group of an organisation that runs contracts.
pub fn application_org_group(organization: &Organization) -> anyhow::Result<ConfigGroup> {
    let mut group = organization_group(organization, "application")?;
    if !organization.anchor_peers.is_empty() && !organization.skip_as_foreign {
        let peer = |(host, port): &(String, i32)| AnchorPeer { host: host.clone(), port: *port };
        let anchor_peers = organization.anchor_peers.iter().map(peer).collect();
        put(&mut group, "AnchorPeers", &AnchorPeers { anchor_peers });
    }
    Ok(group)
}

fn organization_group(organization: &Organization, section: &str) -> anyhow::Result<ConfigGroup> {
    let name = &organization.name;
    if organization.skip_as_foreign {
        return Ok(ConfigGroup { mod_policy: ADMINS.to_owned(), ..Default::default() });
    }
    let msp =
        msp_config(organization).with_context(|| format!("1 - Error loading MSP configuration for org: {name}"))?;
    let mut group = group(&organization.policies, &["Admins", "Readers", "Writers"])
        .with_context(|| format!("error adding policies to {section} org group '{name}'"))?;
    put(&mut group, "MSP", &msp);
    Ok(group)
}

fn msp_config(organization: &Organization) -> anyhow::Result<MspConfig> {
    match organization.msp_type.as_str() {
        "" | FABRIC_MSP_NAME => {
            let config = msp::read_config(&organization.msp_dir, &organization.msp_id)
                .context("MSPDir must name the directory with the organization's certificates")?;
            Ok(MspConfig { r#type: FABRIC_MSP, config: encoded(&config) })
        }
        other => bail!("unknown MSP type '{other}': MSPType must be {FABRIC_MSP_NAME} or left out"),
    }
}

fn raft_consenter(consenter: &RaftConsenter) -> anyhow::Result<etcdraft::Consenter> {
    Ok(etcdraft::Consenter {
        host: consenter.host.clone(),
        port: consenter.port,
        client_tls_cert: certificate("client cert", consenter, &consenter.client_tls_cert)?,
        server_tls_cert: certificate("server cert", consenter, &consenter.server_tls_cert)?,
    })
}

fn bft_consenter(consenter: &BftConsenter) -> anyhow::Result<Consenter> {
    let node = &consenter.node;
    Ok(Consenter {
        id: consenter.id,
        host: node.host.clone(),
        port: node.port,
        msp_id: consenter.msp_id.clone(),
        identity: certificate("identity", node, &consenter.identity)?,
        client_tls_cert: certificate("client cert", node, &node.client_tls_cert)?,
        server_tls_cert: certificate("server cert", node, &node.server_tls_cert)?,
    })
}

fn certificate(what: &str, consenter: &RaftConsenter, path: &Path) -> anyhow::Result<Bytes> {
    let read = fs::read(path).map(Bytes::from);
    let (host, port) = (&consenter.host, consenter.port);
    read.with_context(|| format!("cannot load {what} for consenter {host}:{port}: {}", path.display()))
}

/// A quorum of consenters, counted so that two quorums share an honest one.
fn block_validation(consenters: &[Consenter]) -> ConfigPolicy {
    let faulty = consenters.len().saturating_sub(1) / 3;
    let quorum = (consenters.len() + faulty + 1).div_ceil(2);
    let principal = |consenter: &Consenter| MspPrincipal {
        principal_classification: msp_principal::Classification::Identity as i32,
        principal: encoded(&SerializedIdentity {
            mspid: consenter.msp_id.clone(),
            id_bytes: consenter.identity.clone(),
        }),
    };
    let signed_by = |index| SignaturePolicy { r#type: Some(signature_policy::Type::SignedBy(index)) };
    let envelope = SignaturePolicyEnvelope {
        version: 0,
        rule: Some(n_out_of(quorum as i32, (0..consenters.len() as i32).map(signed_by).collect())),
        identities: consenters.iter().map(principal).collect(),
    };
    let policy = common::Policy { r#type: PolicyType::Signature as i32, value: encoded(&envelope) };
    ConfigPolicy { version: 0, policy: Some(policy), mod_policy: ADMINS.to_owned() }
}

fn n_out_of(n: i32, rules: Vec<SignaturePolicy>) -> SignaturePolicy {
    SignaturePolicy { r#type: Some(signature_policy::Type::NOutOf(signature_policy::NOutOf { n, rules })) }
}

/// A group with its policies, of which `required` must be there.
fn group(policies: &Policies, required: &[&str]) -> anyhow::Result<ConfigGroup> {
    let policies = policies.as_ref().ok_or_else(|| anyhow!("no policies defined"))?;
    for name in required {
        ensure!(policies.contains_key(*name), "no {name} policy defined");
    }
    let mut group = ConfigGroup { mod_policy: ADMINS.to_owned(), ..Default::default() };
    for (name, policy) in policies {
        let (kind, value) = match policy.kind.as_str() {
            "ImplicitMeta" => {
                let rule = implicit_meta(&policy.rule)
                    .with_context(|| format!("invalid implicit meta policy rule '{}' of {name}", policy.rule))?;
                (PolicyType::ImplicitMeta, encoded(&rule))
            }
            "Signature" => {
                let rule = policy_language::parse(&policy.rule)
                    .with_context(|| format!("invalid signature policy rule '{}' of {name}", policy.rule))?;
                (PolicyType::Signature, encoded(&rule))
            }
            other => bail!("unknown policy type: {other}; the Type of {name} must be ImplicitMeta or Signature"),
        };
        let policy = Some(common::Policy { r#type: kind as i32, value });
        group.policies.insert(name.clone(), ConfigPolicy { version: 0, policy, mod_policy: ADMINS.to_owned() });
    }
    Ok(group)
}

fn implicit_meta(text: &str) -> anyhow::Result<ImplicitMetaPolicy> {
    let words: Vec<&str> = text.split(' ').collect();
    let [rule, sub_policy] = words[..] else {
        bail!("expected two space separated tokens, but got {}", words.len());
    };
    let rule = match rule {
        "ANY" => Rule::Any,
        "ALL" => Rule::All,
        "MAJORITY" => Rule::Majority,
        other => bail!("unknown rule type '{other}', expected ALL, ANY, or MAJORITY"),
    };
    Ok(ImplicitMetaPolicy { sub_policy: sub_policy.to_owned(), rule: rule as i32 })
}

fn has(capabilities: &Capabilities, name: &str) -> bool {
    capabilities.get(name).copied().unwrap_or_default()
}

fn put(group: &mut ConfigGroup, name: &str, message: &impl Message) {
    put_encoded(group, name, encoded(message));
}

fn put_encoded(group: &mut ConfigGroup, name: &str, value: Bytes) {
    group.values.insert(name.to_owned(), ConfigValue { version: 0, value, mod_policy: ADMINS.to_owned() });
}

fn put_capabilities(group: &mut ConfigGroup, capabilities: &Capabilities) {
    if !capabilities.is_empty() {
        let required = capabilities.iter().filter(|(_, required)| **required).map(|(name, _)| name.as_str());
        put_encoded(group, "Capabilities", genesis::capabilities(required));
    }
}

fn encoded(message: &impl Message) -> Bytes {
    message.encode_to_vec().into()
}
