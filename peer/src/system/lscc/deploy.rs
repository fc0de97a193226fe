//! Instantiating and upgrading a chaincode.

use std::sync::Arc;

use ::channel::Bundle;
use ::channel::legacy::{ChaincodeData, NAMESPACE, collections_key};
use ::channel::policy_language::any_of;
use bytes::Bytes;
use client::legacy_package::DeploymentPackage;
use ledger::Simulator;
use msp::Identity;
use prost::Message;
use proto::common::msp_role::MspRoleType;
use proto::common::{MspPrincipal, SignaturePolicyEnvelope, msp_principal::Classification};
use proto::protos::{
    ChaincodeDeploymentSpec, CollectionConfig, CollectionConfigPackage, LifecycleEvent, collection_config,
    collection_policy_config,
};

use super::{NO_LEDGER, check_name, data_of, record};
use crate::chaincode::transaction_context::Event;
use crate::system::{SystemCall, SystemChaincode, SystemChaincodes};
use crate::text;

/// Name of the event that an upgrade sets.
const UPGRADE: &str = "upgrade";

/// What a client asks for.
struct Request {
    name: String,
    version: String,
    policy: Bytes,
    escc: String,
    vscc: String,
    collections: Option<Bytes>,
}

/// Writes a chaincode's definition; answers with it.
pub(super) fn answer(
    system: &SystemChaincodes,
    call: &mut SystemCall<'_>,
    is_upgrade: bool,
) -> Result<(Bytes, Option<Event>), String> {
    let channel_id = call.text(1);
    if channel_id.is_empty() {
        return Err(format!("invalid channel name: {channel_id}"));
    }
    let Some(channel) = system.channels.channel(&channel_id) else {
        return Err(format!("could not get application config for channel '{channel_id}'"));
    };
    let bundle = channel.bundle();
    if bundle.has_capability("Application", "V2_0") {
        return Err(format!("Channel '{channel_id}' has been migrated to the new lifecycle, LSCC is now read-only"));
    }
    let request = request(call.args, &bundle)?;
    check_name(&request.name, &request.version)?;
    let chaincode_id = format!("{}:{}", request.name, request.version);
    let package = system.contracts.legacy().load(&chaincode_id).map_err(|cause| {
        tracing::error!(target: "lscc", "cannot get package for chaincode ({chaincode_id})-err:{cause}");
        format!("cannot get package for chaincode ({chaincode_id})")
    })?;
    let simulator = call.simulator.as_deref_mut().ok_or(NO_LEDGER)?;
    match is_upgrade {
        false => deploy(&request, &package, &bundle, call.creator, simulator).map(|data| (data, None)),
        true => {
            let data = upgrade(&request, &package, &bundle, call.creator, simulator)?;
            let payload = LifecycleEvent { chaincode_name: request.name }.encode_to_vec().into();
            Ok((data, Some(Event { name: UPGRADE.to_owned(), payload })))
        }
    }
}

fn request(args: &[Bytes], bundle: &Bundle) -> Result<Request, String> {
    let has_collections = bundle.has_capability("Application", "V1_2")
        || bundle.has_capability("Application", "V1_1_PVTDATA_EXPERIMENTAL");
    if !has_collections && args.len() > 6 {
        let text = "as V1_2 or later capability is not enabled, private channel collections and data are not available";
        return Err(text.to_owned());
    }
    if args.len() > 7 {
        return Err(format!("invalid number of arguments to lscc: {}", args.len()));
    }
    let spec = ChaincodeDeploymentSpec::decode(args[2].clone())
        .map_err(|error| format!("error unmarshalling ChaincodeDeploymentSpec: {error}"))?;
    let id = spec.chaincode_spec.and_then(|spec| spec.chaincode_id).unwrap_or_default();
    let given = |index: usize| args.get(index).filter(|argument| !argument.is_empty());
    let text = |index: usize, default: &str| {
        given(index).map_or_else(|| default.to_owned(), |argument| String::from_utf8_lossy(argument).into_owned())
    };
    let policy = given(3).cloned();
    Ok(Request {
        name: id.name,
        version: id.version,
        policy: policy.unwrap_or_else(|| signed_by_any(bundle, MspRoleType::Member)),
        escc: text(4, "escc"),
        vscc: text(5, "vscc"),
        collections: args.get(6).cloned(),
    })
}

/// One signature of such a member of any organisation that runs contracts.
fn signed_by_any(bundle: &Bundle, role: MspRoleType) -> Bytes {
    let mut members: Vec<(&str, MspRoleType)> = bundle.application_orgs().map(|msp_id| (msp_id, role)).collect();
    members.sort_unstable_by_key(|(msp_id, _)| *msp_id);
    any_of(&members).encode_to_vec().into()
}

fn deploy(
    request: &Request,
    package: &DeploymentPackage,
    bundle: &Bundle,
    creator: &Arc<Identity>,
    simulator: &mut Simulator,
) -> Result<Bytes, String> {
    if record(simulator, &request.name).is_ok() {
        return Err(format!("chaincode with name '{}' already exists", request.name));
    }
    let data = definition(request, package, bundle);
    check_instantiation_policy(&data.instantiation_policy, bundle, creator)?;
    let written = put_data(&data, simulator)?;
    put_collections(request, bundle, simulator)?;
    Ok(written)
}

