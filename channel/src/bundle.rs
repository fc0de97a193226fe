//! One configuration of a channel, decoded and checked.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use msp::{Identity, Msp, MspSet, MspVersion};
use prost::Message;
use proto::common::{
    Block, BlockDataHashingStructure, ChannelHeader, Config, ConfigEnvelope, ConfigGroup, Consortium, Envelope,
    HashingAlgorithm, HeaderType, OrdererAddresses, Orderers, Payload, SignaturePolicyEnvelope,
};
use proto::msp::MspConfig;
use proto::orderer::KafkaBrokers;
use proto::protos::{AcLs, AnchorPeer, AnchorPeers};

use crate::acl::{self, Acl};
use crate::capability;
use crate::config::{ConfigError, OrdererSettings, Section, check_channel_id};
use crate::consensus;
use crate::name;
use crate::policy::{self, CompileError, Policy, PolicyError, PolicyTree};
use crate::signed_data::{SignedData, block_signatures, signed_identities};

/// An organisation that runs contracts.
#[derive(Clone, Debug)]
pub struct ApplicationOrganization {
    /// Its group in the configuration.
    pub name: String,
    /// Its MSP.
    pub msp_id: String,
    /// Peers by which other organisations find it.
    pub anchor_peers: Vec<AnchorPeer>,
}

/// An organisation that orders.
#[derive(Clone, Debug)]
pub struct OrdererOrganization {
    /// Its group in the configuration.
    pub name: String,
    /// Its MSP.
    pub msp_id: String,
    /// Its orderers, `host:port`.
    pub endpoints: Vec<String>,
}

/// Where the channel's blocks come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrdererEndpoint {
    /// `host:port`.
    pub address: String,
    /// The organisation that runs it; empty for addresses that the channel names as a whole.
    pub msp_id: String,
    /// Certificates, in PEM, of the authorities that vouch for its TLS certificate.
    pub tls_roots: Vec<Bytes>,
}

/// Everything that a channel's members agreed on in one configuration. Immutable; the next configuration makes another
/// bundle.
#[derive(Debug)]
pub struct Bundle {
    channel_id: String,
    config: Config,
    msps: Arc<MspSet>,
    policies: PolicyTree,
    capabilities: HashMap<&'static str, BTreeSet<String>>,
    orderer: OrdererSettings,
    application_organizations: Vec<ApplicationOrganization>,
    orderer_organizations: Vec<OrdererOrganization>,
    acls: BTreeMap<String, String>,
}

impl Bundle {
    /// From a configuration block: block 0 of a channel, or a later one whose only transaction is a configuration.
    pub fn from_config_block(block: &Block) -> Result<Bundle, ConfigError> {
        let data = block.data.as_ref().map_or(&[][..], |data| &data.data[..]);
        let [envelope] = data else {
            return Err(ConfigError::NotConfig("a configuration block has exactly one transaction"));
        };
        let envelope = decode::<Envelope>("the transaction", envelope)?;
        Bundle::from_envelope(&envelope)
    }

    /// From a transaction of type CONFIG.
    pub fn from_envelope(envelope: &Envelope) -> Result<Bundle, ConfigError> {
        let (channel_id, config) = config_of(envelope)?;
        Bundle::from_config(&channel_id, config)
    }

    /// From a configuration by itself.
    pub fn from_config(channel_id: &str, config: Config) -> Result<Bundle, ConfigError> {
        check_channel_id(channel_id)?;
        let root = config.channel_group.as_ref().ok_or_else(|| ConfigError::Missing { path: "/Channel".to_owned() })?;
        name::check_all(root).map_err(|bad| ConfigError::Name { key: bad.key, reason: bad.reason })?;
        let mut reading = Reading::new(root)?;
        let orderer_organizations = reading.orderer_organizations()?;
        let application_organizations = reading.application_organizations()?;
        if capability::reaches("Channel", &reading.capabilities["Channel"], "V3_0") {
            if let Some(org) = orderer_organizations.iter().find(|org| org.endpoints.is_empty()) {
                return Err(reading.orderer.missing(&format!("{}/Endpoints", org.name)));
            }
            if !reading.settings.addresses.is_empty() {
                let reason = "global OrdererAddresses are not allowed with V3_0 capability";
                return Err(reading.channel.invalid("OrdererAddresses", reason));
            }
        }
        let acls = reading.application.value::<AcLs>("ACLs")?.acls;
        let Reading { capabilities, settings, msps, .. } = reading;
        Ok(Bundle {
            channel_id: channel_id.to_owned(),
            msps: Arc::new(MspSet::new(msps.into_values().map(|(_, msp)| msp).collect())),
            policies: PolicyTree::new(root)?,
            capabilities,
            orderer: settings,
            application_organizations,
            orderer_organizations,
            acls: acls.into_iter().map(|(resource, policy)| (resource, policy.policy_ref)).collect(),
            config,
        })
    }

