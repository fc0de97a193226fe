//! A contract of this process, whose questions the peer's own host functions answer.

mod host;
mod panics;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use fabric_contract::native::{Answer, Host, call};
use fabric_contract::{Contract, Declaration};
use runtime::native::NativeCall;
use runtime::{Limits, Outcome, TransactionContext};

use host::NativeHost;

/// Calls one function of a contract over a host.
type Call = fn(Box<dyn Host>, &str, Vec<Vec<u8>>) -> Answer;

/// A contract by its functions.
#[derive(Clone)]
pub struct NativeContract {
    call: Call,
    list: &'static [Declaration],
}

impl NativeContract {
    pub fn new<C: Contract>() -> Self {
        Self { call: call::<C>, list: C::LIST }
    }

    /// The functions as the contract's file would declare them.
    pub fn functions(&self) -> Vec<String> {
        Declaration::text(self.list).lines().map(str::to_owned).collect()
    }

    /// Runs one call.
    pub fn run(&self, context: Box<dyn TransactionContext>, deadline: Duration) -> Outcome {
        let native_call = Rc::new(RefCell::new(NativeCall::new(context, Limits::default(), deadline)));
        let begun = native_call.borrow_mut().begin(&self.functions());
        let (function, args) = match begun {
            Ok(begun) => begun,
            Err(outcome) => return outcome,
        };
        panics::listen();
        let stopped = Rc::default();
        let host = NativeHost { call: native_call.clone(), stopped: Rc::clone(&stopped) };
        let answer = (self.call)(Box::new(host), &function, args);
        let mut native_call = native_call.borrow_mut();
        let stop = stopped.take();
        match (answer, stop) {
            (_, Some(stopped)) => native_call.stopped(&stopped),
            (Ok(answer), None) => native_call.answered(answer),
            (Err(_), None) => native_call.panicked(&panics::last()),
        }
    }
}
