//! From a call to a committed transaction: endorse, assemble, register for events, order, wait.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::try_join_all;
use msp::SigningIdentity;
use prost::Message;
use proto::common::{Envelope, Status};
use proto::orderer::BroadcastResponse;
use proto::protos::deliver_response::Type as Delivered;
use proto::protos::{DeliverResponse, ProposalResponse, Response, TxValidationCode};
use tokio::sync::mpsc;
use tonic::Streaming;

use crate::blocks::{Position, open_ended, seek_envelope};
use crate::error::{AssembleError, BroadcastError, CommitError, RequestError, RpcError, SubmitError};
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

/// A transaction's commit, as one peer reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The peer.
    pub address: String,
    /// Number of the block.
    pub block_number: u64,
    /// Whether the transaction counts.
    pub code: TxValidationCode,
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
    pub async fn evaluate(&self, peer: &Peer, call: Call) -> Result<ProposalResponse, RpcError> {
        process(peer, &SignedCall::new(&self.identity, call), self.timeouts.endorse).await
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
        let signature = self.identity.sign(&payload);
        Ok(Envelope { payload, signature })
    }

    /// Opens the event streams of all `peers`. When it returns, no later block can be missed.
    pub async fn watch_commits(&self, peers: &[Peer], channel_id: &str) -> Result<CommitWatch, CommitError> {
        let deadline = tokio::time::Instant::now() + self.timeouts.commit;
        let open = try_join_all(peers.iter().map(|peer| self.open_events(peer, channel_id)));
        let streams = tokio::time::timeout_at(deadline, open).await.unwrap_or(Err(CommitError::ConnectTimedOut))?;
        Ok(CommitWatch { streams, deadline })
    }

    async fn open_events(&self, peer: &Peer, channel_id: &str) -> Result<EventStream, CommitError> {
        let address = peer.address().to_owned();
        let seek = seek_envelope(
            &self.identity,
            channel_id,
            Position::Newest,
            Position::Number(u64::MAX),
            false,
            peer.tls_cert_hash(),
        );
        let connect = |source: tonic::Status| CommitError::Connect { address: address.clone(), source: source.into() };
        let opened = peer.deliver_client().deliver_filtered(open_ended(seek)).await;
        let mut stream = opened.map_err(connect)?.into_inner();
        // The newest block comes at once: with it the peer has taken the request.
        let first = stream.message().await.map_err(connect)?;
        Ok(EventStream { address, stream, first })
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

struct EventStream {
    address: String,
    stream: Streaming<DeliverResponse>,
    first: Option<DeliverResponse>,
}

/// Open event streams, waiting for a transaction.
pub struct CommitWatch {
    streams: Vec<EventStream>,
    deadline: tokio::time::Instant,
}

impl CommitWatch {
    /// Waits until every peer has committed the transaction. It is an error if it is invalid.
    pub async fn wait(self, tx_id: &str, on_commit: impl Fn(&Committed)) -> Result<Vec<Committed>, CommitError> {
        let all = try_join_all(self.streams.into_iter().map(|stream| stream.wait(tx_id, &on_commit)));
        tokio::time::timeout_at(self.deadline, all).await.unwrap_or(Err(CommitError::TimedOut))
    }
}

impl EventStream {
    async fn wait(mut self, tx_id: &str, on_commit: impl Fn(&Committed)) -> Result<Committed, CommitError> {
        let mut next = self.first.take();
        loop {
            let address = &self.address;
            let broken =
                |source: tonic::Status| CommitError::Receive { address: address.clone(), source: source.into() };
            let message = match next.take() {
                Some(message) => message,
                None => {
                    self.stream.message().await.map_err(broken)?.ok_or_else(|| broken(tonic::Status::unknown("EOF")))?
                }
            };
            let block = match message.r#type {
                Some(Delivered::FilteredBlock(block)) => block,
                Some(Delivered::Status(status)) => {
                    let status = Status::try_from(status).unwrap_or(Status::Unknown);
                    return Err(CommitError::Ended { status });
                }
                _ => return Err(CommitError::Unexpected { address: self.address }),
            };
            let Some(found) = block.filtered_transactions.iter().find(|transaction| transaction.txid == tx_id) else {
                continue;
            };
            let code =
                TxValidationCode::try_from(found.tx_validation_code).unwrap_or(TxValidationCode::InvalidOtherReason);
            let committed = Committed { address: self.address, block_number: block.number, code };
            on_commit(&committed);
            return if code == TxValidationCode::Valid {
                Ok(committed)
            } else {
                Err(CommitError::Invalidated { code })
            };
        }
    }
}

impl Orderer {
    /// Orders one envelope.
    pub async fn broadcast(&self, envelope: Envelope, timeout: Duration) -> Result<(), BroadcastError> {
        let send = async { self.broadcaster().await?.send(envelope).await };
        tokio::time::timeout(timeout, send).await.unwrap_or(Err(BroadcastError::TimedOut))
    }

    /// Opens a stream for ordering many envelopes.
    pub async fn broadcaster(&self) -> Result<Broadcaster, BroadcastError> {
        let (sender, receiver) = mpsc::channel(BROADCASTS_IN_FLIGHT);
        let requests = tokio_stream::wrappers::ReceiverStream::new(receiver);
        // The orderer may answer only after the first envelope, so the call is awaited with the first acknowledgement.
        let mut client = self.client();
        let call = tokio::spawn(async move { client.broadcast(requests).await });
        Ok(Broadcaster { sender, answers: Answers::Pending(call) })
    }
}

/// How many envelopes a [`Broadcaster`] holds that the transport has not taken yet.
const BROADCASTS_IN_FLIGHT: usize = 64;

/// An open stream to the ordering service.
pub struct Broadcaster {
    sender: mpsc::Sender<Envelope>,
    answers: Answers,
}

type OpeningCall = tokio::task::JoinHandle<Result<tonic::Response<Streaming<BroadcastResponse>>, tonic::Status>>;

enum Answers {
    Pending(OpeningCall),
    Open(Box<Streaming<BroadcastResponse>>),
}

impl Broadcaster {
    /// Orders one envelope and waits for its acknowledgement. The caller bounds the time.
    pub async fn send(&mut self, envelope: Envelope) -> Result<(), BroadcastError> {
        // A closed stream is reported by the acknowledgement below, which knows why.
        let _ = self.sender.send(envelope).await;
        self.acknowledgement().await
    }

    async fn acknowledgement(&mut self) -> Result<(), BroadcastError> {
        if let Answers::Pending(call) = &mut self.answers {
            let opened = call.await.map_err(|_| BroadcastError::Closed)?;
            self.answers = Answers::Open(Box::new(opened.map_err(RpcError::from)?.into_inner()));
        }
        let Answers::Open(answers) = &mut self.answers else { return Err(BroadcastError::Closed) };
        let answer = answers.message().await.map_err(RpcError::from)?.ok_or(BroadcastError::Closed)?;
        match Status::try_from(answer.status).unwrap_or(Status::Unknown) {
            Status::Success => Ok(()),
            status => Err(BroadcastError::Refused { status, info: answer.info }),
        }
    }
}

impl Drop for Broadcaster {
    fn drop(&mut self) {
        if let Answers::Pending(call) = &self.answers {
            call.abort();
        }
    }
}
