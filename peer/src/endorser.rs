//! Endorsing: check the proposal, simulate it against the ledger, assemble the result, sign it
//! (Fabric `core/endorser/endorser.go`).
//!
//! What a client did wrong is an error of the call ([`EndorseError`]). What went wrong while doing what it asked for is
//! a response with status 500 and without payload; gateways rely on the difference.

mod fairness;
pub(crate) mod interest;
mod processes;
mod proposal;
mod service;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use ::channel::definition::DEFAULT_ENDORSEMENT_PLUGIN;
use bytes::Bytes;
use msp::{MspSet, SignError, SigningIdentity};
use prost::Message;
use proto::protos::{
    ChaincodeAction, ChaincodeId, Endorsement, ProposalResponse, ProposalResponsePayload, Response, SignedProposal,
};
use runtime::Executor;

use fairness::Fairness;
use processes::ProcessCalls;
pub use proposal::{AuthFilters, CheckedProposal, DEFAULT_TIME_WINDOW, ParsedProposal};
pub use service::endorser_service;

use crate::access;
use crate::chaincode::{ChaincodeSupport, Executed};
use crate::channels::{Channel, Channels};
use crate::metrics::EndorserMetrics;
use crate::system::SystemChaincode;
use crate::text;

/// Statuses from here on are not endorsed.
const STATUS_ERROR_THRESHOLD: i32 = 400;
/// Statuses from here on carry the payload for diagnosis, without an endorsement.
const STATUS_ERROR: i32 = 500;

/// Why a proposal was not taken.
#[derive(Debug, thiserror::Error)]
pub enum EndorseError {
    /// The proposal itself is at fault. The text is Fabric's.
    #[error("{0}")]
    Refused(String),
    /// The peer has as much work queued as it takes.
    #[error("too many requests for protos.Endorser, the queue of the peer is full")]
    Overloaded,
    /// Too many calls wait for the process of this chaincode.
    #[error("too many calls of chaincode {0} wait for its process")]
    Waiting(String),
    /// Channels were cut back and do not have all their blocks again. The text is Fabric's.
    #[error("endorse requests are blocked while ledgers are being rebuilt")]
    Rebuilding,
    /// The peer is stopping.
    #[error("the peer is shutting down")]
    Stopping,
}

/// What an [`Endorser`] works with.
pub struct EndorserOptions {
    /// The channels of the peer.
    pub channels: Arc<Channels>,
    /// Runs chaincodes.
    pub chaincodes: Arc<ChaincodeSupport>,
    /// The peer's own organisation, for proposals without a channel.
    pub local_msps: Arc<MspSet>,
    /// Signs endorsements.
    pub identity: Arc<SigningIdentity>,
    /// Checks in front of everything else.
    pub filters: AuthFilters,
    /// Threads on which contracts run.
    pub executor: Arc<Executor>,
    /// Counts proposals.
    pub metrics: EndorserMetrics,
}

/// Answers proposals.
pub struct Endorser {
    core: Arc<Core>,
    calls: Arc<Fairness>,
    processes: Arc<ProcessCalls>,
}

/// What the phases need; shared with the threads they run on.
struct Core {
    channels: Arc<Channels>,
    chaincodes: Arc<ChaincodeSupport>,
    local_msps: Arc<MspSet>,
    identity: Arc<SigningIdentity>,
    filters: AuthFilters,
    metrics: EndorserMetrics,
}

/// Whether the client wants an endorsement or only the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Endorse,
    Evaluate,
}

impl Endorser {
    /// An endorser over the parts of a peer.
    pub fn new(options: EndorserOptions) -> Self {
        let EndorserOptions { channels, chaincodes, local_msps, identity, filters, executor, metrics } = options;
        Endorser {
            core: Arc::new(Core { channels, chaincodes, local_msps, identity, filters, metrics }),
            calls: Fairness::new(executor),
            processes: Arc::default(),
        }
    }

    /// Checks, simulates and endorses. The answer says in its status whether the chaincode agreed.
    pub async fn process(&self, signed: SignedProposal) -> Result<ProposalResponse, EndorseError> {
        self.run(signed, Purpose::Endorse).await
    }

    /// The same without an endorsement, for queries: the response's payload is not signed.
    pub async fn evaluate(&self, signed: SignedProposal) -> Result<ProposalResponse, EndorseError> {
        self.run(signed, Purpose::Evaluate).await
    }

