//! What `core.yaml` says about a peer, typed. Defaults are Fabric's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use node::config::Source;
use node::grpc::{ClientAuthentication, ServerTls, ServiceLimit};

use runtime::Limits;

use super::ProcessSettings;
use crate::bccsp;
use crate::chaincode::DEFAULT_EXECUTE_TIMEOUT;
use crate::endorser::{AuthFilters, DEFAULT_TIME_WINDOW};

/// Fabric's default for `peer.fileSystemPath`.
pub const DEFAULT_DATA_DIR: &str = "/var/hyperledger/production";

/// Fabric's default for the concurrency limits of the services.
const DEFAULT_ENDORSER_LIMIT: u64 = 2500;
const DEFAULT_DELIVER_LIMIT: u64 = 2500;
const DEFAULT_GATEWAY_LIMIT: u64 = 500;

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
    /// `peer.listenAddress`
    pub listen_address: String,
    /// What to change when the listen address is in use.
    pub listen_setting: String,
    /// `peer.chaincodeListenAddress`, where chaincode processes register: in development mode, or those of external builders.
    pub chaincode_listen: Option<Listen>,
    /// Chaincode in processes.
    pub processes: ProcessSettings,
    /// `peer.address`: how others reach the peer.
    pub external_address: String,
    /// `peer.tls`
    pub tls: Option<ServerTls>,
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
    /// `peer.gateway.enabled`
    pub gateway: bool,
}

/// A socket to listen on.
#[derive(Clone, Debug)]
pub struct Listen {
    /// `host:port`
    pub address: String,
    /// What to change when it is in use.
    pub setting: String,
}

#[derive(serde::Deserialize)]
struct Filter {
    name: String,
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
        let tls_enabled = source.flag("peer.tls.enabled")?.unwrap_or(false);
        let mut tls_roots_pem = Vec::new();
        if let Some(path) = source.path("peer.tls.rootcert.file")?.filter(|_| tls_enabled) {
            tls_roots_pem.push(read_text(&path, "peer.tls.rootcert.file")?);
        }
        refuse_unsupported(source)?;
        let processes = ProcessSettings::from_source(source, environment, development)?;
        Ok(PeerSettings {
            id: text("peer.id", "")?,
            network_id: text("peer.networkId", "dev")?,
            msp_id: text("peer.localMspId", "SampleOrg")?,
            msp_dir: source.path("peer.mspConfigPath")?.unwrap_or_else(|| source.directory().join("msp")),
            keys: bccsp::key_store(source)?,
            data_dir: source.path("peer.fileSystemPath")?.unwrap_or_else(|| PathBuf::from(DEFAULT_DATA_DIR)),
            listen_address: text("peer.listenAddress", "0.0.0.0:7051")?,
            listen_setting: format!("peer.listenAddress ({})", source.variable("peer.listenAddress")),
            chaincode_listen: processes.listens().then(|| chaincode_listen(source)).transpose()?,
            processes,
            external_address: text("peer.address", "0.0.0.0:7051")?,
            tls: if tls_enabled { Some(tls(source)?) } else { None },
            tls_roots_pem,
            filters: filters(source)?,
            contract_cap: contract_cap(source)?,
            execute_timeout: source.duration("chaincode.executetimeout")?.unwrap_or(DEFAULT_EXECUTE_TIMEOUT),
            limits: limits(source)?,
            gateway: source.flag("peer.gateway.enabled")?.unwrap_or(true),
        })
    }
}

/// Keys that would change what the peer does and are not there yet: better no start than another behaviour.
fn refuse_unsupported(source: &Source) -> anyhow::Result<()> {
    if source.text("ledger.state.stateDatabase")?.is_some_and(|database| database.eq_ignore_ascii_case("CouchDB")) {
        bail!("ledger.state.stateDatabase: CouchDB is not supported, use goleveldb");
    }
    if let Some(kind) = source.text("peer.localMspType")? {
        msp::Msp::check_type_name(&kind)?;
    }
    Ok(())
}

fn chaincode_listen(source: &Source) -> anyhow::Result<Listen> {
    let key = "peer.chaincodeListenAddress";
    let address = source.text(key)?.filter(|address| !address.is_empty());
    Ok(Listen {
        address: address.unwrap_or_else(|| "0.0.0.0:7052".to_owned()),
        setting: format!("{key} ({})", source.variable(key)),
    })
}

fn filters(source: &Source) -> anyhow::Result<AuthFilters> {
    let window = source.duration("peer.authentication.timewindow")?.unwrap_or(DEFAULT_TIME_WINDOW);
    let named: Option<Vec<Filter>> = source.decoded("peer.handlers.authFilters", "a list of filters with names")?;
    let Some(named) = named else {
        return Ok(AuthFilters { expiration: true, time_window: Some(window) });
    };
    let mut filters = AuthFilters { expiration: false, time_window: None };
    for filter in named {
        match filter.name.as_str() {
            "DefaultAuth" => {}
            "ExpirationCheck" => filters.expiration = true,
            "TimeWindowCheck" => filters.time_window = Some(window),
            other => bail!("peer.handlers.authFilters: there is no filter named {other}"),
        }
    }
    Ok(filters)
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

fn tls(source: &Source) -> anyhow::Result<ServerTls> {
    let file = |key: &str| -> anyhow::Result<String> {
        let path = source.path(key)?.with_context(|| format!("{key} is not set, but peer.tls.enabled is true"))?;
        read_text(&path, key)
    };
    let clients = if source.flag("peer.tls.clientAuthRequired")?.unwrap_or(false) {
        let mut roots = Vec::new();
        for path in source.paths("peer.tls.clientRootCAs.files")? {
            for block in pem::parse_many(read_text(&path, "peer.tls.clientRootCAs.files")?)
                .with_context(|| format!("peer.tls.clientRootCAs.files: {} is not PEM", path.display()))?
            {
                roots.push(block.into_contents().into());
            }
        }
        ClientAuthentication::Required(roots)
    } else {
        ClientAuthentication::Requested
    };
    let (certificate, key) = (file("peer.tls.cert.file")?, file("peer.tls.key.file")?);
    ServerTls::new(certificate.as_bytes(), key.as_bytes(), &clients).context("setting up peer.tls")
}

fn read_text(path: &Path, key: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{key}: reading {}", path.display()))
}
