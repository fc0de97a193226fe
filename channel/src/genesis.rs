//! Block 0 of a channel, built as Fabric's `configtxgen` builds it from a profile (`internal/configtxgen/encoder`).

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use prost::Message;
use proto::common::{
    Block, BlockDataHashingStructure, BlockMetadataIndex, Capability, ChannelHeader, Config, ConfigEnvelope,
    ConfigGroup, ConfigPolicy, ConfigValue, Envelope, HashingAlgorithm, Header, HeaderType, ImplicitMetaPolicy,
    LastConfig, Metadata, OrdererAddresses, OrdererBlockMetadata, Payload, Policy, SignatureHeader,
    SignaturePolicyEnvelope, implicit_meta_policy::Rule, msp_role::MspRoleType, policy,
};
use proto::msp::MspConfig;
use proto::orderer::{BatchSize, BatchTimeout, ChannelRestrictions, ConsensusType};
use proto::protos::{AnchorPeer, AnchorPeers};

use crate::{duration, policy_language};

const ADMINS: &str = "Admins";

/// What a new channel is to be.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The channel's name.
    pub channel_id: String,
    /// Organisations that run contracts.
    pub application: Vec<Organization>,
    /// Organisations that order.
    pub orderer: Vec<Organization>,
    /// `solo` or `etcdraft`.
    pub consensus_type: String,
    /// The consenter's own configuration, encoded; empty for `solo`.
    pub consensus_metadata: Bytes,
    /// When a block is cut by count or size.
    pub batch_size: BatchSize,
    /// When a block is cut by time, counted from its first transaction.
    pub batch_timeout: Duration,
    /// Capability of the channel group, such as `V2_0`.
    pub channel_capability: String,
    /// Capability of the orderer group.
    pub orderer_capability: String,
    /// Capability of the application group.
    pub application_capability: String,
    /// Time in the block's only transaction.
    pub timestamp: prost_types::Timestamp,
    /// 24 random bytes, which make the transaction's id unique.
    pub nonce: Bytes,
}

/// An organisation of a new channel.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Name of its group.
    pub name: String,
    /// Its membership rules and their name.
    pub msp_id: String,
    /// Certificates and rules.
    pub msp: MspConfig,
    /// Orderer addresses, `host:port`.
    pub endpoints: Vec<String>,
    /// Peers that other organisations can find it by.
    pub anchor_peers: Vec<AnchorPeer>,
}

/// Builds block 0.
pub fn block(profile: &Profile) -> Block {
    block_of(&profile.channel_id, channel_group(profile), profile.timestamp, &profile.nonce)
}

/// Builds block 0 of a channel whose configuration is `group`. `nonce` are 24 random bytes, which make the id of the
/// block's only transaction unique.
pub fn block_of(channel_id: &str, group: ConfigGroup, timestamp: prost_types::Timestamp, nonce: &Bytes) -> Block {
    let config = Config { sequence: 0, channel_group: Some(group) };
    let channel_header = ChannelHeader {
        r#type: HeaderType::Config as i32,
        version: 1,
        timestamp: Some(timestamp),
        channel_id: channel_id.to_owned(),
        tx_id: proto::transaction::tx_id(nonce, &[]),
        ..Default::default()
    };
    let signature_header = SignatureHeader { creator: Bytes::new(), nonce: nonce.clone() };
    let payload = Payload {
        header: Some(Header { channel_header: encode(&channel_header), signature_header: encode(&signature_header) }),
        data: encode(&ConfigEnvelope { config: Some(config), last_update: None }),
    };
    let envelope = Envelope { payload: encode(&payload), signature: Bytes::new() };
    let mut block = proto::block::new(0, Bytes::new(), vec![encode(&envelope)]);
    let orderer_metadata =
        OrdererBlockMetadata { last_config: Some(LastConfig { index: 0 }), consenter_metadata: Bytes::new() };
    let signatures = Metadata { value: encode(&orderer_metadata), signatures: Vec::new() };
    proto::block::set_metadata(&mut block, BlockMetadataIndex::Signatures, encode(&signatures));
    block
}

fn channel_group(profile: &Profile) -> ConfigGroup {
    let groups =
        [("Application".to_owned(), application_group(profile)), ("Orderer".to_owned(), orderer_group(profile))];
    let values = values([
        ("BlockDataHashingStructure", encode(&BlockDataHashingStructure { width: u32::MAX })),
        ("Capabilities", capability(&profile.channel_capability)),
        ("HashingAlgorithm", encode(&HashingAlgorithm { name: "SHA256".to_owned() })),
    ]);
    group(groups.into(), values, standard_policies([]))
}

