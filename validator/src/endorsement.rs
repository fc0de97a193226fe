//! Who endorsed a transaction.

use std::sync::Arc;

use channel::Bundle;
use msp::Identity;
use proto::protos::ChaincodeEndorsedAction;

/// The identities whose endorsements hold, each once, in the order of the transaction. Unknown identities and wrong
/// signatures are left out silently; a right signature after a wrong one of the same identity counts, as in Fabric
/// (`common/policies/policy.go`, `SignatureSetToValidIdentities`).
pub(crate) fn endorsers(endorsed: &ChaincodeEndorsedAction, bundle: &Bundle) -> Vec<Arc<Identity>> {
    let payload = &endorsed.proposal_response_payload;
    let mut valid: Vec<Arc<Identity>> = Vec::with_capacity(endorsed.endorsements.len().min(8));
    for endorsement in &endorsed.endorsements {
        let Ok(identity) = bundle.msps().identity(&endorsement.endorser) else { continue };
        if valid.iter().any(|earlier| earlier.id() == identity.id()) {
            continue;
        }
        if identity.verify_parts([payload, &endorsement.endorser], &endorsement.signature).is_ok() {
            valid.push(identity);
        }
    }
    valid
}
