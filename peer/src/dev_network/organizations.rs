//! The two organisations of a development network: certificates and keys of its nodes and users.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use msp::generate::{Organization, OrganizationKind};
use msp::{MspSet, Role, SigningIdentity};
use node::grpc::{ClientAuthentication, ServerTls};
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
    pub(super) fn peer_tls(&self) -> anyhow::Result<ServerTls> {
        server_tls(&self.peer.node_dir("peer0"))
    }

    /// TLS of the orderer.
    pub(super) fn orderer_tls(&self) -> anyhow::Result<ServerTls> {
        server_tls(&self.orderer.node_dir("orderer"))
    }

    /// Certificate of the TLS authority of the peer's organisation.
    pub(super) fn peer_tls_ca(&self) -> String {
        self.peer.tls_ca().cert_pem().to_owned()
    }

    /// Certificate of the TLS authority of the orderer's organisation.
    pub(super) fn orderer_tls_ca(&self) -> String {
        self.orderer.tls_ca().cert_pem().to_owned()
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

fn server_tls(node_dir: &Path) -> anyhow::Result<ServerTls> {
    let read = |name: &str| {
        let path = node_dir.join("tls").join(name);
        fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    ServerTls::new(&read("server.crt")?, &read("server.key")?, &ClientAuthentication::Requested)
        .context("setting up TLS")
}