    async fn run(&self, signed: SignedProposal, purpose: Purpose) -> Result<ProposalResponse, EndorseError> {
        if self.core.channels.is_rebuilding() {
            return Err(EndorseError::Rebuilding);
        }
        let begun = Instant::now();
        self.core.metrics.received();
        let parsed = ParsedProposal::parse(signed).inspect_err(|error| {
            self.core.metrics.invalid();
            tracing::warn!(target: "endorser", %error, "Failed to unpack proposal");
        })?;
        let core = self.core.clone();
        let is_system = SystemChaincode::is_reserved(parsed.chaincode());
        let chaincode = parsed.chaincode().to_owned();
        let waits_for = (core.clone(), parsed.channel_id().to_owned(), parsed.chaincode().to_owned());
        let work = move || core.process(parsed, purpose, begun);
        if is_system {
            // They read files, compile contracts and join channels; contracts must not wait behind that.
            return tokio::task::spawn_blocking(work).await.unwrap_or(Err(EndorseError::Stopping));
        }
        let (answer, answered) = tokio::sync::oneshot::channel();
        let processes = self.processes.clone();
        let call = move || {
            // A client that hung up while its call waited wants nothing any more.
            if answer.is_closed() {
                return;
            }
            // It may also do so meanwhile.
            let answering = move |result| drop(answer.send(result));
            let (core, channel_id, name) = waits_for;
            if core.waits_for_process(&channel_id, &name) {
                processes.start(&name, move |room| answering(room.and_then(|()| work())));
            } else {
                answering(work());
            }
        };
        self.calls.submit(&chaincode, Box::new(call)).map_err(|_| EndorseError::Overloaded)?;
        answered.await.unwrap_or(Err(EndorseError::Stopping))
    }
}

impl Core {
    /// Whether a call would hold its thread while another process works.
    fn waits_for_process(&self, channel_id: &str, chaincode: &str) -> bool {
        let channel = self.channels.channel(channel_id);
        channel.is_some_and(|channel| self.chaincodes.waits_for_process(&channel, chaincode))
    }

    /// The whole story of one proposal.
    fn process(
        &self,
        parsed: ParsedProposal,
        purpose: Purpose,
        begun: Instant,
    ) -> Result<ProposalResponse, EndorseError> {
        let now = SystemTime::now();
        parsed.check_time(self.filters, now)?;
        let channel = match parsed.channel_id() {
            "" => None,
            id => match self.channels.channel(id) {
                Some(channel) => Some(channel),
                None => return Ok(failure(text::channel_not_found(id))),
            },
        };
        let checked = self.check(parsed, channel.as_ref(), now).inspect_err(|error| {
            tracing::warn!(target: "endorser", %error, "Failed to preProcess proposal");
        })?;
        let answer = self.simulate_and_endorse(&checked, channel.as_ref(), purpose);
        self.count(&checked, &answer, begun);
        match answer {
            Ok(response) => Ok(response),
            Err(error) => {
                tracing::warn!(
                    target: "endorser", channel = checked.channel_id(), chaincode = checked.chaincode(),
                    txID = checked.short_tx_id(), %error, "Failed to invoke chaincode"
                );
                Ok(failure(error))
            }
        }
    }

    fn count(&self, proposal: &CheckedProposal, answer: &Result<ProposalResponse, String>, begun: Instant) {
        let (channel_id, chaincode) = (proposal.channel_id(), proposal.chaincode());
        let status = answer.as_ref().ok().and_then(|answer| answer.response.as_ref()).map(|response| response.status);
        match status {
            None => self.metrics.not_simulated(channel_id, chaincode, proposal.is_init()),
            Some(STATUS_ERROR_THRESHOLD..) => self.metrics.not_endorsed(channel_id, chaincode),
            Some(_) => {}
        }
        let success = status.is_some_and(|status| status < STATUS_ERROR_THRESHOLD);
        self.metrics.completed(channel_id, chaincode, success, begun.elapsed());
    }

