//! System chaincodes: parts of the peer that are called like chaincodes.

mod cscc;
mod lscc;
mod qscc;

use std::sync::Arc;

use bytes::Bytes;
use ledger::Simulator;
use msp::{Identity, MspSet};
use proto::protos::Response;

use crate::chaincode::ContractRegistry;
use crate::chaincode::transaction_context::Event;
use crate::channels::{Channel, Channels};
use crate::endorser::CheckedProposal;
use crate::lifecycle::Lifecycle;

pub use lscc::{LegacyInit, legacy_init};

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
    /// `lscc`: chaincodes on channels before Application V2_0.
    Lscc,
}

impl SystemChaincode {
    /// The system chaincode of this name.
    pub fn named(name: &str) -> Option<SystemChaincode> {
        match name {
            "_lifecycle" => Some(SystemChaincode::Lifecycle),
            "cscc" => Some(SystemChaincode::Cscc),
            "qscc" => Some(SystemChaincode::Qscc),
            "lscc" => Some(SystemChaincode::Lscc),
            _ => None,
        }
    }

    /// Whether the name belongs to a system chaincode.
    pub fn is_reserved(name: &str) -> bool {
        SystemChaincode::named(name).is_some()
    }

    /// Whether calls on a channel are simulated. `cscc` and `qscc` only read, beside the state.
    pub fn needs_simulator(self) -> bool {
        matches!(self, SystemChaincode::Lifecycle | SystemChaincode::Lscc)
    }
}

/// A call of a system chaincode.
pub struct SystemCall<'a> {
    /// The arguments; the first names the function.
    pub args: &'a [Bytes],
    /// The chaincode that was proposed. It is another one where a chaincode calls.
    pub proposed: &'a str,
    /// Who proposed, as the channel knows them.
    pub creator: &'a Arc<Identity>,
    /// Their serialized identity.
    pub creator_bytes: &'a Bytes,
    /// The name of the call's channel; empty for requests to the peer itself.
    pub channel_id: &'a str,
    /// The channel of the call.
    pub channel: Option<&'a Arc<Channel>>,
    /// The simulation, where there is one.
    pub simulator: Option<&'a mut Simulator>,
}

impl<'a> SystemCall<'a> {
    /// The call that a client proposed.
    pub fn proposed(
        proposal: &'a CheckedProposal,
        channel: Option<&'a Arc<Channel>>,
        simulator: Option<&'a mut Simulator>,
    ) -> Self {
        SystemCall {
            args: proposal.args(),
            proposed: proposal.chaincode(),
            creator: proposal.creator(),
            creator_bytes: proposal.creator_bytes(),
            channel_id: proposal.channel_id(),
            channel,
            simulator,
        }
    }

    /// An argument as text; invalid UTF-8 is replaced, since it can name nothing that exists.
    pub(crate) fn text(&self, index: usize) -> String {
        self.args.get(index).map(|argument| String::from_utf8_lossy(argument).into_owned()).unwrap_or_default()
    }
}

/// The system chaincodes and what they work on.
pub struct SystemChaincodes {
    /// The channels of the peer.
    pub channels: Arc<Channels>,
    /// The peer's own organisation.
    pub local_msps: Arc<MspSet>,
    /// `_lifecycle`.
    pub lifecycle: Lifecycle,
    /// Installed packages.
    pub contracts: Arc<ContractRegistry>,
}

impl SystemChaincodes {
    /// Calls one of them.
    pub fn invoke(&self, chaincode: SystemChaincode, call: SystemCall<'_>) -> (Response, Option<Event>) {
        match chaincode {
            SystemChaincode::Lifecycle => (self.lifecycle.invoke(call), None),
            SystemChaincode::Cscc => (cscc::invoke(self, &call), None),
            SystemChaincode::Qscc => (qscc::invoke(self, &call), None),
            SystemChaincode::Lscc => lscc::invoke(self, call),
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
