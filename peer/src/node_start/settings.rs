//! What `core.yaml` says about a peer, typed. Defaults are Fabric's.

mod connections;
mod discovery;
mod handlers;
mod tls;
mod unsupported;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use node::config::Source;
use node::grpc::{ServerTls, ServiceLimit};

use runtime::Limits;
use rustls_pki_types::CertificateDer;

use super::{ProcessSettings, admin};
use crate::bccsp;
use crate::chaincode::DEFAULT_EXECUTE_TIMEOUT;
use crate::channels::OrdererConnections;
use crate::discovery::DiscoverySettings;
use crate::endorser::AuthFilters;

pub use connections::ConnectionSettings;

/// Fabric's default for `peer.fileSystemPath`.
pub const DEFAULT_DATA_DIR: &str = "/var/hyperledger/production";

/// Where snapshots go below `peer.fileSystemPath`, unless `ledger.snapshots.rootDir` names another place.
pub const SNAPSHOTS_DIR: &str = "snapshots";

/// Fabric's default for the concurrency limits of the services.
const DEFAULT_ENDORSER_LIMIT: u64 = 2500;
const DEFAULT_DELIVER_LIMIT: u64 = 2500;
const DEFAULT_GATEWAY_LIMIT: u64 = 500;

/// Most threads that validate; beyond the number of cores they gain nothing.
const VALIDATORS_MAX: usize = 256;

/// What a peer is and where it keeps its data.
#[derive(Clone)]
pub struct PeerSettings {
    /// `peer.id`
    pub id: String,
    /// `peer.networkId`
    pub network_id: String,
    /// `peer.localMspId`
    pub msp_id: String,
    /// `peer.mspConfigPath`
    pub msp_dir: PathBuf,
    /// `peer.BCCSP`: where the peer's private key is.
    pub keys: msp::KeyStore,
    /// `peer.fileSystemPath`
    pub data_dir: PathBuf,
    /// `ledger.snapshots.rootDir`, as in Fabric `snapshots` below `peer.fileSystemPath` where it says nothing.
    pub snapshots_dir: PathBuf,
    /// `peer.listenAddress`
    pub listen_address: String,
    /// What to change when the listen address is in use.
    pub listen_setting: String,
    /// `peer.adminService.listenAddress`, if the service of Fabric 1.4's administrators has a listener of its own.
    pub admin_listen: Option<Listen>,
    /// `peer.chaincodeListenAddress`, where chaincode processes register: in development mode, or those of external builders.
    pub chaincode_listen: Option<Listen>,
    /// Chaincode in processes.
    pub processes: ProcessSettings,
    /// `peer.address`: how others reach the peer.
    pub external_address: String,
    /// `peer.gossip.externalEndpoint`: where everybody reaches the peer. Discovery does not name a peer that has none.
    pub external_endpoint: Option<String>,
    /// `peer.tls`
    pub tls: Option<ServerTls>,
    /// The authorities of TLS clients (`peer.tls.clientRootCAs.files`), where those must show certificates
    /// (`peer.tls.clientAuthRequired`). Those of the channels come on top.
    pub client_roots: Option<Vec<CertificateDer<'static>>>,
    /// How connections of clients are kept.
    pub connections: ConnectionSettings,
    /// How orderers are reached.
    pub orderers: OrdererConnections,
    /// PEM texts of TLS authorities that orderers may have besides those of the channel configuration
    /// (`peer.tls.rootcert.file`).
    pub tls_roots_pem: Vec<String>,
    /// `peer.handlers.authFilters` and `peer.authentication.timewindow`
    pub filters: AuthFilters,
    /// The most that calls of any contract may use: `chaincode.wasm.maxMemory`, `.maxFuel`, `.maxHostCalls`,
    /// `.maxHostBytes`
    pub contract_cap: Limits,
    /// `chaincode.executetimeout`
    pub execute_timeout: Duration,
    /// `peer.limits.concurrency`
    pub limits: Vec<ServiceLimit>,
    /// The gateway, if there is to be one (`peer.gateway.enabled`, and as in Fabric `peer.discovery.enabled`).
    pub gateway: Option<GatewaySettings>,
    /// Service discovery, if there is to be any (`peer.discovery.enabled`).
    pub discovery: Option<DiscoverySettings>,
    /// Threads that validate transactions (`peer.validatorPoolSize`); none means one for each core.
    pub validators: Option<usize>,
}

/// `peer.gateway`
#[derive(Clone, Copy, Debug)]
pub struct GatewaySettings {
    /// `endorsementTimeout`
    pub endorsement_timeout: Duration,
    /// `broadcastTimeout`
    pub broadcast_timeout: Duration,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        let timeout = Duration::from_secs(30);
        GatewaySettings { endorsement_timeout: timeout, broadcast_timeout: timeout }
    }
}

/// A socket to listen on.
#[derive(Clone, Debug)]
pub struct Listen {
    /// `host:port`
    pub address: String,
    /// What to change when it is in use.
    pub setting: String,
}

