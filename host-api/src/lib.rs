//! The interface between a contract and the peer, written once.
//!
//! The WIT package `fabric:chaincode` in `wit/` is the single source; everything that links hosts or generates guests
//! starts from [`WIT`]. Beside it stand the numbers both sides must agree on. `guest/` holds the kits contract writers use.
//!
//! This crate knows nothing of Wasm engines, ledgers or networks, and needs no standard library.
#![no_std]

pub mod limits;
pub mod names;
pub mod status;

/// The text of the WIT package `fabric:chaincode`.
pub const WIT: &str = include_str!("../wit/chaincode.wit");
