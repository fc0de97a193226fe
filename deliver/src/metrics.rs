//! What deliver streams count (Fabric `common/deliver/metrics.go`).

use node::metrics::{Counter, Description, Registry};

const STREAM: &[&str] = &["channel", "filtered", "data_type"];

/// What a stream carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DataType {
    /// Blocks.
    #[default]
    Block,
    /// Filtered blocks.
    FilteredBlock,
    /// Blocks with private data.
    BlockAndPrivateData,
}

/// The counters of all deliver servers of a process.
#[derive(Clone, Debug, Default)]
pub struct DeliverMetrics {
    streams_opened: Counter,
    streams_closed: Counter,
    requests_received: Counter,
    requests_completed: Counter,
    blocks_sent: Counter,
}

impl DeliverMetrics {
    /// Once for each registry.
    pub fn new(registry: &Registry) -> Self {
        let counter = |name, help, labels| registry.counter(Description { name, help, labels });
        DeliverMetrics {
            streams_opened: counter("deliver.streams_opened", "The number of deliver streams that were opened.", &[]),
            streams_closed: counter("deliver.streams_closed", "The number of deliver streams that were closed.", &[]),
            requests_received: counter("deliver.requests_received", "The number of deliver requests received.", STREAM),
            requests_completed: counter(
                "deliver.requests_completed",
                "The number of deliver requests completed.",
                &["channel", "filtered", "data_type", "success"],
            ),
            blocks_sent: counter("deliver.blocks_sent", "The number of blocks sent in deliver streams.", STREAM),
        }
    }
}

/// The counters of one server.
#[derive(Clone, Debug, Default)]
pub(crate) struct StreamCounts {
    metrics: DeliverMetrics,
    data_type: DataType,
}

impl StreamCounts {
    pub(crate) fn new(metrics: &DeliverMetrics, data_type: DataType) -> Self {
        StreamCounts { metrics: metrics.clone(), data_type }
    }

    pub(crate) fn opened(&self) {
        self.metrics.streams_opened.add(&[], 1);
    }

    pub(crate) fn closed(&self) {
        self.metrics.streams_closed.add(&[], 1);
    }

    pub(crate) fn received(&self, channel_id: &str) {
        let (filtered, data_type) = self.labels();
        self.metrics.requests_received.add(&[channel_id, filtered, data_type], 1);
    }

    pub(crate) fn sent(&self, channel_id: &str) {
        let (filtered, data_type) = self.labels();
        self.metrics.blocks_sent.add(&[channel_id, filtered, data_type], 1);
    }

    pub(crate) fn completed(&self, channel_id: &str, success: bool) {
        let (filtered, data_type) = self.labels();
        let success = if success { "true" } else { "false" };
        self.metrics.requests_completed.add(&[channel_id, filtered, data_type, success], 1);
    }

    fn labels(&self) -> (&'static str, &'static str) {
        match self.data_type {
            DataType::Block => ("false", "block"),
            DataType::FilteredBlock => ("true", "filtered_block"),
            DataType::BlockAndPrivateData => ("false", "block_and_pvtdata"),
        }
    }
}
