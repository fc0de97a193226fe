//! Messages between the clients' streams and the engine thread, bounded by their size.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use bytes::Bytes;
use parking_lot::RwLock;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config_update::ConfigChange;
use crate::cutter::Sized;

/// Bytes that may wait for the engine of one channel. Clients wait when it is full.
const QUEUE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What the semaphore counts in, because it counts no further than 2^29.
const UNIT_BYTES: u64 = 1024;

/// A message that passed the filters.
pub(crate) struct Queued {
    pub(crate) message: Message,
    /// The sequence of the configuration whose filters it passed.
    pub(crate) sequence: u64,
    pub(crate) room: Room,
}

/// The room a message takes until it is dropped.
pub(crate) struct Room(#[allow(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

pub(crate) enum Message {
    Normal(Sized),
    Config(Box<ConfigChange>),
}

/// The clients' end.
pub(crate) struct Queue {
    sender: RwLock<Option<Sender<Queued>>>,
    room: Arc<Semaphore>,
}

/// The channel is closing.
pub(crate) struct Closed;

impl Queue {
    pub(crate) fn new() -> (Self, Receiver<Queued>) {
        let (sender, receiver) = mpsc::channel();
        let room = Arc::new(Semaphore::new((QUEUE_BYTES_MAX / UNIT_BYTES) as usize));
        (Self { sender: RwLock::new(Some(sender)), room }, receiver)
    }

    /// Waits for room and enqueues. What was enqueued before [`Queue::close`] will be ordered.
    pub(crate) async fn send(&self, message: Message, sequence: u64) -> Result<(), Closed> {
        let bytes = match &message {
            Message::Normal(normal) => normal.envelope.len(),
            Message::Config(change) => change.envelope.payload.len(),
        };
        let units = (bytes as u64).min(QUEUE_BYTES_MAX).div_ceil(UNIT_BYTES).max(1) as u32;
        let room = self.room.clone().acquire_many_owned(units).await.map_err(|_| Closed)?;
        let sender = self.sender.read();
        let sender = sender.as_ref().ok_or(Closed)?;
        sender.send(Queued { message, sequence, room: Room(room) }).map_err(|_| Closed)
    }

    /// Takes nothing more; those who wait for room are told.
    pub(crate) fn close(&self) {
        *self.sender.write() = None;
        self.room.close();
    }
}

/// An envelope ready for a block. Re-encoding takes it out of the connection's buffers, and brings it into the one form
/// that peers accept.
pub(crate) fn sized(envelope: &proto::common::Envelope) -> Sized {
    let size = crate::filters::message_size(envelope);
    Sized { envelope: Bytes::from(prost::Message::encode_to_vec(envelope)), size }
}
