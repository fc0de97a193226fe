//! `peer.tls`: what the peer shows, and what it asks of others.

use std::path::Path;

use anyhow::Context;
use node::config::Source;
use node::grpc::{ClientAuthentication, ClientIdentity, ServerTls};
use rustls_pki_types::CertificateDer;

/// TLS of a peer.
pub(super) struct PeerTls {
    /// Of its listeners.
    pub server: ServerTls,
    /// The authorities of clients, if those must show certificates.
    pub client_roots: Option<Vec<CertificateDer<'static>>>,
    /// PEM texts of authorities in `peer.tls.rootcert.file`.
    pub roots_pem: Vec<String>,
    /// What the peer shows to orderers.
    pub client: Option<ClientIdentity>,
}

/// Nothing where TLS is off.
pub(super) fn read(source: &Source) -> anyhow::Result<Option<PeerTls>> {
    if !source.flag("peer.tls.enabled")?.unwrap_or(false) {
        return Ok(None);
    }
    let file = |key: &str| -> anyhow::Result<String> {
        let path = source.path(key)?.with_context(|| format!("{key} is not set, but peer.tls.enabled is true"))?;
        read_text(&path, key)
    };
    let (certificate, key) = (file("peer.tls.cert.file")?, file("peer.tls.key.file")?);
    let client_roots = source.flag("peer.tls.clientAuthRequired")?.unwrap_or(false).then(|| client_roots(source));
    let client_roots = client_roots.transpose()?;
    let clients = client_roots.clone().map_or(ClientAuthentication::Requested, ClientAuthentication::Required);
    let server = ServerTls::new(certificate.as_bytes(), key.as_bytes(), &clients).context("setting up peer.tls")?;
    let mut roots_pem = Vec::new();
    if let Some(path) = source.path("peer.tls.rootcert.file")? {
        roots_pem.push(read_text(&path, "peer.tls.rootcert.file")?);
    }
    let client = client_identity(source, client_roots.is_some(), certificate, key)?;
    Ok(Some(PeerTls { server, client_roots, roots_pem, client }))
}

fn client_roots(source: &Source) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let key = "peer.tls.clientRootCAs.files";
    let mut roots = Vec::new();
    for path in source.paths(key)? {
        let blocks = pem::parse_many(read_text(&path, key)?);
        for block in blocks.with_context(|| format!("{key}: {} is not PEM", path.display()))? {
            roots.push(block.into_contents().into());
        }
    }
    Ok(roots)
}

/// The certificate of `peer.tls.clientCert.file`. Without one the server's own serves, where certificates are the rule
/// (`peer.tls.clientAuthRequired`), as in Fabric.
fn client_identity(
    source: &Source,
    required: bool,
    server_certificate: String,
    server_key: String,
) -> anyhow::Result<Option<ClientIdentity>> {
    let (certificate_key, key_key) = ("peer.tls.clientCert.file", "peer.tls.clientKey.file");
    let identity = match (source.path(certificate_key)?, source.path(key_key)?) {
        (Some(certificate), Some(key)) => ClientIdentity {
            certificate_pem: read_text(&certificate, certificate_key)?,
            key_pem: read_text(&key, key_key)?,
        },
        (None, None) if required => ClientIdentity { certificate_pem: server_certificate, key_pem: server_key },
        (None, None) => return Ok(None),
        (Some(_), None) => anyhow::bail!("{key_key} is not set, but {certificate_key} is"),
        (None, Some(_)) => anyhow::bail!("{certificate_key} is not set, but {key_key} is"),
    };
    identity.certificate_hash().with_context(|| format!("{certificate_key}: there is no certificate in it"))?;
    Ok(Some(identity))
}

pub(super) fn read_text(path: &Path, key: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{key}: reading {}", path.display()))
}