impl PeerSettings {
    /// Reads the settings. Says which key is wrong. In `development` mode chaincode processes may register. External builders
    /// get their variables from `environment`.
    pub fn from_source(
        source: &Source,
        environment: &BTreeMap<String, String>,
        development: bool,
    ) -> anyhow::Result<Self> {
        let text = |key: &str, default: &str| -> anyhow::Result<String> {
            Ok(source.text(key)?.unwrap_or_else(|| default.to_owned()))
        };
        let tls = tls::read(source)?;
        let client = tls.as_ref().and_then(|tls| tls.client.clone());
        let orderers = connections::orderers(source, tls.is_some(), client)?;
        unsupported::refuse(source)?;
        handlers::check(source)?;
        let listen_address = text("peer.listenAddress", "0.0.0.0:7051")?;
        let processes = ProcessSettings::from_source(source, environment, development)?;
        let data_dir = source.path("peer.fileSystemPath")?.unwrap_or_else(|| PathBuf::from(DEFAULT_DATA_DIR));
        Ok(PeerSettings {
            id: text("peer.id", "")?,
            network_id: text("peer.networkId", "dev")?,
            msp_id: text("peer.localMspId", "SampleOrg")?,
            msp_dir: source.path("peer.mspConfigPath")?.unwrap_or_else(|| source.directory().join("msp")),
            keys: bccsp::key_store(source)?,
            snapshots_dir: snapshots_dir(source)?.unwrap_or_else(|| data_dir.join(SNAPSHOTS_DIR)),
            data_dir,
            admin_listen: admin::listen(source, &listen_address)?,
            listen_address,
            listen_setting: format!("peer.listenAddress ({})", source.variable("peer.listenAddress")),
            chaincode_listen: processes.listens().then(|| chaincode_listen(source)).transpose()?,
            processes,
            external_address: connections::external_address(source)?,
            external_endpoint: source.text("peer.gossip.externalEndpoint")?,
            client_roots: tls.as_ref().and_then(|tls| tls.client_roots.clone()),
            tls_roots_pem: tls.as_ref().map(|tls| tls.roots_pem.clone()).unwrap_or_default(),
            tls: tls.map(|tls| tls.server),
            connections: ConnectionSettings::from_source(source)?,
            orderers,
            filters: handlers::filters(source)?,
            contract_cap: contract_cap(source)?,
            execute_timeout: source.duration("chaincode.executetimeout")?.unwrap_or(DEFAULT_EXECUTE_TIMEOUT),
            limits: limits(source)?,
            gateway: gateway(source)?,
            discovery: discovery::discovery(source)?,
            validators: validators(source)?,
        })
    }
}

fn snapshots_dir(source: &Source) -> anyhow::Result<Option<PathBuf>> {
    let key = "ledger.snapshots.rootDir";
    let is_named = source.text(key)?.is_some_and(|path| !path.is_empty());
    Ok(source.path(key)?.filter(|_| is_named))
}

fn gateway(source: &Source) -> anyhow::Result<Option<GatewaySettings>> {
    let flag = |key: &str| -> anyhow::Result<bool> { Ok(source.flag(key)?.unwrap_or(true)) };
    if !flag("peer.gateway.enabled")? || !flag("peer.discovery.enabled")? {
        return Ok(None);
    }
    let default = GatewaySettings::default();
    let time = |key: &str, default| -> anyhow::Result<Duration> { Ok(source.duration(key)?.unwrap_or(default)) };
    Ok(Some(GatewaySettings {
        endorsement_timeout: time("peer.gateway.endorsementTimeout", default.endorsement_timeout)?,
        broadcast_timeout: time("peer.gateway.broadcastTimeout", default.broadcast_timeout)?,
    }))
}

fn validators(source: &Source) -> anyhow::Result<Option<usize>> {
    let size = source.integer("peer.validatorPoolSize")?.filter(|size| *size > 0);
    Ok(size.map(|size| usize::try_from(size).unwrap_or(VALIDATORS_MAX).min(VALIDATORS_MAX)))
}

fn chaincode_listen(source: &Source) -> anyhow::Result<Listen> {
    let key = "peer.chaincodeListenAddress";
    let address = source.text(key)?.filter(|address| !address.is_empty());
    Ok(Listen {
        address: address.unwrap_or_else(|| "0.0.0.0:7052".to_owned()),
        setting: format!("{key} ({})", source.variable(key)),
    })
}

/// Never more than the runtime itself can give.
fn contract_cap(source: &Source) -> anyhow::Result<Limits> {
    let most = Limits::cap();
    let cap = Limits {
        memory_bytes: source
            .size("chaincode.wasm.maxMemory")?
            .map_or(most.memory_bytes, |size| usize::try_from(size).unwrap_or(usize::MAX)),
        fuel: source.integer("chaincode.wasm.maxFuel")?.unwrap_or(most.fuel),
        host_calls: source.integer("chaincode.wasm.maxHostCalls")?.unwrap_or(most.host_calls),
        host_bytes: source.size("chaincode.wasm.maxHostBytes")?.unwrap_or(most.host_bytes),
    };
    Ok(cap.capped(&most))
}

fn limits(source: &Source) -> anyhow::Result<Vec<ServiceLimit>> {
    let limit = |key: &str, service: &str, default: u64| -> anyhow::Result<ServiceLimit> {
        let limit = source.integer(key)?.unwrap_or(default);
        Ok(ServiceLimit { service: service.to_owned(), requests_max: usize::try_from(limit).unwrap_or(usize::MAX) })
    };
    Ok(vec![
        limit("peer.limits.concurrency.endorserService", "protos.Endorser", DEFAULT_ENDORSER_LIMIT)?,
        limit("peer.limits.concurrency.deliverService", "protos.Deliver", DEFAULT_DELIVER_LIMIT)?,
        limit("peer.limits.concurrency.gatewayService", "gateway.Gateway", DEFAULT_GATEWAY_LIMIT)?,
    ])
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn configurations_of_all_releases_are_understood() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../node/tests/core");
        for release in ["1.4", "2.0", "2.2", "2.5", "3.1"] {
            let path = folder.join(format!("core-{release}.yaml"));
            let source = Source::read(&path, "CORE", &BTreeMap::new()).expect("YAML");
            let settings = PeerSettings::from_source(&source, &BTreeMap::new(), false).expect(release);
            assert_eq!((&*settings.msp_id, settings.gateway.is_some()), ("Org1MSP", true), "{release}");
            crate::node_start::OperationsSettings::from_source(&source).expect(release);
        }
    }
}
