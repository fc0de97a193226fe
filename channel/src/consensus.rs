//! Which consenters can order a channel, and which steps there are from one set of them to the next. Orderers ask for this
//! before they order a configuration (Fabric `orderer/consensus/etcdraft`, `smartbft`); peers take what was ordered.

use std::collections::HashSet;

use bytes::Bytes;
use prost::Message;
use proto::common::{
    Consenter, MspPrincipal, Policy, SignaturePolicy, SignaturePolicyEnvelope, msp_principal, policy::PolicyType,
    signature_policy,
};
use proto::etcdraft::{self, ConfigMetadata};
use proto::msp::SerializedIdentity;
use proto::smartbft::{self, options::Rotation};

use crate::bundle::Bundle;
use crate::config::OrdererSettings;
use crate::duration;

/// Consenters that agree by Raft.
pub const RAFT: &str = "etcdraft";
/// Consenters that agree although some of them lie.
pub const BFT: &str = "BFT";

/// Why a channel cannot be ordered so.
#[derive(Debug, thiserror::Error)]
pub enum ConsensusError {
    /// Not the message that consenters of this type have.
    #[error("could not decode the {consensus_type} metadata of {config} in /Channel/Orderer/ConsensusType")]
    Decode {
        /// The type of consenters.
        consensus_type: &'static str,
        /// Which configuration.
        config: &'static str,
        /// What is wrong.
        #[source]
        source: prost::DecodeError,
    },
    /// Raft's options are absent or contradict each other.
    #[error("invalid new config metadata: {0}")]
    Options(String),
    /// Nobody would order.
    #[error("invalid new config metadata: empty consenter set")]
    NoConsenters,
    /// A consenter's TLS certificate is absent or no PEM.
    #[error("invalid new config metadata: consenter {consenter} has no {which} TLS certificate in PEM")]
    Certificate {
        /// `host:port`.
        consenter: String,
        /// `client` or `server`.
        which: &'static str,
    },
    /// Two consenters with one certificate cannot be told apart.
    #[error("invalid new config metadata: duplicate consenter: {0} has a TLS certificate of another one")]
    Duplicate(String),
    /// With two changes at once, a majority of the old ones and a majority of the new ones could disagree.
    #[error(
        "update of more than one consenter at a time is not supported, requested changes: add {added} node(s), remove {removed} node(s)"
    )]
    Membership {
        /// New consenters.
        added: usize,
        /// Consenters that go.
        removed: usize,
    },
    /// The policy over signatures of blocks does not ask for a quorum of the consenters.
    #[error(
        "/Channel/Orderer/BlockValidation must be a signature policy of {quorum} out of the {consenters} consenters in /Channel/Orderer/Orderers"
    )]
    BlockValidation {
        /// How many have to sign.
        quorum: usize,
        /// How many there are.
        consenters: usize,
    },
    /// BFT consenters keep their leader.
    #[error("leader rotation must be turned off or be unspecified")]
    Rotation,
}

/// Checks the step from one configuration to the next. The consenters that there are judge it, and they know their own kind only:
/// a change of the kind is for the rules of the maintenance mode.
pub fn check_step(current: &Bundle, next: &Bundle) -> Result<(), ConsensusError> {
    let (now, then) = (current.orderer(), next.orderer());
    match (now.consensus_type.as_str(), then.consensus_type.as_str()) {
        (RAFT, RAFT) => check_raft_step(now, then),
        (BFT, BFT) => check_bft(next),
        _ => Ok(()),
    }
}

fn check_raft_step(now: &OrdererSettings, then: &OrdererSettings) -> Result<(), ConsensusError> {
    // Fabric asks nothing of channels whose consenters are not said.
    if then.consensus_metadata.is_empty() {
        return Ok(());
    }
    let next = raft_metadata("the new configuration", &then.consensus_metadata)?;
    check_raft(&next)?;
    let present = raft_metadata("the present configuration", &now.consensus_metadata)?;
    match membership_change(&present.consenters, &next.consenters) {
        (0 | 1, 0 | 1) => Ok(()),
        (added, removed) => Err(ConsensusError::Membership { added, removed }),
    }
}

fn raft_metadata(config: &'static str, metadata: &Bytes) -> Result<ConfigMetadata, ConsensusError> {
    ConfigMetadata::decode(metadata.clone()).map_err(|source| ConsensusError::Decode {
        consensus_type: RAFT,
        config,
        source,
    })
}

