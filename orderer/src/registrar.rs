//! All channels of one orderer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use bytes::Bytes;
use channel::{Bundle, ConfigError};
use deliver::{BlockSource, DeliverMetrics, DeliverOptions};
use ledger::{BlockStore, BlockStoreOptions};
use msp::SigningIdentity;
use node::grpc::{ClientRoots, MessageSizes};
use parking_lot::{Mutex, RwLock};
use prost::Message;
use proto::common::Block;
use tracing::{info, warn};

use crate::chain::Chain;

/// The consensus type this orderer runs.
const SOLO: &str = "solo";

/// Folder of the channels' blocks, and where a channel's folder goes before it is deleted.
const CHAINS: &str = "chains";
const TRASH: &str = "removed";

/// Settings of an [`Orderer`].
#[derive(Clone)]
pub struct OrdererOptions {
    /// Where the channels' blocks are (`FileLedger.Location`). Created when missing.
    pub data_dir: PathBuf,
    /// Who signs blocks and configuration transactions.
    pub identity: Arc<SigningIdentity>,
    /// What is demanded of readers (`General.Authentication.TimeWindow`, `General.TLS.ClientAuthRequired`).
    pub deliver: DeliverOptions,
    /// Sizes of messages that the services take and give (`General.MaxRecvMsgSize`, `General.MaxSendMsgSize`).
    pub sizes: MessageSizes,
    /// Counts streams of blocks.
    pub metrics: DeliverMetrics,
    /// Where TLS clients must show certificates: their authorities, which follow the channels.
    pub client_roots: Option<Arc<ClientRoots>>,
}

impl OrdererOptions {
    /// Fabric's defaults, without metrics.
    pub fn new(data_dir: PathBuf, identity: Arc<SigningIdentity>) -> Self {
        OrdererOptions {
            data_dir,
            identity,
            deliver: DeliverOptions::default(),
            sizes: MessageSizes::default(),
            metrics: DeliverMetrics::default(),
            client_roots: None,
        }
    }
}

/// Why an orderer cannot open its channels.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data directory cannot be read or created.
    #[error("cannot open the orderer's data directory {}", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A channel's block store cannot be opened.
    #[error("cannot open the blocks in {}", .path.display())]
    Store {
        /// The channel's directory.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: ledger::OpenError,
    },
    /// A channel's block cannot be read.
    #[error("cannot read the blocks in {}", .path.display())]
    Read {
        /// The channel's directory.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: ledger::ReadError,
    },
    /// The last block's metadata cannot be read.
    #[error("cannot find the last configuration in {}", .path.display())]
    LastConfig {
        /// The channel's directory.
        path: PathBuf,
        /// What is wrong with the metadata.
        #[source]
        source: prost::DecodeError,
    },
    /// A channel's configuration cannot be used.
    #[error("cannot use the configuration in block {number} in {}", .path.display())]
    Config {
        /// The channel's directory.
        path: PathBuf,
        /// The block.
        number: u64,
        /// What is wrong with it.
        #[source]
        source: Box<ConfigError>,
    },
    /// There is no block to go on from.
    #[error("the channel in {} has no blocks", .path.display())]
    Empty {
        /// The channel's directory.
        path: PathBuf,
    },
    /// The engine's thread cannot be started.
    #[error("cannot start an ordering thread")]
    Thread(#[source] io::Error),
}

