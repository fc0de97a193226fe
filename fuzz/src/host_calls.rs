//! Host calls of contracts with pointers and lengths of any kind, by the canonical and by the simple interface.

use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use runtime::memory::Ledger;
use runtime::{Contract, Engine, EngineOptions, Invocation, Limits, Outcome};

use crate::allocations::limited;
use crate::interpreter::{self, Kind};

/// The contracts of inputs, by their first byte.
pub(crate) const KINDS: [Kind; 3] = [Kind::Canonical, Kind::Simple, Kind::SimpleAllocating];

/// Long enough for a machine that does much else; the fuel ends earlier.
const DEADLINE: Duration = Duration::from_secs(20);

/// What a call may use. Less than by default, so that an allocation by an unchecked length stands out.
pub(crate) const LIMITS: Limits =
    Limits { memory_bytes: 4 << 20, fuel: 2_000_000, host_calls: 2_000, host_bytes: 4 << 20 };

/// Lists of overlapping entries make the most of a contract's memory: 24 bytes on the host's side for 8 of the contract's, in a list
/// that has grown to twice its size.
pub(crate) const ALLOCATION_BYTES_MAX: usize = 32 << 20;

pub(crate) static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(EngineOptions::default()).expect("the engine starts"));

static CONTRACTS: LazyLock<[Contract; 3]> =
    LazyLock::new(|| KINDS.map(|kind| ENGINE.load(&interpreter::contract(kind), LIMITS).expect("it is a contract")));

/// Runs the input as a program of a contract.
pub fn run(data: &[u8]) {
    let Some((kind, program)) = data.split_first() else { return };
    let contract = &CONTRACTS[usize::from(*kind) % CONTRACTS.len()];
    let args = vec![Bytes::from_static(b"run"), Bytes::copy_from_slice(program)];
    let invocation =
        Invocation { tx_id: "tx".to_owned(), channel_id: "channel".to_owned(), args, ..Invocation::default() };
    let ledger = Ledger::default();
    for key in ["a", "b", "c"] {
        ledger.put(key, vec![b'x'; 100]);
        ledger.put_private("collection", key, "secret");
    }
    let outcome = limited(ALLOCATION_BYTES_MAX, || ledger.invoke(contract, invocation, DEADLINE).outcome);
    is_the_contracts_own(&outcome);
}

/// Whatever a contract does ends in an answer. An error of the peer is for trouble that it has itself.
pub(crate) fn is_the_contracts_own(outcome: &Outcome) {
    if let Outcome::Aborted(error) = outcome {
        panic!("the peer failed: {error}");
    }
}
