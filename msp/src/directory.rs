//! MSP directories: the files in which operators keep an organisation's certificates.

mod configuration;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use proto::msp::{FabricCryptoConfig, FabricMspConfig, FabricNodeOUs, FabricOuIdentifier};

use crate::certificate::{Certificate, CertificateError};
use crate::revocation::RevocationList;
use configuration::{UnitConfiguration, read_configuration};

/// The largest file that is read from an MSP directory, in bytes. Revocation lists can be long.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// With what every PEM block begins.
const PEM_MARK: &[u8] = b"-----BEGIN";

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
    #[error("no {what} certificate found in directory {}: put it there, in PEM", path.display())]
    Missing {
        /// Which kind.
        what: &'static str,
        /// Where.
        path: PathBuf,
    },
    /// A PEM block that is cut off or not base64.
    #[error("{} begins a PEM block that cannot be read: copy the file anew, or take it away", path.display())]
    Pem {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: pem::PemError,
    },
    /// PEM, but not of a certificate.
    #[error("{} is no certificate: this folder holds X.509 certificates in PEM, one in each file", path.display())]
    Certificate {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: CertificateError,
    },
    /// PEM, but not of a revocation list.
    #[error("{} is no revocation list: {reason}; this folder holds X.509 CRLs in PEM, one in each file", path.display())]
    RevocationList {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// `config.yaml` is malformed.
    #[error(
        "could not read the configuration file {}: it is YAML with NodeOUs and OrganizationalUnitIdentifiers",
        path.display()
    )]
    Config {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: serde_yaml_ng::Error,
    },
    /// A field of `config.yaml` names a file that is of no use.
    #[error(
        "{}: {field} must be the path of a CA certificate in PEM, seen from the MSP directory, such as \
         cacerts/ca.pem",
        path.display()
    )]
    UnitCertificate {
        /// Which file has the field.
        path: PathBuf,
        /// Which field.
        field: String,
        /// What is wrong.
        #[source]
        source: Box<DirectoryError>,
    },
}

/// The parts of an organisation's configuration that are lists of PEM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Section {
    Roots,
    Intermediates,
    Admins,
    RevocationLists,
    TlsRoots,
    TlsIntermediates,
}

impl Section {
    fn folder(self) -> &'static str {
        match self {
            Section::Roots => "cacerts",
            Section::Intermediates => "intermediatecerts",
            Section::Admins => "admincerts",
            Section::RevocationLists => "crls",
            Section::TlsRoots => "tlscacerts",
            Section::TlsIntermediates => "tlsintermediatecerts",
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Section::Roots => "CA certificate",
            Section::Intermediates => "intermediate CA certificate",
            Section::Admins => "admin certificate",
            Section::RevocationLists => "revocation list",
            Section::TlsRoots => "TLS CA certificate",
            Section::TlsIntermediates => "intermediate TLS CA certificate",
        }
    }
}

/// Which files a configuration was read from; nothing for one that came from a channel.
#[derive(Debug, Default)]
pub(crate) struct Sources(HashMap<Section, Vec<PathBuf>>);

impl Sources {
    /// What an operator should look at: the file, or the kind and number.
    pub(crate) fn name(&self, section: Section, index: usize) -> String {
        match self.0.get(&section).and_then(|paths| paths.get(index)) {
            Some(path) => path.display().to_string(),
            None => format!("{} {index}", section.kind()),
        }
    }
}

/// Reads an MSP directory as what a channel's configuration holds of an organisation: `cacerts`, `intermediatecerts`,
/// `admincerts`, `crls`, `tlscacerts`, `tlsintermediatecerts` and `config.yaml`. Private keys are not touched.
pub fn read_config(dir: &Path, msp_id: &str) -> Result<FabricMspConfig, DirectoryError> {
    Ok(read_dir(dir, msp_id)?.0)
}

/// Reads an MSP directory, and tells from which files.
pub(crate) fn read_dir(dir: &Path, msp_id: &str) -> Result<(FabricMspConfig, Sources), DirectoryError> {
    let mut sources = Sources::default();
    let mut read = |section: Section| -> Result<Vec<Bytes>, DirectoryError> {
        let files = pem_files(&dir.join(section.folder()))?;
        for (path, content) in &files {
            check_content(section, path, content)?;
        }
        let (paths, contents) = files.into_iter().unzip();
        sources.0.insert(section, paths);
        Ok(contents)
    };
    let root_certs = read(Section::Roots)?;
    if root_certs.is_empty() {
        return Err(DirectoryError::Missing { what: "ca", path: dir.join(Section::Roots.folder()) });
    }
    let tls_root_certs = read(Section::TlsRoots)?;
    // Without TLS roots Fabric does not look for intermediates.
    let tls_intermediate_certs = match tls_root_certs.is_empty() {
        true => Vec::new(),
        false => read(Section::TlsIntermediates)?,
    };
    let (units, node_ous) = units(dir)?;
    let config = FabricMspConfig {
        name: msp_id.to_owned(),
        root_certs,
        intermediate_certs: read(Section::Intermediates)?,
        admins: read(Section::Admins)?,
        revocation_list: read(Section::RevocationLists)?,
        signing_identity: None,
        organizational_unit_identifiers: units,
        crypto_config: Some(FabricCryptoConfig {
            signature_hash_family: "SHA2".to_owned(),
            identity_identifier_hash_function: "SHA256".to_owned(),
        }),
        tls_root_certs,
        tls_intermediate_certs,
        fabric_node_ous: node_ous,
    };
    Ok((config, sources))
}