    fn check(
        &self,
        parsed: ParsedProposal,
        channel: Option<&Arc<Channel>>,
        now: SystemTime,
    ) -> Result<CheckedProposal, EndorseError> {
        let Some(channel) = channel else {
            return parsed.check(&self.local_msps, self.filters, now).inspect_err(|_| self.metrics.invalid());
        };
        let checked = parsed.check(channel.bundle().msps(), self.filters, now);
        let checked = checked.inspect_err(|_| self.metrics.invalid())?;
        let known = channel.ledger().contains_tx(checked.tx_id());
        if known.map_err(|error| EndorseError::Refused(text::chain(&error)))? {
            self.metrics.duplicate(channel.id(), checked.chaincode());
            return Err(EndorseError::Refused(format!(
                "duplicate transaction found [{}]. Creator [{}]",
                checked.tx_id(),
                hex::encode(checked.creator_bytes())
            )));
        }
        if !SystemChaincode::is_reserved(checked.chaincode()) {
            access::check_channel(channel, "peer/Propose", checked.creator()).map_err(|error| {
                self.metrics.denied(channel.id(), checked.chaincode());
                EndorseError::Refused(error.to_string())
            })?;
        }
        Ok(checked)
    }

    fn simulate_and_endorse(
        &self,
        proposal: &CheckedProposal,
        channel: Option<&Arc<Channel>>,
        purpose: Purpose,
    ) -> Result<ProposalResponse, String> {
        let executed = self.chaincodes.execute(proposal, channel)?;
        if let (Some(channel), Some(private)) = (channel, &executed.private) {
            channel
                .transient_store()
                .put(proposal.tx_id(), channel.ledger().height(), private)
                .map_err(|error| format!("error in simulation: {}", text::chain(&error)))?;
        }
        self.assemble(proposal, executed, purpose)
    }

    fn assemble(
        &self,
        proposal: &CheckedProposal,
        executed: Executed,
        purpose: Purpose,
    ) -> Result<ProposalResponse, String> {
        let Executed { response, event, results, version, endorsement_plugin, interest, .. } = executed;
        let status = response.status;
        if proposal.channel_id().is_empty() && status < STATUS_ERROR {
            return Ok(ProposalResponse { response: Some(response), ..Default::default() });
        }
        if (STATUS_ERROR_THRESHOLD..STATUS_ERROR).contains(&status) {
            return Ok(ProposalResponse { response: Some(response), ..Default::default() });
        }
        let action = ChaincodeAction {
            results,
            events: event.map(|event| event.encode_to_vec().into()).unwrap_or_default(),
            response: Some(response.clone()),
            chaincode_id: Some(ChaincodeId { name: proposal.chaincode().to_owned(), version, ..Default::default() }),
        };
        let payload = ProposalResponsePayload {
            proposal_hash: Bytes::copy_from_slice(proposal.hash()),
            extension: action.encode_to_vec().into(),
        }
        .encode_to_vec();
        if status >= STATUS_ERROR {
            return Ok(ProposalResponse {
                response: Some(response),
                payload: payload.into(),
                interest,
                ..Default::default()
            });
        }
        if endorsement_plugin != DEFAULT_ENDORSEMENT_PLUGIN {
            return Err(format!(
                "endorsing with plugin failed: plugin with name {endorsement_plugin} could not be used: plugin with name \
                 {endorsement_plugin} wasn't found"
            ));
        }
        let (endorsement, payload) = match purpose {
            Purpose::Endorse => {
                let endorsed = self.endorse(payload);
                let (endorsement, payload) =
                    endorsed.map_err(|error| format!("endorsing with plugin failed: {}", text::chain(&error)))?;
                (Some(endorsement), payload)
            }
            Purpose::Evaluate => (None, payload.into()),
        };
        Ok(ProposalResponse { version: 1, timestamp: None, response: Some(response), payload, endorsement, interest })
    }

    /// Signs payload and endorser together, as Fabric's default endorsement plugin does.
    fn endorse(&self, payload: Vec<u8>) -> Result<(Endorsement, Bytes), SignError> {
        let endorser = self.identity.serialized();
        let length = payload.len();
        let mut message = payload;
        message.extend_from_slice(endorser);
        let signature = self.identity.sign(&message)?;
        message.truncate(length);
        Ok((Endorsement { endorser: endorser.clone(), signature }, message.into()))
    }
}

/// A failure of the peer while doing what was asked: status 500, no payload.
fn failure(message: String) -> ProposalResponse {
    let response = Response { status: STATUS_ERROR, message, payload: Bytes::new() };
    ProposalResponse { response: Some(response), ..Default::default() }
}
