//! One channel of an orderer.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use bytes::Bytes;
use channel::Bundle;
use deliver::{BlockSource, RecentBlocks};
use ledger::{AppendError, BlockStore, BlockStoreOptions, ReadError};
use msp::SigningIdentity;
use node::grpc::ClientRoots;
use parking_lot::{Mutex, RwLock};
use proto::common::Block;
use tokio::sync::watch;

use crate::queue::{Closed, Message, Queue};
use crate::registrar::OpenError;
use crate::rejection::Rejection;
use crate::solo::Engine;
use crate::writer::BlockWriter;

/// Bytes of blocks that are kept for streams at the tip.
const RECENT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A channel: its blocks, its configuration, and the way to its engine.
pub(crate) struct Chain {
    channel_id: String,
    signer: Arc<SigningIdentity>,
    store: BlockStore,
    configuration: RwLock<Arc<Bundle>>,
    recent: RecentBlocks,
    /// `None` once the channel is closed.
    heights: RwLock<Option<watch::Sender<u64>>>,
    queue: Queue,
    closing: AtomicBool,
    /// Why nothing can be written now.
    fault: RwLock<Option<String>>,
    engine: Mutex<Option<JoinHandle<()>>>,
    client_roots: Option<Arc<ClientRoots>>,
}

impl Chain {
    /// Opens the channel in `directory` and starts its engine.
    pub(crate) fn open(
        directory: &Path,
        signer: Arc<SigningIdentity>,
        client_roots: Option<Arc<ClientRoots>>,
    ) -> Result<Arc<Self>, OpenError> {
        let failed = |source| OpenError::Store { path: directory.to_owned(), source };
        let store = BlockStore::open(directory, BlockStoreOptions::default()).map_err(failed)?;
        Self::start(store, signer, client_roots)
    }

    /// Goes on after the last block of `store`, which must not be empty.
    pub(crate) fn start(
        store: BlockStore,
        signer: Arc<SigningIdentity>,
        client_roots: Option<Arc<ClientRoots>>,
    ) -> Result<Arc<Self>, OpenError> {
        let path = store.path().to_owned();
        let read = |source| OpenError::Read { path: path.clone(), source };
        let last = store.last_block().map_err(read)?.ok_or_else(|| OpenError::Empty { path: path.clone() })?;
        let header = last.header.clone().ok_or_else(|| OpenError::Empty { path: path.clone() })?;
        let last_config =
            last_config_index(&last).map_err(|source| OpenError::LastConfig { path: path.clone(), source })?;
        let config_block = store.block(last_config).map_err(read)?;
        let config_block = config_block.ok_or_else(|| OpenError::Empty { path: path.clone() })?;
        let bundle = Bundle::from_config_block(&config_block).map_err(|source| OpenError::Config {
            path: path.clone(),
            number: last_config,
            source: Box::new(source),
        })?;
        let writer = BlockWriter::new(signer.clone(), &header, last_config);
        let (queue, receiver) = Queue::new();
        let chain = Arc::new(Self {
            channel_id: bundle.channel_id().to_owned(),
            signer,
            heights: RwLock::new(Some(watch::Sender::new(store.height()))),
            store,
            configuration: RwLock::new(Arc::new(bundle)),
            recent: RecentBlocks::new(RECENT_BYTES_MAX),
            queue,
            closing: AtomicBool::new(false),
            fault: RwLock::new(None),
            engine: Mutex::new(None),
            client_roots,
        });
        chain.show_client_roots();
        let engine = Engine::new(chain.clone(), receiver, writer);
        let thread = std::thread::Builder::new()
            .name(format!("order-{}", chain.channel_id))
            .spawn(move || engine.run())
            .map_err(OpenError::Thread)?;
        *chain.engine.lock() = Some(thread);
        Ok(chain)
    }

    pub(crate) fn channel_id(&self) -> &str {
        &self.channel_id
    }

    pub(crate) fn signer(&self) -> &SigningIdentity {
        &self.signer
    }

    pub(crate) fn configuration(&self) -> Arc<Bundle> {
        self.configuration.read().clone()
    }

    pub(crate) fn set_configuration(&self, configuration: Arc<Bundle>) {
        *self.configuration.write() = configuration;
        self.show_client_roots();
    }

    fn show_client_roots(&self) {
        if let Some(roots) = &self.client_roots {
            let bundle = self.configuration();
            roots.follow(bundle.channel_id(), &bundle.all_tls_roots());
        }
    }

    pub(crate) fn set_fault(&self, fault: Option<String>) {
        *self.fault.write() = fault;
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Hands a message to the engine. When this returns the message will be in a block, unless the process is killed.
    pub(crate) async fn order(&self, message: Message, sequence: u64) -> Result<(), Rejection> {
        if let Some(fault) = &*self.fault.read() {
            return Err(Rejection::Unavailable(format!("the orderer cannot write blocks now: {fault}")));
        }
        let sent = self.queue.send(message, sequence).await;
        sent.map_err(|Closed| Rejection::Unavailable("the orderer is stopping".to_owned()))
    }

    /// Makes blocks durable, `first` being the number of the first one, and shows them to readers.
    pub(crate) fn append(&self, first: u64, blocks: &[Bytes]) -> Result<(), AppendError> {
        self.store.append(blocks)?;
        for (number, block) in (first..).zip(blocks) {
            self.recent.push(number, block.clone());
        }
        if let Some(heights) = &*self.heights.read() {
            heights.send_replace(self.store.height());
        }
        Ok(())
    }

    /// Takes no more messages, writes those it took, and ends the block streams. Blocks.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
        self.queue.close();
        if let Some(engine) = self.engine.lock().take()
            && engine.join().is_err()
        {
            tracing::error!(channel = self.channel_id, "the ordering thread panicked");
        }
        *self.heights.write() = None;
    }
}

/// Block 0 bears no orderer metadata; it is its own configuration.
fn last_config_index(block: &Block) -> Result<u64, prost::DecodeError> {
    match block.header.as_ref().map_or(0, |header| header.number) {
        0 => Ok(0),
        _ => proto::block::last_config_index(block),
    }
}

impl BlockSource for Chain {
    fn bundle(&self) -> Arc<Bundle> {
        self.configuration()
    }

    fn heights(&self) -> watch::Receiver<u64> {
        match &*self.heights.read() {
            Some(heights) => heights.subscribe(),
            None => watch::channel(self.store.height()).1,
        }
    }

    fn recent(&self, number: u64) -> Option<Bytes> {
        self.recent.get(number)
    }

    fn block_bytes(&self, number: u64) -> Result<Option<Bytes>, ReadError> {
        self.store.block_bytes(number)
    }
}
