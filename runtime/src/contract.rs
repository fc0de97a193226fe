//! A loaded contract and its calls.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use host_api::limits::{ARGUMENTS_BYTES_MAX, RESPONSE_BYTES_MAX};
use parking_lot::Mutex;
use serde::Serialize;
use wasmtime::{AsContext, Store, Trap, UpdateDeadline};

use crate::engine::Shared;
use crate::host::bindings::ChaincodePre;
use crate::host::{CallState, Stop};
use crate::limits::Limits;
use crate::memory::Ledger;
use crate::outcome::{EnvironmentError, Outcome};
use crate::profile::{Collector, Profile};
use crate::{Invocation, TransactionContext, text};
use crate::{compiler, contract_metadata};

/// A report of a trap, with its backtrace.
const TRAP_REPORT_BYTES_MAX: usize = 16 << 10;

/// Resources (iterators) a contract may hold at once, whatever kind.
const HANDLES_MAX: usize = 4096;

/// What a call that nobody asked for may take.
const WARM_UP_FUEL: u64 = 10_000_000;
const WARM_UP_TIME: Duration = Duration::from_millis(100);

/// What one call used of its limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CallUsage {
    /// Fuel; about one unit per Wasm instruction.
    pub fuel: u64,
    /// Linear memory at the end, in bytes.
    pub memory_bytes: usize,
    /// Calls of host functions.
    pub host_calls: u64,
    /// Bytes that crossed between contract and host.
    pub host_bytes: u64,
}

/// A contract that is ready to run. Cheap to clone; calls may run on many threads at once.
#[derive(Clone)]
pub struct Contract(Arc<Loaded>);

pub(crate) struct Loaded {
    pub shared: Arc<Shared>,
    pub instance: ChaincodePre<CallState>,
    pub limits: Limits,
    pub functions: Vec<String>,
    pub hash: [u8; 32],
}

impl Contract {
    pub(crate) fn new(loaded: Loaded) -> Self {
        Self(Arc::new(loaded))
    }

    /// SHA-256 of the file the contract was loaded from.
    pub fn hash(&self) -> [u8; 32] {
        self.0.hash
    }

    /// The functions the contract declares, in the form `submit CreateAsset(id: String)`. Empty when it declares none.
    pub fn functions(&self) -> Vec<String> {
        self.0.functions.clone()
    }

    /// The limits its calls run under.
    pub fn limits(&self) -> Limits {
        self.0.limits
    }

    /// Runs a call of a function that no contract has, over a ledger without anything in it, so that the first true call finds
    /// code and a place in memory as any later one does. What comes of it is nobody's concern.
    pub fn warm_up(&self) {
        if let Err(error) = compiler::on_large_stack(|| self.warm_up_here()) {
            tracing::debug!("cannot warm up a contract: {error}");
        }
    }

    fn warm_up_here(&self) {
        let loaded = &*self.0;
        let (context, _record) = Ledger::default().context(Invocation::default());
        let begun = Instant::now();
        let end = begun + WARM_UP_TIME;
        // True calls have precedence.
        let Some(_slot) = loaded.shared.slots.acquire(begun) else { return };
        let _running = loaded.shared.ticker.running();
        let mut store = Store::new(&loaded.shared.engine, CallState::new(context, loaded.limits, end));
        stop_at_deadline(&mut store, None);
        let called = loaded.ready(&mut store, WARM_UP_FUEL.min(loaded.limits.fuel)).and_then(|()| {
            let instance = loaded.instance.instantiate(&mut store)?;
            instance.fabric_chaincode_contract().call_invoke(&mut store, "", &[])
        });
        drop(called);
    }

    /// Runs one call in a fresh instance on this thread, which needs an executor's stack. Gives the context back.
    ///
    /// `deadline` is the time the call has, waiting included.
    pub fn invoke(
        &self,
        context: Box<dyn TransactionContext>,
        deadline: Duration,
    ) -> (Outcome, Box<dyn TransactionContext>) {
        let (outcome, context, _) = self.run(context, deadline, true, None);
        (outcome, context)
    }

