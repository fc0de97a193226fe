//! `peer node start`: from flags, `core.yaml` and environment to a running process, and its orderly end.

mod arguments;
mod assembly;
mod processes;
mod settings;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use node::config::{CORE_KEYS, Source};
use node::shutdown::{Signals, Stop};

pub use arguments::StartArguments;
pub(crate) use assembly::DRAIN_TIMEOUT;
pub use assembly::PeerNode;
pub use processes::ProcessSettings;
pub use settings::{DEFAULT_DATA_DIR, Listen, PeerSettings};

use crate::{dev_network, text};

/// Time that what still runs has to finish once the process is told to end.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(300);

/// Runs a peer until it is told to stop. Without any `core.yaml`, and with `--chaincode-dev`, that is a whole
/// development network.
pub fn start(arguments: StartArguments, environment: &BTreeMap<String, String>) -> anyhow::Result<()> {
    node::logging::init(environment, "info").context("starting the log")?;
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
            run_configured(&source, environment, arguments.chaincode_dev).await
        } else if arguments.chaincode_dev {
            let processes = ProcessSettings::from_source(&source, environment, true)?;
            dev_network::run(arguments.with_environment(environment)?, processes, environment).await
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
) -> anyhow::Result<()> {
    for key in source.unknown_keys(CORE_KEYS) {
        tracing::warn!(target: "peer", "core.yaml: unknown key {key} is ignored");
    }
    let mut signals = Signals::install().context("catching signals")?;
    let stop = Stop::new();
    let settings = PeerSettings::from_source(source, environment, development)?;
    let (id, network_id, address) =
        (settings.id.clone(), settings.network_id.clone(), settings.external_address.clone());
    let peer = PeerNode::open(settings, stop.clone()).await?;
    let serving = tokio::spawn(peer.serve());
    tracing::info!(target: "nodeCmd", "{}", text::started_peer(&id, &network_id, &address));
    let signal = signals.recv().await;
    tracing::info!(target: "nodeCmd", "Received signal: {}", signal.name());
    stop.trigger();
    serving.await.context("stopping the server")
}
