//! TLS to servers whose certificate may have ended: it is judged as of an earlier time. tonic's own TLS knows only now.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use hyper_util::rt::TokioIo;
use rustls::crypto::aws_lc_rs;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{PrivateKeyDer, ServerName, UnixTime};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::ClientTls;
use crate::grpc::TlsError;
use crate::grpc::tls::certificates;

#[derive(Debug)]
struct Earlier(Duration);

impl TimeProvider for Earlier {
    fn current_time(&self) -> Option<UnixTime> {
        let now = UnixTime::now().as_secs();
        Some(UnixTime::since_unix_epoch(Duration::from_secs(now.saturating_sub(self.0.as_secs()))))
    }
}

/// Connects to one address.
pub(super) struct Connector {
    address: String,
    name: ServerName<'static>,
    tls: TlsConnector,
    origin: Uri,
}

impl Connector {
    pub(super) fn new(address: &str, tls: &ClientTls, shift: Duration) -> Result<Self, TlsError> {
        let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
        let host = tls.server_name.as_deref().unwrap_or(host).trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned()).map_err(|_| TlsError::Name(host.to_owned()))?;
        let origin = Uri::builder().scheme("https").authority(address).path_and_query("/").build();
        let origin = origin.map_err(|_| TlsError::Name(address.to_owned()))?;
        let mut roots = RootCertStore::empty();
        for text in &tls.roots_pem {
            for root in certificates(text.as_bytes())? {
                roots.add(root).map_err(TlsError::Root)?;
            }
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_details(provider, Arc::new(Earlier(shift)))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::KeyPair)?
            .with_root_certificates(roots);
        let mut config = match &tls.identity {
            None => config.with_no_client_auth(),
            Some(identity) => {
                let chain = certificates(identity.certificate_pem.as_bytes())?;
                let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes()).map_err(TlsError::Key)?;
                config.with_client_auth_cert(chain, key).map_err(TlsError::KeyPair)?
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Connector { address: address.to_owned(), name, tls: TlsConnector::from(Arc::new(config)), origin })
    }

    /// What requests are addressed to.
    pub(super) fn origin(&self) -> Uri {
        self.origin.clone()
    }

    pub(super) fn into_service(
        self,
    ) -> impl tower::Service<Uri, Response = TokioIo<TlsStream<TcpStream>>, Error = io::Error, Future: Send + 'static>
    + Send
    + 'static {
        let connector = Arc::new(self);
        tower::service_fn(move |_: Uri| {
            let connector = connector.clone();
            async move {
                let stream = TcpStream::connect(&connector.address).await?;
                stream.set_nodelay(true)?;
                Ok(TokioIo::new(connector.tls.connect(connector.name.clone(), stream).await?))
            }
        })
    }
}
