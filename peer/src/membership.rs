//! The peers that this one knows: who they are, where they listen, and what they run on a channel.
//!
//! There is no gossip yet, so that a peer knows of itself only; what gossip learns belongs here as well. Whoever asks gets
//! the messages in which peers speak of themselves (Fabric `gossip/discovery`, `gossip/gossip/channel`), because clients
//! read these.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use ::channel::definition;
use bytes::Bytes;
use msp::{SignError, SigningIdentity};
use parking_lot::Mutex;
use prost::Message;
use proto::Digest;
use proto::gossip::gossip_message::{Content, Tag};
use proto::gossip::{AliveMessage, Chaincode, Envelope, GossipMessage, Member, PeerTime, Properties, StateInfo};
use proto::msp::SerializedIdentity;

use crate::chaincode::ChaincodeSupport;
use crate::channels::Channel;
use crate::lifecycle::state::LifecycleError;

/// The version under which peers announce `_lifecycle`.
pub(crate) const LIFECYCLE_VERSION: &str = "1";

/// A peer that is alive and may be known to everybody.
#[derive(Clone, Debug)]
pub struct AlivePeer {
    /// Its number in messages: a hash of its identity.
    pub pki_id: Digest,
    /// Its organisation.
    pub msp_id: String,
    /// Its serialized identity.
    pub identity: Bytes,
    /// Where it listens, in its own words: a `GossipMessage` with an `AliveMessage`.
    pub alive: Envelope,
}

/// A peer of a channel.
#[derive(Clone, Debug)]
pub struct ChannelPeer {
    /// Its number in messages.
    pub pki_id: Digest,
    /// The chaincodes that it runs. The version is the sequence of the definition, or what `lscc` has as version.
    pub chaincodes: Vec<Chaincode>,
    /// Its height and chaincodes, in its own words: a `GossipMessage` with a `StateInfo`.
    pub state_info: Envelope,
}

/// What this peer says of itself cannot be said.
#[derive(Debug, thiserror::Error)]
pub enum MembershipError {
    /// The chaincodes cannot be read.
    #[error("cannot read the chaincodes of channel {channel_id}")]
    Chaincodes {
        /// The channel.
        channel_id: String,
        /// Why.
        #[source]
        source: LifecycleError,
    },
    /// The message cannot be signed.
    #[error("cannot sign the state of channel {channel_id}")]
    Sign {
        /// The channel.
        channel_id: String,
        /// Why.
        #[source]
        source: SignError,
    },
}

/// What this peer last said about a channel.
struct Said {
    height: u64,
    peer: ChannelPeer,
}

/// All peers that are known.
pub struct Membership {
    identity: Arc<SigningIdentity>,
    pki_id: Digest,
    /// Where others reach this peer. Without it nobody is told of the peer.
    endpoint: Option<String>,
    chaincodes: Arc<ChaincodeSupport>,
    /// When the peer started, in nanoseconds: messages of an earlier start count less.
    started: u64,
    alive_messages: AtomicU64,
    /// By channel, of those that were joined.
    said: Mutex<HashMap<String, Said>>,
}

impl Membership {
    /// The membership of a peer with this identity. `endpoint` is `peer.gossip.externalEndpoint`.
    pub fn new(
        identity: Arc<SigningIdentity>,
        endpoint: Option<String>,
        chaincodes: Arc<ChaincodeSupport>,
    ) -> Membership {
        if endpoint.is_none() {
            tracing::warn!(
                target: "gossip.gossip",
                "External endpoint is empty, peer will not be accessible outside of its organization"
            );
        }
        let pki_id = pki_id(identity.serialized());
        Membership {
            identity,
            pki_id,
            endpoint,
            chaincodes,
            started: nanoseconds(),
            alive_messages: AtomicU64::new(0),
            said: Mutex::default(),
        }
    }

    /// The organisations of all peers that are known, also of those that are not alive.
    pub fn organizations(&self) -> Vec<String> {
        vec![self.identity.msp_id().to_owned()]
    }

