//! MSP directories: the files in which operators keep an organisation's certificates.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use proto::msp::{FabricCryptoConfig, FabricMspConfig, FabricNodeOUs, FabricOuIdentifier};
use serde::Deserialize;

/// The largest file that is read from an MSP directory, in bytes. Revocation lists can be long.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Why an MSP directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// A directory or file cannot be read.
    #[error("could not read {}", path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A directory that must hold a certificate is empty or missing.
    #[error("no {what} certificate found in directory {}", path.display())]
    Missing {
        /// Which kind.
        what: &'static str,
        /// Where.
        path: PathBuf,
    },
    /// `config.yaml` is malformed.
    #[error("could not read the configuration file {}", path.display())]
    Config {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: serde_yaml_ng::Error,
    },
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Configuration {
    #[serde(rename = "OrganizationalUnitIdentifiers")]
    organizational_unit_identifiers: Option<Vec<UnitConfiguration>>,
    #[serde(rename = "NodeOUs")]
    node_ous: Option<NodeOusConfiguration>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct UnitConfiguration {
    #[serde(rename = "Certificate")]
    certificate: Option<String>,
    #[serde(rename = "OrganizationalUnitIdentifier")]
    organizational_unit_identifier: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NodeOusConfiguration {
    #[serde(rename = "Enable")]
    enable: bool,
    #[serde(rename = "ClientOUIdentifier")]
    client: Option<UnitConfiguration>,
    #[serde(rename = "PeerOUIdentifier")]
    peer: Option<UnitConfiguration>,
    #[serde(rename = "AdminOUIdentifier")]
    admin: Option<UnitConfiguration>,
    #[serde(rename = "OrdererOUIdentifier")]
    orderer: Option<UnitConfiguration>,
}

/// Reads an MSP directory as what a channel's configuration holds of an organisation: `cacerts`, `intermediatecerts`,
/// `admincerts`, `crls`, `tlscacerts`, `tlsintermediatecerts` and `config.yaml`. Private keys are not touched.
pub fn read_config(dir: &Path, msp_id: &str) -> Result<FabricMspConfig, DirectoryError> {
    let cacerts = dir.join("cacerts");
    let root_certs = pem_files(&cacerts)?;
    if root_certs.is_empty() {
        return Err(DirectoryError::Missing { what: "ca", path: cacerts });
    }
    let configuration = read_configuration(&dir.join("config.yaml"))?;
    let mut units = Vec::new();
    for unit in configuration.organizational_unit_identifiers.unwrap_or_default() {
        let certificate = read_file(&dir.join(unit.certificate.unwrap_or_default()))?;
        let organizational_unit_identifier = unit.organizational_unit_identifier.unwrap_or_default();
        units.push(FabricOuIdentifier { certificate, organizational_unit_identifier });
    }
    let node_ous = configuration.node_ous.filter(|node_ous| node_ous.enable).map(|node_ous| FabricNodeOUs {
        enable: true,
        client_ou_identifier: role_unit(dir, node_ous.client),
        peer_ou_identifier: role_unit(dir, node_ous.peer),
        admin_ou_identifier: role_unit(dir, node_ous.admin),
        orderer_ou_identifier: role_unit(dir, node_ous.orderer),
    });
    Ok(FabricMspConfig {
        name: msp_id.to_owned(),
        root_certs,
        intermediate_certs: pem_files(&dir.join("intermediatecerts"))?,
        admins: pem_files(&dir.join("admincerts"))?,
        revocation_list: pem_files(&dir.join("crls"))?,
        signing_identity: None,
        organizational_unit_identifiers: units,
        crypto_config: Some(FabricCryptoConfig {
            signature_hash_family: "SHA2".to_owned(),
            identity_identifier_hash_function: "SHA256".to_owned(),
        }),
        tls_root_certs: pem_files(&dir.join("tlscacerts"))?,
        tls_intermediate_certs: pem_files(&dir.join("tlsintermediatecerts"))?,
        fabric_node_ous: node_ous,
    })
}

/// A unit without name is as good as none; a certificate that cannot be read is left out with a warning. Both as in
/// Fabric, whose directories in the field rely on it.
fn role_unit(dir: &Path, unit: Option<UnitConfiguration>) -> Option<FabricOuIdentifier> {
    let unit = unit?;
    let organizational_unit_identifier = unit.organizational_unit_identifier.filter(|name| !name.is_empty())?;
    let path = unit.certificate.filter(|path| !path.is_empty()).map(|path| dir.join(path));
    let certificate = match path.map(|path| read_file(&path)) {
        Some(Ok(certificate)) => certificate,
        Some(Err(error)) => {
            tracing::warn!(unit = organizational_unit_identifier, %error, "certificate of a NodeOU left out");
            Bytes::new()
        }
        None => Bytes::new(),
    };
    Some(FabricOuIdentifier { certificate, organizational_unit_identifier })
}

fn read_configuration(path: &Path) -> Result<Configuration, DirectoryError> {
    if !path.exists() {
        return Ok(Configuration::default());
    }
    let text = read_file(path)?;
    serde_yaml_ng::from_slice(&text).map_err(|source| DirectoryError::Config { path: path.to_owned(), source })
}

/// The contents of the PEM files in a directory, ordered by name. A missing directory has none, and files without PEM
/// are passed over.
pub(crate) fn pem_files(dir: &Path) -> Result<Vec<Bytes>, DirectoryError> {
    let failed = |source| DirectoryError::Read { path: dir.to_owned(), source };
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    paths.sort();
    let mut files = Vec::with_capacity(paths.len());
    for path in paths.into_iter().filter(|path| path.is_file()) {
        match read_file(&path) {
            Ok(content) if pem::parse(&content).is_ok() => files.push(content),
            Ok(_) => tracing::warn!(path = %path.display(), "no PEM content, file passed over"),
            Err(error) => tracing::warn!(path = %path.display(), %error, "file passed over"),
        }
    }
    Ok(files)
}

/// Reads a whole file.
pub(crate) fn read_file(path: &Path) -> Result<Bytes, DirectoryError> {
    let failed = |source| DirectoryError::Read { path: path.to_owned(), source };
    let length = std::fs::metadata(path).map_err(failed)?.len();
    if length > FILE_BYTES_MAX {
        return Err(failed(io::Error::other(format!("{length} bytes, more than {FILE_BYTES_MAX}"))));
    }
    Ok(std::fs::read(path).map_err(failed)?.into())
}
