//! The gRPC services of the peer, beside those that live with their subject.

mod deliver_blocks;

pub use deliver_blocks::deliver_services;