fn application_group(profile: &Profile) -> ConfigGroup {
    let groups = profile.application.iter().map(|org| (org.name.clone(), application_org(org))).collect();
    let policies = standard_policies([
        ("Endorsement", implicit(Rule::Majority, "Endorsement")),
        ("LifecycleEndorsement", implicit(Rule::Majority, "Endorsement")),
    ]);
    group(groups, values([("Capabilities", capability(&profile.application_capability))]), policies)
}

fn orderer_group(profile: &Profile) -> ConfigGroup {
    let groups = profile.orderer.iter().map(|org| (org.name.clone(), orderer_org(org))).collect();
    let consensus = ConsensusType {
        r#type: profile.consensus_type.clone(),
        metadata: profile.consensus_metadata.clone(),
        ..Default::default()
    };
    let timeout = BatchTimeout { timeout: duration::print(profile.batch_timeout) };
    let values = values([
        ("BatchSize", encode(&profile.batch_size)),
        ("BatchTimeout", encode(&timeout)),
        ("Capabilities", capability(&profile.orderer_capability)),
        ("ChannelRestrictions", encode(&ChannelRestrictions::default())),
        ("ConsensusType", encode(&consensus)),
    ]);
    group(groups, values, standard_policies([("BlockValidation", implicit(Rule::Any, "Writers"))]))
}

fn application_org(org: &Organization) -> ConfigGroup {
    use MspRoleType::{Admin, Client, Peer};
    let policies = policies([
        (ADMINS, signed_by(org, &[Admin])),
        ("Endorsement", signed_by(org, &[Peer])),
        ("Readers", signed_by(org, &[Admin, Peer, Client])),
        ("Writers", signed_by(org, &[Admin, Client])),
    ]);
    let mut values = values([("MSP", encode(&org.msp))]);
    if !org.anchor_peers.is_empty() {
        let anchors = AnchorPeers { anchor_peers: org.anchor_peers.clone() };
        values.insert("AnchorPeers".to_owned(), value(encode(&anchors)));
    }
    group(BTreeMap::new(), values, policies)
}

fn orderer_org(org: &Organization) -> ConfigGroup {
    use MspRoleType::{Admin, Member};
    let policies = policies([
        (ADMINS, signed_by(org, &[Admin])),
        ("Readers", signed_by(org, &[Member])),
        ("Writers", signed_by(org, &[Member])),
    ]);
    let mut values = values([("MSP", encode(&org.msp))]);
    if !org.endpoints.is_empty() {
        let addresses = OrdererAddresses { addresses: org.endpoints.clone() };
        values.insert("Endpoints".to_owned(), value(encode(&addresses)));
    }
    group(BTreeMap::new(), values, policies)
}

fn group(
    groups: BTreeMap<String, ConfigGroup>,
    values: BTreeMap<String, ConfigValue>,
    policies: BTreeMap<String, ConfigPolicy>,
) -> ConfigGroup {
    ConfigGroup { version: 0, groups, values, policies, mod_policy: ADMINS.to_owned() }
}

fn standard_policies<const N: usize>(more: [(&str, Policy); N]) -> BTreeMap<String, ConfigPolicy> {
    let mut all = policies([
        (ADMINS, implicit(Rule::Majority, ADMINS)),
        ("Readers", implicit(Rule::Any, "Readers")),
        ("Writers", implicit(Rule::Any, "Writers")),
    ]);
    all.extend(policies(more));
    all
}

fn policies<const N: usize>(policies: [(&str, Policy); N]) -> BTreeMap<String, ConfigPolicy> {
    let config = |policy| ConfigPolicy { version: 0, policy: Some(policy), mod_policy: ADMINS.to_owned() };
    policies.into_iter().map(|(name, policy)| (name.to_owned(), config(policy))).collect()
}

fn values<const N: usize>(values: [(&str, Bytes); N]) -> BTreeMap<String, ConfigValue> {
    values.into_iter().map(|(name, bytes)| (name.to_owned(), value(bytes))).collect()
}

fn value(bytes: Bytes) -> ConfigValue {
    ConfigValue { version: 0, value: bytes, mod_policy: ADMINS.to_owned() }
}

