//! From a call to a committed transaction: endorse, assemble, register for events, order, wait.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::try_join_all;
use msp::SigningIdentity;
use prost::Message;
use proto::common::Envelope;
use proto::protos::{ProposalResponse, Response};

use crate::commit::Committed;
use crate::error::{AssembleError, RequestError, RpcError, SubmitError};
use crate::{Call, Orderer, Peer, SignedCall, Timeouts};

/// Responses from this status on are errors and make no transaction.
const ERROR_STATUS: i32 = 400;
/// The only status that is plain success.
const SUCCESS_STATUS: i32 = 200;

/// Who calls, and how long it waits.
#[derive(Clone)]
pub struct Client {
    /// Signs everything.
    pub identity: Arc<SigningIdentity>,
    /// Limits of all waits.
    pub timeouts: Timeouts,
}

/// What [`Client::submit`] did.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// The transaction's id.
    pub tx_id: String,
    /// The first peer's endorsement.
    pub response: ProposalResponse,
    /// Each peer's report, in the order of the peers; empty without waiting.
    pub committed: Vec<Committed>,
}

impl Client {
    /// A client with the default time-outs.
    pub fn new(identity: Arc<SigningIdentity>) -> Self {
        Self { identity, timeouts: Timeouts::default() }
    }

    /// Sends a call to one peer and returns its response, whatever its status.
    pub async fn evaluate(&self, peer: &Peer, call: Call) -> Result<ProposalResponse, RequestError> {
        let call = SignedCall::new(&self.identity, call)?;
        Ok(process(peer, &call, self.timeouts.endorse).await?)
    }

    /// Sends a call to one peer and returns the payload of its successful response.
    pub async fn query(&self, peer: &Peer, call: Call) -> Result<Bytes, RequestError> {
        successful(self.evaluate(peer, call).await?)
    }

    /// Asks all `peers` at once to endorse the same proposal. The responses are in the order of the peers.
    pub async fn endorse(&self, peers: &[Peer], call: &SignedCall) -> Result<Vec<ProposalResponse>, RpcError> {
        try_join_all(peers.iter().map(|peer| process(peer, call, self.timeouts.endorse))).await
    }

    /// Makes the envelope that is ordered, out of the peers' responses to `call`.
    pub fn assemble(
        &self,
        peers: &[Peer],
        call: &SignedCall,
        responses: &[ProposalResponse],
    ) -> Result<Envelope, AssembleError> {
        let first = responses.first().ok_or(AssembleError::NoResponses)?;
        let mut endorsements = Vec::with_capacity(responses.len());
        for (index, response) in responses.iter().enumerate() {
            let Response { status, message, .. } = response.response.clone().unwrap_or_default();
            if !(SUCCESS_STATUS..ERROR_STATUS).contains(&status) {
                return Err(AssembleError::Unsuccessful { status, message });
            }
            if response.payload != first.payload {
                let address =
                    |index: usize| peers.get(index).map_or_else(String::new, |peer| peer.address().to_owned());
                return Err(AssembleError::Mismatch { first: address(0), other: address(index) });
            }
            let Some(endorsement) = &response.endorsement else { continue };
            // Asking a peer twice gives no second endorsement.
            let known = |other: &proto::protos::Endorsement| other.endorser == endorsement.endorser;
            if !endorsements.iter().any(known) {
                endorsements.push(endorsement.clone());
            }
        }
        if endorsements.is_empty() {
            return Err(AssembleError::NoEndorsements);
        }
        let payload = proto::transaction::new_payload(&call.proposal, first.payload.clone(), endorsements)?;
        let payload = Bytes::from(payload.encode_to_vec());
        let signature = self.identity.sign(&payload)?;
        Ok(Envelope { payload, signature })
    }

    /// Endorses at all `peers`, orders, and, with `wait`, waits until every peer has committed.
    ///
    /// `on_commit` hears each commit as it is seen, including that of an invalid transaction.
    pub async fn submit(
        &self,
        peers: &[Peer],
        orderer: &Orderer,
        call: &SignedCall,
        wait: bool,
        on_commit: impl Fn(&Committed),
    ) -> Result<Submitted, SubmitError> {
        let responses = self.endorse(peers, call).await.map_err(SubmitError::Endorse)?;
        let response = responses.first().cloned().unwrap_or_default();
        if response.response.as_ref().is_none_or(|inner| inner.status >= ERROR_STATUS) {
            return Err(SubmitError::Refused(Box::new(response)));
        }
        let envelope = self
            .assemble(peers, call, &responses)
            .map_err(|source| SubmitError::Assemble { response: Box::new(response.clone()), source })?;
        let watch = if wait { Some(self.watch_commits(peers, &call.channel_id).await?) } else { None };
        let sent = orderer.broadcast(envelope, self.timeouts.broadcast).await;
        sent.map_err(|source| SubmitError::Broadcast { response: Box::new(response.clone()), source })?;
        let committed = match watch {
            Some(watch) => watch.wait(&call.tx_id, on_commit).await?,
            None => Vec::new(),
        };
        Ok(Submitted { tx_id: call.tx_id.clone(), response, committed })
    }
}

/// Sends one signed call to one peer.
pub(crate) async fn process(peer: &Peer, call: &SignedCall, timeout: Duration) -> Result<ProposalResponse, RpcError> {
    let mut client = peer.endorser_client();
    match tokio::time::timeout(timeout, client.process_proposal(call.signed.clone())).await {
        Ok(answer) => Ok(answer?.into_inner()),
        Err(_) => Err(RpcError(tonic::Status::deadline_exceeded(format!(
            "no answer from {} within {} s",
            peer.address(),
            timeout.as_secs()
        )))),
    }
}

/// The payload of a response, if it is a success.
pub(crate) fn successful(response: ProposalResponse) -> Result<Bytes, RequestError> {
    let response = response.response.unwrap_or_default();
    if response.status != SUCCESS_STATUS {
        return Err(RequestError::Refused { status: response.status, message: response.message });
    }
    Ok(response.payload)
}
