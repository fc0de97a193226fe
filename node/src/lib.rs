//! What every process of the network needs, whatever it serves: logging, configuration, gRPC over TLS, and an orderly
//! end.
//!
//! This crate knows nothing of channels, identities, policies or ledgers. It has no globals but the log subscriber:
//! configuration is read through a [`config::Source`] that its owner passes down.

pub mod config;
pub mod grpc;
pub mod logging;
pub mod open_files;
pub mod shutdown;
pub mod version;
