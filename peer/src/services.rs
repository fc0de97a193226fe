//! The gRPC services of the peer, beside those that live with their subject.

mod deliver_blocks;
mod snapshots;

pub use deliver_blocks::deliver_services;
pub use snapshots::snapshot_service;
