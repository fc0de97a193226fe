//! What a peer counts and measures, under Fabric's names.

mod chaincode;
mod endorser;
mod ledger;
mod methods;

use deliver::DeliverMetrics;
use node::grpc::ServerMetrics;
use node::metrics::{Description, Registry};

pub use chaincode::ChaincodeMetrics;
pub(crate) use chaincode::Launch;
pub use endorser::EndorserMetrics;
pub use ledger::LedgerMetrics;

/// The metrics of all parts of a peer.
#[derive(Clone, Debug, Default)]
pub struct PeerMetrics {
    /// Of the main listener.
    pub server: ServerMetrics,
    /// Of the endorser.
    pub endorser: EndorserMetrics,
    /// Of chaincodes.
    pub chaincode: ChaincodeMetrics,
    /// Of the channels' ledgers.
    pub ledger: LedgerMetrics,
    /// Of streams of blocks.
    pub deliver: DeliverMetrics,
}

impl PeerMetrics {
    /// Once for each registry.
    pub fn new(registry: &Registry) -> Self {
        PeerMetrics {
            server: ServerMetrics::new(registry, methods::METHODS),
            endorser: EndorserMetrics::new(registry),
            chaincode: ChaincodeMetrics::new(registry),
            ledger: LedgerMetrics::new(registry),
            deliver: DeliverMetrics::new(registry),
        }
    }
}

const fn described(name: &'static str, help: &'static str, labels: &'static [&'static str]) -> Description {
    Description { name, help, labels }
}

fn flag(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
