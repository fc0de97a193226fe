//! Profiles of `configtx.yaml`, with what they leave out filled in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use channel::duration;
use proto::orderer::BatchSize;
use proto::{etcdraft, smartbft};
use tracing::info;

use super::shape;
use crate::yaml::{FieldError, Node};

/// Orderer types, which are also names in the configuration.
pub const SOLO: &str = "solo";
/// Raft.
pub const ETCDRAFT: &str = "etcdraft";
/// Byzantine fault tolerant.
pub const BFT: &str = "BFT";

const BATCH_TIMEOUT: Duration = Duration::from_secs(2);
const MAX_MESSAGE_COUNT: u32 = 500;
const ABSOLUTE_MAX_BYTES: u32 = 10 << 20;
const PREFERRED_MAX_BYTES: u32 = 2 << 20;

/// Names of capabilities, and whether they are required.
pub type Capabilities = BTreeMap<String, bool>;
/// Policies by name; none if the section is missing.
pub type Policies = Option<BTreeMap<String, Policy>>;

/// What a channel is to be.
#[derive(Debug)]
pub struct Profile {
    /// Name of a consortium, before Fabric 3.
    pub consortium: String,
    /// Organisations that run contracts.
    pub application: Option<Application>,
    /// The ordering service.
    pub orderer: Option<Orderer>,
    /// Consortiums, before Fabric 3.
    pub consortiums: Option<BTreeMap<String, Vec<Organization>>>,
    /// Of the channel.
    pub capabilities: Capabilities,
    /// Of the channel.
    pub policies: Policies,
}

/// A policy as it is written.
#[derive(Clone, Debug)]
pub struct Policy {
    /// `ImplicitMeta` or `Signature`.
    pub kind: String,
    /// `ANY Readers`, `OR('Org1MSP.member')`.
    pub rule: String,
}

/// The application section.
#[derive(Debug)]
pub struct Application {
    /// Its members.
    pub organizations: Vec<Organization>,
    /// Its capabilities.
    pub capabilities: Capabilities,
    /// Its policies.
    pub policies: Policies,
    /// Policies of resources of peers.
    pub acls: BTreeMap<String, String>,
}

/// An organisation.
#[derive(Debug)]
pub struct Organization {
    /// Name of its group.
    pub name: String,
    /// Its MSP's id.
    pub msp_id: String,
    /// Directory of its MSP.
    pub msp_dir: PathBuf,
    /// Kind of its MSP; empty is X.509.
    pub msp_type: String,
    /// Its policies.
    pub policies: Policies,
    /// Host and port.
    pub anchor_peers: Vec<(String, i32)>,
    /// `host:port`.
    pub orderer_endpoints: Vec<String>,
    /// Whether it is named only, because whoever runs the tool does not know more.
    pub skip_as_foreign: bool,
}

/// The orderer section.
#[derive(Debug)]
pub struct Orderer {
    /// One of [`SOLO`], [`ETCDRAFT`] and [`BFT`].
    pub kind: String,
    /// Addresses for all organisations, before capability `V3_0`.
    pub addresses: Vec<String>,
    /// When a block is cut by time.
    pub batch_timeout: Duration,
    /// When a block is cut by size.
    pub batch_size: BatchSize,
    /// Most channels, 0 for any number.
    pub max_channels: u64,
    /// Consenters of BFT.
    pub consenter_mapping: Vec<BftConsenter>,
    /// Consenters and options of Raft.
    pub etcdraft: Option<(Vec<RaftConsenter>, etcdraft::Options)>,
    /// Options of BFT.
    pub smartbft: smartbft::Options,
    /// Its members.
    pub organizations: Vec<Organization>,
    /// Its capabilities.
    pub capabilities: Capabilities,
    /// Its policies.
    pub policies: Policies,
}

/// A consenter of a Raft channel.
#[derive(Debug)]
pub struct RaftConsenter {
    /// Where it listens.
    pub host: String,
    /// Where it listens.
    pub port: u32,
    /// File of the certificate with which it connects.
    pub client_tls_cert: PathBuf,
    /// File of the certificate with which it serves.
    pub server_tls_cert: PathBuf,
}

/// A consenter of a BFT channel.
#[derive(Debug)]
pub struct BftConsenter {
    /// Its number.
    pub id: u32,
    /// Where it listens, and its TLS certificates.
    pub node: RaftConsenter,
    /// Its organisation.
    pub msp_id: String,
    /// File of the certificate with which it signs.
    pub identity: PathBuf,
}

