//! How many entries there were, by level.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::Level;

use crate::metrics::{Description, Registry};

/// Levels as Fabric's loggers name them, the most urgent first.
const NAMES: [&str; 5] = ["error", "warn", "info", "debug", "payload"];

const CHECKED: Description = Description {
    name: "logging.entries_checked",
    help: "Number of log entries checked against the active logging level",
    labels: &["level"],
};

const WRITTEN: Description =
    Description { name: "logging.entries_written", help: "Number of log entries that are written", labels: &["level"] };

/// Entries since the start.
#[derive(Default)]
pub(super) struct Counts {
    refused: [AtomicU64; NAMES.len()],
    written: [AtomicU64; NAMES.len()],
}

impl Counts {
    pub(super) fn written(&self, level: Level) {
        self.written[index(level)].fetch_add(1, Ordering::Relaxed);
    }

    /// An entry of a level that some logger writes, but not this one.
    pub(super) fn refused(&self, level: Level) {
        self.refused[index(level)].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn report(self: &Arc<Self>, registry: &Registry) {
        let (checked, written) = (registry.counter(CHECKED), registry.counter(WRITTEN));
        let counts = self.clone();
        registry.before_reports(move || {
            for (index, name) in NAMES.iter().enumerate() {
                let all = counts.written[index].load(Ordering::Relaxed);
                let refused = counts.refused[index].load(Ordering::Relaxed);
                if all + refused > 0 {
                    written.bring_to(&[name], all as f64);
                    checked.bring_to(&[name], (all + refused) as f64);
                }
            }
        });
    }
}

fn index(level: Level) -> usize {
    match level {
        Level::ERROR => 0,
        Level::WARN => 1,
        Level::INFO => 2,
        Level::DEBUG => 3,
        Level::TRACE => 4,
    }
}
