//! From settings to a running process, and its orderly end.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use deliver::DeliverMetrics;
use msp::{Msp, SigningIdentity};
use node::config::{ORDERER_KEYS, Source};
use node::grpc::MethodKind::Stream;
use node::grpc::{ClientRoots, Server, ServerMetrics, ServerOptions};
use node::http::HttpServer;
use node::logging::Log;
use node::metrics::{Provider, Registry};
use node::operations::{Health, Operations, OperationsOptions, report_version};
use node::profile::{Heap, Profiling};
use node::shutdown::{Signals, Stop};
use node::{diagnosis, version};
use orderer::participation::{self, ParticipationOptions};
use orderer::settings::OrdererSettings;
use orderer::{Orderer, OrdererOptions};

/// Where log lines of the process come from, in Fabric's words.
const LOGGER: &str = "orderer.common.server";

/// Time that running requests have to finish once the process is to end.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Time that what still runs then has.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(300);

/// Room for what a form has besides its file, in bytes.
const FORM_ROOM: usize = 64 * 1024;

/// The program's allocator.
// SAFETY: the function is jemalloc's.
const HEAP: Heap = unsafe { Heap::new(tikv_jemalloc_sys::mallctl) };

/// Prints the version in Fabric's layout.
pub fn print_version() -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{}", version::text("orderer")).context("writing the output")
}

