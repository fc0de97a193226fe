//! The development network: one organisation, an orderer and a channel in one process, made up on the first start
//! and taken up again by later ones.

mod client_files;
mod data_dir;
mod genesis;
mod organizations;
mod watch;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use channel::Bundle;
use client::dev_network::DevNetwork;
use node::grpc::{ClientTls, Server, ServerOptions};
use node::shutdown::{Signals, Stop};
use orderer::{Orderer, OrdererOptions};

use crate::chaincode::DEFAULT_EXECUTE_TIMEOUT;
use crate::channels::OrdererConnections;
use crate::discovery::DiscoverySettings;
use crate::endorser::AuthFilters;
use crate::node_start::{
    self, ConnectionSettings, DRAIN_TIMEOUT, GatewaySettings, Listen, OperatorView, PeerNode, PeerSettings,
    ProcessSettings, SNAPSHOTS_DIR, StartArguments,
};
use crate::text;
use data_dir::{DataDir, Record};
use organizations::{Organizations, PEER_MSP_ID, PEER_NAME, Security};

pub use client_files::is_client_configuration;
pub use data_dir::PEER_DIR;

const DEFAULT_CHANNEL: &str = "mychannel";
const DEFAULT_HOST: &str = "127.0.0.1";
const DEFAULT_PEER_PORT: u16 = 7051;
const DEFAULT_ORDERER_PORT: u16 = 7050;
const DEFAULT_CHAINCODE_PORT: u16 = 7052;
/// One transaction at a time is committed within a few milliseconds; many at once still share blocks.
const DEFAULT_BATCH_TIMEOUT: Duration = Duration::from_millis(2);
const DEFAULT_BATCH_SIZE: u32 = 500;
/// The network's name in logs.
const NETWORK_ID: &str = "dev";

/// Runs the network until a signal ends it. Its peer has `processes`, and is seen by operators through `view`.
pub async fn run(
    arguments: StartArguments,
    processes: ProcessSettings,
    environment: &BTreeMap<String, String>,
    view: OperatorView,
) -> anyhow::Result<()> {
    let mut signals = Signals::install().context("catching signals")?;
    let stop = Stop::new();
    let network = Network::open(arguments, processes, environment, &view, stop.clone()).await;
    let network = network.map_err(explain_damage)?;
    view.serve(network.peer.channels(), &stop).await?;
    let described = network.describe();
    let running = tokio::spawn(network.serve());
    described.announce()?;
    let signal = node_start::signal_to_end(&mut signals).await;
    DevNetwork::remove(&described.dir).context("removing the network's description")?;
    node_start::end(signal, &mut signals, &stop, running).await
}

/// Everything of the network, listening and not yet serving.
struct Network {
    /// Held for its lock.
    data_dir: DataDir,
    record: Record,
    organizations: Organizations,
    orderer: Arc<Orderer>,
    orderer_server: Server,
    peer: PeerNode,
    security: Security,
    /// How contracts are deployed when their files change.
    to_peer: Option<ClientTls>,
    to_orderer: Option<ClientTls>,
    is_default_dir: bool,
    stop: Stop,
}

