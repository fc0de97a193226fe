//! After a reset or a rollback the peer endorses nothing until it has all blocks again that it had (Fabric
//! `internal/peer/node/start.go`).

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use ledger::LedgersError;
use tokio::sync::watch;

use super::Channels;

impl Channels {
    /// Whether a channel lacks blocks that it had before it was reset or rolled back.
    pub fn is_rebuilding(&self) -> bool {
        self.rebuilding.load(Ordering::Acquire)
    }
}

/// Finds out whether channels were cut back, and follows them until they are as high as they were.
pub(super) fn watch(channels: &Arc<Channels>) -> Result<(), LedgersError> {
    let channel_ids: Vec<String> = channels.all().iter().map(|channel| channel.id().to_owned()).collect();
    let heights = channels.ledgers.pre_reset_heights(&channel_ids)?;
    if heights.is_empty() {
        return Ok(());
    }
    for (channel_id, height) in &heights {
        tracing::info!(target: "nodeCmd", "Ledger rebuild: channel [{channel_id}]: preresetHeight: [{height}]");
    }
    tracing::info!(
        target: "nodeCmd",
        "Ledger rebuild: Entering loop to check if current ledger heights surpass prereset ledger heights. Endorsement \
         request processing will be disabled."
    );
    channels.rebuilding.store(true, Ordering::Release);
    let waiting = heights.into_iter().filter_map(|(channel_id, height)| {
        let current = channels.channel(&channel_id)?.height();
        Some(Cut { channel_id, height, current })
    });
    // It must not keep the channels open.
    channels.options.runtime.spawn(follow(Arc::downgrade(channels), waiting.collect()));
    Ok(())
}

/// A channel that was cut back.
struct Cut {
    channel_id: String,
    /// How many blocks it had.
    height: u64,
    current: watch::Receiver<u64>,
}

async fn follow(channels: Weak<Channels>, mut cuts: Vec<Cut>) {
    for Cut { height, current, .. } in &mut cuts {
        if current.wait_for(|current| *current >= *height).await.is_err() {
            // The peer stops.
            return;
        }
    }
    let Some(channels) = channels.upgrade() else { return };
    tracing::info!(
        target: "nodeCmd",
        "Ledger rebuild: Complete, all ledgers surpass prereset heights. Endorsement request processing will be enabled."
    );
    for Cut { channel_id, .. } in &cuts {
        if let Err(error) = channels.ledgers.clear_pre_reset_height(channel_id) {
            let error = crate::text::chain(&error);
            tracing::warn!(target: "nodeCmd", "Ledger rebuild: could not clear off prerest files: error={error}");
        }
    }
    channels.rebuilding.store(false, Ordering::Release);
}
