//! Fabric's messages, and everything that depends on their exact bytes: header hashes, transaction ids, signed bytes,
//! order-preserving numbers.
//!
//! The message modules carry the names of Fabric's protobuf packages and are generated from `proto/definitions`
//! (`cargo xtask codegen`). This crate knows nothing of policies, keys, disks or networks.

pub mod block;
pub mod ordered_varint;
pub mod transaction;

macro_rules! packages {
    ($($(#[$meta:meta])* $name:ident = $file:literal;)*) => {$(
        $(#[$meta])*
        #[allow(missing_docs, clippy::all, clippy::pedantic)]
        pub mod $name {
            include!(concat!("generated/", $file, ".rs"));
        }
    )*};
}

packages! {
    /// Envelopes, blocks, configuration, policies and principals (`common`).
    common = "common";
    /// What enters the commit hash (not a Fabric package: the message is private to its peer).
    commithash = "commithash";
    /// Service discovery (`discovery`).
    discovery = "discovery";
    /// Consenter metadata of Raft channels (`etcdraft`).
    etcdraft = "etcdraft";
    /// The client gateway (`gateway`).
    gateway = "gateway";
    /// Peer to peer messages (`gossip`).
    gossip = "gossip";
    /// Read-write sets of one namespace (`kvrwset`).
    kvrwset = "kvrwset";
    /// The `_lifecycle` chaincode (`lifecycle`).
    lifecycle = "lifecycle";
    /// Identities and membership configuration (`msp`).
    msp = "msp";
    /// Ordering service (`orderer`).
    orderer = "orderer";
    /// The peer: proposals, endorsements, transactions, events, chaincode messages (`protos`).
    protos = "protos";
    /// Results of state and history queries (`queryresult`).
    queryresult = "queryresult";
    /// Read-write sets of a transaction (`rwset`).
    rwset = "rwset";
    /// Options of BFT channels (`orderer.smartbft`).
    smartbft = "orderer.smartbft";
    /// Private data kept between endorsement and commit (`transientstore`).
    transientstore = "transientstore";
}

/// The definitions of all messages, an encoded `google.protobuf.FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!("generated/descriptors.binpb");

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// SHA-256 over the concatenation of `parts`.
pub fn sha256<const N: usize>(parts: [&[u8]; N]) -> Digest {
    let mut hasher = Sha256::default();
    for part in parts {
        hasher.update(part);
    }
    hasher.finish()
}

/// SHA-256 of what comes in pieces.
#[derive(Clone)]
pub struct Sha256(aws_lc_rs::digest::Context);

impl Default for Sha256 {
    fn default() -> Self {
        Sha256(aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256))
    }
}

impl Sha256 {
    /// Adds a piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The digest of all pieces.
    pub fn finish(self) -> Digest {
        self.0.finish().as_ref().try_into().expect("a SHA-256 digest has 32 bytes")
    }
}
