//! One joined channel.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::channel::Bundle;
use bytes::Bytes;
use deliver::{BlockSource, Frame, RecentBlocks};
use ledger::{CommittedBlock, Ledger, ReadError, TransientStore};
use parking_lot::{Mutex, RwLock};
use prost::Message;
use proto::common::{Block, ChannelHeader, Envelope, HeaderType, Payload};
use proto::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeEvent, ProposalResponsePayload, Transaction, TxValidationCode,
};
use tokio::sync::watch;

use super::per_block::PerBlock;
use super::waiters::Waiters;

/// Serialized blocks kept in memory for streams at the tip, in bytes.
const RECENT_BLOCKS_BYTES: usize = 8 << 20;

/// One joined channel: its ledger, its configuration, and the notices about its progress.
pub struct Channel {
    ledger: Arc<Ledger>,
    bundle: RwLock<Arc<Bundle>>,
    heights: watch::Receiver<u64>,
    /// Gone when the channel closes, which ends all who watch.
    height_sender: Mutex<Option<watch::Sender<u64>>>,
    lifecycle_epoch: AtomicU64,
    recent: RecentBlocks,
    filtered: PerBlock<Frame>,
    events: PerBlock<BlockEvents>,
    waiters: Waiters,
    trouble: RwLock<Option<String>>,
}

/// The valid endorser transactions of a block, in order.
pub type BlockEvents = Arc<[TransactionEvent]>;

/// A valid transaction and the event its chaincode set.
#[derive(Clone, Debug, PartialEq)]
pub struct TransactionEvent {
    /// The transaction.
    pub tx_id: String,
    /// Its event, with payload.
    pub event: Option<ChaincodeEvent>,
}

impl Channel {
    pub(super) fn new(ledger: Arc<Ledger>, bundle: Arc<Bundle>) -> Self {
        let (height_sender, heights) = watch::channel(ledger.height());
        Channel {
            ledger,
            bundle: RwLock::new(bundle),
            heights,
            height_sender: Mutex::new(Some(height_sender)),
            lifecycle_epoch: AtomicU64::new(0),
            recent: RecentBlocks::new(RECENT_BLOCKS_BYTES),
            filtered: PerBlock::new(),
            events: PerBlock::new(),
            waiters: Waiters::default(),
            trouble: RwLock::default(),
        }
    }

    /// The channel's name.
    pub fn id(&self) -> &str {
        self.ledger.channel_id()
    }

    /// Blocks, state and history.
    pub fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    /// Private write sets between endorsement and commit.
    pub fn transient_store(&self) -> &TransientStore {
        self.ledger.transient_store()
    }

    /// The configuration in force. It changes when a configuration block is committed, so take it once per request.
    pub fn bundle(&self) -> Arc<Bundle> {
        self.bundle.read().clone()
    }

