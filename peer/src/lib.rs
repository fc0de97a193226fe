//! The peer: endorses proposals, keeps the channels it joined up to date with their orderers, and serves clients.
//!
//! It wires the library crates together and owns everything asynchronous about them: services, pipelines, notices.
//! It knows nothing of consensus (only the development network links an orderer), of signature algorithms (`msp`),
//! of what makes a transaction valid (`validator`) or of how state is stored (`ledger`).

pub mod access;
pub mod bccsp;
pub mod chaincode;
pub mod channels;
mod commit;
pub mod dev_network;
pub mod discovery;
pub mod endorser;
pub mod gateway;
pub mod lifecycle;
pub mod membership;
pub mod metrics;
pub mod node_start;
pub mod services;
pub mod system;
pub mod text;