    /// The channel's name.
    pub fn channel_id(&self) -> &str {
        &self.channel_id
    }

    /// How many configurations came before this one.
    pub fn sequence(&self) -> u64 {
        self.config.sequence
    }

    /// The configuration itself.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The channel's organisations.
    pub fn msps(&self) -> &Arc<MspSet> {
        &self.msps
    }

    /// A policy by its path, absolute (`/Channel/Application/Writers`) or relative to the channel group.
    pub fn policy(&self, path: &str) -> Option<Arc<Policy>> {
        self.policies.policy(path).cloned()
    }

    /// The signature policy that the policy at `path` comes to: an implicit policy counts those of the groups below it.
    /// Nothing when there is no such policy, or a group lacks its part of it.
    pub fn signature_policy(&self, path: &str) -> Option<SignaturePolicyEnvelope> {
        policy::as_signature_policy(self.config.channel_group.as_ref()?, path)
    }

    /// The policy that `name` is for whatever stands in the group at `group` (`/Channel/Application/Org1`): a name goes
    /// down from that group, a path with a leading slash from the channel group.
    pub fn policy_in(&self, group: &str, name: &str) -> Option<Arc<Policy>> {
        if name.starts_with('/') {
            return self.policy(name);
        }
        let below = group.strip_prefix("/Channel")?;
        let mut names = below.split('/');
        if names.next() != Some("") {
            return None;
        }
        names.try_fold(&self.policies, |tree, name| tree.group(name))?.relative(name).cloned()
    }

    /// Verifies signatures and evaluates the policy at `path` over their authors.
    pub fn evaluate(&self, path: &str, signed: &[SignedData]) -> Result<(), PolicyError> {
        self.evaluate_identities(path, &signed_identities(&self.msps, signed))
    }

    /// Evaluates the policy at `path` over identities whose signatures have been verified, each once.
    pub fn evaluate_identities(&self, path: &str, signers: &[Arc<Identity>]) -> Result<(), PolicyError> {
        match self.policies.policy(path) {
            Some(policy) => policy.check(signers),
            None => Err(PolicyError::Missing(PolicyTree::shown(path).to_owned())),
        }
    }

    /// Compiles a signature policy from elsewhere: a chaincode's, a collection's or a key's.
    pub fn compile(&self, envelope: &SignaturePolicyEnvelope) -> Result<Policy, CompileError> {
        Policy::compile(envelope)
    }

    /// What guards a resource on this channel; nothing for resources that do not exist, which are to be denied.
    pub fn acl(&self, resource: &str) -> Option<Acl> {
        acl::lookup(resource, &self.acls)
    }

    /// Whether a group (`Channel`, `Orderer` or `Application`) has a capability or a later one, which includes it.
    pub fn has_capability(&self, group: &str, name: &str) -> bool {
        self.capabilities.get(group).is_some_and(|names| capability::reaches(group, names, name))
    }

    /// MSP ids of the organisations that run contracts.
    pub fn application_orgs(&self) -> impl Iterator<Item = &str> {
        self.application_organizations.iter().map(|org| org.msp_id.as_str())
    }

    /// The organisations that run contracts.
    pub fn application_organizations(&self) -> &[ApplicationOrganization] {
        &self.application_organizations
    }

    /// The name of an application organisation's group, by which policy paths name it.
    pub fn application_org_name(&self, msp_id: &str) -> Option<&str> {
        self.application_organizations.iter().find(|org| org.msp_id == msp_id).map(|org| org.name.as_str())
    }

    /// The organisations that order.
    pub fn orderer_organizations(&self) -> &[OrdererOrganization] {
        &self.orderer_organizations
    }

    /// How the channel is ordered.
    pub fn orderer(&self) -> &OrdererSettings {
        &self.orderer
    }

    /// Where blocks come from: the addresses of the orderer organisations, or those of the channel when organisations
    /// have none.
    pub fn orderer_endpoints(&self) -> Vec<OrdererEndpoint> {
        let own: Vec<OrdererEndpoint> = self
            .orderer_organizations
            .iter()
            .flat_map(|org| {
                org.endpoints.iter().map(|address| OrdererEndpoint {
                    address: address.clone(),
                    msp_id: org.msp_id.clone(),
                    tls_roots: self.tls_roots(&org.msp_id),
                })
            })
            .collect();
        if !own.is_empty() {
            return own;
        }
        let all: Vec<Bytes> = self.orderer_organizations.iter().flat_map(|org| self.tls_roots(&org.msp_id)).collect();
        let shared = self.orderer.addresses.iter();
        shared
            .map(|address| OrdererEndpoint { address: address.clone(), msp_id: String::new(), tls_roots: all.clone() })
            .collect()
    }

