//! What any Fabric client does: build and sign proposals, collect endorsements, order the transaction and wait until
//! peers have committed it; chaincode packages and lifecycle requests; queries of the system chaincodes; fetching
//! blocks. The `peer` command line, the development network's automatic deployment, tests and benches stand on it.
//!
//! It knows nothing of ledgers, of running contracts or of how a server answers: only what goes over the wire.
//! Every wait has a limit ([`Timeouts`]), and nothing that a server sends can make it panic.

pub mod admin;
pub mod blocks;
pub mod broadcast;
pub mod commit;
pub mod config_update;
pub mod connection;
pub mod dev_network;
pub mod error;
pub mod legacy;
pub mod legacy_package;
pub mod lifecycle;
pub mod package;
pub mod proposal;
pub mod snapshot;
pub mod system;
pub mod text;
pub mod transaction;

pub use commit::Committed;
pub use connection::{ConnectError, Orderer, Peer, Timeouts};
pub use error::{RequestError, RpcError, SubmitError};
pub use proposal::{Call, SignedCall};
pub use transaction::{Client, Submitted};
