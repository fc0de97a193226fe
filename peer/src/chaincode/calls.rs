//! Contracts that call contracts (Fabric `core/chaincode/handler.go`, `HandleInvokeChaincode`).

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use host_api::limits::CALL_DEPTH_MAX;
use ledger::Simulator;
use proto::protos::Response;
use runtime::{ChaincodeResponse, ContextError, Invocation};

use super::check_initialization;
use super::launched::CallError;
use super::transaction_context::{Scope, SimulationContext};
use crate::access;
use crate::channels::Channel;
use crate::system::{SystemCall, SystemChaincode};

/// Right that a creator needs to have one chaincode call another.
const CHAINCODE_TO_CHAINCODE: &str = "peer/ChaincodeToChaincode";

/// Functions of system chaincodes that install packages.
const INSTALLING: [&[u8]; 2] = [b"InstallChaincode", b"install"];

/// Calls the chaincode `name` for the one in `caller`, whose simulation goes on in it if it is on the same channel. On another
/// channel it works on that channel's state, and what it writes there is forgotten.
pub(super) fn call(
    caller: &Scope,
    invocation: &Invocation,
    simulator: Simulator,
    name: &str,
    channel_id: &str,
    args: Vec<Bytes>,
    deadline: Instant,
) -> (Result<ChaincodeResponse, ContextError>, Simulator) {
    let channel = match channel(caller, channel_id) {
        Ok(channel) => channel,
        Err(error) => return (Err(error), simulator),
    };
    if let Some(system) = SystemChaincode::named(name) {
        return call_system(caller, invocation, simulator, &channel, system, &args);
    }
    let target = match target(caller, invocation, name, channel) {
        Ok(target) => target,
        Err(error) => return (Err(error), simulator),
    };
    let invocation =
        Invocation { args, channel_id: target.channel.id().to_owned(), is_init: false, ..invocation.clone() };
    if target.channel.id() == caller.channel.id() {
        return run(target, invocation, simulator, deadline);
    }
    // The caller's simulation waits; this one ends with the call.
    let elsewhere = target.channel.ledger().simulator(simulator.tx_id());
    let answer = run(target, invocation, elsewhere, deadline).0;
    (answer, simulator)
}

/// The channel that a call is for.
fn channel(caller: &Scope, channel_id: &str) -> Result<Arc<Channel>, ContextError> {
    match channel_id {
        "" => Ok(caller.channel.clone()),
        id if id == caller.channel.id() => Ok(caller.channel.clone()),
        id => {
            let unknown = || ContextError::Refused(format!("failed to find ledger for channel: {id}"));
            caller.support.channel(id).ok_or_else(unknown)
        }
    }
}

/// System chaincodes say themselves whom they answer; calling them needs no further right, as in Fabric. Only what
/// installs chaincodes stays out of reach: it would hold up the thread that contracts run on.
fn call_system(
    caller: &Scope,
    invocation: &Invocation,
    mut simulator: Simulator,
    channel: &Arc<Channel>,
    system: SystemChaincode,
    args: &[Bytes],
) -> (Result<ChaincodeResponse, ContextError>, Simulator) {
    if args.first().is_some_and(|function| INSTALLING.contains(&&function[..])) {
        let text = "packages are installed by administrators, not by chaincodes".to_owned();
        return (Err(ContextError::Refused(text)), simulator);
    }
    let proposed = caller.callers.first().map_or(caller.namespace.as_str(), |(_, name)| name);
    let is_here = channel.id() == caller.channel.id();
    let mut elsewhere = (!is_here).then(|| channel.ledger().simulator(simulator.tx_id()));
    let creator = match is_here {
        true => Ok(caller.creator.clone()),
        false => channel.bundle().msps().identity(&invocation.creator),
    };
    let creator = match creator {
        Ok(creator) => creator,
        Err(error) => return (Err(ContextError::Refused(crate::text::chain(&error))), simulator),
    };
    let call = SystemCall {
        args,
        proposed,
        creator: &creator,
        creator_bytes: &invocation.creator,
        channel_id: channel.id(),
        channel: Some(channel),
        simulator: Some(elsewhere.as_mut().unwrap_or(&mut simulator)),
    };
    // Its event is dropped, as that of every chaincode that is called by another.
    let (Response { status, message, payload }, _) = caller.support.system.invoke(system, call);
    (Ok(ChaincodeResponse { status, message, payload }), simulator)
}

/// Where the called chaincode runs, if it may.
fn target(caller: &Scope, invocation: &Invocation, name: &str, channel: Arc<Channel>) -> Result<Scope, ContextError> {
    let refused = |text: String| Err(ContextError::Refused(text));
    let creator = if channel.id() == caller.channel.id() {
        access::check_channel(&channel, CHAINCODE_TO_CHAINCODE, &caller.creator).map(|()| caller.creator.clone())
    } else {
        access::check_channel_as(&channel, CHAINCODE_TO_CHAINCODE, &invocation.creator)
    };
    let creator = match creator {
        Ok(creator) => creator,
        Err(denied) => return refused(denied.to_string()),
    };
    let mut callers = caller.callers.clone();
    callers.push((caller.channel.id().to_owned(), caller.namespace.clone()));
    // A chaincode has one context for each channel and transaction, so nothing can call itself, on whatever way.
    if callers.iter().any(|(channel_id, caller)| channel_id == channel.id() && caller == name) {
        return refused(format!("execute failed: txid: {}({}) exists", invocation.tx_id, channel.id()));
    }
    if callers.len() >= CALL_DEPTH_MAX {
        return refused(format!("execute failed: more than {CALL_DEPTH_MAX} chaincodes would be calling each other"));
    }
    Ok(Scope { support: caller.support.clone(), channel, namespace: name.to_owned(), creator, callers })
}

fn run(
    target: Scope,
    invocation: Invocation,
    mut simulator: Simulator,
    deadline: Instant,
) -> (Result<ChaincodeResponse, ContextError>, Simulator) {
    let name = target.namespace.clone();
    let ready = target
        .support
        .definitions
        .resolve(&target.channel, &name, &mut simulator)
        .map_err(|cause| {
            format!("[channel {}] failed to get chaincode container info for {name}: {cause}", target.channel.id())
        })
        .and_then(|invocable| {
            check_initialization(&name, false, &invocable, &mut simulator)
                .map_err(|cause| format!("invalid invocation: {cause}"))?;
            target.support.launch(&invocable.package_id, deadline)
        });
    let launched = match ready {
        Ok(launched) => launched,
        Err(cause) => return (Err(ContextError::Refused(format!("execute failed: {cause}"))), simulator),
    };
    let context = SimulationContext::new(invocation, target, simulator);
    let left = deadline.saturating_duration_since(Instant::now());
    // Its event is dropped: a transaction's event is that of the chaincode that was proposed.
    let (answer, context) = launched.call(context, left, true);
    let answer = match answer {
        Ok((Response { status, message, payload }, _)) => Ok(ChaincodeResponse { status, message, payload }),
        Err(error @ CallError::GaveUp(_)) => Err(ContextError::Refused(format!("execute failed: {error}"))),
        Err(error @ CallError::NoAnswer(_)) => Err(ContextError::Failed(format!("chaincode {name}: {error}"))),
    };
    (answer, context.into_simulator())
}