fn check_content(section: Section, path: &Path, content: &Bytes) -> Result<(), DirectoryError> {
    match section {
        Section::RevocationLists => {
            let parsed = RevocationList::parse(content).map(drop);
            parsed.map_err(|reason| DirectoryError::RevocationList { path: path.to_owned(), reason })
        }
        _ => certificate(path, content).map(drop),
    }
}

fn certificate(path: &Path, content: &[u8]) -> Result<Certificate, DirectoryError> {
    Certificate::from_pem(content).map_err(|source| DirectoryError::Certificate { path: path.to_owned(), source })
}

/// The first certificate of a folder.
pub(crate) fn first_certificate(dir: &Path, what: &'static str) -> Result<Certificate, DirectoryError> {
    let files = pem_files(dir)?;
    let (path, content) = files.first().ok_or_else(|| DirectoryError::Missing { what, path: dir.to_owned() })?;
    certificate(path, content)
}

/// What `config.yaml` says, with the certificates that it names.
fn units(dir: &Path) -> Result<(Vec<FabricOuIdentifier>, Option<FabricNodeOUs>), DirectoryError> {
    let path = dir.join("config.yaml");
    let configuration = read_configuration(&path)?;
    let mut units = Vec::new();
    for (index, unit) in configuration.organizational_unit_identifiers.unwrap_or_default().into_iter().enumerate() {
        let file = dir.join(unit.certificate.unwrap_or_default());
        let read = read_file(&file).and_then(|content| certificate(&file, &content).map(|_| content));
        let certificate = read.map_err(|source| DirectoryError::UnitCertificate {
            path: path.clone(),
            field: format!("OrganizationalUnitIdentifiers[{index}].Certificate"),
            source: Box::new(source),
        })?;
        let organizational_unit_identifier = unit.organizational_unit_identifier.unwrap_or_default();
        units.push(FabricOuIdentifier { certificate, organizational_unit_identifier });
    }
    let Some(node_ous) = configuration.node_ous.filter(|node_ous| node_ous.enable) else { return Ok((units, None)) };
    let role = |field: &str, unit| role_unit(dir, &path, field, unit);
    let node_ous = FabricNodeOUs {
        enable: true,
        client_ou_identifier: role("ClientOUIdentifier", node_ous.client)?,
        peer_ou_identifier: role("PeerOUIdentifier", node_ous.peer)?,
        admin_ou_identifier: role("AdminOUIdentifier", node_ous.admin)?,
        orderer_ou_identifier: role("OrdererOUIdentifier", node_ous.orderer)?,
    };
    Ok((units, Some(node_ous)))
}

/// A unit without name is as good as none; a certificate that cannot be read is left out with a warning. Both as in
/// Fabric, whose directories in the field rely on it.
fn role_unit(
    dir: &Path,
    configuration: &Path,
    field: &str,
    unit: Option<UnitConfiguration>,
) -> Result<Option<FabricOuIdentifier>, DirectoryError> {
    let Some(unit) = unit else { return Ok(None) };
    let Some(organizational_unit_identifier) = unit.organizational_unit_identifier.filter(|name| !name.is_empty())
    else {
        return Ok(None);
    };
    let mut content = Bytes::new();
    if let Some(path) = unit.certificate.filter(|path| !path.is_empty()).map(|path| dir.join(path)) {
        match read_file(&path) {
            Ok(read) => {
                certificate(&path, &read).map_err(|source| DirectoryError::UnitCertificate {
                    path: configuration.to_owned(),
                    field: format!("NodeOUs.{field}.Certificate"),
                    source: Box::new(source),
                })?;
                content = read;
            }
            Err(error) => {
                tracing::warn!(unit = organizational_unit_identifier, %error, "certificate of a NodeOU left out");
            }
        }
    }
    Ok(Some(FabricOuIdentifier { certificate: content, organizational_unit_identifier }))
}

/// The PEM files in a directory with their contents, ordered by name. A missing directory has none, and files that do
/// not even begin a PEM block are passed over.
pub(crate) fn pem_files(dir: &Path) -> Result<Vec<(PathBuf, Bytes)>, DirectoryError> {
    let mut files = Vec::new();
    for path in file_paths(dir)? {
        match read_file(&path) {
            Ok(content) if content.windows(PEM_MARK.len()).any(|window| window == PEM_MARK) => {
                if let Err(source) = pem::parse(&content) {
                    return Err(DirectoryError::Pem { path, source });
                }
                files.push((path, content));
            }
            Ok(_) => tracing::warn!(path = %path.display(), "no PEM content, file passed over"),
            Err(error) => tracing::warn!(path = %path.display(), %error, "file passed over"),
        }
    }
    Ok(files)
}

/// The files in a directory, ordered by name; none if it is missing.
pub(crate) fn file_paths(dir: &Path) -> Result<Vec<PathBuf>, DirectoryError> {
    let failed = |source| DirectoryError::Read { path: dir.to_owned(), source };
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    paths.sort();
    paths.retain(|path| path.is_file());
    Ok(paths)
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