fn implicit(rule: Rule, sub_policy: &str) -> Policy {
    let meta = ImplicitMetaPolicy { sub_policy: sub_policy.to_owned(), rule: rule as i32 };
    Policy { r#type: policy::PolicyType::ImplicitMeta as i32, value: encode(&meta) }
}

fn signed_by(org: &Organization, roles: &[MspRoleType]) -> Policy {
    let roles: Vec<_> = roles.iter().map(|role| (org.msp_id.as_str(), *role)).collect();
    let envelope: SignaturePolicyEnvelope = policy_language::any_of(&roles);
    Policy { r#type: policy::PolicyType::Signature as i32, value: encode(&envelope) }
}

fn capability(name: &str) -> Bytes {
    capabilities([name])
}

/// An encoded `Capabilities`, in the order of `names`. Go writes the value of a map entry even when it is empty and prost
/// does not; hashes are taken over these bytes, so they are written as Go does.
pub fn capabilities<'a>(names: impl IntoIterator<Item = &'a str>) -> Bytes {
    let entry = |name: &str| CapabilityEntry { name: name.to_owned(), value: Some(Capability {}) };
    encode(&CapabilityList { entries: names.into_iter().map(entry).collect() })
}

/// `Capabilities` with its map spelled out: an entry is a message on the wire.
#[derive(Clone, PartialEq, Message)]
struct CapabilityList {
    #[prost(message, repeated, tag = "1")]
    entries: Vec<CapabilityEntry>,
}

#[derive(Clone, PartialEq, Message)]
struct CapabilityEntry {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    value: Option<Capability>,
}

fn encode(message: &impl Message) -> Bytes {
    message.encode_to_vec().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block that `configtxgen` 3.1.5 wrote (one peer organisation, one orderer organisation, etcdraft).
    const CONFIGTXGEN: &[u8] = include_bytes!("../tests/data/configtxgen-mychannel.block");

    fn payload(block: &Block) -> (Payload, ConfigEnvelope) {
        let data = block.data.as_ref().expect("blocks have data");
        let envelope = Envelope::decode(data.data[0].clone()).expect("an envelope");
        let payload = Payload::decode(envelope.payload).expect("a payload");
        let config = ConfigEnvelope::decode(payload.data.clone()).expect("a configuration");
        (payload, config)
    }

    #[test]
    fn the_block_is_what_configtxgen_writes() {
        let theirs = Block::decode(CONFIGTXGEN).expect("a block");
        let (payload_of_theirs, config) = payload(&theirs);
        let root = config.config.and_then(|config| config.channel_group).expect("a channel group");
        let value = |group: &ConfigGroup, name: &str| group.values[name].value.clone();
        let organization = |name: &str, msp_id: &str, group: &ConfigGroup| Organization {
            name: name.to_owned(),
            msp_id: msp_id.to_owned(),
            msp: MspConfig::decode(value(group, "MSP")).expect("an MSP"),
            endpoints: group.values.get("Endpoints").map_or(Vec::new(), |endpoints| {
                OrdererAddresses::decode(endpoints.value.clone()).expect("addresses").addresses
            }),
            anchor_peers: group.values.get("AnchorPeers").map_or(Vec::new(), |anchors| {
                AnchorPeers::decode(anchors.value.clone()).expect("anchor peers").anchor_peers
            }),
        };
        let (application, orderer) = (&root.groups["Application"], &root.groups["Orderer"]);
        let consensus = ConsensusType::decode(value(orderer, "ConsensusType")).expect("a consensus type");
        let header = payload_of_theirs.header.expect("a header");
        let channel_header = ChannelHeader::decode(header.channel_header).expect("a channel header");
        let ours = block(&Profile {
            channel_id: "mychannel".to_owned(),
            application: vec![organization("Org1MSP", "Org1MSP", &application.groups["Org1MSP"])],
            orderer: vec![organization("OrdererOrg", "OrdererMSP", &orderer.groups["OrdererOrg"])],
            consensus_type: "etcdraft".to_owned(),
            consensus_metadata: consensus.metadata,
            batch_size: BatchSize::decode(value(orderer, "BatchSize")).expect("a batch size"),
            batch_timeout: Duration::from_secs(2),
            channel_capability: "V2_0".to_owned(),
            orderer_capability: "V2_0".to_owned(),
            application_capability: "V2_5".to_owned(),
            timestamp: channel_header.timestamp.expect("a time"),
            nonce: SignatureHeader::decode(header.signature_header).expect("a signature header").nonce,
        });
        let (payload_of_ours, config) = payload(&ours);
        fn same(path: &str, ours: &ConfigGroup, theirs: &ConfigGroup) {
            assert_eq!(ours.values, theirs.values, "values of {path}");
            assert_eq!(ours.policies, theirs.policies, "policies of {path}");
            assert_eq!(ours.mod_policy, theirs.mod_policy, "mod_policy of {path}");
            assert!(ours.groups.keys().eq(theirs.groups.keys()), "groups of {path}");
            for (name, group) in &theirs.groups {
                same(&format!("{path}/{name}"), &ours.groups[name], group);
            }
        }
        let group = config.config.and_then(|config| config.channel_group).expect("a channel group");
        same("/Channel", &group, &root);
        assert_eq!(ours.metadata, theirs.metadata);
        let header = payload_of_ours.header.expect("a header");
        assert_eq!(ChannelHeader::decode(header.channel_header).expect("a channel header"), channel_header);
    }
}
