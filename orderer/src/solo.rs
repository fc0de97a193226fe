//! The engine of a channel with one orderer: a thread that cuts, signs and writes.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use channel::Bundle;
use msp::SignError;
use prost::Message as _;
use proto::common::Envelope;
use tracing::{error, info, warn};

use crate::chain::Chain;
use crate::config_update::{self, ConfigChange};
use crate::cutter::{BatchLimits, Cutter, Sized};
use crate::filters;
use crate::queue::{Message, Queued, Room, sized};
use crate::rejection::chain_of;
use crate::writer::BlockWriter;

/// Blocks that are written with one sync.
const GROUP_BLOCKS_MAX: usize = 64;

/// Bytes that are written with one sync; the last block may go beyond.
const GROUP_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Pause before a failed write is tried again.
const WRITE_RETRY_PAUSE: Duration = Duration::from_millis(100);

/// Failed writes before a closing channel gives its last blocks up.
const CLOSING_RETRIES_MAX: u32 = 20;

/// The thread's state.
pub(crate) struct Engine {
    chain: Arc<Chain>,
    queue: Receiver<Queued>,
    configuration: Arc<Bundle>,
    cutter: Cutter,
    writer: BlockWriter,
    /// When the batch under way is cut at the latest.
    deadline: Option<Instant>,
    /// Blocks that are made and not written.
    group: Vec<Bytes>,
    group_bytes: usize,
    /// Room in the queue that unwritten messages still take.
    held: Vec<Room>,
}

impl Engine {
    pub(crate) fn new(chain: Arc<Chain>, queue: Receiver<Queued>, writer: BlockWriter) -> Self {
        let configuration = chain.configuration();
        Self {
            chain,
            queue,
            configuration,
            cutter: Cutter::default(),
            writer,
            deadline: None,
            group: Vec::new(),
            group_bytes: 0,
            held: Vec::new(),
        }
    }

    /// Runs until the queue is closed and everything in it is written.
    pub(crate) fn run(mut self) {
        info!(channel = self.chain.channel_id(), next = self.writer.next(), "ordering with the solo consenter");
        while self.round() {}
        self.cut();
        self.write();
        info!(channel = self.chain.channel_id(), height = self.writer.next(), "ordering ended");
    }

