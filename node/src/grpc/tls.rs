//! The server's side of TLS.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};

/// Why TLS cannot be set up from what the operator gave.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The text holds no certificate, or a broken one.
    #[error("cannot read the TLS certificate")]
    Certificate(#[source] rustls_pki_types::pem::Error),
    /// The text holds no private key, or a broken one.
    #[error("cannot read the TLS private key")]
    Key(#[source] rustls_pki_types::pem::Error),
    /// Certificate and key do not go together, or are of a kind that is not supported.
    #[error("cannot use the TLS certificate and private key")]
    KeyPair(#[source] rustls::Error),
    /// A client root certificate cannot be used.
    #[error("cannot use a client root certificate")]
    Root(#[source] rustls::Error),
    /// A server cannot have this name.
    #[error("'{0}' is no name that a certificate can bear")]
    Name(String),
    /// Clients must authenticate, but there is nothing to check them against.
    #[error("cannot require client certificates without any client root certificate")]
    NoRoots(#[source] rustls::server::VerifierBuilderError),
}

/// What the server asks of its clients.
#[derive(Clone, Debug)]
pub enum ClientAuthentication {
    /// A certificate is asked for and may be missing. If there is one, its issuer is not checked: requests that bind
    /// themselves to it prove themselves by signatures of their own.
    Requested,
    /// A certificate may be missing. If there is one, it must have been issued under one of these roots (DER).
    Verified(Vec<CertificateDer<'static>>),
    /// A certificate issued under one of these roots (DER) is required.
    Required(Vec<CertificateDer<'static>>),
}

impl ClientAuthentication {
    /// Requires certificates issued under one of the roots in a PEM text.
    pub fn required(roots_pem: &[u8]) -> Result<Self, TlsError> {
        certificates(roots_pem).map(Self::Required)
    }

    /// The certificates of a PEM text that can be roots; others, and what is no certificate, are left out. For texts that
    /// an operator cannot mend, such as those of a channel's configuration.
    pub fn usable_roots(pem: &[u8]) -> Vec<CertificateDer<'static>> {
        let found = CertificateDer::pem_slice_iter(pem).filter_map(Result::ok);
        found.filter(|root| RootCertStore::empty().add(root.clone()).is_ok()).collect()
    }
}

/// A server's certificate and what it asks of clients. Clones share one state, so that the roots can follow the
/// channels' configuration while the server runs.
#[derive(Clone)]
pub struct ServerTls {
    provider: Arc<CryptoProvider>,
    chain: Vec<CertificateDer<'static>>,
    key: Arc<PrivateKeyDer<'static>>,
    /// What is spoken inside (ALPN).
    protocol: &'static [u8],
    current: Arc<RwLock<Arc<ServerConfig>>>,
}

impl ServerTls {
    /// TLS 1.2 and 1.3 for HTTP/2, with the certificate chain and key of two PEM texts.
    pub fn new(certificate_pem: &[u8], key_pem: &[u8], clients: &ClientAuthentication) -> Result<Self, TlsError> {
        Self::speaking(b"h2", certificate_pem, key_pem, clients)
    }

    /// The same for HTTP/1.1.
    pub fn for_http(certificate_pem: &[u8], key_pem: &[u8], clients: &ClientAuthentication) -> Result<Self, TlsError> {
        Self::speaking(b"http/1.1", certificate_pem, key_pem, clients)
    }

    fn speaking(
        protocol: &'static [u8],
        certificate_pem: &[u8],
        key_pem: &[u8],
        clients: &ClientAuthentication,
    ) -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let chain = certificates(certificate_pem)?;
        let key = Arc::new(PrivateKeyDer::from_pem_slice(key_pem).map_err(TlsError::Key)?);
        let config = server_config(&provider, &chain, &key, protocol, clients)?;
        Ok(Self { provider, chain, key, protocol, current: Arc::new(RwLock::new(Arc::new(config))) })
    }

    /// Changes what is asked of clients that connect from now on.
    pub fn set_client_authentication(&self, clients: &ClientAuthentication) -> Result<(), TlsError> {
        let config = server_config(&self.provider, &self.chain, &self.key, self.protocol, clients)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
        Ok(())
    }

    /// The server's own certificate (DER).
    pub fn certificate_der(&self) -> &[u8] {
        &self.chain[0]
    }

    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ServerTls").finish_non_exhaustive()
    }
}

/// All certificates of a PEM text, of which there must be one.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(TlsError::Certificate)?;
    if chain.is_empty() {
        return Err(TlsError::Certificate(rustls_pki_types::pem::Error::NoItemsFound));
    }
    Ok(chain)
}

fn server_config(
    provider: &Arc<CryptoProvider>,
    chain: &[CertificateDer<'static>],
    key: &PrivateKeyDer<'static>,
    protocol: &[u8],
    clients: &ClientAuthentication,
) -> Result<ServerConfig, TlsError> {
    let builder = |roots: &[CertificateDer<'static>]| {
        let mut store = RootCertStore::empty();
        for root in roots {
            store.add(root.clone()).map_err(TlsError::Root)?;
        }
        Ok(WebPkiClientVerifier::builder_with_provider(Arc::new(store), provider.clone()))
    };
    let verifier: Arc<dyn ClientCertVerifier> = match clients {
        ClientAuthentication::Requested => Arc::new(AnyCertificate { provider: provider.clone() }),
        // Nothing could be verified, so nothing is asked for.
        ClientAuthentication::Verified(roots) if roots.is_empty() => WebPkiClientVerifier::no_client_auth(),
        ClientAuthentication::Verified(roots) => {
            builder(roots)?.allow_unauthenticated().build().map_err(TlsError::NoRoots)?
        }
        ClientAuthentication::Required(roots) => builder(roots)?.build().map_err(TlsError::NoRoots)?,
    };
    let mut config = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(TlsError::KeyPair)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain.to_vec(), key.clone_key())
        .map_err(TlsError::KeyPair)?;
    config.alpn_protocols = vec![protocol.to_vec()];
    // A resumed session would not show the client's certificate again, and requests are bound to it.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// Takes any certificate whose key the client proves to hold.
#[derive(Debug)]
struct AnyCertificate {
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
