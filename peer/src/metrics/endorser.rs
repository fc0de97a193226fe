//! Proposals (Fabric `core/endorser/metrics.go`).

use std::time::Duration;

use node::metrics::{Counter, DEFAULT_BUCKETS, Histogram, Registry};

use super::{described, flag};

const CHAINCODE: &[&str] = &["channel", "chaincode"];

/// What happens to proposals.
#[derive(Clone, Debug, Default)]
pub struct EndorserMetrics {
    received: Counter,
    successful: Counter,
    invalid: Counter,
    denied: Counter,
    duplicate: Counter,
    not_initialized: Counter,
    not_endorsed: Counter,
    not_simulated: Counter,
    duration: Histogram,
}

impl EndorserMetrics {
    pub(super) fn new(registry: &Registry) -> Self {
        let counter = |name, help, labels| registry.counter(described(name, help, labels));
        EndorserMetrics {
            received: counter("endorser.proposals_received", "The number of proposals received.", &[]),
            successful: counter("endorser.successful_proposals", "The number of successful proposals.", &[]),
            invalid: counter(
                "endorser.proposal_validation_failures",
                "The number of proposals that have failed initial validation.",
                &[],
            ),
            denied: counter(
                "endorser.proposal_acl_failures",
                "The number of proposals that failed ACL checks.",
                CHAINCODE,
            ),
            duplicate: counter(
                "endorser.duplicate_transaction_failures",
                "The number of failed proposals due to duplicate transaction ID.",
                CHAINCODE,
            ),
            not_initialized: counter(
                "endorser.chaincode_instantiation_failures",
                "The number of chaincode instantiations or upgrade that have failed.",
                CHAINCODE,
            ),
            not_endorsed: counter(
                "endorser.endorsement_failures",
                "The number of failed endorsements.",
                &["channel", "chaincode", "chaincodeerror"],
            ),
            not_simulated: counter(
                "endorser.proposal_simulation_failures",
                "The number of failed proposal simulations",
                CHAINCODE,
            ),
            duration: registry.histogram(
                described(
                    "endorser.proposal_duration",
                    "The time to complete a proposal.",
                    &["channel", "chaincode", "success"],
                ),
                DEFAULT_BUCKETS,
            ),
        }
    }

    pub(crate) fn received(&self) {
        self.received.add(&[], 1);
    }

    pub(crate) fn invalid(&self) {
        self.invalid.add(&[], 1);
    }

    pub(crate) fn denied(&self, channel_id: &str, chaincode: &str) {
        self.denied.add(&[channel_id, chaincode], 1);
    }

    pub(crate) fn duplicate(&self, channel_id: &str, chaincode: &str) {
        self.duplicate.add(&[channel_id, chaincode], 1);
    }

    /// The simulation failed; `is_init` if it was to initialise the chaincode.
    pub(crate) fn not_simulated(&self, channel_id: &str, chaincode: &str, is_init: bool) {
        self.not_simulated.add(&[channel_id, chaincode], 1);
        if is_init {
            self.not_initialized.add(&[channel_id, chaincode], 1);
        }
    }

    /// The chaincode did not agree.
    pub(crate) fn not_endorsed(&self, channel_id: &str, chaincode: &str) {
        self.not_endorsed.add(&[channel_id, chaincode, flag(true)], 1);
    }

    /// A proposal that was well-formed and allowed is answered.
    pub(crate) fn completed(&self, channel_id: &str, chaincode: &str, success: bool, duration: Duration) {
        if success {
            self.successful.add(&[], 1);
        }
        self.duration.observe(&[channel_id, chaincode, flag(success)], duration);
    }
}
