//! The two organisations of a development network: certificates and keys of its nodes and users.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use msp::generate::{Organization, OrganizationKind};
use msp::{MspSet, Role, SigningIdentity};
use node::grpc::{ClientAuthentication, ClientIdentity, ClientTls, ServerTls};
use prost::Message;
use proto::msp::MspConfig;

/// MSP of the peer's organisation.
pub(super) const PEER_MSP_ID: &str = "Org1MSP";
/// Its name in profiles and configuration.
pub(super) const PEER_ORG: &str = "Org1";
/// Its domain.
pub(super) const PEER_DOMAIN: &str = "org1.example.com";
/// The peer's host name in certificates.
pub(super) const PEER_NAME: &str = "peer0.org1.example.com";
/// MSP of the orderer's organisation.
pub(super) const ORDERER_MSP_ID: &str = "OrdererMSP";
/// Its name in the configuration.
pub(super) const ORDERER_ORG: &str = "OrdererOrg";
/// Its domain.
pub(super) const ORDERER_DOMAIN: &str = "example.com";
/// The orderer's host name in certificates.
pub(super) const ORDERER_NAME: &str = "orderer.example.com";

/// What TLS certificates hold for besides the hosts' names.
const HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Written last, so that an interrupted start makes everything again.
const COMPLETE_FILE: &str = "complete";

/// How the network's connections are secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Security {
    /// They are not.
    Plain,
    /// Servers show certificates.
    Tls,
    /// Clients have to show certificates of one of the organisations, too.
    MutualTls,
}

impl Security {
    /// Whether connections are encrypted.
    pub(super) fn is_tls(self) -> bool {
        self != Security::Plain
    }
}

/// The organisations on disk.
pub(super) struct Organizations {
    peer: Organization,
    orderer: Organization,
}

/// The files that clients use.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub(super) admin_msp_dir: PathBuf,
    pub(super) user_msp_dir: PathBuf,
    pub(super) peer_tls_ca: PathBuf,
    pub(super) orderer_tls_ca: PathBuf,
}

impl Organizations {
    /// Whether the organisations have been made.
    pub(super) fn exist(dir: &Path) -> bool {
        dir.join("organizations").join(COMPLETE_FILE).exists()
    }

    /// The organisations below `dir`, made if they are not there.
    pub(super) fn open_or_create(dir: &Path) -> anyhow::Result<Self> {
        let root = dir.join("organizations");
        let complete = root.join(COMPLETE_FILE);
        if complete.exists() {
            let open = |kind, domain| {
                Organization::open(&root, kind, domain)
                    .context("reading the network's certificates; --reset makes new ones")
            };
            let peer = open(OrganizationKind::Peer, PEER_DOMAIN)?;
            let orderer = open(OrganizationKind::Orderer, ORDERER_DOMAIN)?;
            return Ok(Organizations { peer, orderer });
        }
        let peer = Organization::create(&root, OrganizationKind::Peer, PEER_DOMAIN)?;
        peer.add_node("peer0", &HOSTS)?;
        peer.add_user("Admin", Role::Admin)?;
        peer.add_user("User1", Role::Client)?;
        let orderer = Organization::create(&root, OrganizationKind::Orderer, ORDERER_DOMAIN)?;
        orderer.add_node("orderer", &HOSTS)?;
        orderer.add_user("Admin", Role::Admin)?;
        fs::write(&complete, "").with_context(|| format!("cannot write {}", complete.display()))?;
        Ok(Organizations { peer, orderer })
    }

    /// Directory of the peer's own MSP, with its key.
    pub(super) fn peer_msp_dir(&self) -> PathBuf {
        self.peer.node_dir("peer0").join("msp")
    }

    /// Directory of the MSP of the peer's administrator.
    pub(super) fn admin_msp_dir(&self) -> PathBuf {
        self.peer.user_dir("Admin").join("msp")
    }

    /// Membership rules of the peer's organisation, for the channel's configuration.
    pub(super) fn peer_msp_config(&self) -> anyhow::Result<MspConfig> {
        msp_config(&self.peer, PEER_MSP_ID)
    }

    /// Membership rules of the orderer's organisation.
    pub(super) fn orderer_msp_config(&self) -> anyhow::Result<MspConfig> {
        msp_config(&self.orderer, ORDERER_MSP_ID)
    }

    /// Who signs blocks.
    pub(super) fn orderer_identity(&self) -> anyhow::Result<SigningIdentity> {
        SigningIdentity::from_msp_dir(&self.orderer.node_dir("orderer").join("msp"), ORDERER_MSP_ID)
            .context("reading the orderer's key")
    }

