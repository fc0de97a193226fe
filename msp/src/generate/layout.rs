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

use super::{CertificateAuthority, EnrollmentRequest, IssueError, KeyAlgorithm, KeyPair, Location};
use crate::organizational_unit::Role;

/// Private keys are for their owner alone.
const KEY_MODE: u32 = 0o600;

/// The file name of every private key, and how names of key files end.
const KEY_FILE: &str = "priv_sk";
const KEY_SUFFIX: &str = "_sk";

/// How names of certificate files end.
const CERTIFICATE_SUFFIX: &str = "-cert.pem";

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

/// How an organisation differs from the usual one.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Common name of the authority for identities, `ca.<domain>` if none is given. That of the TLS authority is the
    /// same with `tls` before it.
    pub ca_name: Option<String>,
    /// What certificates say about the organisation.
    pub location: Location,
    /// Keys of the authorities.
    pub algorithm: KeyAlgorithm,
    /// Whether a unit in a certificate tells the role (`NodeOUs`). Without, administrators are listed by certificate:
    /// [`Organization::copy_admin`].
    pub node_ous: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { ca_name: None, location: Location::default(), algorithm: KeyAlgorithm::default(), node_ous: true }
    }
}

/// A node or a user.
#[derive(Clone, Debug)]
pub struct Member {
    /// `peer0.org1.example.com`, `User1@org1.example.com`; also the name of its directory.
    pub common_name: String,
    /// Peers and orderers are nodes of the organisation, everybody else is a user.
    pub role: Role,
    /// Host names and addresses for which the TLS certificate holds.
    pub sans: Vec<String>,
    /// Kind of its keys.
    pub algorithm: KeyAlgorithm,
}

/// An organisation on disk, with the keys of its authorities: it can issue certificates.
pub struct Organization {
    kind: OrganizationKind,
    domain: String,
    node_ous: bool,
    dir: PathBuf,
    ca: CertificateAuthority,
    tls_ca: CertificateAuthority,
}

impl Organization {
    /// Makes the authorities of a new organisation and writes them below `root`, over whatever was there.
    pub fn create(root: &Path, kind: OrganizationKind, domain: &str) -> Result<Organization, OrganizationError> {
        Organization::create_with(root, kind, domain, &Settings::default())
    }

    /// Makes a new organisation like [`Organization::create`], with settings.
    pub fn create_with(
        root: &Path,
        kind: OrganizationKind,
        domain: &str,
        settings: &Settings,
    ) -> Result<Organization, OrganizationError> {
        let dir = Organization::path(root, kind, domain);
        let authority = |folder: &str, name: String| {
            let ca = CertificateAuthority::located(&name, domain, settings.location.clone(), settings.algorithm)
                .map_err(|source| OrganizationError::Issue { name: name.clone(), source })?;
            write(&dir.join(folder).join(format!("{name}{CERTIFICATE_SUFFIX}")), ca.cert_pem())?;
            write_key(&dir.join(folder).join(KEY_FILE), &ca.key_pem())?;
            Ok(ca)
        };
        let (ca_name, tls_ca_name) = authority_names(domain, settings);
        let organization = Organization {
            kind,
            domain: domain.to_owned(),
            node_ous: settings.node_ous,
            ca: authority("ca", ca_name)?,
            tls_ca: authority("tlsca", tls_ca_name)?,
            dir: dir.clone(),
        };
        organization.write_msp(&dir.join("msp"))?;
        Ok(organization)
    }

    /// Takes up an organisation that [`Organization::create`] wrote.
    pub fn open(root: &Path, kind: OrganizationKind, domain: &str) -> Result<Organization, OrganizationError> {
        Organization::open_with(root, kind, domain, &Settings::default())
    }

    /// Takes up an organisation that [`Organization::create_with`] or `cryptogen` wrote. The keys of its authorities
    /// are what they are, whatever the settings say.
    pub fn open_with(
        root: &Path,
        kind: OrganizationKind,
        domain: &str,
        settings: &Settings,
    ) -> Result<Organization, OrganizationError> {
        let dir = Organization::path(root, kind, domain);
        let authority = |folder: &str, name: String| {
            let folder = dir.join(folder);
            let certificate = read(&only_file(&folder, CERTIFICATE_SUFFIX)?)?;
            let key = read(&only_file(&folder, KEY_SUFFIX)?)?;
            let authority = CertificateAuthority::from_pem(&name, &certificate, &key)
                .map_err(|source| OrganizationError::Authority { folder, source })?;
            Ok(authority.at(settings.location.clone()))
        };
        let (ca_name, tls_ca_name) = authority_names(domain, settings);
        Ok(Organization {
            kind,
            domain: domain.to_owned(),
            node_ous: settings.node_ous,
            ca: authority("ca", ca_name)?,
            tls_ca: authority("tlsca", tls_ca_name)?,
            dir,
        })
    }

    /// Where an organisation below `root` has its directory.
    pub fn path(root: &Path, kind: OrganizationKind, domain: &str) -> PathBuf {
        root.join(kind.directory()).join(domain)
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
        self.add(&Member { common_name, role: self.kind.role(), sans, algorithm: KeyAlgorithm::default() })
    }

