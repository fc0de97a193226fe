//! What every process of the network needs, whatever it serves: logging, configuration, gRPC over TLS, metrics, the
//! operations endpoint, and an orderly end.
//!
//! This crate knows nothing of channels, identities, policies or ledgers. It has no globals but the log subscriber:
//! configuration is read through a [`config::Source`] that its owner passes down.

pub mod config;
pub mod diagnosis;
pub mod grpc;
pub mod http;
pub mod logging;
pub mod metrics;
pub mod open_files;
pub mod operations;
pub mod pid_file;
pub mod profile;
pub mod shutdown;
pub mod version;