    /// Whether the channel knows the peer, the orderer and the users by the certificates in the directory.
    pub(super) fn check(&self, msps: &MspSet) -> anyhow::Result<()> {
        let of_orderer = self.orderer.node_dir("orderer").join("msp");
        let user = self.peer.user_dir("User1").join("msp");
        for (dir, msp_id) in [
            (self.peer_msp_dir(), PEER_MSP_ID),
            (self.admin_msp_dir(), PEER_MSP_ID),
            (user, PEER_MSP_ID),
            (of_orderer, ORDERER_MSP_ID),
        ] {
            let remedy = || format!("{} is damaged; put it back, or start over with --reset", dir.display());
            let identity = SigningIdentity::from_msp_dir(&dir, msp_id).with_context(remedy)?;
            msps.identity(identity.serialized()).with_context(remedy)?;
        }
        Ok(())
    }

    /// TLS of the peer.
    pub(super) fn peer_tls(&self, security: Security) -> anyhow::Result<Option<ServerTls>> {
        self.server_tls(&self.peer.node_dir("peer0"), security)
    }

    /// TLS of the orderer.
    pub(super) fn orderer_tls(&self, security: Security) -> anyhow::Result<Option<ServerTls>> {
        self.server_tls(&self.orderer.node_dir("orderer"), security)
    }

    /// Certificate of the TLS authority of the peer's organisation.
    pub(super) fn peer_tls_ca(&self) -> String {
        self.peer.tls_ca().cert_pem().to_owned()
    }

    /// What the peer shows to orderers that ask for a certificate: its server's, as a peer without a client's has it.
    pub(super) fn peer_as_client(&self, security: Security) -> anyhow::Result<Option<ClientIdentity>> {
        let tls_dir = self.peer.node_dir("peer0").join("tls");
        (security == Security::MutualTls).then(|| client_identity(&tls_dir, "server")).transpose()
    }

    /// How the peer's administrator connects to the peer.
    pub(super) fn to_peer(&self, security: Security) -> anyhow::Result<Option<ClientTls>> {
        self.client_tls(self.peer.tls_ca().cert_pem(), security)
    }

    /// How the peer's administrator connects to the orderer.
    pub(super) fn to_orderer(&self, security: Security) -> anyhow::Result<Option<ClientTls>> {
        self.client_tls(self.orderer.tls_ca().cert_pem(), security)
    }

    fn client_tls(&self, root: &str, security: Security) -> anyhow::Result<Option<ClientTls>> {
        let identity = || client_identity(&self.peer.user_dir("Admin").join("tls"), "client");
        Ok(match security {
            Security::Plain => None,
            Security::Tls => Some(ClientTls { roots_pem: vec![root.to_owned()], ..ClientTls::default() }),
            Security::MutualTls => Some(ClientTls {
                roots_pem: vec![root.to_owned()],
                identity: Some(identity()?),
                ..ClientTls::default()
            }),
        })
    }

    fn server_tls(&self, node_dir: &Path, security: Security) -> anyhow::Result<Option<ServerTls>> {
        let clients = match security {
            Security::Plain => return Ok(None),
            Security::Tls => ClientAuthentication::Requested,
            Security::MutualTls => {
                let roots = [self.peer.tls_ca().cert_pem(), self.orderer.tls_ca().cert_pem()].concat();
                ClientAuthentication::required(roots.as_bytes()).context("setting up TLS")?
            }
        };
        let server = client_identity(&node_dir.join("tls"), "server")?;
        let tls = ServerTls::new(server.certificate_pem.as_bytes(), server.key_pem.as_bytes(), &clients);
        tls.map(Some).context("setting up TLS")
    }

    /// Where clients find what they need.
    pub(super) fn files(&self) -> Files {
        Files {
            admin_msp_dir: self.admin_msp_dir(),
            user_msp_dir: self.peer.user_dir("User1").join("msp"),
            peer_tls_ca: self.peer.tls_ca_file(),
            orderer_tls_ca: self.orderer.tls_ca_file(),
        }
    }
}

/// `MSPConfig.type` of X.509 organisations.
const FABRIC_MSP: i32 = 0;

fn msp_config(organization: &Organization, msp_id: &str) -> anyhow::Result<MspConfig> {
    let config = msp::read_config(&organization.msp_dir(), msp_id)
        .with_context(|| format!("reading the certificates of {msp_id}"))?;
    Ok(MspConfig { r#type: FABRIC_MSP, config: config.encode_to_vec().into() })
}

/// A certificate and its key as they lie in a `tls` directory.
fn client_identity(tls_dir: &Path, name: &str) -> anyhow::Result<ClientIdentity> {
    let read = |suffix: &str| {
        let path = tls_dir.join(format!("{name}.{suffix}"));
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    Ok(ClientIdentity { certificate_pem: read("crt")?, key_pem: read("key")? })
}