    /// Why no further blocks are committed, if the last attempt failed.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.read().clone()
    }

    pub(crate) fn set_trouble(&self, trouble: Option<String>) {
        if self.trouble.read().is_some() || trouble.is_some() {
            *self.trouble.write() = trouble;
        }
    }

    /// The number of committed blocks, as a value to wait on. The sender goes away when the channel closes.
    pub fn height(&self) -> watch::Receiver<u64> {
        self.heights.clone()
    }

    /// Rises after each commit that may have changed chaincode definitions or approvals. What was read from
    /// `_lifecycle` holds as long as it stays the same.
    pub fn lifecycle_epoch(&self) -> u64 {
        self.lifecycle_epoch.load(Ordering::Acquire)
    }

    /// Validation code and block number of a transaction, waiting for it to be committed if it is not yet. Nothing when
    /// the channel closes first.
    pub async fn transaction_status(&self, tx_id: &str) -> Result<Option<(TxValidationCode, u64)>, ReadError> {
        let mut waiter = self.waiters.wait_for(tx_id);
        if let Some(status) = self.ledger.transaction_status(tx_id)? {
            return Ok(Some(status));
        }
        Ok(waiter.status().await)
    }

    /// What `DeliverFiltered` sends for a committed block; nothing at or above the height.
    pub fn filtered_block(&self, number: u64) -> Result<Option<Frame>, ReadError> {
        let make = || self.block(number).map(|block| Frame::filtered(deliver::filtered_block(&block)));
        found(self.filtered.get_or_make(number, make))
    }

    /// The valid transactions of a committed block with their events; nothing at or above the height.
    pub fn block_events(&self, number: u64) -> Result<Option<BlockEvents>, ReadError> {
        found(self.events.get_or_make(number, || self.block(number).map(|block| block_events(&block))))
    }

    /// A committed block, from memory where possible. `Err(None)`: there is none.
    fn block(&self, number: u64) -> Result<Block, Option<ReadError>> {
        let bytes = match self.recent.get(number) {
            Some(bytes) => bytes,
            None => self.ledger.block_bytes(number).map_err(Some)?.ok_or(None)?,
        };
        let damaged = |error: prost::DecodeError| ReadError::Damaged {
            what: format!("block {number}"),
            detail: error.to_string(),
        };
        Block::decode(bytes).map_err(damaged).map_err(Some)
    }

    /// Takes notice of a committed block. The configuration changes before anybody hears of the new height.
    pub(crate) fn committed(&self, committed: &CommittedBlock, config: Option<Arc<Bundle>>, touches_lifecycle: bool) {
        if let Some(bundle) = config {
            *self.bundle.write() = bundle;
        }
        if touches_lifecycle {
            self.lifecycle_epoch.fetch_add(1, Ordering::AcqRel);
        }
        let number = committed.number();
        self.recent.push(number, committed.bytes.clone());
        if let Some(sender) = &*self.height_sender.lock() {
            sender.send_replace(number + 1);
        }
        self.waiters.tell(number, &committed.tx_ids, &committed.codes);
    }

    /// Ends everybody who waits for further blocks.
    pub(super) fn close(&self) {
        self.height_sender.lock().take();
        self.waiters.close();
    }
}

impl BlockSource for Channel {
    fn bundle(&self) -> Arc<Bundle> {
        Channel::bundle(self)
    }

    fn heights(&self) -> watch::Receiver<u64> {
        self.height()
    }

    fn recent(&self, number: u64) -> Option<Bytes> {
        self.recent.get(number)
    }

    fn block_bytes(&self, number: u64) -> Result<Option<Bytes>, ReadError> {
        self.ledger.block_bytes(number)
    }
}

/// Turns "there is none" from an error, where it ends the making, into an answer.
fn found<T>(made: Result<T, Option<ReadError>>) -> Result<Option<T>, ReadError> {
    match made {
        Ok(value) => Ok(Some(value)),
        Err(None) => Ok(None),
        Err(Some(error)) => Err(error),
    }
}

fn block_events(block: &Block) -> BlockEvents {
    let data = block.data.as_ref().map(|data| data.data.as_slice()).unwrap_or_default();
    let valid = data
        .iter()
        .enumerate()
        .filter(|(index, _)| proto::block::validation_code(block, *index) == TxValidationCode::Valid);
    // A valid transaction decodes: the validator went all the way through it.
    valid.filter_map(|(_, data)| transaction_event(data).ok().flatten()).collect()
}

fn transaction_event(data: &Bytes) -> Result<Option<TransactionEvent>, prost::DecodeError> {
    let payload = Payload::decode(Envelope::decode(data.clone())?.payload)?;
    let header = ChannelHeader::decode(payload.header.unwrap_or_default().channel_header)?;
    if header.r#type != HeaderType::EndorserTransaction as i32 {
        return Ok(None);
    }
    let Some(action) = Transaction::decode(payload.data)?.actions.into_iter().next() else { return Ok(None) };
    let action = ChaincodeActionPayload::decode(action.payload)?.action.unwrap_or_default();
    let response = ProposalResponsePayload::decode(action.proposal_response_payload)?;
    let events = ChaincodeAction::decode(response.extension)?.events;
    let event = if events.is_empty() { None } else { Some(ChaincodeEvent::decode(events)?) };
    Ok(Some(TransactionEvent { tx_id: header.tx_id, event }))
}
