//! Requests to `lscc`, by which chaincodes are installed and instantiated on channels before Application V2_0.

use bytes::Bytes;
use prost::Message;
use proto::protos::{ChaincodeInfo, ChaincodeQueryResponse};

use crate::transaction::{process, successful};
use crate::{Call, Client, Peer, RequestError, SignedCall};

/// The system chaincode.
const LSCC: &str = "lscc";

/// How a chaincode comes to a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deployment {
    /// It is new there.
    Instantiate,
    /// Another version of it is there.
    Upgrade,
}

/// What a channel is to know about a chaincode.
#[derive(Clone, Debug, Default)]
pub struct Instantiation {
    /// The channel.
    pub channel_id: String,
    /// An encoded `ChaincodeDeploymentSpec` without code; its input is what the chaincode's Init is called with.
    pub spec: Bytes,
    /// An encoded `SignaturePolicyEnvelope`; empty for any member of the channel.
    pub policy: Bytes,
    /// The endorsement plug-in.
    pub escc: String,
    /// The validation plug-in.
    pub vscc: String,
    /// An encoded `CollectionConfigPackage`.
    pub collections: Option<Bytes>,
}

impl Instantiation {
    /// The call that endorsers simulate.
    pub fn call(&self, deployment: Deployment) -> Call {
        let function = match deployment {
            Deployment::Instantiate => "deploy",
            Deployment::Upgrade => "upgrade",
        };
        let text = |text: &str| Bytes::copy_from_slice(text.as_bytes());
        let args = [text(&self.channel_id), self.spec.clone(), self.policy.clone(), text(&self.escc), text(&self.vscc)];
        Call::new(&self.channel_id, LSCC, function, args.into_iter().chain(self.collections.clone()))
    }
}

impl Client {
    /// Installs a package of Fabric 1.x on a peer.
    pub async fn install_legacy(&self, peer: &Peer, package: Bytes) -> Result<(), RequestError> {
        let call = SignedCall::new(&self.identity, Call::new("", LSCC, "install", [package]))?;
        successful(process(peer, &call, self.timeouts.install).await?).map(drop)
    }

    /// The packages of Fabric 1.x that a peer has.
    pub async fn legacy_installed(&self, peer: &Peer) -> Result<Vec<ChaincodeInfo>, RequestError> {
        self.legacy_list(peer, Call::new("", LSCC, "getinstalledchaincodes", [])).await
    }

    /// The chaincodes that are instantiated on a channel.
    pub async fn legacy_instantiated(&self, peer: &Peer, channel_id: &str) -> Result<Vec<ChaincodeInfo>, RequestError> {
        self.legacy_list(peer, Call::new(channel_id, LSCC, "getchaincodes", [])).await
    }

    async fn legacy_list(&self, peer: &Peer, call: Call) -> Result<Vec<ChaincodeInfo>, RequestError> {
        Ok(ChaincodeQueryResponse::decode(self.query(peer, call).await?)?.chaincodes)
    }
}
