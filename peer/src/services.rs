//! The gRPC services of the peer, beside those that live with their subject.

mod admin;
mod deliver_blocks;
mod snapshots;

pub use admin::{AdminService, admin_service};
pub use deliver_blocks::deliver_services;
pub use snapshots::snapshot_service;