impl Network {
    async fn open(
        arguments: StartArguments,
        processes: ProcessSettings,
        environment: &BTreeMap<String, String>,
        view: &OperatorView,
        stop: Stop,
    ) -> anyhow::Result<Self> {
        let dir = directory(&arguments, environment)?;
        let is_default_dir = DevNetwork::default_dir(|name| environment.get(name).cloned()).as_deref() == Some(&*dir);
        let data_dir = DataDir::open(&dir, arguments.reset)?;
        let recorded = data_dir.record()?;
        if recorded.is_some() && !Organizations::exist(data_dir.path()) {
            bail!(
                "the certificates of the network in {} are gone; put its folder organizations back, or start over with \
                 --reset",
                dir.display()
            );
        }
        let organizations = Organizations::open_or_create(data_dir.path())?;
        let host = arguments.host.clone().unwrap_or_else(|| DEFAULT_HOST.to_owned());
        let security = match (arguments.mutual_tls, arguments.tls) {
            (true, _) => Security::MutualTls,
            (false, true) => Security::Tls,
            (false, false) => Security::Plain,
        };

        let orderer_port = orderer_port(&arguments, recorded.as_ref(), data_dir.path())?;
        let mut options = ServerOptions::new(format!("{host}:{orderer_port}"), "--orderer-port");
        options.tls = organizations.orderer_tls(security)?;
        options.drain_timeout = DRAIN_TIMEOUT;
        let orderer_server = Server::bind(options).await?;
        let peer_port = arguments.peer_port.unwrap_or(DEFAULT_PEER_PORT);
        let chaincode_port = arguments.chaincode_port.unwrap_or(DEFAULT_CHAINCODE_PORT);
        if recorded.is_none() {
            // A network that cannot start must not be kept, since its ports are.
            for (port, setting) in [(peer_port, "--peer-port"), (chaincode_port, "--chaincode-port")] {
                Server::bind(ServerOptions::new(format!("{host}:{port}"), setting)).await?;
            }
        }

        let (record, block) = match recorded {
            Some(record) => {
                let block = data_dir.genesis_block()?;
                (record, block)
            }
            None => {
                let record = Record {
                    channel_id: arguments.channel.clone().unwrap_or_else(|| DEFAULT_CHANNEL.to_owned()),
                    orderer_port: orderer_server.address().port(),
                };
                let block = genesis::block(&record, &host, &organizations, &arguments)?;
                // A network that cannot start must not be kept.
                Bundle::from_config_block(&block).context("the new network's channel cannot be used")?;
                data_dir.write_new_network(&record, &block)?;
                (record, block)
            }
        };

        let bundle = Bundle::from_config_block(&block)?;
        organizations.check(bundle.msps())?;
        let identity = Arc::new(organizations.orderer_identity()?);
        let orderer = Orderer::open(OrdererOptions::new(data_dir.path().join("orderer"), identity))?;
        if orderer.channel(&record.channel_id).is_none() {
            orderer.join(&block).context("starting the channel at the orderer")?;
        }
        let mut settings = peer_settings(&data_dir, &organizations, &host, peer_port, security, processes)?;
        settings.chaincode_listen =
            Some(Listen { address: format!("{host}:{chaincode_port}"), setting: "--chaincode-port".to_owned() });
        let peer = PeerNode::open(settings, view, stop.clone()).await?;
        if peer.channels().is_paused(&record.channel_id)? {
            tracing::warn!(
                target: "peer", "the channel {0} is paused; peer node resume -c {0} takes it up again", record.channel_id
            );
        } else if peer.channels().channel(&record.channel_id).is_none() {
            peer.channels().join(&block).context("joining the channel")?;
        }
        check_heights(&data_dir, &record, &orderer, &peer)?;
        let (to_peer, to_orderer) = (organizations.to_peer(security)?, organizations.to_orderer(security)?);
        Ok(Network {
            data_dir,
            record,
            organizations,
            orderer,
            orderer_server,
            peer,
            security,
            to_peer,
            to_orderer,
            is_default_dir,
            stop,
        })
    }

    fn describe(&self) -> client_files::Description {
        client_files::Description {
            dir: self.data_dir.path().to_owned(),
            is_default_dir: self.is_default_dir,
            channel_id: self.record.channel_id.clone(),
            peer: self.peer.address(),
            orderer: self.orderer_server.address(),
            chaincode: self.peer.chaincode_address(),
            security: self.security,
            files: self.organizations.files(),
        }
    }

    /// Serves until the stop is triggered.
    async fn serve(self) {
        let Network {
            data_dir, record, organizations, orderer, orderer_server, peer, to_peer, to_orderer, stop, ..
        } = self;
        let watch = watch::ContractWatch::new(watch::WatchOptions {
            channel_id: record.channel_id,
            msp_id: PEER_MSP_ID.to_owned(),
            channels: peer.channels().clone(),
            contracts: peer.contracts().clone(),
            admin_msp_dir: organizations.admin_msp_dir(),
            peer: client_files::endpoint(peer.address(), to_peer),
            orderer: client_files::endpoint(orderer_server.address(), to_orderer),
        });
        let watching = tokio::spawn(watch.run(stop.clone()));
        let ordering = tokio::spawn(orderer_server.serve(orderer.routes().await, stop.clone()));
        let started = text::started_peer(peer.id(), NETWORK_ID, &peer.address().to_string());
        tracing::info!(target: "orderer.common.server", "{}", text::ORDERER_READY);
        tracing::info!(target: "nodeCmd", "{started}");
        peer.serve().await;
        // Their only way to fail is a panic, which has been reported.
        let _ = tokio::join!(watching, ordering);
        orderer.stop();
        drop(data_dir);
    }
}

