//! `peer node start`: from flags, `core.yaml` and environment to a running process, and its orderly end.

mod admin;
mod arguments;
mod assembly;
mod operations;
mod processes;
mod settings;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use node::config::{CORE_KEYS, Source};
use node::logging::Log;
use node::shutdown::{Signal, Signals, Stop};
use tokio::task::JoinHandle;

pub use arguments::StartArguments;
pub(crate) use assembly::DRAIN_TIMEOUT;
pub use assembly::PeerNode;
pub use operations::{OperationsSettings, OperatorView};
pub use processes::ProcessSettings;
pub use settings::{ConnectionSettings, DEFAULT_DATA_DIR, GatewaySettings, Listen, PeerSettings, SNAPSHOTS_DIR};

use crate::{dev_network, text};

/// Time that what still runs has to finish once the process is told to end.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(300);

/// Time that requests have to finish after Ctrl-C.
const INTERRUPT_PATIENCE: Duration = Duration::from_millis(300);

/// Runs a peer until it is told to stop. Without any `core.yaml`, and with `--chaincode-dev`, that is a whole
/// development network.
pub fn start(arguments: StartArguments, environment: &BTreeMap<String, String>) -> anyhow::Result<()> {
    let log = node::logging::init(environment, "info").context("starting the log")?;
    node::open_files::raise_limit();
    let source = Source::open("core", "CORE", environment).context("reading core.yaml")?;
    let configured = source.file().is_some() && !dev_network::is_client_configuration(source.directory());
    // Sockets need few threads: contracts, validation and commit have their own.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(std::thread::available_parallelism().map_or(1, |count| count.get().min(4)))
        .thread_name("io")
        .enable_all()
        .build()
        .context("starting the network threads")?;
    let result = runtime.block_on(async {
        if configured {
            arguments.refuse_dev_network_flags()?;
            run_configured(&source, environment, arguments.chaincode_dev, log).await
        } else if arguments.chaincode_dev {
            let processes = ProcessSettings::from_source(&source, environment, true)?;
            let view = OperatorView::open(OperationsSettings::from_source(&source)?, log).await?;
            dev_network::run(arguments.with_environment(environment)?, processes, environment, view).await
        } else if source.file().is_some() {
            anyhow::bail!(
                "the core.yaml in {} is for clients of a development network and configures no peer; start the network \
                 with peer node start --chaincode-dev",
                source.directory().display()
            )
        } else {
            anyhow::bail!(
                "no core.yaml found in FABRIC_CFG_PATH, the working directory or /etc/hyperledger/fabric; a \
                 development network needs none: peer node start --chaincode-dev"
            )
        }
    });
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    result
}

/// A peer of a network that exists elsewhere.
async fn run_configured(
    source: &Source,
    environment: &BTreeMap<String, String>,
    development: bool,
    log: Log,
) -> anyhow::Result<()> {
    for key in source.unknown_keys(CORE_KEYS) {
        tracing::warn!(target: "peer", "core.yaml: unknown key {key} is ignored");
    }
    let mut signals = Signals::install().context("catching signals")?;
    let stop = Stop::new();
    // As in Fabric, the flag is a way to set this key.
    let development = development || source.text("chaincode.mode")?.is_some_and(|mode| mode == "dev");
    let view = OperatorView::open(OperationsSettings::from_source(source)?, log).await?;
    let settings = PeerSettings::from_source(source, environment, development)?;
    let (id, network_id, address) =
        (settings.id.clone(), settings.network_id.clone(), settings.external_address.clone());
    let peer = PeerNode::open(settings, &view, stop.clone()).await?;
    view.serve(peer.channels(), &stop).await?;
    let address = assembly::told_address(&address, peer.address().port());
    let serving = tokio::spawn(peer.serve());
    tracing::info!(target: "nodeCmd", "{}", text::started_peer(&id, &network_id, &address));
    let signal = signal_to_end(&mut signals).await;
    end(signal, &mut signals, &stop, serving).await
}

/// Waits until the process is told to end.
pub(crate) async fn signal_to_end(signals: &mut Signals) -> Signal {
    let signal = signals.recv().await;
    tracing::info!(target: "nodeCmd", "Received signal: {} ({})", signal.number(), signal.name());
    signal
}

/// Ends what runs: after SIGTERM requests have time to finish, after SIGINT nearly none, and after another signal none.
pub(crate) async fn end(
    signal: Signal,
    signals: &mut Signals,
    stop: &Stop,
    mut running: JoinHandle<()>,
) -> anyhow::Result<()> {
    stop.trigger();
    let patience = match signal {
        Signal::Interrupt => INTERRUPT_PATIENCE,
        Signal::Terminate => assembly::DRAIN_TIMEOUT,
    };
    tokio::select! {
        ended = &mut running => return ended.context("stopping"),
        () = tokio::time::sleep(patience) => {}
        _ = signals.recv() => {}
    }
    stop.hurry();
    tokio::select! {
        ended = running => ended.context("stopping"),
        // Who presses Ctrl-C once more does not want to wait for anything.
        _ = signals.recv() => Ok(()),
    }
}
