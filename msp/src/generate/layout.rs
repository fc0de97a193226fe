//! The directories that `cryptogen` writes, where SDKs, samples and scripts look for certificates and keys.
//!
//! ```text
//! <root>/{peer,orderer}Organizations/<domain>/
//!     ca/ tlsca/                     the authorities, with their keys
//!     msp/                           what other organisations need to know
//!     {peers,orderers}/<name>.<domain>/{msp,tls}
//!     users/<name>@<domain>/{msp,tls}
//! ```

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::{CertificateAuthority, EnrollmentRequest, IssueError, KeyPair};
use crate::organizational_unit::Role;

/// Private keys are for their owner alone.
const KEY_MODE: u32 = 0o600;

/// The file name of every private key.
const KEY_FILE: &str = "priv_sk";

/// Why an organisation's directory could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum OrganizationError {
    /// A file could not be read.
    #[error("could not read {}", path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A file could not be written.
    #[error("could not write {}", path.display())]
    Write {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// An authority's certificate or key is damaged.
    #[error("the certificate or the key in {} is damaged", folder.display())]
    Authority {
        /// Where they are.
        folder: PathBuf,
        /// What is wrong.
        #[source]
        source: IssueError,
    },
    /// A certificate could not be made.
    #[error("could not issue the certificate of {name}")]
    Issue {
        /// Whose.
        name: String,
        /// What is wrong.
        #[source]
        source: IssueError,
    },
}

/// What kind of nodes an organisation runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganizationKind {
    /// Peers.
    Peer,
    /// Orderers.
    Orderer,
}

impl OrganizationKind {
    fn directory(self) -> &'static str {
        match self {
            OrganizationKind::Peer => "peerOrganizations",
            OrganizationKind::Orderer => "ordererOrganizations",
        }
    }

    fn node_directory(self) -> &'static str {
        match self {
            OrganizationKind::Peer => "peers",
            OrganizationKind::Orderer => "orderers",
        }
    }

    fn role(self) -> Role {
        match self {
            OrganizationKind::Peer => Role::Peer,
            OrganizationKind::Orderer => Role::Orderer,
        }
    }
}

/// An organisation on disk, with the keys of its authorities: it can issue certificates.
pub struct Organization {
    kind: OrganizationKind,
    domain: String,
    dir: PathBuf,
    ca: CertificateAuthority,
    tls_ca: CertificateAuthority,
}

impl Organization {
    /// Makes the authorities of a new organisation and writes them below `root`, over whatever was there.
    pub fn create(root: &Path, kind: OrganizationKind, domain: &str) -> Result<Organization, OrganizationError> {
        let dir = root.join(kind.directory()).join(domain);
        let authority = |prefix: &str| {
            let name = format!("{prefix}.{domain}");
            let ca = CertificateAuthority::new(&name, domain)
                .map_err(|source| OrganizationError::Issue { name: name.clone(), source })?;
            write(&dir.join(prefix).join(format!("{name}-cert.pem")), ca.cert_pem())?;
            write_key(&dir.join(prefix).join(KEY_FILE), &ca.key_pem())?;
            Ok(ca)
        };
        let organization = Organization {
            kind,
            domain: domain.to_owned(),
            ca: authority("ca")?,
            tls_ca: authority("tlsca")?,
            dir: dir.clone(),
        };
        organization.write_msp(&dir.join("msp"))?;
        Ok(organization)
    }

    /// Takes up an organisation that [`Organization::create`] wrote.
    pub fn open(root: &Path, kind: OrganizationKind, domain: &str) -> Result<Organization, OrganizationError> {
        let dir = root.join(kind.directory()).join(domain);
        let authority = |prefix: &str| {
            let name = format!("{prefix}.{domain}");
            let folder = dir.join(prefix);
            let certificate = read(&folder.join(format!("{name}-cert.pem")))?;
            let key = read(&folder.join(KEY_FILE))?;
            CertificateAuthority::from_pem(&name, &certificate, &key)
                .map_err(|source| OrganizationError::Authority { folder, source })
        };
        Ok(Organization { kind, domain: domain.to_owned(), ca: authority("ca")?, tls_ca: authority("tlsca")?, dir })
    }

    /// The organisation's directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The MSP directory that describes the organisation to others, without keys.
    pub fn msp_dir(&self) -> PathBuf {
        self.dir.join("msp")
    }

    /// The file with the certificate of the TLS authority.
    pub fn tls_ca_file(&self) -> PathBuf {
        self.dir.join("tlsca").join(format!("{}-cert.pem", self.tls_ca.common_name()))
    }

    /// The authority that issues identities.
    pub fn ca(&self) -> &CertificateAuthority {
        &self.ca
    }

    /// The authority that issues TLS certificates.
    pub fn tls_ca(&self) -> &CertificateAuthority {
        &self.tls_ca
    }

    /// Where a node (`peer0`) has its `msp` and `tls` directories.
    pub fn node_dir(&self, name: &str) -> PathBuf {
        self.dir.join(self.kind.node_directory()).join(format!("{name}.{}", self.domain))
    }