    /// The same, and says what the call used.
    pub fn measure(
        &self,
        context: Box<dyn TransactionContext>,
        deadline: Duration,
    ) -> (Outcome, Box<dyn TransactionContext>, CallUsage) {
        self.run(context, deadline, true, None)
    }

    /// The same, and says what was spent where. Takes some hundred times longer; an engine for it shows whole stacks with
    /// [`EngineOptions::profiling`](crate::EngineOptions::profiling).
    pub fn profile(
        &self,
        context: Box<dyn TransactionContext>,
        deadline: Duration,
    ) -> (Outcome, Box<dyn TransactionContext>, CallUsage, Profile) {
        let collector = Arc::new(Mutex::new(Collector::new(self.0.limits.fuel)));
        let (outcome, context, usage) = self.run(context, deadline, true, Some(collector.clone()));
        let collector = std::mem::replace(&mut *collector.lock(), Collector::new(0));
        (outcome, context, usage, collector.finish(self.0.limits.fuel - usage.fuel))
    }

    /// The same for a contract that another one calls: it runs on the caller's thread and stack, and does not wait for a place
    /// that callers may be holding.
    pub fn invoke_nested(
        &self,
        context: Box<dyn TransactionContext>,
        deadline: Duration,
    ) -> (Outcome, Box<dyn TransactionContext>) {
        let (outcome, context, _) = self.run(context, deadline, false, None);
        (outcome, context)
    }

    fn run(
        &self,
        context: Box<dyn TransactionContext>,
        deadline: Duration,
        may_wait: bool,
        profile: Option<Arc<Mutex<Collector>>>,
    ) -> (Outcome, Box<dyn TransactionContext>, CallUsage) {
        let begun = Instant::now();
        // A deadline beyond what the clock can say is no deadline worth having; a day is.
        let end = begun.checked_add(deadline).unwrap_or(begun + Duration::from_secs(86_400));
        let loaded = &*self.0;
        let Some(_slot) = loaded.shared.slots.acquire(if may_wait { end } else { begun }) else {
            return (Outcome::Aborted(EnvironmentError::Busy), context, CallUsage::default());
        };
        let _running = loaded.shared.ticker.running();
        let mut store = Store::new(&loaded.shared.engine, CallState::new(context, loaded.limits, end));
        stop_at_deadline(&mut store, profile);
        let outcome = match loaded.run(&mut store) {
            Ok(answer) => answer_outcome(answer),
            Err(error) => {
                let outcome = failure_outcome(&error, store.data(), deadline);
                report(&error, store.data_mut());
                outcome
            }
        };
        // Without fuel left there is nothing to ask for.
        let fuel = loaded.limits.fuel.saturating_sub(store.get_fuel().unwrap_or(0));
        let state = store.into_data();
        let usage = CallUsage { fuel, ..state.usage() };
        (outcome, state.context, usage)
    }
}

/// Has the guest look at its deadline at every tick; for a profile it stops at every chance, and the collector looks, too.
fn stop_at_deadline(store: &mut Store<CallState>, profile: Option<Arc<Mutex<Collector>>>) {
    let ticks = u64::from(profile.is_none());
    store.set_epoch_deadline(ticks);
    store.epoch_deadline_callback(move |store| {
        if let Some(collector) = &profile {
            collector.lock().stop(store.as_context());
        }
        if Instant::now() >= store.data().deadline {
            return Err(Stop::Deadline.into());
        }
        Ok(UpdateDeadline::Continue(ticks))
    });
}

impl Loaded {
    /// Sets the limits of an instance.
    fn ready(&self, store: &mut Store<CallState>, fuel: u64) -> wasmtime::Result<()> {
        store.limiter(|state| state);
        store.set_fuel(fuel)?;
        // One host call can honestly bring no more than the whole memory; lists whose entries overlap could.
        store.set_hostcall_fuel(self.limits.memory_bytes);
        store.set_max_component_handles(HANDLES_MAX);
        Ok(())
    }