    /// Certificates, in PEM, of the TLS authorities of all organisations, of peers and orderers: whoever has a certificate of
    /// one of them may connect.
    pub fn all_tls_roots(&self) -> Vec<Bytes> {
        let application = self.application_organizations.iter().map(|org| &org.msp_id);
        let all = application.chain(self.orderer_organizations.iter().map(|org| &org.msp_id));
        all.flat_map(|msp_id| self.tls_roots(msp_id)).collect()
    }

    /// Certificates, in PEM, of an organisation's TLS authorities.
    fn tls_roots(&self, msp_id: &str) -> Vec<Bytes> {
        self.msps.msp(msp_id).map_or(Vec::new(), |msp| {
            msp.config().tls_root_certs.iter().chain(&msp.config().tls_intermediate_certs).cloned().collect()
        })
    }

    /// The serialized identity of the BFT consenter with this number, by which signatures of blocks name it.
    pub fn consenter_identity(&self, id: u32) -> Option<Bytes> {
        self.orderer.consenters.iter().find(|consenter| consenter.id == id).map(consensus::serialized_identity)
    }

    /// The signatures of a block of this channel, for `/Channel/Orderer/BlockValidation`.
    pub fn block_signatures(&self, block: &Block) -> Result<Vec<SignedData>, prost::DecodeError> {
        block_signatures(self, block)
    }

    /// Whether the channel's configuration itself says what guards a resource ([`acl::is_overridden`]).
    pub fn has_own_acl(&self, resource: &str) -> bool {
        acl::is_overridden(resource, &self.acls)
    }

    pub(crate) fn policies(&self) -> &PolicyTree {
        &self.policies
    }
}

/// The channel and the configuration of a transaction of type CONFIG.
fn config_of(envelope: &Envelope) -> Result<(String, Config), ConfigError> {
    let payload = decode::<Payload>("the payload", &envelope.payload)?;
    let header = payload.header.ok_or(ConfigError::NotConfig("the transaction has no header"))?;
    let header = decode::<ChannelHeader>("the channel header", &header.channel_header)?;
    if header.r#type != HeaderType::Config as i32 {
        return Err(ConfigError::NotConfig("the transaction is not of type CONFIG"));
    }
    let config = decode::<ConfigEnvelope>("ConfigEnvelope", &payload.data)?.config;
    Ok((header.channel_id, config.ok_or_else(|| ConfigError::Missing { path: "config".to_owned() })?))
}

fn decode<M: Message + Default>(what: &str, bytes: &Bytes) -> Result<M, ConfigError> {
    M::decode(bytes.clone()).map_err(|source| ConfigError::Decode { what: what.to_owned(), source })
}

/// The steps from groups to a bundle.
struct Reading<'a> {
    channel: Section<'a>,
    orderer: Section<'a>,
    application: Section<'a>,
    capabilities: HashMap<&'static str, BTreeSet<String>>,
    settings: OrdererSettings,
    msps: BTreeMap<String, (MspConfig, Msp)>,
}