    /// Where a user (`Admin`, `User1`) has its `msp` and `tls` directories.
    pub fn user_dir(&self, name: &str) -> PathBuf {
        self.dir.join("users").join(format!("{name}@{}", self.domain))
    }

    /// Issues and writes the certificates of a node: `peer0` becomes `peer0.<domain>`. Its TLS certificate
    /// (`tls/server.crt`) holds for that name, for `name` alone and for `hosts`. Answers the node's directory.
    pub fn add_node(&self, name: &str, hosts: &[&str]) -> Result<PathBuf, OrganizationError> {
        let common_name = format!("{name}.{}", self.domain);
        let mut sans = vec![common_name.clone(), name.to_owned()];
        sans.extend(hosts.iter().map(|host| (*host).to_owned()));
        sans.dedup();
        let dir = self.node_dir(name);
        self.enroll(&dir, "server", EnrollmentRequest { common_name, role: self.kind.role(), sans, tls: false })?;
        Ok(dir)
    }

    /// Issues and writes the certificates of a user: `User1` becomes `User1@<domain>`. Answers the user's directory.
    pub fn add_user(&self, name: &str, role: Role) -> Result<PathBuf, OrganizationError> {
        let common_name = format!("{name}@{}", self.domain);
        let dir = self.user_dir(name);
        self.enroll(&dir, "client", EnrollmentRequest { common_name, role, sans: Vec::new(), tls: false })?;
        Ok(dir)
    }

    fn enroll(&self, dir: &Path, tls_prefix: &str, request: EnrollmentRequest) -> Result<(), OrganizationError> {
        let name = request.common_name.clone();
        let issue = |ca: &CertificateAuthority, request: &EnrollmentRequest| -> Result<KeyPair, OrganizationError> {
            ca.issue(request).map_err(|source| OrganizationError::Issue { name: name.clone(), source })
        };
        // Alternative names are for TLS; cryptogen's identities have none.
        let identity = issue(&self.ca, &EnrollmentRequest { sans: Vec::new(), ..request.clone() })?;
        let tls = issue(&self.tls_ca, &EnrollmentRequest { tls: true, ..request })?;
        let msp = dir.join("msp");
        self.write_msp(&msp)?;
        write_key(&msp.join("keystore").join(KEY_FILE), &identity.key_pem)?;
        write(&msp.join("signcerts").join(format!("{name}-cert.pem")), &identity.cert_pem)?;
        let tls_dir = dir.join("tls");
        write(&tls_dir.join("ca.crt"), self.tls_ca.cert_pem())?;
        write_key(&tls_dir.join(format!("{tls_prefix}.key")), &tls.key_pem)?;
        write(&tls_dir.join(format!("{tls_prefix}.crt")), &tls.cert_pem)
    }

    /// Writes the public part that every MSP directory of the organisation has.
    fn write_msp(&self, msp: &Path) -> Result<(), OrganizationError> {
        let ca_file = format!("{}-cert.pem", self.ca.common_name());
        make_dir(&msp.join("admincerts"))?;
        write(&msp.join("cacerts").join(&ca_file), self.ca.cert_pem())?;
        write(&msp.join("tlscacerts").join(format!("{}-cert.pem", self.tls_ca.common_name())), self.tls_ca.cert_pem())?;
        write(&msp.join("config.yaml"), &node_ous(&format!("cacerts/{ca_file}")))
    }
}

/// `config.yaml` with the four roles bound to the organisation's authority.
fn node_ous(ca_file: &str) -> String {
    let mut text = String::from("NodeOUs:\n  Enable: true\n");
    for (key, role) in [
        ("ClientOUIdentifier", Role::Client),
        ("PeerOUIdentifier", Role::Peer),
        ("AdminOUIdentifier", Role::Admin),
        ("OrdererOUIdentifier", Role::Orderer),
    ] {
        let unit = role.as_str();
        text += &format!("  {key}:\n    Certificate: {ca_file}\n    OrganizationalUnitIdentifier: {unit}\n");
    }
    text
}

fn read(path: &Path) -> Result<String, OrganizationError> {
    fs::read_to_string(path).map_err(|source| OrganizationError::Read { path: path.to_owned(), source })
}

fn make_dir(path: &Path) -> Result<(), OrganizationError> {
    fs::create_dir_all(path).map_err(|source| OrganizationError::Write { path: path.to_owned(), source })
}

fn write(path: &Path, text: &str) -> Result<(), OrganizationError> {
    if let Some(parent) = path.parent() {
        make_dir(parent)?;
    }
    fs::write(path, text).map_err(|source| OrganizationError::Write { path: path.to_owned(), source })
}

fn write_key(path: &Path, text: &str) -> Result<(), OrganizationError> {
    if let Some(parent) = path.parent() {
        make_dir(parent)?;
    }
    let attempt = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(KEY_MODE).open(path)?;
        // The mode above counts for new files only.
        file.set_permissions(Permissions::from_mode(KEY_MODE))?;
        file.write_all(text.as_bytes())
    };
    attempt().map_err(|source| OrganizationError::Write { path: path.to_owned(), source })
}