/// Checks the consenters and options of a Raft channel. Whether an authority of the channel vouches for their TLS
/// certificates is not asked here.
pub fn check_raft(metadata: &ConfigMetadata) -> Result<(), ConsensusError> {
    check_raft_options(metadata.options.as_ref()).map_err(ConsensusError::Options)?;
    if metadata.consenters.is_empty() {
        return Err(ConsensusError::NoConsenters);
    }
    let mut seen = HashSet::new();
    for consenter in &metadata.consenters {
        let address = || format!("{}:{}", consenter.host, consenter.port);
        let certificates = [("client", &consenter.client_tls_cert), ("server", &consenter.server_tls_cert)];
        if let Some((which, _)) = certificates.iter().find(|(_, certificate)| !is_pem(certificate)) {
            return Err(ConsensusError::Certificate { consenter: address(), which });
        }
        // One consenter may have one certificate for both.
        if certificates.iter().any(|(_, certificate)| seen.contains(*certificate)) {
            return Err(ConsensusError::Duplicate(address()));
        }
        seen.extend(certificates.map(|(_, certificate)| certificate));
    }
    Ok(())
}

fn check_raft_options(options: Option<&etcdraft::Options>) -> Result<(), String> {
    let Some(options) = options else { return Err("no options".to_owned()) };
    let etcdraft::Options { heartbeat_tick, election_tick, max_inflight_blocks, .. } = options;
    if [heartbeat_tick, election_tick, max_inflight_blocks].contains(&&0) {
        return Err(format!(
            "none of HeartbeatTick ({heartbeat_tick}), ElectionTick ({election_tick}) and MaxInflightBlocks ({max_inflight_blocks}) can be zero"
        ));
    }
    if election_tick <= heartbeat_tick {
        return Err(format!("ElectionTick ({election_tick}) must be greater than HeartbeatTick ({heartbeat_tick})"));
    }
    match duration::parse(&options.tick_interval) {
        None => Err(format!("TickInterval {:?} is no duration such as 500ms", options.tick_interval)),
        Some(interval) if interval.is_zero() => Err("TickInterval cannot be zero".to_owned()),
        Some(_) => Ok(()),
    }
}

fn is_pem(certificate: &[u8]) -> bool {
    certificate.windows(PEM_MARK.len()).any(|window| window == PEM_MARK)
}

const PEM_MARK: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// How many consenters come and go. A consenter is known by its client certificate: with another address it is the same.
fn membership_change(now: &[etcdraft::Consenter], then: &[etcdraft::Consenter]) -> (usize, usize) {
    let certificates = |consenters: &'_ [etcdraft::Consenter]| -> HashSet<Bytes> {
        consenters.iter().map(|consenter| consenter.client_tls_cert.clone()).collect()
    };
    let (now, then) = (certificates(now), certificates(then));
    (then.difference(&now).count(), now.difference(&then).count())
}

fn check_bft(next: &Bundle) -> Result<(), ConsensusError> {
    let settings = next.orderer();
    let options = smartbft::Options::decode(settings.consensus_metadata.clone());
    let options = options.map_err(|source| ConsensusError::Decode {
        consensus_type: BFT,
        config: "the new configuration",
        source,
    })?;
    if options.leader_rotation == Rotation::On as i32 {
        return Err(ConsensusError::Rotation);
    }
    if settings.consenters.is_empty() {
        return Err(ConsensusError::NoConsenters);
    }
    let expected = Policy {
        r#type: PolicyType::Signature as i32,
        value: block_validation(&settings.consenters).encode_to_vec().into(),
    };
    let orderer = next.config().channel_group.as_ref().and_then(|root| root.groups.get("Orderer"));
    let policy = orderer.and_then(|orderer| orderer.policies.get("BlockValidation"));
    match policy.and_then(|policy| policy.policy.as_ref()) == Some(&expected) {
        true => Ok(()),
        false => {
            let consenters = settings.consenters.len();
            Err(ConsensusError::BlockValidation { quorum: quorum(consenters), consenters })
        }
    }
}

/// How many BFT consenters out of `consenters` have to sign: so many that two such sets share an honest one.
pub fn quorum(consenters: usize) -> usize {
    let faulty = consenters.saturating_sub(1) / 3;
    (consenters + faulty + 1).div_ceil(2)
}

/// The policy over signatures of blocks that BFT channels have.
pub fn block_validation(consenters: &[Consenter]) -> SignaturePolicyEnvelope {
    let principal = |consenter: &Consenter| MspPrincipal {
        principal_classification: msp_principal::Classification::Identity as i32,
        principal: serialized_identity(consenter),
    };
    let rule = |rule| SignaturePolicy { r#type: Some(rule) };
    let rules = (0..consenters.len() as i32).map(|index| rule(signature_policy::Type::SignedBy(index))).collect();
    let n = quorum(consenters.len()) as i32;
    SignaturePolicyEnvelope {
        version: 0,
        rule: Some(rule(signature_policy::Type::NOutOf(signature_policy::NOutOf { n, rules }))),
        identities: consenters.iter().map(principal).collect(),
    }
}

/// A BFT consenter as signatures of blocks name it.
pub(crate) fn serialized_identity(consenter: &Consenter) -> Bytes {
    let identity = SerializedIdentity { mspid: consenter.msp_id.clone(), id_bytes: consenter.identity.clone() };
    identity.encode_to_vec().into()
}