impl Profile {
    /// Reads a profile. Relative paths start from `dir`.
    pub fn read(node: &Node, dir: &Path) -> Result<Profile, FieldError> {
        node.only(&["Consortium", "Application", "Orderer", "Consortiums", "Capabilities", "Policies"])?;
        let optional = |name: &str| Ok::<_, FieldError>(Some(node.get(name)?).filter(|node| !node.is_null()));
        let consortiums = optional("Consortiums")?.map(|consortiums| {
            let one = |(name, consortium): (String, Node)| {
                consortium.only(&["Organizations"])?;
                Ok((name, organizations(&consortium, dir)?))
            };
            consortiums.fields()?.into_iter().map(one).collect::<Result<_, FieldError>>()
        });
        Ok(Profile {
            consortium: node.get("Consortium")?.text()?,
            application: optional("Application")?.map(|node| Application::read(&node, dir)).transpose()?,
            consortiums: consortiums.transpose()?,
            orderer: optional("Orderer")?.map(|node| Orderer::read(&node, dir)).transpose()?,
            capabilities: capabilities(node)?,
            policies: policies(node)?,
        })
    }
}

impl Application {
    fn read(node: &Node, dir: &Path) -> Result<Application, FieldError> {
        node.only(&["Organizations", "Capabilities", "Policies", "ACLs"])?;
        let acl = |(name, policy): (String, Node)| Ok((name, policy.text()?));
        Ok(Application {
            organizations: organizations(node, dir)?,
            capabilities: capabilities(node)?,
            policies: policies(node)?,
            acls: node.get("ACLs")?.fields()?.into_iter().map(acl).collect::<Result<_, FieldError>>()?,
        })
    }
}

impl Organization {
    /// Reads an organisation. Relative paths start from `dir`.
    pub fn read(node: &Node, dir: &Path) -> Result<Organization, FieldError> {
        node.only(&[
            "Name",
            "ID",
            "MSPDir",
            "MSPType",
            "Policies",
            "AnchorPeers",
            "OrdererEndpoints",
            "AdminPrincipal",
            "SkipAsForeign",
        ])?;
        let anchor_peer = |node: &Node| {
            node.only(&["Host", "Port"])?;
            let port = node.get("Port")?;
            let number = i32::try_from(port.u32()?).map_err(|_| port.wrong("a port"))?;
            Ok((node.get("Host")?.text()?, number))
        };
        Ok(Organization {
            name: node.get("Name")?.text()?,
            msp_id: node.get("ID")?.text()?,
            msp_dir: dir.join(node.get("MSPDir")?.text()?),
            msp_type: node.get("MSPType")?.text()?,
            policies: policies(node)?,
            anchor_peers: node.get("AnchorPeers")?.list()?.iter().map(anchor_peer).collect::<Result<_, _>>()?,
            orderer_endpoints: node.get("OrdererEndpoints")?.texts()?,
            skip_as_foreign: node.get("SkipAsForeign")?.bool()?,
        })
    }
}

impl Orderer {
    fn read(node: &Node, dir: &Path) -> Result<Orderer, FieldError> {
        node.only(&[
            "OrdererType",
            "Addresses",
            "BatchTimeout",
            "BatchSize",
            "ConsenterMapping",
            "EtcdRaft",
            "SmartBFT",
            "Organizations",
            "MaxChannels",
            "Capabilities",
            "Policies",
        ])?;
        let kind = or(node.get("OrdererType")?.text()?, SOLO.to_owned(), "Orderer.OrdererType");
        info!(target: "common.tools.configtxgen.localconfig", "orderer type: {kind}");
        let (raft, mapping) = (node.get("EtcdRaft")?, node.get("ConsenterMapping")?);
        let is = |other: &str| kind == other;
        if !is(SOLO) && !is(ETCDRAFT) && !is(BFT) {
            return Err(node.get("OrdererType")?.wrong("etcdraft, BFT or solo"));
        }
        if is(ETCDRAFT) && raft.get("Consenters")?.list()?.is_empty() {
            return Err(raft.get("Consenters")?.wrong("the consenters of the etcdraft configuration"));
        }
        if is(BFT) && mapping.list()?.is_empty() {
            return Err(mapping.wrong("the consenters of the BFT configuration"));
        }
        let size = node.get("BatchSize")?;
        size.only(&["MaxMessageCount", "AbsoluteMaxBytes", "PreferredMaxBytes"])?;
        let timeout = node.get("BatchTimeout")?;
        let batch_timeout = shape::parse_duration(&timeout)?;
        Ok(Orderer {
            addresses: node.get("Addresses")?.texts()?,
            batch_timeout: or(batch_timeout, BATCH_TIMEOUT, "Orderer.BatchTimeout"),
            batch_size: BatchSize {
                max_message_count: or(
                    size.get("MaxMessageCount")?.bytes()?,
                    MAX_MESSAGE_COUNT,
                    "Orderer.BatchSize.MaxMessageCount",
                ),
                absolute_max_bytes: or(
                    size.get("AbsoluteMaxBytes")?.bytes()?,
                    ABSOLUTE_MAX_BYTES,
                    "Orderer.BatchSize.AbsoluteMaxBytes",
                ),
                preferred_max_bytes: or(
                    size.get("PreferredMaxBytes")?.bytes()?,
                    PREFERRED_MAX_BYTES,
                    "Orderer.BatchSize.PreferredMaxBytes",
                ),
            },
            max_channels: node.get("MaxChannels")?.u64()?,
            consenter_mapping: match is(BFT) {
                true => mapping.list()?.iter().map(|node| bft_consenter(node, dir)).collect::<Result<_, _>>()?,
                false => Vec::new(),
            },
            etcdraft: if is(ETCDRAFT) { Some(raft_settings(&raft, dir)?) } else { None },
            smartbft: bft_options(&node.get("SmartBFT")?)?,
            organizations: organizations(node, dir)?,
            capabilities: capabilities(node)?,
            policies: policies(node)?,
            kind,
        })
    }
}

