//! What the configuration says about the endpoint.

use std::io;
use std::path::PathBuf;

use crate::config::{Source, ValueError};
use crate::grpc::{ClientAuthentication, ServerTls, TlsError};
use crate::http::{BODY_MAX, HttpOptions};

/// Where and how the endpoint listens.
#[derive(Clone, Debug, Default)]
pub struct OperationsSettings {
    /// None where no address is configured.
    pub http: Option<HttpOptions>,
}

/// The names of the keys.
#[derive(Clone, Copy, Debug)]
pub struct OperationsKeys {
    /// `host:port`
    pub listen_address: &'static str,
    /// Whether the endpoint speaks TLS
    pub tls_enabled: &'static str,
    /// The endpoint's certificate
    pub tls_certificate: &'static str,
    /// Its private key
    pub tls_key: &'static str,
    /// Whether no client may connect without a certificate
    pub client_auth_required: &'static str,
    /// Authorities of clients
    pub client_roots: &'static str,
}

impl OperationsKeys {
    /// The keys of `core.yaml`.
    pub const PEER: OperationsKeys = OperationsKeys {
        listen_address: "operations.listenAddress",
        tls_enabled: "operations.tls.enabled",
        tls_certificate: "operations.tls.cert.file",
        tls_key: "operations.tls.key.file",
        client_auth_required: "operations.tls.clientAuthRequired",
        client_roots: "operations.tls.clientRootCAs.files",
    };

    /// The keys of `orderer.yaml`.
    pub const ORDERER: OperationsKeys = OperationsKeys {
        listen_address: "Operations.ListenAddress",
        tls_enabled: "Operations.TLS.Enabled",
        tls_certificate: "Operations.TLS.Certificate",
        tls_key: "Operations.TLS.PrivateKey",
        client_auth_required: "Operations.TLS.ClientAuthRequired",
        client_roots: "Operations.TLS.ClientRootCAs",
    };

    /// The keys of `orderer.yaml` for the listener of channel participation.
    pub const ADMIN: OperationsKeys = OperationsKeys {
        listen_address: "Admin.ListenAddress",
        tls_enabled: "Admin.TLS.Enabled",
        tls_certificate: "Admin.TLS.Certificate",
        tls_key: "Admin.TLS.PrivateKey",
        client_auth_required: "Admin.TLS.ClientAuthRequired",
        client_roots: "Admin.TLS.ClientRootCAs",
    };
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value is not what it should be.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// A setting is missing.
    #[error("{key} is not set, but {tls_enabled} is true")]
    Missing {
        /// The key.
        key: &'static str,
        /// The key that asks for it.
        tls_enabled: &'static str,
    },
    /// A file cannot be read.
    #[error("{key}: cannot read {path}")]
    Read {
        /// The key.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The certificates and keys cannot be used.
    #[error("cannot set up TLS by {tls_enabled} and what goes with it")]
    Tls {
        /// The key.
        tls_enabled: &'static str,
        /// What is wrong.
        #[source]
        source: TlsError,
    },
}

impl OperationsSettings {
    /// Reads the settings and the files that they name.
    pub fn from_source(source: &Source, keys: &OperationsKeys) -> Result<Self, SettingsError> {
        let Some(address) = source.text(keys.listen_address)? else { return Ok(Self::default()) };
        let enabled = source.flag(keys.tls_enabled)?.unwrap_or(false);
        let tls = if enabled { Some(tls(source, keys)?) } else { None };
        let setting = format!("{} ({})", keys.listen_address, source.variable(keys.listen_address));
        Ok(OperationsSettings { http: Some(HttpOptions { address, setting, tls, body_max: BODY_MAX }) })
    }
}

fn tls(source: &Source, keys: &OperationsKeys) -> Result<ServerTls, SettingsError> {
    let tls_enabled = keys.tls_enabled;
    let file = |key: &'static str| {
        let path = source.path(key)?.ok_or(SettingsError::Missing { key, tls_enabled })?;
        read(key, path)
    };
    let mut pem = Vec::new();
    for path in source.paths(keys.client_roots)? {
        pem.extend(read(keys.client_roots, path)?);
        pem.push(b'\n');
    }
    let failed = |source| SettingsError::Tls { tls_enabled, source };
    let roots = match ClientAuthentication::required(&pem) {
        Ok(ClientAuthentication::Required(roots)) => roots,
        Ok(_) => Vec::new(),
        Err(_) if pem.is_empty() => Vec::new(),
        Err(error) => return Err(failed(error)),
    };
    let clients = match source.flag(keys.client_auth_required)?.unwrap_or(false) {
        true => ClientAuthentication::Required(roots),
        false => ClientAuthentication::Verified(roots),
    };
    let (certificate, key) = (file(keys.tls_certificate)?, file(keys.tls_key)?);
    ServerTls::for_http(&certificate, &key, &clients).map_err(failed)
}

fn read(key: &'static str, path: PathBuf) -> Result<Vec<u8>, SettingsError> {
    std::fs::read(&path).map_err(|source| SettingsError::Read { key, path, source })
}
