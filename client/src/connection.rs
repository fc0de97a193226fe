//! Connections to peers and orderers.

use std::time::Duration;

use bytes::Bytes;
use node::grpc::{Endpoint, MESSAGE_SIZE_MAX};
use proto::orderer::atomic_broadcast_client::AtomicBroadcastClient;
use proto::protos::admin_client::AdminClient;
use proto::protos::deliver_client::DeliverClient;
use proto::protos::endorser_client::EndorserClient;
use proto::protos::snapshot_client::SnapshotClient;
use tonic::transport::Channel;

use crate::RpcError;

/// Limit of waits for answers that cost a peer no work.
const SHORT_TIMEOUT: Duration = Duration::from_secs(30);

/// How long to wait for what.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For a peer's answer to a proposal; longer than the peer lets a contract run.
    pub endorse: Duration,
    /// For a peer to install a package, which compiles the contract.
    pub install: Duration,
    /// For the ordering service to acknowledge.
    pub broadcast: Duration,
    /// For a transaction to be committed by all peers asked, and for a block to come.
    pub commit: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            endorse: Duration::from_secs(60),
            install: Duration::from_secs(300),
            broadcast: Duration::from_secs(30),
            commit: Duration::from_secs(30),
        }
    }
}

/// No connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nobody answers there, or TLS does not come about. The cause names the address.
    #[error(transparent)]
    Connect(#[from] node::grpc::ConnectError),
    /// The client's own TLS certificate is not PEM.
    #[error("the client's TLS certificate is not PEM")]
    ClientCertificate(#[source] pem::PemError),
}

/// A connection to a peer; cheap to clone, calls share it.
#[derive(Clone, Debug)]
pub struct Peer {
    address: String,
    channel: Channel,
    tls_cert_hash: Bytes,
}

/// A connection to an orderer; cheap to clone, calls share it.
#[derive(Clone, Debug)]
pub struct Orderer {
    address: String,
    channel: Channel,
    tls_cert_hash: Bytes,
    /// Further orderers that are handed whatever this one is.
    others: Vec<Orderer>,
}

impl Peer {
    /// Connects to a peer.
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, ConnectError> {
        let (channel, tls_cert_hash) = connect(endpoint).await?;
        Ok(Self { address: endpoint.address.clone(), channel, tls_cert_hash })
    }

    /// `host:port` of the peer.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Hash of the client's TLS certificate on this connection; empty without one.
    pub fn tls_cert_hash(&self) -> &Bytes {
        &self.tls_cert_hash
    }

    /// The peer's Endorser service.
    pub fn endorser_client(&self) -> EndorserClient<Channel> {
        EndorserClient::new(self.channel.clone())
            .max_decoding_message_size(MESSAGE_SIZE_MAX)
            .max_encoding_message_size(MESSAGE_SIZE_MAX)
    }

    /// The peer's Deliver service.
    pub fn deliver_client(&self) -> DeliverClient<Channel> {
        DeliverClient::new(self.channel.clone()).max_decoding_message_size(MESSAGE_SIZE_MAX)
    }

    /// The Admin service, which peers of Fabric 1.4 have.
    pub fn admin_client(&self) -> AdminClient<Channel> {
        AdminClient::new(self.channel.clone())
    }

    /// The peer's Snapshot service.
    pub fn snapshot_client(&self) -> SnapshotClient<Channel> {
        SnapshotClient::new(self.channel.clone())
    }
}

impl Orderer {
    /// Connects to an orderer.
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, ConnectError> {
        let (channel, tls_cert_hash) = connect(endpoint).await?;
        Ok(Self { address: endpoint.address.clone(), channel, tls_cert_hash, others: Vec::new() })
    }

    /// The same, but what is broadcast goes to each of `others`, too, as it must where an orderer may be dishonest. Blocks
    /// come from this one.
    pub fn with_others(self, others: Vec<Orderer>) -> Self {
        Self { others, ..self }
    }

    /// The orderers of [`Orderer::with_others`].
    pub(crate) fn others(&self) -> &[Orderer] {
        &self.others
    }

    /// `host:port` of the orderer.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Hash of the client's TLS certificate on this connection; empty without one.
    pub fn tls_cert_hash(&self) -> &Bytes {
        &self.tls_cert_hash
    }

    /// The orderer's AtomicBroadcast service.
    pub fn client(&self) -> AtomicBroadcastClient<Channel> {
        AtomicBroadcastClient::new(self.channel.clone())
            .max_decoding_message_size(MESSAGE_SIZE_MAX)
            .max_encoding_message_size(MESSAGE_SIZE_MAX)
    }
}

/// Connects, and says which hash binds requests to this connection's client certificate.
async fn connect(endpoint: &Endpoint) -> Result<(Channel, Bytes), ConnectError> {
    let identity = endpoint.tls.as_ref().and_then(|tls| tls.identity.as_ref());
    let tls_cert_hash = match identity {
        Some(identity) => {
            let certificate = pem::parse(&identity.certificate_pem).map_err(ConnectError::ClientCertificate)?;
            Bytes::copy_from_slice(&proto::sha256([certificate.contents()]))
        }
        None => Bytes::new(),
    };
    Ok((node::grpc::connect(endpoint).await?, tls_cert_hash))
}

/// Waits for the answer to a request that a peer only looks up or notes down.
pub(crate) async fn in_time<T>(
    call: impl Future<Output = Result<tonic::Response<T>, tonic::Status>>,
) -> Result<T, RpcError> {
    let late = || tonic::Status::deadline_exceeded(format!("no answer within {} s", SHORT_TIMEOUT.as_secs()));
    let answer = tokio::time::timeout(SHORT_TIMEOUT, call).await.unwrap_or_else(|_| Err(late()));
    Ok(answer?.into_inner())
}