    fn run(&self, store: &mut Store<CallState>) -> wasmtime::Result<Result<Vec<u8>, String>> {
        self.ready(store, self.limits.fuel)?;
        let (function, args) = match prepare(store.data_mut(), &self.functions) {
            Prepared::Answer(answer) => return Ok(answer),
            Prepared::Call { function, args } => (function, args),
        };
        let is_init = store.data().context.invocation().is_init;

        let instance = self.instance.instantiate(&mut *store)?;
        store.data_mut().started = true;
        let contract = instance.fabric_chaincode_contract();
        if is_init {
            contract.call_init(store, &function, &args)
        } else {
            contract.call_invoke(store, &function, &args)
        }
    }
}

/// What is to be done for an invocation.
pub(crate) enum Prepared {
    /// The contract need not run.
    Answer(Result<Vec<u8>, String>),
    /// It runs this function.
    Call { function: String, args: Vec<Vec<u8>> },
}

/// Checks an invocation before the contract runs; `functions` are those that the contract declares.
pub(crate) fn prepare(state: &mut CallState, functions: &[String]) -> Prepared {
    let invocation = state.context.invocation();
    let size: usize = invocation.args.iter().map(Bytes::len).sum::<usize>()
        + invocation.transient.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    if size > ARGUMENTS_BYTES_MAX {
        let refusal = text::too_large("set of arguments and transient fields", size, ARGUMENTS_BYTES_MAX);
        return Prepared::Answer(Err(refusal));
    }
    let mut args = invocation.args.iter();
    let Ok(mut function) = String::from_utf8(args.next().map(|name| name.to_vec()).unwrap_or_default()) else {
        return Prepared::Answer(Err(text::FUNCTION_NOT_UTF8.into()));
    };
    // What the file says needs no instance. A contract that declares nothing, or this function, answers for itself.
    let answers_itself = || functions.iter().any(|line| line.contains(contract_metadata::FUNCTION));
    if function == contract_metadata::FUNCTION && !functions.is_empty() && !answers_itself() {
        return Prepared::Answer(Ok(contract_metadata::document(functions).to_string().into_bytes()));
    }
    let args = args.map(|arg| arg.to_vec()).collect();
    state.contract_name_bytes = contract_metadata::contract_name_bytes(&function, functions);
    function.drain(..state.contract_name_bytes);
    Prepared::Call { function, args }
}

pub(crate) fn answer_outcome(answer: Result<Vec<u8>, String>) -> Outcome {
    match answer {
        Ok(payload) if payload.len() > RESPONSE_BYTES_MAX => Outcome::error(text::response(payload.len())),
        Ok(payload) => Outcome::ok(Bytes::from(payload)),
        Err(message) => Outcome::error(message),
    }
}

/// Sorts the end of a call into its class: the contract's fault and its limits are an answer, everything else is this peer's.
pub(crate) fn failure_outcome(error: &wasmtime::Error, state: &CallState, deadline: Duration) -> Outcome {
    let limits = &state.limits;
    match error.downcast_ref::<Stop>() {
        Some(Stop::Panic) => return Outcome::error(fault(state)),
        Some(Stop::Limit(text)) => return Outcome::error(text.clone()),
        Some(Stop::Deadline) => return deadline_passed(deadline),
        Some(Stop::Context(cause)) => return Outcome::Aborted(EnvironmentError::Context(cause.clone())),
        Some(Stop::Host(cause)) => return Outcome::Aborted(EnvironmentError::Engine(cause.clone())),
        None => {}
    }
    if error.is::<wasmtime::PoolConcurrencyLimitError>() {
        return Outcome::Aborted(EnvironmentError::Busy);
    }
    match error.downcast_ref::<Trap>().map(|trap| (*trap, class(*trap))) {
        // Guests turn a refused `memory.grow` into all kinds of traps.
        Some((_, Class::Fault)) if state.memory_refused => Outcome::error(text::memory(limits)),
        Some((_, Class::Fault)) => Outcome::error(fault(state)),
        Some((_, Class::Fuel)) => Outcome::error(text::fuel(limits)),
        Some((_, Class::Stack)) => Outcome::error(text::STACK.into()),
        Some((_, Class::Deadline)) => deadline_passed(deadline),
        Some((trap, Class::Engine)) => Outcome::Aborted(EnvironmentError::Engine(trap.to_string())),
        None if state.memory_refused => Outcome::error(text::memory(limits)),
        // What is no trap and comes from a running guest is a breach of the calling convention, such as a list outside its memory.
        None if state.started && !error.is::<wasmtime::OutOfMemory>() => Outcome::error(fault(state)),
        None => Outcome::Aborted(EnvironmentError::Engine(format!("{error:#}"))),
    }
}

