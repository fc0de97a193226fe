//! A peer put together from its settings: opened, listening, then serving.

use std::net::SocketAddr;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use deliver::DeliverOptions;
use ledger::LedgerOptions;
use msp::{Msp, MspSet, SigningIdentity};
use node::grpc::{ClientRoots, Server, ServerOptions};
use node::pid_file::PidFile;
use node::shutdown::Stop;
use proto::protos::admin_server::AdminServer;
use runtime::{Engine, EngineOptions, Executor};
use tonic::service::Routes;
use validator::Workers;

use super::{OperatorView, PeerSettings, admin, processes};
use crate::chaincode::builders::{Builders, BuildersOptions};
use crate::chaincode::external::{ExternalChaincodes, chaincode_support_service};
use crate::chaincode::legacy_packages::LegacyPackages;
use crate::chaincode::logs::ContractLogs;
use crate::chaincode::packages::PackageStore;
use crate::chaincode::{ChaincodeSupport, ContractRegistry};
use crate::channels::{Channels, ChannelsOptions, LEDGERS_DIR};
use crate::discovery::{DiscoveryOptions, discovery_service};
use crate::endorser::{DEFAULT_TIME_WINDOW, Endorser, EndorserOptions, endorser_service};
use crate::gateway::{GatewayOptions, gateway_service};
use crate::lifecycle::Lifecycle;
use crate::membership::Membership;
use crate::metrics::PeerMetrics;
use crate::services::{AdminService, admin_service, deliver_services, snapshot_service};
use crate::system::SystemChaincodes;

/// Proposals that may wait for a thread; Fabric's default for the concurrency of its endorser.
const EXECUTOR_QUEUE: usize = 2500;

/// The file that this process was started from, though it may have been replaced since. The `peer` command compiles contracts
/// when it is told to.
const OWN_PROGRAM: &str = "/proc/self/exe";

/// Time that running requests have to finish once the process is to end, unless it is told to hurry.
pub(crate) const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// More threads than cores, so that a few contracts that compute until they are stopped do not hold up all others.
const THREADS_PER_CORE: usize = 4;

/// Holds the number of the process, below `peer.fileSystemPath`.
const PID_FILE: &str = "peer.pid";

/// A peer that listens. Clients that connect are answered once it serves.
pub struct PeerNode {
    id: String,
    server: Server,
    channels: Arc<Channels>,
    contracts: Arc<ContractRegistry>,
    endorser: Arc<Endorser>,
    routes: Routes,
    /// Where administrators have a listener of their own.
    admin: Option<(Server, AdminServer<AdminService>)>,
    chaincode_server: Option<Server>,
    external: Arc<ExternalChaincodes>,
    /// Ends chaincode processes, once nobody calls them any more.
    processes_stop: Stop,
    stop: Stop,
    pid_file: PidFile,
}