fn upgrade(
    request: &Request,
    package: &DeploymentPackage,
    bundle: &Bundle,
    creator: &Arc<Identity>,
    simulator: &mut Simulator,
) -> Result<Bytes, String> {
    let record = record(simulator, &request.name);
    let record = record.map_err(|_| format!("could not find chaincode with name '{}'", request.name))?;
    let current = data_of(&request.name, &record)?;
    if current.version == request.version {
        return Err(format!("version already exists for chaincode with name '{}'", request.name));
    }
    if current.instantiation_policy.is_empty() {
        return Err("instantiation policy missing".to_owned());
    }
    check_instantiation_policy(&current.instantiation_policy, bundle, creator)?;
    let data = definition(request, package, bundle);
    check_instantiation_policy(&data.instantiation_policy, bundle, creator)?;
    let written = put_data(&data, simulator)?;
    if bundle.has_capability("Application", "V1_2") {
        put_collections(request, bundle, simulator)?;
    } else if request.collections.is_some() {
        return Err("as V1_2 capability is not enabled, collection upgrades are not allowed".to_owned());
    }
    Ok(written)
}

/// The definition as it will stand. Packages without a policy of their own leave it to the channel's administrators.
fn definition(request: &Request, package: &DeploymentPackage, bundle: &Bundle) -> ChaincodeData {
    let policy = package.instantiation_policy.clone();
    ChaincodeData {
        name: package.name().to_owned(),
        version: package.version().to_owned(),
        escc: request.escc.clone(),
        vscc: request.vscc.clone(),
        policy: request.policy.clone(),
        data: package.data(),
        id: package.id().clone(),
        instantiation_policy: policy.unwrap_or_else(|| signed_by_any(bundle, MspRoleType::Admin)),
    }
}

fn check_instantiation_policy(policy: &Bytes, bundle: &Bundle, creator: &Arc<Identity>) -> Result<(), String> {
    let policy = SignaturePolicyEnvelope::decode(policy.clone())
        .map_err(|error| format!("Error unmarshalling to SignaturePolicy: {error}"))?;
    let policy = bundle.compile(&policy).map_err(|error| text::chain(&error))?;
    policy
        .check(std::slice::from_ref(creator))
        .map_err(|error| format!("instantiation policy violation: {}", text::chain(&error)))
}

fn put_data(data: &ChaincodeData, simulator: &mut Simulator) -> Result<Bytes, String> {
    let bytes = Bytes::from(data.encode_to_vec());
    simulator.set_state(NAMESPACE, &data.name, bytes.clone()).map_err(|error| text::chain(&error))?;
    Ok(bytes)
}

fn put_collections(request: &Request, bundle: &Bundle, simulator: &mut Simulator) -> Result<(), String> {
    let Some(bytes) = request.collections.as_ref().filter(|bytes| !bytes.is_empty()) else { return Ok(()) };
    let chaincode_id = format!("{}:{}", request.name, request.version);
    let package = CollectionConfigPackage::decode(bytes.clone())
        .map_err(|_| format!("invalid collection configuration supplied for chaincode {chaincode_id}"))?;
    for collection in &package.config {
        check_members(collection, bundle).map_err(|cause| format!("collection member policy check failed: {cause}"))?;
    }
    simulator
        .set_state(NAMESPACE, &collections_key(&request.name), bytes.clone())
        .map_err(|error| format!("error putting collection for chaincode {chaincode_id}: {}", text::chain(&error)))
}

/// A collection has a member policy that can be used. Organisations in it that the channel does not have yet may come.
fn check_members(collection: &CollectionConfig, bundle: &Bundle) -> Result<(), String> {
    let Some(collection_config::Payload::StaticCollectionConfig(collection)) = &collection.payload else {
        return Err("collection configuration is empty".to_owned());
    };
    let policy = collection.member_orgs_policy.as_ref().ok_or("collection member policy is not set")?;
    let Some(collection_policy_config::Payload::SignaturePolicy(policy)) = &policy.payload else {
        return Err("collection member org policy is empty".to_owned());
    };
    let supported = |principal: &MspPrincipal| {
        matches!(
            Classification::try_from(principal.principal_classification),
            Ok(Classification::Role | Classification::OrganizationUnit | Classification::Identity)
        )
    };
    if let Some(other) = policy.identities.iter().find(|principal| !supported(principal)) {
        return Err(format!(
            "collection-name: {} -- principal type {} is not supported",
            collection.name, other.principal_classification
        ));
    }
    bundle.compile(policy).map(drop).map_err(|error| {
        format!("invalid member org policy for collection '{}': {}", collection.name, text::chain(&error))
    })
}

/// The call by which a chaincode that was just instantiated or upgraded is initialised, in the same simulation.
#[derive(Debug)]
pub struct LegacyInit {
    /// The chaincode.
    pub name: String,
    /// `name:version`, under which its package lies.
    pub chaincode_id: String,
    /// The arguments.
    pub args: Vec<Bytes>,
}

/// What follows a successful call of `lscc` with these arguments (Fabric `core/endorser/endorser.go`, `callChaincode`).
pub fn legacy_init(args: &[Bytes], channel_id: &str) -> Result<Option<LegacyInit>, String> {
    if args.len() < 3 || !matches!(&args[0][..], b"deploy" | b"upgrade") {
        return Ok(None);
    }
    let spec = ChaincodeDeploymentSpec::decode(args[2].clone())
        .map_err(|error| format!("error unmarshalling ChaincodeDeploymentSpec: {error}"))?;
    let ChaincodeDeploymentSpec { chaincode_spec, code_package } = spec;
    let chaincode = chaincode_spec.unwrap_or_default();
    let id = chaincode.chaincode_id.unwrap_or_default();
    if SystemChaincode::is_reserved(&id.name) {
        return Err(format!("attempting to deploy a system chaincode {}/{channel_id}", id.name));
    }
    if !code_package.is_empty() {
        return Err("lscc upgrade/deploy should not include a code packages".to_owned());
    }
    let chaincode_id = format!("{}:{}", id.name, id.version);
    Ok(Some(LegacyInit { name: id.name, chaincode_id, args: chaincode.input.unwrap_or_default().args }))
}