fn raft_settings(node: &Node, dir: &Path) -> Result<(Vec<RaftConsenter>, etcdraft::Options), FieldError> {
    node.only(&["Consenters", "Options"])?;
    let consenter = |node: &Node| {
        node.only(&["Host", "Port", "ClientTLSCert", "ServerTLSCert"])?;
        raft_consenter(node, dir)
    };
    let consenters = node.get("Consenters")?.list()?.iter().map(consenter).collect::<Result<_, _>>()?;
    let options = node.get("Options")?;
    options.only(&["TickInterval", "ElectionTick", "HeartbeatTick", "MaxInflightBlocks", "SnapshotIntervalSize"])?;
    let number = |name: &str, usual| Ok::<_, FieldError>(or(options.get(name)?.bytes()?, usual, name));
    let tick = options.get("TickInterval")?;
    let settings = etcdraft::Options {
        tick_interval: or(tick.text()?, "500ms".to_owned(), "Orderer.EtcdRaft.Options.TickInterval"),
        election_tick: number("ElectionTick", 10)?,
        heartbeat_tick: number("HeartbeatTick", 1)?,
        max_inflight_blocks: number("MaxInflightBlocks", 5)?,
        snapshot_interval_size: number("SnapshotIntervalSize", 16 << 20)?,
    };
    if duration::parse(&settings.tick_interval).is_none() {
        return Err(tick.wrong("a duration such as 500ms"));
    }
    if settings.election_tick <= settings.heartbeat_tick {
        return Err(options.get("ElectionTick")?.wrong("a number above HeartbeatTick"));
    }
    Ok((consenters, settings))
}

fn raft_consenter(node: &Node, dir: &Path) -> Result<RaftConsenter, FieldError> {
    let text = |name: &str, expected| {
        let node = node.get(name)?;
        let text = node.text()?;
        if text.is_empty() { Err(node.wrong(expected)) } else { Ok(text) }
    };
    let port = node.get("Port")?;
    let host = text("Host", "the host of the consenter")?;
    let number = match port.u32()? {
        0 => return Err(port.wrong("the port of the consenter")),
        number => number,
    };
    Ok(RaftConsenter {
        host,
        port: number,
        client_tls_cert: dir.join(text("ClientTLSCert", "the file of the client TLS certificate")?),
        server_tls_cert: dir.join(text("ServerTLSCert", "the file of the server TLS certificate")?),
    })
}

fn bft_consenter(node: &Node, dir: &Path) -> Result<BftConsenter, FieldError> {
    node.only(&["ID", "Host", "Port", "MSPID", "Identity", "ClientTLSCert", "ServerTLSCert"])?;
    let (msp_id, identity) = (node.get("MSPID")?, node.get("Identity")?);
    if msp_id.text()?.is_empty() {
        return Err(msp_id.wrong("the MSP ID of the consenter"));
    }
    if identity.text()?.is_empty() {
        return Err(identity.wrong("the file of the identity certificate"));
    }
    Ok(BftConsenter {
        id: node.get("ID")?.u32()?,
        node: raft_consenter(node, dir)?,
        msp_id: msp_id.text()?,
        identity: dir.join(identity.text()?),
    })
}