impl PeerNode {
    /// Opens everything that the settings name, and the sockets. Must be called on a tokio runtime. The view's registry has no
    /// metrics of a peer yet.
    pub async fn open(mut settings: PeerSettings, view: &OperatorView, stop: Stop) -> anyhow::Result<Self> {
        let metrics = PeerMetrics::new(view.registry());
        let options = server_options(&settings, &metrics);
        let admin_server = admin::bind(settings.admin_listen.as_ref(), &options).await?;
        let server = Server::bind(options).await?;
        tell_port(&mut settings, server.address().port());
        let processes_stop = Stop::new();
        let (chaincode_server, hosting) = processes::open(&settings, &processes_stop).await?;
        let PeerSettings { msp_dir, msp_id, data_dir, .. } = &settings;
        let pid_file = PidFile::write(&data_dir.join(PID_FILE));
        let pid_file = pid_file.with_context(|| format!("writing {PID_FILE} in {}", data_dir.display()))?;

        let identity = identity(&settings)?;
        let msp = Msp::from_dir(msp_dir, msp_id)
            .with_context(|| format!("reading the peer's MSP from {}", msp_dir.display()))?;
        let local_msps = Arc::new(MspSet::new(vec![msp]));

        let administration = admin_service(view.log().clone(), local_msps.clone());

        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let channels = Channels::open(ChannelsOptions {
            data_dir: data_dir.join(LEDGERS_DIR),
            identity: identity.clone(),
            runtime: tokio::runtime::Handle::current(),
            workers: Arc::new(Workers::new(settings.validators.unwrap_or(threads))),
            orderers: settings.orderers.clone(),
            ledger: LedgerOptions { snapshots: Some(settings.snapshots_dir.clone()), ..Default::default() },
            metrics: metrics.ledger.clone(),
            client_roots: client_roots(&settings),
        })?;

        let contracts = contracts(&settings, &stop)?;
        let executor = Arc::new(
            Executor::new("chaincode", threads * THREADS_PER_CORE, EXECUTOR_QUEUE).context("starting threads")?,
        );
        preload(&contracts, &executor)?;

        let lifecycle = Lifecycle {
            msp_id: msp_id.clone(),
            local_msps: local_msps.clone(),
            channels: channels.clone(),
            contracts: contracts.clone(),
        };
        let system = SystemChaincodes {
            channels: channels.clone(),
            local_msps: local_msps.clone(),
            lifecycle,
            contracts: contracts.clone(),
        };
        let external = ExternalChaincodes::new(tokio::runtime::Handle::current(), hosting);
        let external = Arc::new(external.counted(metrics.chaincode.clone()));
        let chaincodes = ChaincodeSupport::new(
            msp_id.clone(),
            system,
            contracts.clone(),
            external.clone(),
            settings.execute_timeout,
            ContractLogs::new(data_dir),
        );
        let chaincodes = Arc::new(chaincodes.counted(metrics.chaincode.clone()));
        let endorser = Arc::new(Endorser::new(EndorserOptions {
            channels: channels.clone(),
            chaincodes: chaincodes.clone(),
            local_msps: local_msps.clone(),
            identity: identity.clone(),
            filters: settings.filters,
            executor,
            metrics: metrics.endorser.clone(),
        }));
        let membership = Membership::new(identity, settings.external_endpoint.clone(), chaincodes);
        let routes = routes(&settings, &endorser, &channels, &metrics)
            .add_service(snapshot_service(channels.clone(), local_msps.clone()));
        let routes = with_discovery(routes, &settings, &channels, local_msps, membership);
        // Administrators may have a listener of their own.
        let (routes, admin) = match admin_server {
            Some(server) => (routes, Some((server, administration))),
            None => (routes.add_service(administration), None),
        };
        let id = settings.id;
        Ok(PeerNode {
            id,
            server,
            channels,
            contracts,
            endorser,
            routes,
            admin,
            chaincode_server,
            external,
            processes_stop,
            stop,
            pid_file,
        })
    }

    /// `peer.id`
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where the peer listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Where chaincode processes may register.
    pub fn chaincode_address(&self) -> Option<SocketAddr> {
        self.chaincode_server.as_ref().map(Server::address)
    }

    /// The peer's channels.
    pub fn channels(&self) -> &Arc<Channels> {
        &self.channels
    }

    /// The peer's contracts.
    pub fn contracts(&self) -> &Arc<ContractRegistry> {
        &self.contracts
    }

    /// What answers proposals.
    pub fn endorser(&self) -> &Arc<Endorser> {
        &self.endorser
    }

    /// Serves until the stop is triggered. The channels close at once, which ends the streams of their blocks; requests
    /// that run have a moment to finish, and then the processes that it started.
    pub async fn serve(self) {
        let PeerNode {
            server,
            routes,
            admin,
            channels,
            chaincode_server,
            external,
            processes_stop,
            stop,
            pid_file,
            ..
        } = self;
        let serving = async {
            server.serve(routes, stop.clone()).await;
            processes_stop.trigger();
        };
        let administering = async {
            if let Some((server, service)) = admin {
                server.serve(Routes::new(service), stop.clone()).await;
            }
        };
        let registering = async {
            if let Some(server) = chaincode_server {
                server.serve(Routes::new(chaincode_support_service(external.clone())), stop.clone()).await;
            }
            processes_stop.triggered().await;
            external.processes_ended().await;
        };
        let closing = async {
            stop.triggered().await;
            // Waits for blocks that are being committed.
            if tokio::task::spawn_blocking(move || channels.stop()).await.is_err() {
                tracing::error!(target: "peer", "closing the channels failed");
            }
        };
        tokio::join!(serving, administering, registering, closing);
        drop(pid_file);
    }
}

/// Who the peer is.
fn identity(settings: &PeerSettings) -> anyhow::Result<Arc<SigningIdentity>> {
    let PeerSettings { msp_dir, msp_id, keys, .. } = settings;
    let identity = SigningIdentity::load(msp_dir, msp_id, keys)
        .with_context(|| format!("reading the peer's identity from {}", msp_dir.display()))?;
    identity.check_expiry(std::time::SystemTime::now())?;
    Ok(Arc::new(identity))
}