    /// The peers that are alive and have an address for everybody.
    pub fn alive(&self) -> Vec<AlivePeer> {
        let own = self.endpoint.as_ref().map(|endpoint| AlivePeer {
            pki_id: self.pki_id,
            msp_id: self.identity.msp_id().to_owned(),
            identity: self.identity.serialized().clone(),
            alive: self.own_alive(endpoint),
        });
        own.into_iter().collect()
    }

    /// The peers of a channel, whether or not they have an address.
    pub fn on_channel(&self, channel: &Channel) -> Result<Vec<ChannelPeer>, MembershipError> {
        Ok(vec![self.own_state(channel)?])
    }

    /// Fabric's peers do not sign what they say of themselves to their own clients.
    fn own_alive(&self, endpoint: &str) -> Envelope {
        let message = AliveMessage {
            membership: Some(Member {
                endpoint: endpoint.to_owned(),
                metadata: Bytes::new(),
                pki_id: Bytes::copy_from_slice(&self.pki_id),
            }),
            timestamp: Some(PeerTime {
                inc_num: self.started,
                seq_num: self.alive_messages.fetch_add(1, Ordering::Relaxed) + 1,
            }),
            identity: Bytes::new(),
        };
        Envelope { payload: gossip_message(Tag::Empty, Content::AliveMsg(message)), ..Default::default() }
    }

    fn own_state(&self, channel: &Channel) -> Result<ChannelPeer, MembershipError> {
        let height = channel.ledger().height();
        let mut chaincodes = self
            .chaincodes
            .runnable(channel)
            .map_err(|source| MembershipError::Chaincodes { channel_id: channel.id().to_owned(), source })?;
        // Fabric's order does not matter to anybody, but that this one is among them does.
        chaincodes.push((definition::NAMESPACE.to_owned(), LIFECYCLE_VERSION.to_owned()));
        let chaincodes: Vec<Chaincode> =
            chaincodes.into_iter().map(|(name, version)| Chaincode { name, version, metadata: Bytes::new() }).collect();
        let known = |said: &&Said| said.height == height && said.peer.chaincodes == chaincodes;
        if let Some(said) = self.said.lock().get(channel.id()).filter(known) {
            return Ok(said.peer.clone());
        }
        let peer = self.say(channel.id(), height, chaincodes)?;
        self.said.lock().insert(channel.id().to_owned(), Said { height, peer: peer.clone() });
        Ok(peer)
    }

    fn say(&self, channel_id: &str, height: u64, chaincodes: Vec<Chaincode>) -> Result<ChannelPeer, MembershipError> {
        let message = StateInfo {
            timestamp: Some(PeerTime { inc_num: self.started, seq_num: nanoseconds() }),
            pki_id: Bytes::copy_from_slice(&self.pki_id),
            channel_mac: Bytes::copy_from_slice(&proto::sha256([&self.pki_id[..], channel_id.as_bytes()])),
            properties: Some(Properties { ledger_height: height, left_channel: false, chaincodes: chaincodes.clone() }),
        };
        let payload = gossip_message(Tag::ChanOrOrg, Content::StateInfo(message));
        let signature = self
            .identity
            .sign(&payload)
            .map_err(|source| MembershipError::Sign { channel_id: channel_id.to_owned(), source })?;
        let state_info = Envelope { payload, signature, secret_envelope: None };
        Ok(ChannelPeer { pki_id: self.pki_id, chaincodes, state_info })
    }
}

/// The number by which messages name a peer (Fabric `internal/peer/gossip/mcs.go`).
fn pki_id(serialized: &Bytes) -> Digest {
    let identity = SerializedIdentity::decode(serialized.clone()).unwrap_or_default();
    proto::sha256([identity.mspid.as_bytes(), &identity.id_bytes[..]])
}

fn gossip_message(tag: Tag, content: Content) -> Bytes {
    let message = GossipMessage { nonce: 0, channel: Bytes::new(), tag: tag as i32, content: Some(content) };
    message.encode_to_vec().into()
}

/// Since 1970, for messages: later ones have more.
fn nanoseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
