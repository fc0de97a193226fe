//! Approving a definition for the peer's organisation, and asking for what was approved.

use ::channel::definition::{ChaincodeDefinition, ReadState, approval_name, implicit_collection, read_sequence};
use proto::lifecycle::chaincode_source::{self, Local, Unavailable};
use proto::lifecycle::query_approved_chaincode_definitions_result::ApprovedChaincodeDefinition;
use proto::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ApproveChaincodeDefinitionForMyOrgResult, ChaincodeSource,
    QueryApprovedChaincodeDefinitionArgs, QueryApprovedChaincodeDefinitionResult,
    QueryApprovedChaincodeDefinitionsResult,
};

use super::state::{self, Private, PrivateSnapshot, Public};
use super::{Failure, Lifecycle, OnChannel, collections, proposed};
use crate::text;

impl Lifecycle {
    pub(super) fn approve(
        &self,
        args: ApproveChaincodeDefinitionForMyOrgArgs,
        on: OnChannel<'_>,
    ) -> Result<ApproveChaincodeDefinitionForMyOrgResult, Failure> {
        let OnChannel { channel, bundle, simulator } = on;
        let name = args.name.as_str();
        collections::check_input(name, &args.version, args.collections.as_ref(), &bundle, simulator)
            .map_err(|cause| format!("error validating chaincode definition: {cause}"))?;
        let package_id = match args.source.as_ref().and_then(|source| source.r#type.as_ref()) {
            Some(chaincode_source::Type::LocalPackage(local)) => local.package_id.as_str(),
            _ => "",
        };
        let current = read_sequence(name, &mut Public(simulator))
            .map_err(|error| format!("could not get current sequence: {}", text::chain(&error)))?;
        check_sequence(args.sequence, current)?;
        let definition = proposed!(args).into_definition(&bundle)?;
        if args.sequence == current {
            self.check_against_committed(name, &definition, simulator)?;
        }
        let mut org = Private { simulator, collection: implicit_collection(&self.msp_id) };
        if is_unchanged(&mut org, name, &definition, package_id)? {
            return Err(Failure::Failed(if args.sequence == current {
                format!("attempted to redefine the current committed sequence ({current}) for namespace {name}")
            } else {
                format!(
                    "attempted to redefine uncommitted sequence ({}) for namespace {name} with unchanged content",
                    args.sequence
                )
            }));
        }
        state::write_approval(&mut org, name, &definition, package_id)?;
        tracing::info!(
            target: "lifecycle",
            "Successfully endorsed chaincode approval with name '{name}', package ID '{package_id}', on channel '{}', \
             sequence {}",
            channel.id(),
            args.sequence
        );
        Ok(ApproveChaincodeDefinitionForMyOrgResult {})
    }

    fn check_against_committed(
        &self,
        name: &str,
        definition: &ChaincodeDefinition,
        simulator: &mut ledger::Simulator,
    ) -> Result<(), Failure> {
        let current = definition.sequence;
        let committed = ChaincodeDefinition::read(name, &mut Public(simulator))?
            .ok_or_else(|| format!("missing metadata for currently committed sequence number ({current})"))?;
        match state::difference(&committed, definition) {
            None => Ok(()),
            Some(difference) => Err(Failure::Failed(format!(
                "attempted to redefine the current committed sequence ({current}) for namespace {name} with different \
                 parameters: {difference}"
            ))),
        }
    }

