//! Keeps deployed contracts in step with their files: a new build of a contract becomes a new sequence of its
//! definition, by the same install, approve and commit that a person would do. The state stays.
//!
//! A package says in the `path` of its metadata which file it came from. A build that the gate refuses changes nothing.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ::channel::definition::ChaincodeDefinition;
use anyhow::Context;
use bytes::Bytes;
use client::Client;
use client::lifecycle::Deployment;
use client::package::Package;
use msp::SigningIdentity;
use node::grpc::Endpoint;
use node::shutdown::Stop;
use notify::{RecursiveMode, Watcher};
use proto::Digest;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::chaincode::ContractRegistry;
use crate::chaincode::packages::label_of;
use crate::channels::{Channel, Channels};
use crate::lifecycle::state::{self, Approval, PublicSnapshot};

/// A file that was quiet for this long is taken for complete: compilers write in several steps.
const QUIET: Duration = Duration::from_millis(25);
/// Larger files are no contracts; the gate's own limit is lower.
const MAX_FILE_BYTES: u64 = 64 << 20;
/// File system events that may wait; more only mean that every file is looked at.
const EVENT_QUEUE: usize = 256;

/// What a [`ContractWatch`] works with.
pub(super) struct WatchOptions {
    pub(super) channel_id: String,
    pub(super) msp_id: String,
    pub(super) channels: Arc<Channels>,
    pub(super) contracts: Arc<ContractRegistry>,
    pub(super) admin_msp_dir: PathBuf,
    pub(super) peer: Endpoint,
    pub(super) orderer: Endpoint,
}

/// A deployed contract that came from a file.
#[derive(Clone, Debug)]
struct Source {
    package_id: String,
    file: PathBuf,
    /// Of the Wasm in the package.
    hash: Digest,
    /// The package's limits, which a new build keeps.
    limits: Option<serde_json::Value>,
}

/// Watches the files of the contracts deployed on one channel.
pub(super) struct ContractWatch {
    options: WatchOptions,
    /// By name of the chaincode.
    sources: BTreeMap<String, Source>,
    /// The last contents of a file that could not be deployed.
    refused: HashMap<PathBuf, Digest>,
}

impl ContractWatch {
    pub(super) fn new(options: WatchOptions) -> Self {
        ContractWatch { options, sources: BTreeMap::new(), refused: HashMap::new() }
    }

    /// Watches until the stop is triggered. Troubles are logged; the network runs on without reloading.
    pub(super) async fn run(mut self, stop: Stop) {
        tokio::select! {
            () = stop.triggered() => {}
            result = self.watch() => if let Err(error) = result {
                tracing::warn!(target: "reload", "contracts are not reloaded any more: {error:#}");
            },
        }
    }

