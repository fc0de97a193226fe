//! What the ledger promises to the crates above, seen through its public API.

mod block_files;
mod commits;
mod crashes;
mod fabric;
mod fixture;
mod full_disk;
mod opening;
mod private_data;
mod simulation;
