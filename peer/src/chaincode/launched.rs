//! A chaincode that is ready to be called, whichever way it runs.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use proto::protos::Response;
use runtime::{Contract, EnvironmentError, Outcome, TransactionContext};

use super::external::{Connection, ExternalError};
use super::transaction_context::{Event, SimulationContext};
use crate::text;

/// A chaincode that can be called.
pub enum Launched {
    /// A contract, which runs on the calling thread.
    Wasm(Contract),
    /// A process, for which the calling thread waits.
    External(Arc<Connection>),
}

/// How a call ended without a response.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The peer did not get an answer; the text says why.
    #[error("error sending: {0}")]
    NoAnswer(String),
    /// The chaincode gave up.
    #[error("{0}")]
    GaveUp(String),
}

/// A response with the event that was set.
pub type Answer = Result<(Response, Option<Event>), CallError>;

impl Launched {
    /// Calls it, and gives the context back. A `nested` call comes from another chaincode.
    pub fn call(&self, context: SimulationContext, timeout: Duration, nested: bool) -> (Answer, SimulationContext) {
        match self {
            Launched::Wasm(contract) => {
                let context: Box<dyn TransactionContext> = Box::new(context);
                let (outcome, context) =
                    if nested { contract.invoke_nested(context, timeout) } else { contract.invoke(context, timeout) };
                let mut context = into_simulation(context);
                (of_outcome(outcome, &mut context), context)
            }
            Launched::External(connection) => {
                let mut context = context;
                let answer = connection.invoke(&mut context, timeout);
                (of_external(answer), context)
            }
        }
    }
}

fn into_simulation(context: Box<dyn TransactionContext>) -> SimulationContext {
    let context: Box<dyn Any> = context;
    *context.downcast().expect("the runtime gives back the context it was given")
}

fn of_outcome(outcome: Outcome, context: &mut SimulationContext) -> Answer {
    match outcome {
        Outcome::Response { status, message, payload } => {
            Ok((Response { status, message, payload }, context.take_event()))
        }
        Outcome::Aborted(EnvironmentError::Deadline { .. }) => {
            Err(CallError::NoAnswer(text::EXECUTE_TIMEOUT.to_owned()))
        }
        Outcome::Aborted(error) => Err(CallError::NoAnswer(text::chain(&error))),
    }
}

fn of_external(answer: Result<(Response, Option<proto::protos::ChaincodeEvent>), ExternalError>) -> Answer {
    match answer {
        Ok((response, event)) => {
            let event = event.map(|event| Event { name: event.event_name, payload: event.payload });
            Ok((response, event))
        }
        Err(ExternalError::Timeout) => Err(CallError::NoAnswer(text::EXECUTE_TIMEOUT.to_owned())),
        Err(error @ ExternalError::Failed(_)) => Err(CallError::GaveUp(error.to_string())),
        Err(error) => Err(CallError::NoAnswer(text::chain(&error))),
    }
}