    async fn watch(&mut self) -> anyhow::Result<()> {
        let Some(channel) = self.options.channels.channel(&self.options.channel_id) else { return Ok(()) };
        let (events, mut changed) = mpsc::channel::<()>(EVENT_QUEUE);
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let is_change = event.as_ref().is_ok_and(|event| !event.kind.is_access());
            // A full queue holds a change already.
            if is_change {
                let _ = events.try_send(());
            }
        })
        .context("watching files")?;
        let mut watched: Vec<PathBuf> = Vec::new();
        let mut height = channel.height();
        let mut seen_epoch = None;
        let mut due: Option<Instant> = None;
        loop {
            let epoch = channel.lifecycle_epoch();
            if seen_epoch != Some(epoch) {
                seen_epoch = Some(epoch);
                self.sources = deployed(&channel, &self.options)?;
                self.follow(&mut watcher, &mut watched);
                due = Some(Instant::now());
            }
            let quiet = async {
                match due {
                    Some(due) => tokio::time::sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                moved = height.changed() => if moved.is_err() { return Ok(()) },
                Some(()) = changed.recv() => due = Some(Instant::now() + QUIET),
                () = quiet => {
                    due = None;
                    self.look(&channel).await;
                }
            }
        }
    }

    /// Watches the directories of all files: builds replace a file rather than write into it.
    fn follow(&self, watcher: &mut impl Watcher, watched: &mut Vec<PathBuf>) {
        for source in self.sources.values() {
            let Some(dir) = source.file.parent() else { continue };
            if watched.iter().any(|known| known == dir) || !dir.is_dir() {
                continue;
            }
            match watcher.watch(dir, RecursiveMode::NonRecursive) {
                Ok(()) => watched.push(dir.to_owned()),
                Err(error) => {
                    tracing::warn!(target: "reload", "cannot watch {}: {error}", dir.display());
                }
            }
        }
    }

    /// Deploys every file that differs from what is deployed.
    async fn look(&mut self, channel: &Channel) {
        for (name, source) in self.sources.clone() {
            let file = source.file.clone();
            // A file that is missing or half written will change again.
            let Ok(Ok(wasm)) = tokio::task::spawn_blocking(move || read_file(&file)).await else { continue };
            let hash = proto::sha256([&wasm]);
            if hash == source.hash || self.refused.get(&source.file) == Some(&hash) {
                continue;
            }
            let begun = Instant::now();
            match self.deploy(&name, &source, &wasm).await {
                Ok(sequence) => {
                    self.refused.remove(&source.file);
                    tracing::info!(
                        target: "reload",
                        "Reloaded contract {name} on channel {} from {}: sequence {sequence}, {} ms",
                        channel.id(),
                        source.file.display(),
                        begun.elapsed().as_millis()
                    );
                }
                Err(error) => {
                    self.refused.insert(source.file.clone(), hash);
                    tracing::error!(
                        target: "reload",
                        "Contract {name} stays as it is, since its new build {} cannot be used: {error:#}",
                        source.file.display()
                    );
                }
            }
        }
    }

    async fn deploy(&self, name: &str, source: &Source, wasm: &[u8]) -> anyhow::Result<i64> {
        let options = &self.options;
        let path = source.file.to_str().context("the file's name is not UTF-8")?;
        let package = Package::with_limits(label_of(&source.package_id), path, wasm, source.limits.clone())?;
        let identity = SigningIdentity::from_msp_dir(&options.admin_msp_dir, &options.msp_id)?;
        let client = Client::new(Arc::new(identity));
        let peer = client::Peer::connect(&options.peer).await?;
        let orderer = client::Orderer::connect(&options.orderer).await?;
        let deployment = Deployment { channel_id: &options.channel_id, name, package: &package, version: None };
        let deployed = client.deploy(&peer, &orderer, deployment).await?;
        if deployed.package_id != source.package_id {
            options.contracts.stop(&source.package_id);
        }
        Ok(deployed.sequence)
    }
}

/// The chaincodes of the channel that run a package made from a file of this machine.
fn deployed(channel: &Channel, options: &WatchOptions) -> anyhow::Result<BTreeMap<String, Source>> {
    let snapshot = channel.ledger().snapshot();
    let installed = options.contracts.packages().list()?;
    let mut sources = BTreeMap::new();
    for name in state::defined_names(&snapshot)? {
        let Some(definition) = ChaincodeDefinition::read(&name, &mut PublicSnapshot(&snapshot))? else { continue };
        let approval = state::approval(&snapshot, &options.msp_id, &name, &definition, &installed)?;
        let Approval::Package(package_id) = approval else { continue };
        // Packages that are not there, or come from elsewhere, have no file to follow.
        let Ok(bytes) = options.contracts.packages().load(&package_id) else { continue };
        if let Some((file, hash, limits)) = origin(bytes) {
            sources.insert(name, Source { package_id, file, hash, limits });
        }
    }
    Ok(sources)
}

/// The file that a package says it was made of, and the hash of its Wasm.
fn origin(package: Bytes) -> Option<(PathBuf, Digest, Option<serde_json::Value>)> {
    let package = Package::parse(package).ok()?;
    let file = PathBuf::from(&package.metadata.path);
    let wasm = package.contract().ok()?;
    file.is_absolute().then(|| (file, proto::sha256([&wasm]), package.metadata.limits))
}

fn read_file(path: &Path) -> std::io::Result<Vec<u8>> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() || metadata.len() > MAX_FILE_BYTES {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    std::fs::read(path)
}
