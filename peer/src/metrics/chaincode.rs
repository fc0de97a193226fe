//! Chaincodes (Fabric `core/chaincode/metrics.go`), named by their packages.

use std::time::Duration;

use node::metrics::{Counter, DEFAULT_BUCKETS, Histogram, Registry};

use super::{described, flag};

const LABELS: &[&str] = &["chaincode"];

/// Starts and calls of chaincodes. Requests to the peer are counted for chaincode in processes; those of contracts are
/// function calls.
#[derive(Clone, Debug, Default)]
pub struct ChaincodeMetrics {
    launch_duration: Histogram,
    launch_failures: Counter,
    launch_timeouts: Counter,
    execute_timeouts: Counter,
    requests_received: Counter,
    requests_completed: Counter,
    request_duration: Histogram,
}

impl ChaincodeMetrics {
    pub(super) fn new(registry: &Registry) -> Self {
        let counter = |name, help, labels| registry.counter(described(name, help, labels));
        let histogram = |name, help, labels| registry.histogram(described(name, help, labels), DEFAULT_BUCKETS);
        ChaincodeMetrics {
            launch_duration: histogram(
                "chaincode.launch_duration",
                "The time to launch a chaincode.",
                &["chaincode", "success"],
            ),
            launch_failures: counter(
                "chaincode.launch_failures",
                "The number of chaincode launches that have failed.",
                LABELS,
            ),
            launch_timeouts: counter(
                "chaincode.launch_timeouts",
                "The number of chaincode launches that have timed out.",
                LABELS,
            ),
            execute_timeouts: counter(
                "chaincode.execute_timeouts",
                "The number of chaincode executions (Init or Invoke) that have timed out.",
                LABELS,
            ),
            requests_received: counter(
                "chaincode.shim_requests_received",
                "The number of chaincode shim requests received.",
                &["type", "channel", "chaincode"],
            ),
            requests_completed: counter(
                "chaincode.shim_requests_completed",
                "The number of chaincode shim requests completed.",
                &["type", "channel", "chaincode", "success"],
            ),
            request_duration: histogram(
                "chaincode.shim_request_duration",
                "The time to complete chaincode shim requests.",
                &["type", "channel", "chaincode", "success"],
            ),
        }
    }

    /// A chaincode was started, or was not.
    pub(crate) fn launched(&self, package_id: &str, outcome: Launch, duration: Duration) {
        match outcome {
            Launch::Succeeded => {}
            Launch::Failed => self.launch_failures.add(&[package_id], 1),
            Launch::TimedOut => {
                self.launch_failures.add(&[package_id], 1);
                self.launch_timeouts.add(&[package_id], 1);
            }
        }
        self.launch_duration.observe(&[package_id, flag(matches!(outcome, Launch::Succeeded))], duration);
    }

    pub(crate) fn execute_timed_out(&self, package_id: &str) {
        self.execute_timeouts.add(&[package_id], 1);
    }

    /// A chaincode asks for something.
    pub(crate) fn request_received(&self, kind: &str, channel_id: &str, package_id: &str) {
        self.requests_received.add(&[kind, channel_id, package_id], 1);
    }

    /// It was answered.
    pub(crate) fn request_completed(
        &self,
        kind: &str,
        channel_id: &str,
        package_id: &str,
        success: bool,
        duration: Duration,
    ) {
        let labels = [kind, channel_id, package_id, flag(success)];
        self.requests_completed.add(&labels, 1);
        self.request_duration.observe(&labels, duration);
    }
}

/// How a launch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Launch {
    Succeeded,
    Failed,
    TimedOut,
}
