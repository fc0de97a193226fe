//! Whether a set of endorsers is enough, asked before there is a transaction (Fabric `discovery/endorsement`).

use std::sync::Arc;

use channel::Bundle;
use ledger::Snapshot;
use msp::Identity;
use proto::protos::ChaincodeInterest;

use crate::judge::JudgeError;
use crate::namespace::{Namespaces, satisfied};

/// Whether `endorsers` satisfy every policy that a transaction with this interest meets: those of its chaincodes, their
/// collections and single keys. A chaincode that is not defined satisfies nobody.
pub fn satisfies_interest(
    interest: &ChaincodeInterest,
    bundle: &Bundle,
    snapshot: &Snapshot,
    endorsers: &[Arc<Identity>],
) -> Result<bool, JudgeError> {
    let mut namespaces = Namespaces::new(bundle, snapshot);
    for call in &interest.chaincodes {
        let Some(namespace) = namespaces.namespace(&call.name)? else { return Ok(false) };
        if !call.disregard_namespace_policy && !satisfied(namespace.policy(), endorsers) {
            return Ok(false);
        }
        for collection in call.collection_names.iter() {
            let policy = namespace.collection_policy(bundle, collection);
            if !policy.is_some_and(|policy| satisfied(&policy, endorsers)) {
                return Ok(false);
            }
        }
        for policy in &call.key_policies {
            if !bundle.compile(policy).is_ok_and(|policy| policy.evaluate(endorsers)) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}