fn bft_options(node: &Node) -> Result<smartbft::Options, FieldError> {
    if node.is_null() {
        return Ok(smartbft::Options {
            request_batch_max_count: 100,
            request_batch_max_bytes: 10 << 20,
            request_batch_max_interval: "50ms".to_owned(),
            incoming_message_buffer_size: 200,
            request_pool_size: 400,
            request_forward_timeout: "2s".to_owned(),
            request_complain_timeout: "20s".to_owned(),
            request_auto_remove_timeout: "3m0s".to_owned(),
            view_change_resend_interval: "5s".to_owned(),
            view_change_timeout: "20s".to_owned(),
            leader_heartbeat_timeout: "1m0s".to_owned(),
            leader_heartbeat_count: 10,
            collect_timeout: "1s".to_owned(),
            ..Default::default()
        });
    }
    node.only(&[
        "RequestBatchMaxCount",
        "RequestBatchMaxBytes",
        "RequestBatchMaxInterval",
        "IncomingMessageBufferSize",
        "RequestPoolSize",
        "RequestForwardTimeout",
        "RequestComplainTimeout",
        "RequestAutoRemoveTimeout",
        "RequestMaxBytes",
        "ViewChangeResendInterval",
        "ViewChangeTimeout",
        "LeaderHeartbeatTimeout",
        "LeaderHeartbeatCount",
        "CollectTimeout",
        "SyncOnStart",
        "SpeedUpViewChange",
        "LeaderRotation",
        "DecisionsPerLeader",
    ])?;
    let number = |name: &str| node.get(name)?.u64();
    let text = |name: &str| node.get(name)?.text();
    let rotation = node.get("LeaderRotation")?;
    Ok(smartbft::Options {
        request_batch_max_count: number("RequestBatchMaxCount")?,
        request_batch_max_bytes: number("RequestBatchMaxBytes")?,
        request_batch_max_interval: text("RequestBatchMaxInterval")?,
        incoming_message_buffer_size: number("IncomingMessageBufferSize")?,
        request_pool_size: number("RequestPoolSize")?,
        request_forward_timeout: text("RequestForwardTimeout")?,
        request_complain_timeout: text("RequestComplainTimeout")?,
        request_auto_remove_timeout: text("RequestAutoRemoveTimeout")?,
        request_max_bytes: number("RequestMaxBytes")?,
        view_change_resend_interval: text("ViewChangeResendInterval")?,
        view_change_timeout: text("ViewChangeTimeout")?,
        leader_heartbeat_timeout: text("LeaderHeartbeatTimeout")?,
        leader_heartbeat_count: number("LeaderHeartbeatCount")?,
        collect_timeout: text("CollectTimeout")?,
        sync_on_start: node.get("SyncOnStart")?.bool()?,
        speed_up_view_change: node.get("SpeedUpViewChange")?.bool()?,
        leader_rotation: i32::try_from(rotation.u32()?).map_err(|_| rotation.wrong("0, 1 or 2"))?,
        decisions_per_leader: number("DecisionsPerLeader")?,
    })
}

fn organizations(node: &Node, dir: &Path) -> Result<Vec<Organization>, FieldError> {
    node.get("Organizations")?.list()?.iter().map(|node| Organization::read(node, dir)).collect()
}

fn capabilities(node: &Node) -> Result<Capabilities, FieldError> {
    let one = |(name, required): (String, Node)| Ok((name, required.bool()?));
    node.get("Capabilities")?.fields()?.into_iter().map(one).collect()
}

fn policies(node: &Node) -> Result<Policies, FieldError> {
    let section = node.get("Policies")?;
    if section.is_null() {
        return Ok(None);
    }
    let one = |(name, policy): (String, Node)| {
        policy.only(&["Type", "Rule"])?;
        Ok((name, Policy { kind: policy.get("Type")?.text()?, rule: policy.get("Rule")?.text()? }))
    };
    section.fields()?.into_iter().map(one).collect::<Result<_, FieldError>>().map(Some)
}

/// What is given, or the usual value, which is then told.
fn or<T: Default + PartialEq + std::fmt::Debug>(given: T, usual: T, field: &str) -> T {
    if given != T::default() {
        return given;
    }
    info!(target: "common.tools.configtxgen.localconfig", "{field} unset, setting to {usual:?}");
    usual
}
