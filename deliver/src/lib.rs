//! Streams of blocks: out of a peer or an orderer, and in from an orderer.
//!
//! [`DeliverServer`] answers seek requests over any [`BlockSource`]; what a stream carries (blocks, filtered blocks,
//! blocks with private data) is its [`Respond`] function. [`pull`] keeps a stream from the ordering service open and
//! hands on only blocks that continue the chain and bear the orderers' signatures.
//!
//! Blocks travel as the bytes they are stored as; a server neither decodes nor encodes them to send them on. This crate
//! does not know how blocks are ordered, validated or committed.

mod access;
mod frame;
mod metrics;
mod pull;
mod recent;
mod seek;
mod server;
mod service;
mod session;
mod source;
mod verify;

pub use frame::{DeliverCodec, Frame, FrameError, ReceiveCodec, Received, filtered_block, header_and_metadata};
pub use metrics::{DataType, DeliverMetrics};
pub use pull::{Backoff, Endpoints, Position, PullError, PullOptions, PulledBlock, PulledBlocks, pull, request};
pub use recent::RecentBlocks;
pub use server::{
    Authorize, Channels, DeliverOptions, DeliverServer, Delivery, Denied, FrameStream, Respond, RespondError,
};
pub use service::{DeliverServices, serve};
pub use source::BlockSource;
pub use verify::{BlockVerifier, VerifyError};