impl<'a> Reading<'a> {
    fn new(root: &'a ConfigGroup) -> Result<Reading<'a>, ConfigError> {
        let channel = Section { path: "/Channel", group: root };
        channel.allow(
            &[
                "BlockDataHashingStructure",
                "Capabilities",
                "Consortium",
                "HashingAlgorithm",
                "OrdererAddresses",
                "Orderers",
            ],
            Some(&["Application", "Orderer"]),
        )?;
        // Nothing is hashed with it: blocks have SHA-256 whatever it says, as in Fabric.
        let hash: HashingAlgorithm = channel.value("HashingAlgorithm")?;
        if !["SHA256", "SHA3_256"].contains(&hash.name.as_str()) {
            let reason = format!("{:?} is no hashing algorithm that Fabric knows: SHA256 or SHA3_256", hash.name);
            return Err(channel.invalid("HashingAlgorithm", reason));
        }
        let structure: BlockDataHashingStructure = channel.value("BlockDataHashingStructure")?;
        if structure.width != u32::MAX {
            return Err(channel.invalid("BlockDataHashingStructure", "the width must be 4294967295"));
        }
        let group = |name: &str| root.groups.get(name).ok_or_else(|| channel.missing(name));
        let orderer = Section { path: "/Channel/Orderer", group: group("Orderer")? };
        orderer.allow(
            &[
                "BatchSize",
                "BatchTimeout",
                "Capabilities",
                "ChannelRestrictions",
                "ConsensusType",
                "KafkaBrokers",
                "Orderers",
            ],
            None,
        )?;
        let application = Section { path: "/Channel/Application", group: group("Application")? };
        application.allow(&["ACLs", "Capabilities"], None)?;
        let mut capabilities = HashMap::new();
        for (levels, section) in capability::GROUPS.into_iter().zip([channel, orderer, application]) {
            capabilities.insert(levels.group, levels.check(section.value("Capabilities")?)?);
        }
        if application.has("ACLs") && !capability::reaches("Application", &capabilities["Application"], "V1_2") {
            return Err(application.invalid("ACLs", "ACLs may not be specified without the required capability"));
        }
        // Nobody asks for these any more, but what stands there has to be what it says.
        channel.value::<Consortium>("Consortium")?;
        channel.value::<Orderers>("Orderers")?;
        orderer.value::<KafkaBrokers>("KafkaBrokers")?;
        let settings = OrdererSettings::read(orderer, channel)?;
        Ok(Reading { channel, orderer, application, capabilities, settings, msps: BTreeMap::new() })
    }

    fn application_organizations(&mut self) -> Result<Vec<ApplicationOrganization>, ConfigError> {
        let mut organizations = Vec::new();
        for (name, group) in &self.application.group.groups {
            let path = format!("{}/{name}", self.application.path);
            let section = Section { path: &path, group };
            section.allow(&["AnchorPeers", "MSP"], Some(&[]))?;
            let msp_id = self.msp(name, section)?;
            let anchor_peers = section.value::<AnchorPeers>("AnchorPeers")?.anchor_peers;
            organizations.push(ApplicationOrganization { name: name.clone(), msp_id, anchor_peers });
        }
        Ok(organizations)
    }

    fn orderer_organizations(&mut self) -> Result<Vec<OrdererOrganization>, ConfigError> {
        let mut organizations = Vec::new();
        for (name, group) in &self.orderer.group.groups {
            let path = format!("{}/{name}", self.orderer.path);
            let section = Section { path: &path, group };
            section.allow(&["Endpoints", "MSP"], Some(&[]))?;
            if section.has("Endpoints") && !self.channel_reaches("V1_4_2") {
                let reason = format!(
                    "Orderer Org {name} cannot contain endpoints value until V1_4_2+ capabilities have been enabled"
                );
                return Err(section.invalid("Endpoints", reason));
            }
            let msp_id = self.msp(name, section)?;
            let endpoints = section.value::<OrdererAddresses>("Endpoints")?.addresses;
            organizations.push(OrdererOrganization { name: name.clone(), msp_id, endpoints });
        }
        Ok(organizations)
    }

    fn channel_reaches(&self, capability: &str) -> bool {
        capability::reaches("Channel", &self.capabilities["Channel"], capability)
    }

    /// The rules of membership that the channel's capabilities choose (Fabric `common/capabilities/channel.go`).
    fn msp_version(&self) -> MspVersion {
        let versions = [
            ("V3_0", MspVersion::V3_0),
            ("V1_4_3", MspVersion::V1_4_3),
            ("V1_3", MspVersion::V1_3),
            ("V1_1", MspVersion::V1_1),
        ];
        versions
            .into_iter()
            .find(|(name, _)| self.channel_reaches(name))
            .map_or(MspVersion::V1_0, |(_, version)| version)
    }

    /// Sets an organisation's MSP up, once for all organisations that share it, and answers its id.
    fn msp(&mut self, name: &str, section: Section<'_>) -> Result<String, ConfigError> {
        if !section.has("MSP") {
            return Err(section.missing("MSP"));
        }
        let config: MspConfig = section.value("MSP")?;
        if let Some((msp_id, _)) = self.msps.iter().find(|(_, (known, _))| *known == config) {
            return Ok(msp_id.clone());
        }
        let msp = Msp::from_config(&config, self.msp_version())
            .map_err(|source| ConfigError::Msp { organization: name.to_owned(), source: Box::new(source) })?;
        let msp_id = msp.id().to_owned();
        if self.msps.contains_key(&msp_id) {
            return Err(ConfigError::MspConflict(msp_id));
        }
        self.msps.insert(msp_id.clone(), (config, msp));
        Ok(msp_id)
    }
}