/// Why an orderer does not take a channel on.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// The block is not the first of a channel.
    #[error("cannot join: block {0} is not a genesis block")]
    NotGenesis(u64),
    /// The block's configuration cannot be used.
    #[error("cannot join: the block's configuration cannot be used")]
    Config(#[source] Box<ConfigError>),
    /// The channel orders by other means than this orderer has.
    #[error(
        "cannot join: consensus type '{0}' is not supported, only '{SOLO}' is; let Fabric's orderer have this channel, or \
         make its genesis block with OrdererType: {SOLO}"
    )]
    Consensus(String),
    /// The orderer has the channel.
    #[error("cannot join: channel already exists")]
    Exists,
    /// The first block cannot be stored.
    #[error("cannot join: the genesis block cannot be written")]
    Write(#[source] ledger::AppendError),
    /// The channel cannot be opened.
    #[error("cannot join: the channel cannot be opened")]
    Open(#[source] OpenError),
}

/// Why an orderer does not give a channel up.
#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    /// The orderer does not have it.
    #[error("cannot remove: channel does not exist")]
    Missing,
    /// Its blocks cannot be taken away.
    #[error("cannot remove: the blocks in {} cannot be taken away", .path.display())]
    Directory {
        /// Where they are.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// An ordering node: its channels, and the services over them.
pub struct Orderer {
    options: OrdererOptions,
    chains: RwLock<BTreeMap<String, Arc<Chain>>>,
    /// Joins run one at a time.
    joining: Mutex<()>,
}

impl Orderer {
    /// Opens the channels that were joined before, each from its last block on. Reads from disk.
    pub fn open(options: OrdererOptions) -> Result<Arc<Self>, OpenError> {
        let directory = options.data_dir.join(CHAINS);
        let failed = |source| OpenError::Directory { path: directory.clone(), source };
        fs::create_dir_all(&directory).map_err(failed)?;
        empty_trash(&options.data_dir).map_err(failed)?;
        let mut chains = BTreeMap::new();
        for entry in fs::read_dir(&directory).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if !path.is_dir() {
                continue;
            }
            match Chain::open(&path, options.identity.clone(), options.client_roots.clone()) {
                Ok(chain) => {
                    chains.insert(chain.channel_id().to_owned(), chain);
                }
                // A crash between making the directory and writing the first block; joining again repairs it.
                Err(OpenError::Empty { path }) => warn!(path = %path.display(), "ignoring a channel without blocks"),
                Err(error) => return Err(error),
            }
        }
        info!("Registrar initializing without a system channel, number of application channels: {}", chains.len());
        Ok(Arc::new(Self { options, chains: RwLock::new(chains), joining: Mutex::new(()) }))
    }

    /// Takes on the channel that begins with `genesis`. Writes to disk.
    pub fn join(&self, genesis: &Block) -> Result<(), JoinError> {
        let _joining = self.joining.lock();
        let number = genesis.header.as_ref().map_or(0, |header| header.number);
        if number != 0 {
            return Err(JoinError::NotGenesis(number));
        }
        let bundle = Bundle::from_config_block(genesis).map_err(|error| JoinError::Config(Box::new(error)))?;
        let channel_id = bundle.channel_id();
        let consensus = &bundle.orderer().consensus_type;
        if consensus != SOLO {
            return Err(JoinError::Consensus(consensus.clone()));
        }
        if self.chain(channel_id).is_some() {
            return Err(JoinError::Exists);
        }
        let path = self.options.data_dir.join(CHAINS).join(channel_id);
        let store = open_store(&path).map_err(JoinError::Open)?;
        if store.height() == 0 {
            store.append(&[Bytes::from(genesis.encode_to_vec())]).map_err(JoinError::Write)?;
        }
        let (identity, client_roots) = (self.options.identity.clone(), self.options.client_roots.clone());
        let chain = Chain::start(store, identity, client_roots).map_err(JoinError::Open)?;
        info!(channel = channel_id, "joined a channel");
        self.chains.write().insert(channel_id.to_owned(), chain);
        Ok(())
    }

    /// Gives a channel up: ends its streams and deletes its blocks. Writes to disk.
    pub fn remove(&self, channel_id: &str) -> Result<(), RemoveError> {
        let _joining = self.joining.lock();
        let chain = self.chains.write().remove(channel_id).ok_or(RemoveError::Missing)?;
        chain.close();
        let path = self.options.data_dir.join(CHAINS).join(channel_id);
        let failed = |source| RemoveError::Directory { path: path.clone(), source };
        // One step takes it away for good; what is deleted after it needs no care.
        let trash = self.options.data_dir.join(TRASH);
        fs::create_dir_all(&trash).map_err(failed)?;
        fs::rename(&path, trash.join(channel_id)).map_err(failed)?;
        for directory in [self.options.data_dir.join(CHAINS), trash] {
            fs::File::open(directory).and_then(|directory| directory.sync_all()).map_err(failed)?;
        }
        if let Err(error) = empty_trash(&self.options.data_dir) {
            warn!(channel = channel_id, %error, "blocks of a removed channel are deleted when the orderer starts again");
        }
        info!("Removed channel: {channel_id}");
        Ok(())
    }

    /// The ids of all channels.
    pub fn channel_ids(&self) -> Vec<String> {
        self.chains.read().keys().cloned().collect()
    }

    /// A channel's blocks and configuration.
    pub fn channel(&self, channel_id: &str) -> Option<Arc<dyn BlockSource>> {
        self.chain(channel_id).map(|chain| chain as Arc<dyn BlockSource>)
    }

    pub(crate) fn chain(&self, channel_id: &str) -> Option<Arc<Chain>> {
        self.chains.read().get(channel_id).cloned()
    }

    pub(crate) fn options(&self) -> &OrdererOptions {
        &self.options
    }

    /// Takes no more messages, writes those it acknowledged, and ends all block streams. Blocks until that is done.
    pub fn stop(&self) {
        for chain in self.chains.read().values() {
            chain.close();
        }
    }
}

impl Drop for Orderer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Deletes what was removed.
fn empty_trash(data_dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(data_dir.join(TRASH)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn open_store(path: &Path) -> Result<BlockStore, OpenError> {
    BlockStore::open(path, BlockStoreOptions::default())
        .map_err(|source| OpenError::Store { path: path.to_owned(), source })
}