/// The client learns a fixed text; whoever has to mend the contract needs to know where it happened.
fn report(error: &wasmtime::Error, state: &mut CallState) {
    let words = state.last_words.as_deref().unwrap_or("no message");
    let text = text::printable(&format!("the call trapped ({words}): {error:?}"), TRAP_REPORT_BYTES_MAX);
    state.context.log(crate::LogLevel::Warning, &text);
}

fn deadline_passed(deadline: Duration) -> Outcome {
    Outcome::Aborted(EnvironmentError::Deadline { deadline_ms: deadline.as_millis() })
}

fn fault(state: &CallState) -> String {
    match &state.last_words {
        Some(words) => format!("{}{words}", text::PANIC),
        None => text::FAULT.to_owned(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Fault,
    Fuel,
    Stack,
    Deadline,
    Engine,
}

/// The class of every trap the engine has. A trap that needs a feature we keep off is the engine's trouble.
fn class(trap: Trap) -> Class {
    match trap {
        Trap::MemoryOutOfBounds
        | Trap::TableOutOfBounds
        | Trap::IndirectCallToNull
        | Trap::BadSignature
        | Trap::IntegerOverflow
        | Trap::IntegerDivisionByZero
        | Trap::BadConversionToInteger
        | Trap::UnreachableCodeReached
        | Trap::NullReference
        | Trap::AllocationTooLarge
        | Trap::CannotEnterComponent
        | Trap::CannotLeaveComponent
        | Trap::InvalidChar
        | Trap::StringOutOfBounds
        | Trap::ListOutOfBounds
        | Trap::InvalidDiscriminant
        | Trap::UnalignedPointer => Class::Fault,
        Trap::OutOfFuel => Class::Fuel,
        Trap::StackOverflow => Class::Stack,
        Trap::Interrupt => Class::Deadline,
        _ => Class::Engine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trap_has_a_class() {
        let engine: Vec<Trap> =
            (0..=255).filter_map(Trap::from_u8).filter(|trap| class(*trap) == Class::Engine).collect();
        // All of these need atomics, garbage collection, stack switching, exceptions or component-model async, which are off.
        let off = [
            Trap::HeapMisaligned,
            Trap::AtomicWaitNonSharedMemory,
            Trap::ArrayOutOfBounds,
            Trap::CastFailure,
            Trap::NoAsyncResult,
            Trap::UnhandledTag,
            Trap::ContinuationAlreadyConsumed,
            Trap::DisabledOpcode,
            Trap::AsyncDeadlock,
            Trap::CannotBlockSyncTask,
            Trap::DebugAssertStringEncodingFinished,
            Trap::DebugAssertEqualCodeUnits,
            Trap::DebugAssertPointerAligned,
            Trap::DebugAssertUpperBitsUnset,
            Trap::TaskCancelNotCancelled,
            Trap::TaskCancelOrReturnTwice,
            Trap::SubtaskCancelAfterTerminal,
            Trap::TaskReturnInvalid,
            Trap::WaitableSetDropHasWaiters,
            Trap::SubtaskDropNotResolved,
            Trap::ThreadNewIndirectInvalidType,
            Trap::ThreadNewIndirectUninitialized,
            Trap::BackpressureOverflow,
            Trap::UnsupportedCallbackCode,
            Trap::CannotResumeThread,
            Trap::ConcurrentFutureStreamOp,
            Trap::ReferenceCountOverflow,
            Trap::StreamOpTooBig,
            Trap::WaitableSyncAndAsync,
            Trap::UncaughtException,
        ];
        assert_eq!(engine, off, "a new trap needs a class");
    }
}
