//! Values on their way between the peer and a contract: what clients and ledgers bring goes in, what the contract makes of it comes
//! out. The contract's pointers are right, the contents are any.

use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use runtime::memory::Ledger;
use runtime::{ChaincodeResponse, Contract, Invocation, Outcome};

use crate::allocations::limited;
use crate::host_calls::{ALLOCATION_BYTES_MAX, ENGINE, LIMITS, is_the_contracts_own};
use crate::input::Input;
use crate::interpreter::{self, Kind};

const DEADLINE: Duration = Duration::from_secs(20);

/// The program's flag for an answer that is an error.
pub(crate) const ANSWERS_ERROR: u8 = 4;
/// Flags that make the contract's pointers wrong.
const MISBEHAVES: u8 = 1 | 2 | 8;

static CONTRACT: LazyLock<Contract> =
    LazyLock::new(|| ENGINE.load(&interpreter::contract(Kind::Wellformed), LIMITS).expect("it is a contract"));

/// Runs a call that the input describes: the program, then everything about the proposal, then the ledger.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let mut program = input.piece().to_vec();
    if let Some(flags) = program.first_mut() {
        *flags &= !MISBEHAVES;
    }
    let is_error = program.first().is_some_and(|flags| flags & ANSWERS_ERROR != 0);
    let mut args = vec![input.bytes(), program.into()];
    args.extend(input.many(Input::bytes));
    let given = args[2..].to_vec();
    let invocation = Invocation {
        args,
        transient: input.many(|input| (input.text(), input.bytes())).into_iter().collect(),
        decorations: input.many(|input| (input.text(), input.bytes())).into_iter().collect(),
        tx_id: input.text(),
        channel_id: input.text(),
        timestamp: (i64::from(input.word()) << 24, input.word()),
        creator: input.bytes(),
        creator_msp_id: input.text(),
        creator_certificate: certificate(input.piece()),
        signed_proposal: input.bytes(),
        nonce: input.bytes(),
        ..Invocation::default()
    };
    let ledger = ledger(&mut input);
    let outcome = limited(ALLOCATION_BYTES_MAX, || ledger.invoke(&CONTRACT, invocation, DEADLINE).outcome);
    is_the_contracts_own(&outcome);
    if let Outcome::Response { status, message, payload } = outcome {
        // What the contract answers with is one of its arguments; without any it is empty.
        if status == 200 {
            assert!(!is_error, "an error became a success");
            assert!(payload.is_empty() || given.contains(&payload), "another payload than the contract's: {payload:?}");
        } else {
            // Faults and limits have texts of the peer.
            assert!(payload.is_empty() && (is_error || !message.is_empty()), "{status} {message:?} {payload:?}");
        }
    }
}

/// No fuzzer finds its way through base64, so DER becomes PEM here.
fn certificate(bytes: &[u8]) -> Bytes {
    const DER_SEQUENCE: u8 = 0x30;
    if bytes.first() != Some(&DER_SEQUENCE) {
        return Bytes::copy_from_slice(bytes);
    }
    pem::encode(&pem::Pem::new("CERTIFICATE", bytes)).into()
}

fn ledger(input: &mut Input<'_>) -> Ledger {
    let ledger = Ledger::default();
    for (collection, key, value) in input.many(|input| (input.text(), input.text(), input.bytes())) {
        ledger.put_private(&collection, &key, value);
    }
    let (status, message, payload) = (input.word() as i32, input.text(), input.bytes());
    ledger.set_chaincodes(move |_, _, _| {
        Ok(ChaincodeResponse { status, message: message.clone(), payload: payload.clone() })
    });
    ledger
}
