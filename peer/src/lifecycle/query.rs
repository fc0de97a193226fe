//! Asking for committed definitions.

use ::channel::definition::ChaincodeDefinition;
use proto::lifecycle::query_chaincode_definitions_result;
use proto::lifecycle::{QueryChaincodeDefinitionArgs, QueryChaincodeDefinitionResult, QueryChaincodeDefinitionsResult};

use super::state::{self, Public};
use super::{Failure, OnChannel, commit};

pub(super) fn definition(
    args: QueryChaincodeDefinitionArgs,
    on: OnChannel<'_>,
) -> Result<QueryChaincodeDefinitionResult, Failure> {
    let OnChannel { bundle, simulator, .. } = on;
    let Some(definition) = ChaincodeDefinition::read(&args.name, &mut Public(simulator))? else {
        return Err(Failure::NotFound(format!("namespace {} is not defined", args.name)));
    };
    let approvals = commit::approvals(&args.name, &definition, &bundle, simulator)?;
    let ChaincodeDefinition { sequence, endorsement_info, validation_info, collections } = definition;
    Ok(QueryChaincodeDefinitionResult {
        sequence,
        version: endorsement_info.version,
        endorsement_plugin: endorsement_info.endorsement_plugin,
        validation_plugin: validation_info.validation_plugin,
        validation_parameter: validation_info.validation_parameter,
        collections: Some(collections.unwrap_or_default()),
        init_required: endorsement_info.init_required,
        approvals: approvals.into_iter().map(|(msp_id, mismatches)| (msp_id, mismatches.is_empty())).collect(),
    })
}

pub(super) fn definitions(on: OnChannel<'_>) -> Result<QueryChaincodeDefinitionsResult, Failure> {
    let mut chaincode_definitions = Vec::new();
    for name in state::recorded_names(on.simulator)? {
        let Some(definition) = ChaincodeDefinition::read(&name, &mut Public(on.simulator))? else { continue };
        let ChaincodeDefinition { sequence, endorsement_info, validation_info, collections } = definition;
        chaincode_definitions.push(query_chaincode_definitions_result::ChaincodeDefinition {
            name,
            sequence,
            version: endorsement_info.version,
            endorsement_plugin: endorsement_info.endorsement_plugin,
            validation_plugin: validation_info.validation_plugin,
            validation_parameter: validation_info.validation_parameter,
            collections: Some(collections.unwrap_or_default()),
            init_required: endorsement_info.init_required,
        });
    }
    Ok(QueryChaincodeDefinitionsResult { chaincode_definitions })
}
