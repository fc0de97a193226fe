//! Committing a definition, and finding out beforehand whether it would pass.

use std::collections::BTreeMap;

use ::channel::Bundle;
use ::channel::definition::{self, ChaincodeDefinition};
use ledger::Simulator;
use proto::lifecycle::check_commit_readiness_result::Mismatches;
use proto::lifecycle::{
    CheckCommitReadinessArgs, CheckCommitReadinessResult, CommitChaincodeDefinitionArgs,
    CommitChaincodeDefinitionResult,
};

use super::state::{self, Public};
use super::{Failure, Lifecycle, OnChannel, Proposed, collections, proposed};
use crate::text;

/// For each organisation of the channel, what of a definition it has not approved.
pub(super) type Approvals = BTreeMap<String, Vec<String>>;

impl Lifecycle {
    pub(super) fn commit(
        &self,
        args: CommitChaincodeDefinitionArgs,
        on: OnChannel<'_>,
    ) -> Result<CommitChaincodeDefinitionResult, Failure> {
        let OnChannel { channel, bundle, simulator } = on;
        let name = args.name.as_str();
        collections::check_input(name, &args.version, args.collections.as_ref(), &bundle, simulator)
            .map_err(|cause| format!("error validating chaincode definition: {cause}"))?;
        if !bundle.application_orgs().any(|msp_id| msp_id == self.msp_id) {
            return Err(Failure::Failed(
                "impossibly, this peer's org is processing requests for a channel it is not a member of".to_owned(),
            ));
        }
        let (definition, approvals) = readiness(name, proposed!(args), &bundle, simulator)?;
        state::write_definition(simulator, name, &definition)
            .map_err(|error| format!("could not serialize chaincode definition: {error}"))?;
        if approvals.get(&self.msp_id).is_none_or(|mismatches| !mismatches.is_empty()) {
            return Err(Failure::Failed(format!("chaincode definition not agreed to by this org ({})", self.msp_id)));
        }
        tracing::info!(
            target: "lifecycle",
            "Successfully endorsed commit for chaincode name '{name}' on channel '{}', sequence {}",
            channel.id(),
            definition.sequence
        );
        Ok(CommitChaincodeDefinitionResult {})
    }
}

pub(super) fn check_commit_readiness(
    args: CheckCommitReadinessArgs,
    on: OnChannel<'_>,
) -> Result<CheckCommitReadinessResult, Failure> {
    let (_, approvals) = readiness(&args.name, proposed!(args), &on.bundle, on.simulator)?;
    let mut result = CheckCommitReadinessResult::default();
    for (msp_id, items) in approvals {
        result.approvals.insert(msp_id.clone(), items.is_empty());
        if !items.is_empty() {
            result.mismatches.insert(msp_id, Mismatches { items });
        }
    }
    Ok(result)
}

/// The definition as it would be committed, and who approved it. Its sequence must be the next one.
fn readiness(
    name: &str,
    proposed: Proposed,
    bundle: &Bundle,
    simulator: &mut Simulator,
) -> Result<(ChaincodeDefinition, Approvals), Failure> {
    let current = definition::read_sequence(name, &mut Public(simulator))
        .map_err(|error| format!("could not get current sequence: {}", text::chain(&error)))?;
    let next = current.saturating_add(1);
    if proposed.sequence != next {
        return Err(Failure::Failed(format!(
            "requested sequence is {}, but new definition must be sequence {next}",
            proposed.sequence
        )));
    }
    let definition = proposed.into_definition(bundle)?;
    let approvals = approvals(name, &definition, bundle, simulator)?;
    Ok((definition, approvals))
}

/// Who approved a definition.
pub(super) fn approvals(
    name: &str,
    definition: &ChaincodeDefinition,
    bundle: &Bundle,
    simulator: &mut Simulator,
) -> Result<Approvals, Failure> {
    let approval = definition::approval_name(name, definition.sequence);
    let mut approvals = Approvals::new();
    for msp_id in bundle.application_orgs() {
        let mismatches = state::mismatches(simulator, msp_id, name, definition)
            .map_err(|error| format!("serialization check failed for key {approval}: {error}"))?;
        approvals.insert(msp_id.to_owned(), mismatches);
    }
    Ok(approvals)
}