/// What is installed, and what runs it.
fn contracts(settings: &PeerSettings, stop: &Stop) -> anyhow::Result<Arc<ContractRegistry>> {
    let (data_dir, cap) = (&settings.data_dir, settings.contract_cap);
    let engine = Engine::new(EngineOptions {
        cache_dir: Some(data_dir.join("wasm-cache")),
        cap,
        compiler: Some(PathBuf::from(OWN_PROGRAM)),
        ..Default::default()
    })?;
    let packages = PackageStore::open(data_dir)?;
    let legacy = LegacyPackages::open(data_dir)?;
    let builders = builders(settings, stop)?;
    Ok(Arc::new(ContractRegistry::new(engine, cap, packages, legacy, builders)))
}

/// Clients are told the port that the system chose.
fn tell_port(settings: &mut PeerSettings, port: u16) {
    for address in std::iter::once(&mut settings.external_address).chain(&mut settings.external_endpoint) {
        *address = told_address(address, port);
    }
}

/// An address of the settings, with the port that the system chose where they leave it to the system.
pub(super) fn told_address(address: &str, port: u16) -> String {
    address.strip_suffix(":0").map_or_else(|| address.to_owned(), |host| format!("{host}:{port}"))
}

/// The external builders that the settings name.
fn builders(settings: &PeerSettings, stop: &Stop) -> anyhow::Result<Builders> {
    let processes = &settings.processes;
    for builder in &processes.builders {
        tracing::info!(target: "peer", "external builder '{}' is at {}", builder.name, builder.path.display());
    }
    Ok(Builders::open(BuildersOptions {
        builders: processes.builders.clone(),
        data_dir: settings.data_dir.clone(),
        install_timeout: processes.install_timeout,
        runtime: tokio::runtime::Handle::current(),
        stop: stop.clone(),
    })?)
}

fn server_options(settings: &PeerSettings, metrics: &PeerMetrics) -> ServerOptions {
    ServerOptions {
        tls: settings.tls.clone(),
        limits: settings.limits.clone(),
        metrics: metrics.server.clone(),
        keepalive: settings.connections.keepalive,
        ping_interval_min: settings.connections.ping_interval_min,
        handshake_timeout: settings.connections.handshake_timeout,
        drain_timeout: DRAIN_TIMEOUT,
        ..ServerOptions::new(&settings.listen_address, &settings.listen_setting)
    }
}

/// Where clients must show certificates, the channels have a say in whose.
fn client_roots(settings: &PeerSettings) -> Option<Arc<ClientRoots>> {
    let (tls, configured) = (settings.tls.clone()?, settings.client_roots.clone()?);
    Some(Arc::new(ClientRoots::new(tls, configured)))
}

fn routes(
    settings: &PeerSettings,
    endorser: &Arc<Endorser>,
    channels: &Arc<Channels>,
    metrics: &PeerMetrics,
) -> Routes {
    let sizes = settings.connections.sizes;
    let options = DeliverOptions {
        time_window: settings.filters.time_window.unwrap_or(DEFAULT_TIME_WINDOW),
        mutual_tls: settings.client_roots.is_some(),
    };
    let routes = Routes::new(endorser_service(endorser.clone(), sizes)).add_service(deliver_services(
        channels,
        options,
        &metrics.deliver,
    ));
    let Some(gateway) = settings.gateway else { return routes };
    routes.add_service(gateway_service(GatewayOptions {
        endorser: endorser.clone(),
        channels: channels.clone(),
        msp_id: settings.msp_id.clone(),
        address: settings.external_address.clone(),
        endorsement_timeout: gateway.endorsement_timeout,
        broadcast_timeout: gateway.broadcast_timeout,
        sizes,
    }))
}

fn with_discovery(
    routes: Routes,
    settings: &PeerSettings,
    channels: &Arc<Channels>,
    local_msps: Arc<MspSet>,
    membership: Membership,
) -> Routes {
    let Some(discovery) = settings.discovery else { return routes };
    routes.add_service(discovery_service(DiscoveryOptions {
        channels: channels.clone(),
        local_msps,
        membership,
        settings: discovery,
        sizes: settings.connections.sizes,
    }))
}

/// Loads every installed contract in the background, so that nobody waits for it later.
fn preload(contracts: &Arc<ContractRegistry>, executor: &Executor) -> anyhow::Result<()> {
    let legacy = contracts.legacy().list()?;
    let legacy = legacy.iter().map(|package| format!("{}:{}", package.name(), package.version()));
    for package_id in contracts.packages().list()?.into_iter().chain(legacy) {
        let contracts = contracts.clone();
        let load = move || {
            if let Err(error) = contracts.launch(&package_id) {
                let cause = crate::text::chain(&error);
                tracing::warn!(target: "chaincode", "package {package_id} cannot run: {cause}");
            }
        };
        if executor.submit(load).is_err() {
            // The rest is loaded when it is called.
            break;
        }
    }
    Ok(())
}
