//! Connections to other nodes.

mod shifted;

use std::time::Duration;

use proto::Digest;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint as Transport, Identity};

use super::{CONNECTION_WINDOW, Keepalive, STREAM_WINDOW};

/// A certificate and key a client shows (PEM).
#[derive(Clone)]
pub struct ClientIdentity {
    /// The certificate chain.
    pub certificate_pem: String,
    /// The private key.
    pub key_pem: String,
}

impl ClientIdentity {
    /// SHA-256 of the certificate: what requests over this connection carry as `ChannelHeader.tls_cert_hash`. `None`
    /// when the text holds no certificate.
    pub fn certificate_hash(&self) -> Option<Digest> {
        let certificate = CertificateDer::from_pem_slice(self.certificate_pem.as_bytes()).ok()?;
        Some(proto::sha256([&certificate]))
    }
}

impl std::fmt::Debug for ClientIdentity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ClientIdentity").finish_non_exhaustive()
    }
}

/// How a client checks the server, and shows itself.
#[derive(Clone, Debug, Default)]
pub struct ClientTls {
    /// The authorities the server's certificate may come from (PEM, each text one or more certificates).
    pub roots_pem: Vec<String>,
    /// The name the server's certificate must bear, where it is not the host of the address.
    pub server_name: Option<String>,
    /// The client's own certificate.
    pub identity: Option<ClientIdentity>,
}

/// A node to connect to.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// `host:port`.
    pub address: String,
    /// TLS; without it, plain text.
    pub tls: Option<ClientTls>,
    /// Time for connecting, name resolution and TLS handshake included.
    pub connect_timeout: Duration,
    /// How an idle connection is checked.
    pub keepalive: Keepalive,
    /// How far in the past the server's certificate is judged: it may have ended since.
    pub tls_time_shift: Duration,
}

impl Endpoint {
    /// An endpoint with Fabric's defaults: 3 s to connect (`peer.deliveryclient.connTimeout`).
    pub fn new(address: impl Into<String>, tls: Option<ClientTls>) -> Self {
        Self {
            address: address.into(),
            tls,
            connect_timeout: Duration::from_secs(3),
            keepalive: Keepalive::CLIENT,
            tls_time_shift: Duration::ZERO,
        }
    }
}

/// Why there is no connection to an endpoint.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address or the TLS settings make no sense.
    #[error("cannot use the endpoint {address}")]
    Endpoint {
        /// The address as given.
        address: String,
        /// What is wrong with it.
        #[source]
        source: tonic::transport::Error,
    },
    /// The TLS settings cannot be used.
    #[error("cannot use the TLS settings for {address}")]
    Tls {
        /// The address as given.
        address: String,
        /// What is wrong with them.
        #[source]
        source: super::TlsError,
    },
    /// Nobody answered, or TLS failed.
    #[error("cannot connect to {address}")]
    Connect {
        /// The address as given.
        address: String,
        /// What happened.
        #[source]
        source: tonic::transport::Error,
    },
}

/// Connects now.
pub async fn connect(endpoint: &Endpoint) -> Result<Channel, ConnectError> {
    let failed = |source| ConnectError::Connect { address: endpoint.address.clone(), source };
    if let Some(tls) = endpoint.tls.as_ref().filter(|_| !endpoint.tls_time_shift.is_zero()) {
        let connector = shifted::Connector::new(&endpoint.address, tls, endpoint.tls_time_shift);
        let connector = connector.map_err(|source| ConnectError::Tls { address: endpoint.address.clone(), source })?;
        let transport = settings(endpoint, "http")?.origin(connector.origin());
        return transport.connect_with_connector(connector.into_service()).await.map_err(failed);
    }
    transport(endpoint)?.connect().await.map_err(failed)
}

/// A channel that connects at its first request, and again whenever the connection is lost.
///
/// Must be called on a tokio runtime.
pub fn connect_lazy(endpoint: &Endpoint) -> Result<Channel, ConnectError> {
    Ok(transport(endpoint)?.connect_lazy())
}

fn settings(endpoint: &Endpoint, scheme: &str) -> Result<Transport, ConnectError> {
    let failed = |source| ConnectError::Endpoint { address: endpoint.address.clone(), source };
    let transport = Transport::from_shared(format!("{scheme}://{}", endpoint.address))
        .map_err(failed)?
        .connect_timeout(endpoint.connect_timeout)
        .tcp_nodelay(true)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keep_alive_interval(endpoint.keepalive.interval)
        .keep_alive_timeout(endpoint.keepalive.timeout)
        .keep_alive_while_idle(true);
    Ok(transport)
}

fn transport(endpoint: &Endpoint) -> Result<Transport, ConnectError> {
    let failed = |source| ConnectError::Endpoint { address: endpoint.address.clone(), source };
    let transport = settings(endpoint, if endpoint.tls.is_some() { "https" } else { "http" })?;
    let Some(tls) = &endpoint.tls else { return Ok(transport) };
    let mut config = ClientTlsConfig::new().ca_certificates(tls.roots_pem.iter().map(Certificate::from_pem));
    if let Some(name) = &tls.server_name {
        config = config.domain_name(name);
    }
    if let Some(identity) = &tls.identity {
        config = config.identity(Identity::from_pem(&identity.certificate_pem, &identity.key_pem));
    }
    transport.tls_config(config).map_err(failed)
}
