//! The channels this peer has joined (Fabric `core/peer/peer.go`).

mod channel;
mod client_roots;
mod join;
mod orderers;
mod per_block;
mod waiters;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use ::channel::Bundle;
use ledger::{Ledger, LedgerOptions, OpenError};
use msp::SigningIdentity;
use parking_lot::{Mutex, RwLock};
use proto::common::Block;
use validator::Workers;

pub use channel::{BlockEvents, Channel, TransactionEvent};
pub use client_roots::ClientRoots;
pub use join::{ConfigReadError, JoinError};
pub use orderers::{AddressOverride, OrdererConnections, OrdererNode};

use crate::commit::{Pipeline, PipelineSettings};
use crate::metrics::LedgerMetrics;

/// What channels need to be opened and kept up to date.
pub struct ChannelsOptions {
    /// Holds one directory for each channel (`ledgersData` below `peer.fileSystemPath`).
    pub data_dir: PathBuf,
    /// Signs the requests for blocks.
    pub identity: Arc<SigningIdentity>,
    /// Where the connections to orderers live.
    pub runtime: tokio::runtime::Handle,
    /// Verifies transactions; one set of threads for all channels.
    pub workers: Arc<Workers>,
    /// How orderers are reached.
    pub orderers: OrdererConnections,
    /// Settings of each ledger.
    pub ledger: LedgerOptions,
    /// Counts blocks.
    pub metrics: LedgerMetrics,
    /// The authorities of TLS clients, where those have to show certificates.
    pub client_roots: Option<Arc<ClientRoots>>,
}

/// All channels of the peer.
pub struct Channels {
    options: ChannelsOptions,
    joined: RwLock<BTreeMap<String, Joined>>,
    /// Held while a channel is created, so that two requests to join do not meet in one directory.
    joining: Mutex<()>,
}

struct Joined {
    channel: Arc<Channel>,
    pipeline: Pipeline,
}

/// The channels cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ChannelsError {
    /// The directory cannot be created or listed.
    #[error("cannot read the ledgers in {path}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A ledger cannot be opened.
    #[error("cannot open the ledger of channel {channel_id}")]
    Ledger {
        /// The channel.
        channel_id: String,
        /// Why.
        #[source]
        source: OpenError,
    },
    /// The configuration stored in a ledger cannot be used.
    #[error("cannot use the configuration of channel {channel_id}")]
    Config {
        /// The channel.
        channel_id: String,
        /// Why.
        #[source]
        source: ConfigReadError,
    },
    /// No thread can be started.
    #[error("cannot start the commit pipeline of channel {channel_id}")]
    Pipeline {
        /// The channel.
        channel_id: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl Channels {
    /// Opens the channels joined earlier and starts pulling their blocks.
    pub fn open(options: ChannelsOptions) -> Result<Arc<Channels>, ChannelsError> {
        let channels = Channels { options, joined: RwLock::default(), joining: Mutex::default() };
        for channel_id in channels.stored()? {
            let dir = channels.options.data_dir.join(&channel_id);
            let ledger = Ledger::open(&dir, &channel_id, channels.options.ledger.clone())
                .map_err(|source| ChannelsError::Ledger { channel_id: channel_id.clone(), source })?;
            if ledger.height() == 0 {
                tracing::warn!(target: "peer", channel = channel_id, "joining was interrupted; join the channel again");
                continue;
            }
            let bundle = join::stored_bundle(&ledger)
                .map_err(|source| ChannelsError::Config { channel_id: channel_id.clone(), source })?;
            channels
                .start(Arc::new(ledger), bundle)
                .map_err(|source| ChannelsError::Pipeline { channel_id: channel_id.clone(), source })?;
        }
        Ok(Arc::new(channels))
    }

    /// Joins the channel whose first block this is.
    pub fn join(&self, genesis: &Block) -> Result<Arc<Channel>, JoinError> {
        let (bundle, candidate) = join::genesis_candidate(genesis)?;
        let channel_id = bundle.channel_id().to_owned();
        let _joining = self.joining.lock();
        if self.channel(&channel_id).is_some() {
            return Err(JoinError::Exists(channel_id));
        }
        let dir = self.options.data_dir.join(&channel_id);
        let ledger = Ledger::open(&dir, &channel_id, self.options.ledger.clone()).map_err(JoinError::Open)?;
        if ledger.height() == 0 {
            ledger.commit(candidate).map_err(JoinError::Commit)?;
        }
        let channel = self.start(Arc::new(ledger), Arc::new(bundle)).map_err(JoinError::Pipeline)?;
        tracing::info!(target: "peer", "Created ledger [{channel_id}] with genesis block");
        Ok(channel)
    }

    /// A joined channel.
    pub fn channel(&self, channel_id: &str) -> Option<Arc<Channel>> {
        self.joined.read().get(channel_id).map(|joined| joined.channel.clone())
    }

    /// The joined channels in the order of their names.
    pub fn all(&self) -> Vec<Arc<Channel>> {
        self.joined.read().values().map(|joined| joined.channel.clone()).collect()
    }

    /// What each channel is doing, a line for each.
    pub fn report(&self) -> Vec<String> {
        let line = |channel: Arc<Channel>| {
            let state = channel.trouble().map_or("takes blocks".to_owned(), |trouble| format!("in trouble: {trouble}"));
            format!("channel {}: {} blocks, {state}", channel.id(), channel.ledger().height())
        };
        self.all().into_iter().map(line).collect()
    }

    /// How orderers are reached.
    pub fn orderers(&self) -> &OrdererConnections {
        &self.options.orderers
    }

    /// Ends all pipelines and streams. Blocks that were received are committed first; the call waits for that.
    pub fn stop(&self) {
        let joined = std::mem::take(&mut *self.joined.write());
        for joined in joined.values() {
            joined.pipeline.request_stop();
        }
        for (_, Joined { channel, pipeline }) in joined {
            pipeline.join();
            channel.close();
        }
    }

    fn stored(&self) -> Result<Vec<String>, ChannelsError> {
        let path = &self.options.data_dir;
        let failed = |source| ChannelsError::Directory { path: path.clone(), source };
        std::fs::create_dir_all(path).map_err(failed)?;
        let mut stored = Vec::new();
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_type().map_err(failed)?.is_dir() {
                stored.extend(entry.file_name().into_string());
            }
        }
        stored.sort();
        Ok(stored)
    }

    fn start(&self, ledger: Arc<Ledger>, bundle: Arc<Bundle>) -> std::io::Result<Arc<Channel>> {
        if let Some(roots) = &self.options.client_roots {
            roots.follow(&bundle);
        }
        let channel = Arc::new(Channel::new(ledger, bundle));
        self.options.metrics.opened(channel.id(), channel.ledger().height());
        let settings = PipelineSettings {
            identity: self.options.identity.clone(),
            runtime: self.options.runtime.clone(),
            workers: self.options.workers.clone(),
            orderers: self.options.orderers.clone(),
            metrics: self.options.metrics.clone(),
            client_roots: self.options.client_roots.clone(),
        };
        let pipeline = Pipeline::start(channel.clone(), settings)?;
        let joined = Joined { channel: channel.clone(), pipeline };
        self.joined.write().insert(channel.id().to_owned(), joined);
        Ok(channel)
    }
}
