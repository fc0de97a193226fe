//! The channels this peer has joined (Fabric `core/peer/peer.go`).

mod by_snapshot;
mod channel;
mod join;
mod orderers;
mod per_block;
mod rebuild;
mod waiters;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use ::channel::Bundle;
use ledger::{Ledger, LedgerOptions, LedgerStatus, Ledgers, LedgersError, OpenError};
use msp::SigningIdentity;
use parking_lot::{Mutex, RwLock};
use proto::common::Block;
use validator::Workers;

use by_snapshot::BySnapshot;
pub use by_snapshot::SnapshotJoinError;
pub use channel::{BlockEvents, Channel, TransactionEvent};
pub use join::{ConfigReadError, JoinError};
pub use orderers::{AddressOverride, OrdererConnections, OrdererNode};

use node::grpc::ClientRoots;

use crate::commit::{Pipeline, PipelineSettings};
use crate::metrics::LedgerMetrics;

/// Where the ledgers are below `peer.fileSystemPath`. Fabric's name.
pub const LEDGERS_DIR: &str = "ledgersData";

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
    ledgers: Ledgers,
    joined: RwLock<BTreeMap<String, Joined>>,
    /// Held while a channel is created, so that two requests to join do not meet in one directory.
    joining: Mutex<()>,
    by_snapshot: BySnapshot,
    /// Blocks were cut off and are not all here again.
    rebuilding: AtomicBool,
}

struct Joined {
    channel: Arc<Channel>,
    pipeline: Pipeline,
}

/// The channels cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ChannelsError {
    /// The directory of the ledgers cannot be used.
    #[error(transparent)]
    Ledgers(#[from] LedgersError),
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
        let ledgers = Ledgers::open(&options.data_dir, options.ledger.clone())?;
        let stored = ledgers.all()?;
        let channels = Channels {
            options,
            ledgers,
            joined: RwLock::default(),
            joining: Mutex::default(),
            by_snapshot: BySnapshot::default(),
            rebuilding: AtomicBool::new(false),
        };
        for (channel_id, status) in stored {
            if status == LedgerStatus::Inactive {
                tracing::info!(target: "peer", channel = channel_id, "the channel is paused");
                continue;
            }
            let dir = channels.ledgers.directory(&channel_id);
            let ledger = Ledger::open(&dir, &channel_id, channels.options.ledger.clone())
                .map_err(|source| ChannelsError::Ledger { channel_id: channel_id.clone(), source })?;
            if ledger.height() == 0 {
                drop(ledger);
                channels.ledgers.unjoin(&channel_id)?;
                tracing::warn!(target: "peer", channel = channel_id, "joining was interrupted; join the channel again");
                continue;
            }
            let bundle = join::stored_bundle(&ledger)
                .map_err(|source| ChannelsError::Config { channel_id: channel_id.clone(), source })?;
            channels
                .start(Arc::new(ledger), bundle)
                .map_err(|source| ChannelsError::Pipeline { channel_id: channel_id.clone(), source })?;
        }
        let channels = Arc::new(channels);
        rebuild::watch(&channels)?;
        Ok(channels)
    }

    /// Joins the channel whose first block this is.
    pub fn join(&self, genesis: &Block) -> Result<Arc<Channel>, JoinError> {
        let (bundle, candidate) = join::genesis_candidate(genesis)?;
        let channel_id = bundle.channel_id().to_owned();
        let _joining = self.joining.lock();
        self.by_snapshot.refuse_others()?;
        let status = self.ledgers.status(&channel_id).map_err(JoinError::Ledgers)?;
        if self.channel(&channel_id).is_some() || status == Some(LedgerStatus::Inactive) {
            let state = status.unwrap_or(LedgerStatus::Active).as_str();
            return Err(JoinError::Exists { channel_id, state });
        }
        let dir = self.ledgers.directory(&channel_id);
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

    /// Whether the peer has the channel and does not take part in it.
    pub fn is_paused(&self, channel_id: &str) -> Result<bool, LedgersError> {
        Ok(self.ledgers.status(channel_id)? == Some(LedgerStatus::Inactive))
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
        self.by_snapshot.stop();
        let joined = std::mem::take(&mut *self.joined.write());
        for joined in joined.values() {
            joined.pipeline.request_stop();
        }
        for (_, Joined { channel, pipeline }) in joined {
            pipeline.join();
            channel.close();
        }
    }

    fn start(&self, ledger: Arc<Ledger>, bundle: Arc<Bundle>) -> std::io::Result<Arc<Channel>> {
        if let Some(roots) = &self.options.client_roots {
            roots.follow(bundle.channel_id(), &bundle.all_tls_roots());
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
