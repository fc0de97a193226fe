//! What can go wrong between a client and the network. The texts that Fabric's own command line prints are kept,
//! because tests and people match them.

use msp::SignError;
use proto::common::Status as DeliverStatus;
use proto::protos::{ProposalResponse, TxValidationCode};

/// A gRPC call failed. Shown as Go's gRPC library shows it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("rpc error: code = {} desc = {}{}", code_name(.0.code()), .0.message(), root_cause(.0))]
pub struct RpcError(pub tonic::Status);

impl From<tonic::Status> for RpcError {
    fn from(status: tonic::Status) -> Self {
        Self(status)
    }
}

fn code_name(code: tonic::Code) -> String {
    match code {
        tonic::Code::Ok => "OK".to_owned(),
        tonic::Code::Cancelled => "Canceled".to_owned(),
        other => format!("{other:?}"),
    }
}

/// What lies behind a failure of the connection itself, which the status only calls a transport error.
fn root_cause(status: &tonic::Status) -> String {
    use std::error::Error;
    let Some(mut cause) = status.source() else { return String::new() };
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let cause = cause.to_string();
    // A server that speaks TLS takes the first bytes for a broken greeting; what it answers is no HTTP/2.
    let is_other_protocol = ["invalid size", "broken pipe", "connection reset"].iter().any(|part| cause.contains(part));
    let hint = if is_other_protocol {
        "; if the other side uses TLS, set CORE_PEER_TLS_ENABLED=true for a peer, or --tls and --cafile for an orderer"
    } else {
        ""
    };
    format!(" ({cause}{hint})")
}

/// A request to a system chaincode failed.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The call did not reach the peer, or the peer refused to look at it.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// The peer answered with an error.
    #[error("status: {status} - {message}")]
    Refused {
        /// Status of the response, 500 or 404 for most.
        status: i32,
        /// The peer's reason.
        message: String,
    },
    /// The client's key, which lies outside of the process, does not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The answer is not the message that belongs to the request.
    #[error("understanding the peer's answer")]
    Decode(#[from] prost::DecodeError),
}

/// Endorsements could not be made into a transaction.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    /// Nobody was asked.
    #[error("at least one proposal response is required")]
    NoResponses,
    /// A peer's simulation failed.
    #[error("proposal response was not successful, error code {status}, msg {message}")]
    Unsuccessful {
        /// Status of the response.
        status: i32,
        /// The peer's or the contract's reason.
        message: String,
    },
    /// The peers do not agree on the result.
    #[error("ProposalResponsePayloads do not match between {first} and {other}")]
    Mismatch {
        /// Address of the first peer.
        first: String,
        /// Address of a peer that answered otherwise.
        other: String,
    },
    /// No response carries a signature.
    #[error("no endorsements")]
    NoEndorsements,
    /// The client's key, which lies outside of the process, does not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The proposal cannot be read back.
    #[error("reading the proposal")]
    Proposal(#[from] prost::DecodeError),
}

/// The ordering service did not take an envelope.
#[derive(Debug, thiserror::Error)]
pub enum BroadcastError {
    /// The stream broke.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// The orderer refused the envelope.
    #[error("got unexpected status: {} -- {info}", status.as_str_name())]
    Refused {
        /// Its class.
        status: DeliverStatus,
        /// Its reason.
        info: String,
    },
    /// No answer in time.
    #[error("timed out waiting for the orderer's acknowledgement")]
    TimedOut,
    /// The orderer ended the stream without an answer.
    #[error("the orderer closed the stream without an acknowledgement")]
    Closed,
}

/// Waiting for a transaction's commit failed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A peer's event stream could not be opened.
    #[error("failed to connect to deliver on all peers: error connecting to deliver filtered at {address}")]
    Connect {
        /// The peer.
        address: String,
        /// Why.
        #[source]
        source: RpcError,
    },
    /// The client's key, which lies outside of the process, does not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// Not all streams were open in time.
    #[error("timed out waiting for connection to deliver on all peers")]
    ConnectTimedOut,
    /// A peer's event stream broke.
    #[error("error receiving from deliver filtered at {address}")]
    Receive {
        /// The peer.
        address: String,
        /// Why.
        #[source]
        source: RpcError,
    },
    /// A peer ended its event stream.
    #[error("deliver completed with status ({}) before txid received", status.as_str_name())]
    Ended {
        /// The reason it gave.
        status: DeliverStatus,
    },
    /// A peer sent something other than filtered blocks.
    #[error("received unexpected response type from {address}")]
    Unexpected {
        /// The peer.
        address: String,
    },
    /// The transaction is in a block, and does not count.
    #[error("transaction invalidated with status ({})", code.as_str_name())]
    Invalidated {
        /// Why not.
        code: TxValidationCode,
    },
    /// The transaction was not seen in time. It may still be committed.
    #[error("timed out waiting for txid on all peers: [{tx_id}] may still be committed")]
    TimedOut {
        /// The transaction.
        tx_id: String,
    },
}

/// Submitting a transaction failed; the variant says at which step.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// A peer could not be asked.
    #[error("error endorsing invoke")]
    Endorse(#[source] RpcError),
    /// The client's key, which lies outside of the process, does not sign.
    #[error("error creating signed proposal for invoke")]
    Sign(#[from] SignError),
    /// The first peer's answer is an error; it holds the contract's message.
    #[error("endorsement failure during invoke. response: {}", crate::text::response(.0.response.as_ref()))]
    Refused(Box<ProposalResponse>),
    /// The answers make no transaction.
    #[error("could not assemble transaction")]
    Assemble {
        /// The first peer's answer.
        response: Box<ProposalResponse>,
        /// Why.
        #[source]
        source: AssembleError,
    },
    /// The ordering service did not take it.
    #[error("error sending transaction for invoke")]
    Broadcast {
        /// The first peer's answer.
        response: Box<ProposalResponse>,
        /// Why.
        #[source]
        source: BroadcastError,
    },
    /// It was not seen to commit, or is invalid.
    #[error(transparent)]
    Commit(#[from] CommitError),
}
