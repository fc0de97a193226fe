//! An upgrade outdates what else its block does with the chaincode.

use std::collections::HashMap;

use ledger::CandidateTransaction;
use prost::Message;
use proto::protos::chaincode_spec::Type;
use proto::protos::{ChaincodeDeploymentSpec, TxValidationCode as Code};

use super::deploy::invocation_args;
use crate::check::EndorsedAction;

/// The transactions of a block that satisfied their policies, and the chaincodes that they upgrade.
#[derive(Default)]
pub(crate) struct Upgrades {
    /// By position, the chaincode that was invoked.
    invoked: Vec<(usize, String)>,
    /// By chaincode, the positions of its upgrades.
    upgraded: HashMap<String, Vec<usize>>,
}

impl Upgrades {
    /// Takes notice of a transaction.
    pub(crate) fn add(&mut self, index: usize, action: &EndorsedAction) {
        self.invoked.push((index, action.chaincode.clone()));
        if action.chaincode == channel::legacy::NAMESPACE
            && let Some(chaincode) = upgraded(action)
        {
            self.upgraded.entry(chaincode).or_default().push(index);
        }
    }

    /// Of several upgrades of a chaincode the last counts; its calls do not.
    pub(crate) fn resolve(self, transactions: &mut [CandidateTransaction]) {
        let mut conflict = |index: usize| {
            if let Some(transaction) = transactions.get_mut(index) {
                transaction.code = Code::ChaincodeVersionConflict;
            }
        };
        for positions in self.upgraded.values() {
            let earlier = positions.split_last().map_or(&[][..], |(_, earlier)| earlier);
            earlier.iter().for_each(|index| conflict(*index));
        }
        for (index, chaincode) in &self.invoked {
            if self.upgraded.contains_key(chaincode)
                && transactions.get(*index).is_some_and(|transaction| transaction.code == Code::Valid)
            {
                transactions[*index].code = Code::ChaincodeVersionConflict;
            }
        }
    }
}

/// The chaincode that a call of `lscc` upgrades. Fabric sees it for chaincodes of type GOLANG only.
fn upgraded(action: &EndorsedAction) -> Option<String> {
    let args = invocation_args(&action.proposal)?;
    if args.first()?[..] != b"upgrade"[..] {
        return None;
    }
    let spec = ChaincodeDeploymentSpec::decode(args.get(2)?.clone()).ok()?.chaincode_spec?;
    (spec.r#type == Type::Golang as i32).then(|| spec.chaincode_id.unwrap_or_default().name)
}
