//! Who has to sign: policies as users write them and as messages hold them, decided over real identities.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use channel::{Bundle, Policy, policy_language};
use msp::Identity;
use prost::Message;
use proto::common::{Block, SignaturePolicyEnvelope};

use crate::allocations::limited;
use crate::input::Input;

/// Rules and principals are no larger than a few times their bytes; an input has some kilobytes.
const ALLOCATION_BYTES_MAX: usize = 16 << 20;

/// Block 0 of a channel by Fabric's configtxgen with four consenters.
pub(crate) const BLOCK: &[u8] = include_bytes!("../../channel/tests/data/configtxgen-bft.block");

/// In the first byte: what follows is a text, and no message.
pub(crate) const IS_TEXT: u8 = 0x80;

/// Those who may have signed: in the first byte, a bit for each.
static SIGNERS: LazyLock<Vec<Arc<Identity>>> = LazyLock::new(|| {
    let block = Block::decode(BLOCK).expect("Fabric's block");
    let bundle = Bundle::from_config_block(&block).expect("Fabric's channel");
    let identity = |id| bundle.consenter_identity(id).expect("there are four");
    (1..=4).map(|id| bundle.msps().identity(&identity(id)).expect("a member")).collect()
});

/// Reads the input as a policy, and decides it.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let flags = input.byte();
    let signers: Vec<Arc<Identity>> =
        SIGNERS.iter().enumerate().filter(|(bit, _)| flags >> bit & 1 != 0).map(|(_, signer)| signer.clone()).collect();
    limited(ALLOCATION_BYTES_MAX, || match flags & IS_TEXT != 0 {
        true => text(&String::from_utf8_lossy(input.0), &signers),
        false => {
            if let Ok(envelope) = SignaturePolicyEnvelope::decode(Bytes::copy_from_slice(input.0)) {
                let _ = policy_language::print(&envelope);
                decide(&envelope, &signers);
            }
        }
    });
}

fn text(text: &str, signers: &[Arc<Identity>]) {
    let envelope = match policy_language::parse(text) {
        Ok(envelope) => envelope,
        Err(error) => return drop(error.to_string()),
    };
    // It can be stored, and means the same when it is printed.
    assert_eq!(SignaturePolicyEnvelope::decode(&envelope.encode_to_vec()[..]).as_ref(), Ok(&envelope));
    assert_eq!(policy_language::parse(&policy_language::print(&envelope)).as_ref(), Ok(&envelope), "{text}");
    assert!(Policy::compile(&envelope).is_ok(), "{text}");
    decide(&envelope, signers);
}

fn decide(envelope: &SignaturePolicyEnvelope, signers: &[Arc<Identity>]) {
    let policy = match Policy::compile(envelope) {
        Ok(policy) => policy,
        Err(error) => return drop(error.to_string()),
    };
    let satisfied = policy.evaluate(signers);
    assert_eq!(policy.check(signers).is_ok(), satisfied);
    assert_eq!(policy.evaluate(signers), satisfied, "a decision is the same each time");
}