    /// Issues and writes the certificates of a user: `User1` becomes `User1@<domain>`. Answers the user's directory.
    pub fn add_user(&self, name: &str, role: Role) -> Result<PathBuf, OrganizationError> {
        let common_name = format!("{name}@{}", self.domain);
        self.add(&Member { common_name, role, sans: Vec::new(), algorithm: KeyAlgorithm::default() })
    }

    /// Where a member has its `msp` and `tls` directories.
    pub fn member_dir(&self, role: Role, common_name: &str) -> PathBuf {
        let folder = if is_node(role) { self.kind.node_directory() } else { "users" };
        self.dir.join(folder).join(common_name)
    }

    /// Issues and writes the certificates of a member, over whatever was there. Answers its directory.
    pub fn add(&self, member: &Member) -> Result<PathBuf, OrganizationError> {
        let name = &member.common_name;
        let request =
            EnrollmentRequest { common_name: name.clone(), role: member.role, sans: member.sans.clone(), tls: false };
        let issue = |ca: &CertificateAuthority, request: &EnrollmentRequest| -> Result<KeyPair, OrganizationError> {
            let unit = (self.node_ous && !request.tls).then(|| member.role.as_str());
            ca.issue_with(request, unit, member.algorithm)
                .map_err(|source| OrganizationError::Issue { name: name.clone(), source })
        };
        // Alternative names are for TLS; cryptogen's identities have none.
        let identity = issue(&self.ca, &EnrollmentRequest { sans: Vec::new(), ..request.clone() })?;
        let tls = issue(&self.tls_ca, &EnrollmentRequest { tls: true, ..request })?;
        let dir = self.member_dir(member.role, name);
        let msp = dir.join("msp");
        let certificate_file = format!("{name}{CERTIFICATE_SUFFIX}");
        self.write_msp(&msp)?;
        write_key(&msp.join("keystore").join(KEY_FILE), &identity.key_pem)?;
        write(&msp.join("signcerts").join(&certificate_file), &identity.cert_pem)?;
        if !self.node_ous {
            write(&msp.join("admincerts").join(&certificate_file), &identity.cert_pem)?;
        }
        let tls_dir = dir.join("tls");
        let tls_prefix = if is_node(member.role) { "server" } else { "client" };
        write(&tls_dir.join("ca.crt"), self.tls_ca.cert_pem())?;
        write_key(&tls_dir.join(format!("{tls_prefix}.key")), &tls.key_pem)?;
        write(&tls_dir.join(format!("{tls_prefix}.crt")), &tls.cert_pem)?;
        Ok(dir)
    }

    /// Makes a user the only administrator in the MSP directory `msp`, which an organisation without `NodeOUs` needs.
    pub fn copy_admin(&self, common_name: &str, msp: &Path) -> Result<(), OrganizationError> {
        let file = format!("{common_name}{CERTIFICATE_SUFFIX}");
        let folder = msp.join("admincerts");
        if folder.join(&file).exists() {
            return Ok(());
        }
        let user = self.member_dir(Role::Admin, common_name);
        let certificate = read(&user.join("msp").join("signcerts").join(&file))?;
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|source| OrganizationError::Write { path: folder.clone(), source })?;
        }
        write(&folder.join(file), &certificate)
    }

    /// Writes the public part that every MSP directory of the organisation has.
    fn write_msp(&self, msp: &Path) -> Result<(), OrganizationError> {
        let ca_file = format!("{}{CERTIFICATE_SUFFIX}", self.ca.common_name());
        make_dir(&msp.join("admincerts"))?;
        write(&msp.join("cacerts").join(&ca_file), self.ca.cert_pem())?;
        write(&msp.join("tlscacerts").join(format!("{}-cert.pem", self.tls_ca.common_name())), self.tls_ca.cert_pem())?;
        match self.node_ous {
            true => write(&msp.join("config.yaml"), &node_ous(&format!("cacerts/{ca_file}"))),
            false => Ok(()),
        }
    }
}

fn is_node(role: Role) -> bool {
    matches!(role, Role::Peer | Role::Orderer)
}

/// Names of the authorities for identities and for TLS.
fn authority_names(domain: &str, settings: &Settings) -> (String, String) {
    let ca = settings.ca_name.clone().unwrap_or_else(|| format!("ca.{domain}"));
    let tls_ca = format!("tls{ca}");
    (ca, tls_ca)
}

/// The file in `folder` whose name ends in `suffix`: older tools name keys after a hash.
fn only_file(folder: &Path, suffix: &str) -> Result<PathBuf, OrganizationError> {
    let failed = |source| OrganizationError::Read { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.to_string_lossy().ends_with(suffix) {
            return Ok(path);
        }
    }
    let missing = format!("there is no file whose name ends in {suffix}");
    Err(failed(io::Error::new(io::ErrorKind::NotFound, missing)))
}

/// `config.yaml` with the four roles bound to the organisation's authority.
fn node_ous(ca_file: &str) -> String {
    let mut text = String::from("NodeOUs:\n    Enable: true\n");
    for (key, role) in [
        ("ClientOUIdentifier", Role::Client),
        ("PeerOUIdentifier", Role::Peer),
        ("AdminOUIdentifier", Role::Admin),
        ("OrdererOUIdentifier", Role::Orderer),
    ] {
        let unit = role.as_str();
        text += &format!("    {key}:\n        Certificate: {ca_file}\n        OrganizationalUnitIdentifier: {unit}\n");
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
