//! What a handler may know about the connection its request came on.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use proto::Digest;

/// The client's end of a connection. The server puts one into the extensions of every request.
#[derive(Clone, Debug)]
pub struct ClientConnection {
    /// Where the client connected from.
    pub remote_address: SocketAddr,
    certificate: Option<Arc<Certificate>>,
}

#[derive(Debug)]
struct Certificate {
    der: Bytes,
    hash: Digest,
}

impl ClientConnection {
    pub(super) fn new(remote_address: SocketAddr, certificate: Option<&[u8]>) -> Self {
        let certificate = certificate
            .map(|der| Arc::new(Certificate { hash: proto::sha256([der]), der: Bytes::copy_from_slice(der) }));
        Self { remote_address, certificate }
    }

    /// The TLS certificate (DER) the client presented. It is proven to be the client's; whether a known authority
    /// issued it was checked only where the server requires client authentication.
    pub fn certificate_der(&self) -> Option<&Bytes> {
        self.certificate.as_ref().map(|certificate| &certificate.der)
    }

    /// SHA-256 of that certificate: what requests bind themselves to (`ChannelHeader.tls_cert_hash`).
    pub fn certificate_hash(&self) -> Option<&Digest> {
        self.certificate.as_ref().map(|certificate| &certificate.hash)
    }
}

/// The connection a request came on; `None` for a request that never passed a [`super::Server`].
pub fn client_connection<T>(request: &tonic::Request<T>) -> Option<&ClientConnection> {
    request.extensions().get()
}