    /// Takes what is queued, and writes the blocks that came of it. `false` when there will be nothing more.
    fn round(&mut self) -> bool {
        let first = match self.deadline {
            None => self.queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(deadline) => self.queue.recv_timeout(deadline.saturating_duration_since(Instant::now())),
        };
        let mut open = match first {
            Ok(queued) => {
                self.take(queued);
                true
            }
            Err(RecvTimeoutError::Timeout) => true,
            Err(RecvTimeoutError::Disconnected) => false,
        };
        // While one group was being written, the next has gathered.
        while open && self.group.len() < GROUP_BLOCKS_MAX && self.group_bytes < GROUP_BYTES_MAX {
            match self.queue.try_recv() {
                Ok(queued) => self.take(queued),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => open = false,
            }
        }
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            self.cut();
        }
        self.write();
        open
    }

    fn take(&mut self, queued: Queued) {
        let stale = queued.sequence < self.configuration.sequence();
        self.held.push(queued.room);
        match queued.message {
            Message::Normal(message) => {
                if !stale || self.passes_again(&message) {
                    self.take_normal(message);
                }
            }
            Message::Config(change) => {
                let change = if stale { self.apply_again(&change) } else { Some(*change) };
                if let Some(change) = change {
                    self.take_config(change);
                }
            }
        }
    }

    fn take_normal(&mut self, message: Sized) {
        let settings = self.configuration.orderer();
        let limits = BatchLimits {
            message_count_max: settings.batch_size.max_message_count as usize,
            preferred_bytes_max: u64::from(settings.batch_size.preferred_max_bytes),
        };
        let timeout = settings.batch_timeout;
        let batches = self.cutter.push(message, limits);
        if !batches.is_empty() {
            self.deadline = None;
        }
        for batch in batches {
            self.make(|writer| writer.block(batch.clone()));
        }
        if self.cutter.has_pending() && self.deadline.is_none() {
            self.deadline = Some(Instant::now() + timeout);
        }
    }

    fn take_config(&mut self, change: ConfigChange) {
        self.cut();
        let envelope = sized(&change.envelope).envelope;
        self.make(|writer| writer.config_block(envelope.clone()));
        self.configuration = change.next;
        self.chain.set_configuration(self.configuration.clone());
        info!(channel = self.chain.channel_id(), sequence = self.configuration.sequence(), "configuration changed");
    }

    /// The configuration changed after the message was checked.
    fn passes_again(&self, message: &Sized) -> bool {
        let Ok(envelope) = Envelope::decode(message.envelope.clone()) else { return false };
        let checked = filters::check_normal(&self.configuration, &envelope, SystemTime::now());
        checked.inspect_err(|rejection| self.warn_discarded(&rejection.to_string())).is_ok()
    }

    fn apply_again(&self, change: &ConfigChange) -> Option<ConfigChange> {
        let signer = self.chain.signer();
        let applied = config_update::reapply(&self.configuration, &change.envelope, signer, SystemTime::now());
        applied.inspect_err(|rejection| self.warn_discarded(&rejection.to_string())).ok()
    }

    fn warn_discarded(&self, reason: &str) {
        let channel = self.chain.channel_id();
        warn!(channel, reason, "discarding a message that was valid under an earlier configuration");
    }

    fn cut(&mut self) {
        self.deadline = None;
        if let Some(batch) = self.cutter.cut() {
            self.make(|writer| writer.block(batch.clone()));
        }
    }

    /// Makes a block, however long its signature takes: its messages were acknowledged, and a key outside of the process
    /// can be away for a while.
    fn make(&mut self, make: impl Fn(&mut BlockWriter) -> Result<Bytes, SignError>) {
        let mut failures = 0;
        loop {
            let failure = match make(&mut self.writer) {
                Ok(block) => {
                    self.add(block);
                    break;
                }
                Err(failure) => failure,
            };
            failures += 1;
            let (channel, reason) = (self.chain.channel_id(), chain_of(&failure));
            if self.chain.is_closing() && failures > CLOSING_RETRIES_MAX {
                error!(channel, block = self.writer.next(), reason, "messages are lost: their block cannot be signed");
                break;
            }
            if failures == 1 {
                error!(channel, reason, "cannot sign blocks, refusing messages until it works again");
            }
            self.chain.set_fault(Some(reason));
            std::thread::sleep(WRITE_RETRY_PAUSE);
        }
        if failures > 0 {
            self.chain.set_fault(None);
        }
    }

    fn add(&mut self, block: Bytes) {
        self.group_bytes += block.len();
        self.group.push(block);
    }

    /// Writes the group, however long it takes: its messages were acknowledged. Clients are turned away meanwhile.
    fn write(&mut self) {
        if self.group.is_empty() {
            return;
        }
        let first = self.writer.next() - self.group.len() as u64;
        let mut failures = 0;
        while let Err(failure) = self.chain.append(first, &self.group) {
            failures += 1;
            let reason = chain_of(&failure);
            let channel = self.chain.channel_id();
            if self.chain.is_closing() && failures > CLOSING_RETRIES_MAX {
                error!(channel, first, blocks = self.group.len(), reason, "blocks are lost: they cannot be written");
                break;
            }
            if failures == 1 {
                error!(channel, first, reason, "cannot write blocks, refusing messages until it works again");
            }
            self.chain.set_fault(Some(reason));
            std::thread::sleep(WRITE_RETRY_PAUSE);
        }
        if failures > 0 && !self.chain.is_closing() {
            info!(channel = self.chain.channel_id(), "blocks can be written again");
        }
        if failures > 0 {
            self.chain.set_fault(None);
        }
        self.group.clear();
        self.group_bytes = 0;
        // What waits for a batch keeps no room: it is bounded by the size of a batch.
        self.held.clear();
    }
}
