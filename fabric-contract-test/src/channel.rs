//! A channel with its chaincodes and their state.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use host_api::limits::CALL_DEPTH_MAX;
use parking_lot::Mutex;
use runtime::memory::{Ledger, Record};
use runtime::{ChaincodeResponse, EnvironmentError, Invocation, Outcome, THREAD_STACK_BYTES};

use crate::{Arguments, Contract, Executed, Transaction};

const NAME: &str = "mychannel";

/// The time of the first transaction, in seconds since 1970.
const BEGIN: i64 = 1_700_000_000;

/// A channel named `mychannel`. Clones share it.
#[derive(Clone, Default)]
pub struct TestChannel(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    chaincodes: BTreeMap<String, Chaincode>,
    transactions: i64,
    last_seconds: i64,
}

#[derive(Clone)]
struct Chaincode {
    contract: Contract,
    ledger: Ledger,
}

/// What every chaincode of a transaction did, in the order in which they ended.
type Records = Arc<Mutex<Vec<(String, Record)>>>;

impl TestChannel {
    /// An empty channel.
    pub fn new() -> Self {
        Self::default()
    }

    /// Installs a contract under a name, with an empty state; one that has the name already is upgraded and keeps its state.
    pub fn install(&self, name: &str, contract: Contract) {
        let chaincodes = &mut self.0.lock().chaincodes;
        let ledger = chaincodes.get(name).map(|old| old.ledger.clone()).unwrap_or_default();
        chaincodes.insert(name.to_owned(), Chaincode { contract, ledger });
    }

    /// A call of a chaincode's function: `transaction("basic", "CreateAsset", ("asset1", 5)).submit()`.
    pub fn transaction(&self, chaincode: &str, function: &str, args: impl Arguments) -> Transaction {
        Transaction::new(self.clone(), chaincode, function, &args)
    }

    /// The committed state of a chaincode: values, private data, metadata and history, to be read and to be set. None for a
    /// chaincode that is not installed.
    pub fn ledger(&self, chaincode: &str) -> Option<Ledger> {
        self.0.lock().chaincodes.get(chaincode).map(|chaincode| chaincode.ledger.clone())
    }

    /// The committed value of a public key, as text; none where there is none, or no such chaincode.
    pub fn state(&self, chaincode: &str, key: &str) -> Option<String> {
        let value = self.ledger(chaincode)?.get(key)?;
        Some(String::from_utf8_lossy(&value).into_owned())
    }

    pub(crate) fn execute(&self, chaincode: String, invocation: Invocation, is_submitted: bool) -> Executed {
        let invocation = self.complete(invocation);
        let (tx_id, timestamp) = (invocation.tx_id.clone(), invocation.timestamp);
        let records = Records::default();
        let outcome = self.run(&chaincode, invocation, &records);
        let mut by_name = BTreeMap::<String, Record>::new();
        for (name, record) in records.lock().drain(..) {
            merge(by_name.entry(name).or_default(), record);
        }
        let executed = Executed { tx_id, chaincode, outcome, records: by_name };
        if is_submitted && executed.is_ok() {
            for (name, record) in &executed.records {
                if let Some(ledger) = self.ledger(name) {
                    ledger.commit(&executed.tx_id, timestamp, record);
                }
            }
        }
        executed
    }

    /// Fills in what a proposal always has.
    fn complete(&self, mut invocation: Invocation) -> Invocation {
        let state = &mut *self.0.lock();
        state.transactions += 1;
        if invocation.tx_id.is_empty() {
            invocation.tx_id = format!("tx{}", state.transactions);
        }
        if invocation.timestamp == (0, 0) {
            invocation.timestamp = (state.last_seconds.max(BEGIN) + 1, 0);
        }
        state.last_seconds = invocation.timestamp.0;
        invocation.nonce = Bytes::from(invocation.tx_id.clone());
        invocation.channel_id = NAME.to_owned();
        invocation
    }

    /// Runs the call on a thread of its own, because contracts need more stack than tests have.
    fn run(&self, chaincode: &str, invocation: Invocation, records: &Records) -> Outcome {
        let failed = |cause: String| Outcome::Aborted(EnvironmentError::Engine(cause));
        std::thread::scope(|scope| {
            let run = || self.call(chaincode, invocation, records, 1).unwrap_or_else(failed);
            let thread = std::thread::Builder::new().stack_size(2 * THREAD_STACK_BYTES).spawn_scoped(scope, run);
            match thread.map(|thread| thread.join()) {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                Err(error) => failed(format!("starting a thread: {error}")),
            }
        })
    }

    fn call(&self, name: &str, invocation: Invocation, records: &Records, depth: usize) -> Result<Outcome, String> {
        let found = self.0.lock().chaincodes.get(name).cloned();
        let chaincode = found.ok_or_else(|| format!("chaincode {name} not found"))?;
        let (channel, its_records, outer) = (self.clone(), records.clone(), invocation.clone());
        let others = move |name: &str, channel_id: &str, args: &[Bytes]| {
            if !channel_id.is_empty() && channel_id != NAME {
                return Err(format!("channel {channel_id} not found"));
            }
            if depth == CALL_DEPTH_MAX {
                return Err(format!(
                    "execute failed: more than {CALL_DEPTH_MAX} chaincodes would be calling each other"
                ));
            }
            let invocation = Invocation { args: args.to_vec(), is_init: false, ..outer.clone() };
            response(channel.call(name, invocation, &its_records, depth + 1)?)
        };
        let (context, record) = chaincode.ledger.context_among(invocation, Some(Arc::new(others)));
        let outcome = chaincode.contract.run(context, depth > 1);
        records.lock().push((name.to_owned(), std::mem::take(&mut *record.lock())));
        Ok(outcome)
    }
}

fn response(outcome: Outcome) -> Result<ChaincodeResponse, String> {
    match outcome {
        Outcome::Response { status, message, payload } => Ok(ChaincodeResponse { status, message, payload }),
        Outcome::Aborted(error) => Err(error.to_string()),
    }
}

/// What a chaincode did that was called more than once; the last call's writes count.
fn merge(all: &mut Record, record: Record) {
    all.reads.extend(record.reads);
    all.writes.extend(record.writes);
    all.metadata_writes.extend(record.metadata_writes);
    all.purges.extend(record.purges);
    all.event = record.event.or(all.event.take());
    all.log.extend(record.log);
}
