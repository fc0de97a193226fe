//! The configuration a channel is ordered by.

use std::sync::Arc;

use channel::Bundle;
use prost::Message;
use proto::orderer::{ConsensusType, consensus_type};

/// A bundle with what the hot path asks of it.
#[derive(Clone)]
pub(crate) struct Configuration {
    pub(crate) bundle: Arc<Bundle>,
    /// Only administrators' changes of the consensus type pass.
    pub(crate) maintenance: bool,
}

impl Configuration {
    pub(crate) fn new(bundle: Arc<Bundle>) -> Self {
        let maintenance = in_maintenance(&bundle);
        Self { bundle, maintenance }
    }

    pub(crate) fn sequence(&self) -> u64 {
        self.bundle.sequence()
    }
}

/// Whether the channel is in maintenance mode.
pub(crate) fn in_maintenance(bundle: &Bundle) -> bool {
    consensus_type(bundle).state == consensus_type::State::Maintenance as i32
}

/// The value `/Channel/Orderer/ConsensusType`; the default one where there is none, which a valid bundle never has.
pub(crate) fn consensus_type(bundle: &Bundle) -> ConsensusType {
    let root = bundle.config().channel_group.as_ref();
    let value = root.and_then(|root| root.groups.get("Orderer")?.values.get("ConsensusType"));
    value.and_then(|value| ConsensusType::decode(value.value.clone()).ok()).unwrap_or_default()
}
