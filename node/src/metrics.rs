//! What a node counts and measures, under Fabric's names, for Prometheus or for StatsD.
//!
//! A [`Registry`] is made from the configuration and passed down; each part makes its own typed set of metrics with it.
//! Metrics of a disabled registry are empty: using one costs a branch.

mod process;
mod registry;
mod settings;
mod statsd;

pub use registry::{Counter, Description, Gauge, Histogram, Registry};
pub use settings::{MetricsKeys, MetricsSettings, Provider, StatsdSettings};
pub use statsd::StatsdError;

/// Upper bounds of the buckets of a histogram that has none of its own, in seconds: those of Prometheus' libraries.
pub const DEFAULT_BUCKETS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Buckets of the ledger's histograms, in seconds.
pub const COMMIT_BUCKETS: &[f64] = &[0.005, 0.01, 0.015, 0.05, 0.1, 1.0, 10.0];