    pub(super) fn query_approved(
        &self,
        args: QueryApprovedChaincodeDefinitionArgs,
        on: OnChannel<'_>,
    ) -> Result<QueryApprovedChaincodeDefinitionResult, Failure> {
        let OnChannel { channel, simulator, .. } = on;
        let name = args.name.as_str();
        let collection = implicit_collection(&self.msp_id);
        let mut sequence = args.sequence;
        let mut found = None;
        if sequence == 0 {
            let current = read_sequence(name, &mut Public(simulator))
                .map_err(|error| format!("could not get current sequence: {}", text::chain(&error)))?;
            let mut org = Private { simulator: &mut *simulator, collection: collection.clone() };
            found = state::approved(&mut org, name, current.saturating_add(1))?;
            sequence = if found.is_some() { current.saturating_add(1) } else { current };
        }
        let mut org = Private { simulator, collection };
        if found.is_none() {
            found = state::approved(&mut org, name, sequence)?;
        }
        let definition = found.ok_or_else(|| {
            format!(
                "could not fetch approved chaincode definition (name: '{name}', sequence: '{sequence}') on channel \
                 '{}'",
                channel.id()
            )
        })?;
        let ChaincodeDefinition { endorsement_info, validation_info, collections, .. } = definition;
        Ok(QueryApprovedChaincodeDefinitionResult {
            sequence,
            version: endorsement_info.version,
            endorsement_plugin: endorsement_info.endorsement_plugin,
            validation_plugin: validation_info.validation_plugin,
            validation_parameter: validation_info.validation_parameter,
            collections: Some(collections.unwrap_or_default()),
            init_required: endorsement_info.init_required,
            source: Some(source(&mut org, name, sequence)?),
        })
    }

    pub(super) fn query_all_approved(
        &self,
        on: OnChannel<'_>,
    ) -> Result<QueryApprovedChaincodeDefinitionsResult, Failure> {
        let snapshot = on.channel.ledger().snapshot();
        let collection = implicit_collection(&self.msp_id);
        let mut org = PrivateSnapshot { snapshot: &snapshot, collection };
        let mut approved_chaincode_definitions = Vec::new();
        for approval in state::approved_names(&snapshot, &self.msp_id)? {
            let (name, sequence) = approval
                .rsplit_once('#')
                .and_then(|(name, sequence)| Some((name.to_owned(), sequence.parse::<i64>().ok()?)))
                .ok_or_else(|| format!("invalid private name format: {approval}"))?;
            let Some(definition) = state::approved(&mut org, &name, sequence)? else { continue };
            let ChaincodeDefinition { endorsement_info, validation_info, collections, .. } = definition;
            let source = source(&mut org, &name, sequence)?;
            approved_chaincode_definitions.push(ApprovedChaincodeDefinition {
                name,
                sequence,
                version: endorsement_info.version,
                endorsement_plugin: endorsement_info.endorsement_plugin,
                validation_plugin: validation_info.validation_plugin,
                validation_parameter: validation_info.validation_parameter,
                collections: Some(collections.unwrap_or_default()),
                init_required: endorsement_info.init_required,
                source: Some(source),
            });
        }
        Ok(QueryApprovedChaincodeDefinitionsResult { approved_chaincode_definitions })
    }
}

fn check_sequence(requested: i64, current: i64) -> Result<(), Failure> {
    if requested == 0 && current == 0 {
        return Err(Failure::Failed("requested sequence is 0, but first definable sequence number is 1".to_owned()));
    }
    if requested < current {
        return Err(Failure::Failed(format!(
            "currently defined sequence {current} is larger than requested sequence {requested}"
        )));
    }
    let next = current.saturating_add(1);
    if requested > next {
        return Err(Failure::Failed(format!(
            "requested sequence {requested} is larger than the next available sequence number {next}"
        )));
    }
    Ok(())
}

/// Whether exactly this is approved already, so that the transaction would write nothing.
fn is_unchanged(
    org: &mut impl ReadState,
    name: &str,
    definition: &ChaincodeDefinition,
    package_id: &str,
) -> Result<bool, Failure> {
    match state::approved(org, name, definition.sequence)? {
        Some(approved) if state::difference(&approved, definition).is_none() => {
            Ok(state::approved_package(org, name, definition.sequence)?.as_deref() == Some(package_id))
        }
        _ => Ok(false),
    }
}

fn source(org: &mut impl ReadState, name: &str, sequence: i64) -> Result<ChaincodeSource, Failure> {
    let package_id = state::approved_package(org, name, sequence)?
        .ok_or_else(|| format!("could not fetch chaincode-source metadata for {}", approval_name(name, sequence)))?;
    let source = if package_id.is_empty() {
        chaincode_source::Type::Unavailable(Unavailable {})
    } else {
        chaincode_source::Type::LocalPackage(Local { package_id })
    };
    Ok(ChaincodeSource { r#type: Some(source) })
}
