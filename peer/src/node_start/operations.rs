//! What operators see of a peer: its endpoint, metrics, and answers to SIGUSR1.

use std::sync::Arc;

use anyhow::Context;
use node::config::Source;
use node::diagnosis;
use node::logging::Log;
use node::metrics::{MetricsKeys, MetricsSettings, Provider, Registry};
use node::operations::{Health, Operations, OperationsKeys, OperationsOptions, report_version};
use node::profile::{Heap, ProfileSettings, Profiling};
use node::shutdown::Stop;

use crate::channels::Channels;

/// The program's allocator.
// SAFETY: the function is jemalloc's.
const HEAP: Heap = unsafe { Heap::new(tikv_jemalloc_sys::mallctl) };

/// What `core.yaml` says about the above.
#[derive(Clone, Debug)]
pub struct OperationsSettings {
    endpoint: node::operations::OperationsSettings,
    metrics: MetricsSettings,
    profile: ProfileSettings,
}

impl OperationsSettings {
    /// Reads the settings. Says which key is wrong.
    pub fn from_source(source: &Source) -> anyhow::Result<Self> {
        Ok(OperationsSettings {
            endpoint: node::operations::OperationsSettings::from_source(source, &OperationsKeys::PEER)?,
            metrics: MetricsSettings::from_source(source, &MetricsKeys::PEER)?,
            profile: ProfileSettings::from_source(source, "peer.profile.enabled", "peer.profile.listenAddress")?,
        })
    }
}

/// The same, listening and not yet serving.
pub struct OperatorView {
    log: Log,
    provider: Provider,
    registry: Registry,
    endpoint: Option<Operations>,
    profiling: Option<Profiling>,
}

impl OperatorView {
    /// Opens the sockets. Must be called on a tokio runtime.
    pub async fn open(settings: OperationsSettings, log: Log) -> anyhow::Result<Self> {
        let OperationsSettings { endpoint, metrics, profile } = settings;
        let endpoint = Operations::bind(&endpoint).await.context("failed to start operations subsystem")?;
        let profiling = Profiling::bind(profile).await?;
        let registry = Registry::new(&metrics.provider);
        log.report_entries(&registry);
        report_version(&registry);
        registry.report_process();
        Ok(OperatorView { log, provider: metrics.provider, registry, endpoint, profiling })
    }

    /// The running log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Where the peer's parts make their metrics.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Serves, reports and answers signals in the background until `stop`.
    pub async fn serve(self, channels: &Arc<Channels>, stop: &Stop) -> anyhow::Result<()> {
        let OperatorView { log, provider, registry, endpoint, profiling } = self;
        if let Provider::Statsd(settings) = &provider {
            let reporting = registry.clone().report_to(settings.clone(), stop.clone()).await;
            reporting.context("failed to start operations subsystem")?;
        }
        let reported = channels.clone();
        diagnosis::report_on_signal(Box::new(move || reported.report()), stop.clone()).context("catching signals")?;
        if let Some(profiling) = profiling {
            tracing::info!(target: "nodeCmd", "Starting profiling server with listenAddress = {}", profiling.address());
            tokio::spawn(profiling.serve(Some(HEAP), stop.clone()));
        }
        let Some(endpoint) = endpoint else { return Ok(()) };
        tracing::info!(target: "operations", "operations are served at {}", endpoint.address());
        let asked = channels.clone();
        let health = Health::default().with("committer", Arc::new(move || committing(&asked)));
        let options = OperationsOptions { log, registry, provider, health };
        tokio::spawn(endpoint.serve(options, stop.clone()));
        Ok(())
    }
}

/// A peer that does not commit is not well, though it answers.
fn committing(channels: &Channels) -> Result<(), String> {
    let troubled = channels.all().into_iter().filter_map(|channel| {
        let trouble = channel.trouble()?;
        Some(format!("channel {}: {trouble}", channel.id()))
    });
    let troubled: Vec<String> = troubled.collect();
    if troubled.is_empty() { Ok(()) } else { Err(troubled.join("; ")) }
}
