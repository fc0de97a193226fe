//! What the ledger promises to the crates above, seen through its public API.

// A failure in what a test sets up fails the test.
#![allow(clippy::unwrap_used)]

mod block_files;
mod commits;
mod crashes;
mod fabric;
mod fabric_snapshots;
mod fixture;
mod full_disk;
mod maintenance;
mod opening;
mod private_data;
mod simulation;
mod snapshots;