/// Runs until the process is told to end.
pub fn run() -> anyhow::Result<()> {
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let log = node::logging::init(&environment, "info").context("starting the log")?;
    node::open_files::raise_limit();
    let source = Source::open("orderer", "ORDERER", &environment).context("failed to parse config")?;
    ensure!(
        source.file().is_some(),
        "no orderer.yaml found in FABRIC_CFG_PATH, the working directory or /etc/hyperledger/fabric"
    );
    for key in source.unknown_keys(ORDERER_KEYS) {
        tracing::warn!(target: LOGGER, "orderer.yaml: unknown key {key} is ignored");
    }
    OrdererSettings::refuse_unsupported(&source)?;
    let settings = OrdererSettings::from_source(&source)?;
    if let Some(kind) = source.text("General.LocalMSPType")? {
        Msp::check_type_name(&kind)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().thread_name("io").enable_all().build();
    let runtime = runtime.context("starting the network threads")?;
    let result = runtime.block_on(serve(settings, log));
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    result
}

async fn serve(settings: OrdererSettings, log: Log) -> anyhow::Result<()> {
    let mut signals = Signals::install().context("catching signals")?;
    let stop = Stop::new();
    let registry = Registry::new(&settings.metrics.provider);
    log.report_entries(&registry);
    report_version(&registry);
    registry.report_process();
    let operations = Operations::bind(&settings.operations).await.context("failed to start operations subsystem")?;
    let profiling = Profiling::bind(settings.profile.clone()).await?;
    let server = Server::bind(server_options(&settings, &registry)).await?;
    let orderer = open(&settings, &registry)?;
    let admin = serve_admin(&settings, &orderer, &stop).await?;

    if let Provider::Statsd(statsd) = &settings.metrics.provider {
        let reporting = registry.clone().report_to(statsd.clone(), stop.clone()).await;
        reporting.context("failed to start operations subsystem")?;
    }
    let reported = orderer.clone();
    diagnosis::report_on_signal(Box::new(move || report(&reported)), stop.clone()).context("catching signals")?;
    if let Some(endpoint) = operations {
        tracing::info!(target: "operations", "operations are served at {}", endpoint.address());
        let provider = settings.metrics.provider.clone();
        let options = OperationsOptions { log, registry, provider, health: Health::default() };
        tokio::spawn(endpoint.serve(options, stop.clone()));
    }
    if let Some(profiling) = profiling {
        tracing::info!(target: LOGGER, "Starting Go pprof profiling service on: {}", profiling.address());
        tokio::spawn(profiling.serve(Some(HEAP), stop.clone()));
    }
    tracing::info!(target: LOGGER, "Starting {}", version::text("orderer"));
    let address = server.address();
    let mut serving = tokio::spawn(server.serve(orderer.routes().await, stop.clone()));
    tracing::info!(target: LOGGER, "orders at {address}{}", admin.unwrap_or_default());
    tracing::info!(target: LOGGER, "Beginning to serve requests");

    let signal = signals.recv().await;
    tracing::info!(target: LOGGER, "Received signal: {} ({})", signal.number(), signal.name());
    stop.trigger();
    // Writes what was acknowledged, and ends the streams of blocks, for which the server would wait.
    let closing = tokio::task::spawn_blocking(move || orderer.stop());
    tokio::select! {
        ended = &mut serving => ended.context("stopping")?,
        // Who presses Ctrl-C once more does not want to wait for anything.
        _ = signals.recv() => stop.hurry(),
    }
    closing.await.context("closing the channels")
}

fn open(settings: &OrdererSettings, registry: &Registry) -> anyhow::Result<Arc<Orderer>> {
    let OrdererSettings { msp_dir, msp_id, .. } = settings;
    let identity = SigningIdentity::load(msp_dir, msp_id, &settings.keys)
        .with_context(|| format!("Failed to get local MSP identity from {}", msp_dir.display()))?;
    identity.check_expiry(SystemTime::now())?;
    let roots = settings.tls.clone().zip(settings.client_roots.clone());
    Orderer::open(OrdererOptions {
        deliver: settings.deliver,
        sizes: settings.sizes,
        metrics: DeliverMetrics::new(registry),
        client_roots: roots.map(|(tls, configured)| Arc::new(ClientRoots::new(tls, configured))),
        ..OrdererOptions::new(settings.data_dir.clone(), Arc::new(identity))
    })
    .context("opening the channels in FileLedger.Location (ORDERER_FILELEDGER_LOCATION)")
}

fn server_options(settings: &OrdererSettings, registry: &Registry) -> ServerOptions {
    let methods = [("/orderer.AtomicBroadcast/Broadcast", Stream), ("/orderer.AtomicBroadcast/Deliver", Stream)];
    let default = ServerOptions::new(&settings.listen_address, &settings.listen_setting);
    ServerOptions {
        tls: settings.tls.clone(),
        metrics: ServerMetrics::new(registry, &methods),
        keepalive: settings.keepalive,
        ping_interval_min: settings.ping_interval_min,
        handshake_timeout: settings.handshake_timeout.unwrap_or(default.handshake_timeout),
        drain_timeout: DRAIN_TIMEOUT,
        ..default
    }
}

/// Serves channel participation in the background, if it has a listener. Says where.
async fn serve_admin(
    settings: &OrdererSettings,
    orderer: &Arc<Orderer>,
    stop: &Stop,
) -> anyhow::Result<Option<String>> {
    if !settings.participation {
        return Ok(None);
    }
    let Some(mut options) = settings.admin.http.clone() else {
        tracing::warn!(target: LOGGER, "Admin.ListenAddress is not set: channels cannot be joined");
        return Ok(None);
    };
    let participation =
        ParticipationOptions { body_max: settings.participation_body_max, certified: options.tls.is_some() };
    options.body_max = settings.participation_body_max.saturating_add(FORM_ROOM);
    let server = HttpServer::bind(options).await.context("failed to start admin server")?;
    let place = format!(", channel participation at {}", server.address());
    tokio::spawn(server.serve(participation::handler(orderer.clone(), participation), stop.clone()));
    Ok(Some(place))
}

fn report(orderer: &Orderer) -> Vec<String> {
    let line = |channel_id: String| {
        let height = orderer.channel(&channel_id).map_or(0, |channel| *channel.heights().borrow());
        format!("channel {channel_id}: {height} blocks")
    };
    orderer.channel_ids().into_iter().map(line).collect()
}
