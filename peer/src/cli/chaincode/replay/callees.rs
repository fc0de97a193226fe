//! Chaincodes that the replayed one calls.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use ::channel::definition;
use bytes::Bytes;
use ledger::{ReadWriteSet, Simulator};
use runtime::{ChaincodeResponse, ContextError, Contract, Invocation, Outcome, TransactionContext};

use super::before_the_call;
use super::context::ReplayContext;
use peer::lifecycle::state::{self, Public};
use peer::system::SystemChaincode;
use peer::text;

/// The contracts of the chaincodes that a transaction called, and what it read and wrote.
pub struct Callees {
    pub contracts: BTreeMap<String, Contract>,
    pub recorded: ReadWriteSet,
}

/// The chaincodes whose definitions a transaction read, without `caller`: those that it called on its own channel.
pub fn names(recorded: &ReadWriteSet, caller: &str) -> Vec<String> {
    let reads = recorded.namespaces.iter().filter(|namespace| namespace.namespace == definition::NAMESPACE);
    let reads = reads.flat_map(|namespace| &namespace.public.reads).filter(|read| read.version.is_some());
    let names = reads.filter_map(|read| definition::chaincode_of_sequence(&read.key));
    names.filter(|name| *name != caller).map(str::to_owned).collect()
}

/// Runs a chaincode for another one, in whose simulation it goes on; the rules are those of `peer::chaincode::calls`.
pub fn call(
    callees: &Arc<Callees>,
    (invocation, callers): (&Invocation, &[String]),
    mut simulator: Simulator,
    (name, channel_id): (&str, &str),
    args: Vec<Bytes>,
    deadline: Instant,
) -> (Result<ChaincodeResponse, ContextError>, Option<Simulator>) {
    let contract = match ready(callees, invocation, callers, &mut simulator, (name, channel_id)) {
        Ok(contract) => contract,
        Err(error) => return (Err(error), Some(simulator)),
    };
    let invocation = Invocation { args, is_init: false, ..invocation.clone() };
    let namespaces = callers.iter().cloned().chain([name.to_owned()]).collect();
    let context = Box::new(ReplayContext::new(invocation, namespaces, simulator, callees.clone()));
    let left = deadline.saturating_duration_since(Instant::now());
    let (outcome, context) = contract.invoke_nested(context as Box<dyn TransactionContext>, left);
    let answer = match outcome {
        Outcome::Response { status, message, payload } => Ok(ChaincodeResponse { status, message, payload }),
        Outcome::Aborted(error) => Err(ContextError::Failed(format!("chaincode {name}: {}", text::chain(&error)))),
    };
    let context: Box<dyn std::any::Any> = context;
    let simulator = context.downcast::<ReplayContext>().ok().and_then(|context| context.into_simulator());
    (answer, simulator)
}

fn ready<'a>(
    callees: &'a Callees,
    invocation: &Invocation,
    callers: &[String],
    simulator: &mut Simulator,
    (name, channel_id): (&str, &str),
) -> Result<&'a Contract, ContextError> {
    let refused = |text: String| Err(ContextError::Refused(text));
    let failed = |error: &dyn std::error::Error| ContextError::Failed(text::chain(error));
    if !channel_id.is_empty() && channel_id != invocation.channel_id {
        let text =
            format!("the transaction calls {name} on channel {channel_id}, whose past is not in this one's blocks");
        return Err(ContextError::Failed(text));
    }
    if SystemChaincode::is_reserved(name) {
        let text = format!("the contract calls the system chaincode {name}, whose answer is not in the blocks");
        return Err(ContextError::Failed(text));
    }
    if callers.iter().any(|caller| caller == name) {
        return refused(format!("execute failed: txid: {}({}) exists", invocation.tx_id, invocation.channel_id));
    }
    if callers.len() >= host_api::limits::CALL_DEPTH_MAX {
        let most = host_api::limits::CALL_DEPTH_MAX;
        return refused(format!("execute failed: more than {most} chaincodes would be calling each other"));
    }
    let sequence = definition::read_sequence(name, &mut Public(simulator)).map_err(|error| failed(&error))?;
    if sequence == 0 {
        state::read_legacy_definition(simulator, name).map_err(|error| failed(&error))?;
        return refused(format!(
            "execute failed: [channel {}] failed to get chaincode container info for {name}: chaincode {name} not found",
            invocation.channel_id
        ));
    }
    let Some(contract) = callees.contracts.get(name) else {
        let text = format!("the contract calls the chaincode {name}, which the transaction did not call");
        return Err(ContextError::Failed(text));
    };
    before_the_call(&callees.recorded, name, simulator).map_err(|error| ContextError::Failed(format!("{error:#}")))?;
    Ok(contract)
}
