//! System chaincodes: parts of the peer that are called like chaincodes.

mod cscc;
mod qscc;

use std::sync::Arc;

use bytes::Bytes;
use ledger::Simulator;
use msp::MspSet;
use proto::protos::Response;

use crate::channels::{Channel, Channels};
use crate::endorser::CheckedProposal;
use crate::lifecycle::Lifecycle;

/// The version that endorsements name for system chaincodes.
pub const SYSTEM_VERSION: &str = "syscc";

/// A system chaincode that runs on this peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemChaincode {
    /// `_lifecycle`: installing, approving and committing chaincode definitions.
    Lifecycle,
    /// `cscc`: joining channels, their configuration.
    Cscc,
    /// `qscc`: blocks and transactions.
    Qscc,
}

impl SystemChaincode {
    /// The system chaincode of this name.
    pub fn named(name: &str) -> Option<SystemChaincode> {
        match name {
            "_lifecycle" => Some(SystemChaincode::Lifecycle),
            "cscc" => Some(SystemChaincode::Cscc),
            "qscc" => Some(SystemChaincode::Qscc),
            _ => None,
        }
    }

    /// Whether the name belongs to a system chaincode. `lscc` does although it runs no more.
    pub fn is_reserved(name: &str) -> bool {
        SystemChaincode::named(name).is_some() || name == "lscc"
    }

    /// Whether calls on a channel are simulated. `cscc` and `qscc` only read, beside the state.
    pub fn needs_simulator(self) -> bool {
        self == SystemChaincode::Lifecycle
    }
}

/// A call of a system chaincode.
pub struct SystemCall<'a> {
    /// What was proposed, by whom.
    pub proposal: &'a CheckedProposal,
    /// The channel of the proposal.
    pub channel: Option<&'a Arc<Channel>>,
    /// The simulation, where there is one.
    pub simulator: Option<&'a mut Simulator>,
}

/// The system chaincodes and what they work on.
pub struct SystemChaincodes {
    /// The channels of the peer.
    pub channels: Arc<Channels>,
    /// The peer's own organisation.
    pub local_msps: Arc<MspSet>,
    /// `_lifecycle`.
    pub lifecycle: Lifecycle,
}

impl SystemChaincodes {
    /// Calls one of them.
    pub fn invoke(&self, chaincode: SystemChaincode, call: SystemCall<'_>) -> Response {
        match chaincode {
            SystemChaincode::Lifecycle => self.lifecycle.invoke(call),
            SystemChaincode::Cscc => cscc::invoke(self, call.proposal),
            SystemChaincode::Qscc => qscc::invoke(self, call.proposal),
        }
    }
}

/// The response of a call that went well.
pub(crate) fn success(payload: impl Into<Bytes>) -> Response {
    Response { status: 200, message: String::new(), payload: payload.into() }
}

/// The response of a call that failed.
pub(crate) fn error(message: impl Into<String>) -> Response {
    Response { status: 500, message: message.into(), payload: Bytes::new() }
}

/// An argument as text; invalid UTF-8 is replaced, since it can name nothing that exists.
pub(crate) fn text_argument(proposal: &CheckedProposal, index: usize) -> String {
    proposal.args().get(index).map(|argument| String::from_utf8_lossy(argument).into_owned()).unwrap_or_default()
}
