//! Clients that wait for their transaction.

use std::collections::HashMap;

use parking_lot::Mutex;
use proto::protos::TxValidationCode;
use tokio::sync::oneshot;

/// The code of a transaction and the number of its block.
pub(crate) type Status = (TxValidationCode, u64);

/// Who waits for which transaction of a channel. Bounded by the calls that the gateway admits at a time.
#[derive(Default)]
pub(crate) struct Waiters {
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    next_id: u64,
    by_tx_id: HashMap<String, Vec<(u64, oneshot::Sender<Status>)>>,
}

/// One who waits. Dropping it gives up.
pub(crate) struct Waiter<'a> {
    waiters: &'a Waiters,
    tx_id: String,
    id: u64,
    status: oneshot::Receiver<Status>,
}

impl Waiters {
    /// Starts to wait. Ask the ledger after this, so that a commit in between is not missed.
    pub(crate) fn wait_for(&self, tx_id: &str) -> Waiter<'_> {
        let (sender, status) = oneshot::channel();
        let mut waiting = self.waiting.lock();
        let id = waiting.next_id;
        waiting.next_id += 1;
        waiting.by_tx_id.entry(tx_id.to_owned()).or_default().push((id, sender));
        Waiter { waiters: self, tx_id: tx_id.to_owned(), id, status }
    }

    /// Tells all who wait for a transaction of this block.
    pub(crate) fn tell(&self, block_number: u64, tx_ids: &[String], codes: &[TxValidationCode]) {
        let mut waiting = self.waiting.lock();
        if waiting.by_tx_id.is_empty() {
            return;
        }
        for (tx_id, code) in tx_ids.iter().zip(codes) {
            for (_, sender) in waiting.by_tx_id.remove(tx_id).into_iter().flatten() {
                // Whoever gave up in this moment needs no answer.
                let _ = sender.send((*code, block_number));
            }
        }
    }

    /// Everybody gives up: nothing will be committed any more.
    pub(crate) fn close(&self) {
        self.waiting.lock().by_tx_id.clear();
    }
}

impl Waiter<'_> {
    /// Waits; nothing when the channel closes first.
    pub(crate) async fn status(&mut self) -> Option<Status> {
        (&mut self.status).await.ok()
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let mut waiting = self.waiters.waiting.lock();
        if let Some(senders) = waiting.by_tx_id.get_mut(&self.tx_id) {
            senders.retain(|(id, _)| *id != self.id);
            if senders.is_empty() {
                waiting.by_tx_id.remove(&self.tx_id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_who_wait_are_told_and_those_who_gave_up_are_forgotten() {
        let waiters = Waiters::default();
        let (mut first, mut second) = (waiters.wait_for("a"), waiters.wait_for("a"));
        drop(waiters.wait_for("b"));
        assert_eq!(waiters.waiting.lock().by_tx_id.len(), 1);
        let codes = [TxValidationCode::Valid, TxValidationCode::MvccReadConflict];
        waiters.tell(7, &["x".to_owned(), "a".to_owned()], &codes);
        assert_eq!(first.status().await, Some((TxValidationCode::MvccReadConflict, 7)));
        assert_eq!(second.status().await, Some((TxValidationCode::MvccReadConflict, 7)));
        let mut third = waiters.wait_for("c");
        waiters.close();
        assert_eq!(third.status().await, None);
    }
}