/// Who only develops has a quicker way out of damaged files than putting them back.
fn explain_damage(error: anyhow::Error) -> anyhow::Error {
    use ledger::OpenError::{Damaged, Database, Incomplete, Read, Replay, StateAhead};
    let is_damage = error.chain().filter_map(|cause| cause.downcast_ref()).any(|cause| {
        matches!(
            cause,
            Damaged { .. } | Database { .. } | Incomplete { .. } | Read { .. } | Replay { .. } | StateAhead { .. }
        )
    });
    if is_damage {
        error.context("the development network's data is damaged; --reset starts over without it")
    } else {
        error
    }
}

fn directory(arguments: &StartArguments, environment: &BTreeMap<String, String>) -> anyhow::Result<PathBuf> {
    let dir = match &arguments.data_dir {
        Some(dir) => dir.clone(),
        None => DevNetwork::default_dir(|name| environment.get(name).cloned())
            .context("no place for the network's data: HOME is not set; use --data-dir")?,
    };
    std::path::absolute(&dir).with_context(|| format!("resolving {}", dir.display()))
}

/// The orderer's port is part of the channel's configuration, so a network keeps the one it was made with.
fn orderer_port(arguments: &StartArguments, record: Option<&Record>, dir: &Path) -> anyhow::Result<u16> {
    let asked = arguments.orderer_port;
    let Some(record) = record else { return Ok(asked.unwrap_or(DEFAULT_ORDERER_PORT)) };
    if let Some(channel_id) = arguments.channel.as_deref().filter(|channel_id| *channel_id != record.channel_id) {
        bail!(
            "the network in {} has the channel {}, not {channel_id}; start over with --reset, or use another --data-dir",
            dir.display(),
            record.channel_id
        );
    }
    match asked {
        Some(port) if port != 0 && port != record.orderer_port => bail!(
            "the network in {} was made with its orderer on port {}, which is part of its channel's configuration; \
             start over with --reset, or use another --data-dir",
            dir.display(),
            record.orderer_port
        ),
        _ => Ok(record.orderer_port),
    }
}

/// An orderer that lost blocks would order new ones under numbers that the peer has already.
fn check_heights(data_dir: &DataDir, record: &Record, orderer: &Orderer, peer: &PeerNode) -> anyhow::Result<()> {
    let ordered = orderer.channel(&record.channel_id).map_or(0, |chain| *chain.heights().borrow());
    let committed = peer.channels().channel(&record.channel_id).map_or(0, |channel| channel.ledger().height());
    if ordered < committed {
        bail!(
            "the orderer in {} has {ordered} blocks of {} and the peer {committed}: put the orderer's data back, or start \
             over with --reset",
            data_dir.path().display(),
            record.channel_id
        );
    }
    Ok(())
}

fn peer_settings(
    data_dir: &DataDir,
    organizations: &Organizations,
    host: &str,
    port: u16,
    security: Security,
    processes: ProcessSettings,
) -> anyhow::Result<PeerSettings> {
    Ok(PeerSettings {
        id: PEER_NAME.to_owned(),
        network_id: NETWORK_ID.to_owned(),
        msp_id: PEER_MSP_ID.to_owned(),
        msp_dir: organizations.peer_msp_dir(),
        keys: msp::KeyStore::Files(None),
        data_dir: data_dir.path().join(PEER_DIR),
        snapshots_dir: data_dir.path().join(PEER_DIR).join(SNAPSHOTS_DIR),
        listen_address: format!("{host}:{port}"),
        listen_setting: "--peer-port".to_owned(),
        admin_listen: None,
        chaincode_listen: None,
        processes,
        external_address: format!("{host}:{port}"),
        external_endpoint: Some(format!("{host}:{port}")),
        tls: organizations.peer_tls(security)?,
        tls_roots_pem: vec![organizations.peer_tls_ca()],
        filters: AuthFilters::default(),
        contract_cap: runtime::Limits::cap(),
        execute_timeout: DEFAULT_EXECUTE_TIMEOUT,
        limits: Vec::new(),
        client_roots: None,
        connections: ConnectionSettings::default(),
        orderers: OrdererConnections {
            tls: security.is_tls(),
            client: organizations.peer_as_client(security)?,
            ..Default::default()
        },
        gateway: Some(GatewaySettings::default()),
        discovery: Some(DiscoverySettings::default()),
        validators: None,
    })
}
