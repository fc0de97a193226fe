//! `lscc`: chaincodes on channels before Application V2_0 are installed, instantiated and upgraded through it
//! (Fabric 2.5 `core/scc/lscc`). Texts are Fabric's.

mod deploy;

use std::sync::Arc;

use ::channel::acl::LocalRole;
use ::channel::definition::{is_chaincode_name, is_chaincode_version};
use ::channel::legacy::{ChaincodeData, NAMESPACE, collections_key, is_collections_key};
use bytes::Bytes;
use client::legacy_package::DeploymentPackage;
use ledger::Simulator;
use prost::Message;
use proto::protos::{ChaincodeInfo, ChaincodeInput, ChaincodeQueryResponse, Response};

use super::{SystemCall, SystemChaincode, SystemChaincodes, error, success};
use crate::access;
use crate::chaincode::transaction_context::Event;
use crate::channels::Channel;
use crate::text;

pub use deploy::{LegacyInit, legacy_init};

/// What a call without a channel's state is told.
const NO_LEDGER: &str = "no ledger context";

/// Where Fabric's shim begins a range that has no beginning.
const FIRST_KEY: &str = "\u{1}";

pub(super) fn invoke(system: &SystemChaincodes, mut call: SystemCall<'_>) -> (Response, Option<Event>) {
    match answer(system, &mut call) {
        Ok((payload, event)) => (success(payload), event),
        Err(cause) => (error(cause), None),
    }
}

fn answer(system: &SystemChaincodes, call: &mut SystemCall<'_>) -> Result<(Bytes, Option<Event>), String> {
    let count = call.args.len();
    let wrong_count = || format!("invalid number of arguments to lscc: {count}");
    if count < 1 {
        return Err(wrong_count());
    }
    let function = call.text(0);
    let exactly = |expected: usize| if count == expected { Ok(()) } else { Err(wrong_count()) };
    let payload = match function.as_str() {
        "install" => {
            if count < 2 {
                return Err(wrong_count());
            }
            check_local(system, call, &function)?;
            install(system, &call.args[1])?;
            Bytes::from_static(b"OK")
        }
        "deploy" | "upgrade" => {
            if count < 3 {
                return Err(wrong_count());
            }
            return deploy::answer(system, call, function == "upgrade");
        }
        "getid" | "ChaincodeExists" | "getdepspec" | "GetDeploymentSpec" | "getccdata" | "GetChaincodeData" => {
            exactly(3)?;
            definition(system, call, &function)?
        }
        "getchaincodes" | "GetChaincodes" => {
            exactly(1)?;
            let channel_id = call.channel_id;
            check_channel(call.channel, call, "lscc/GetInstantiatedChaincodes", channel_id)
                .map_err(|denied| format!("access denied for [{function}][{channel_id}]: {denied}"))?;
            instantiated(system, call.simulator.as_deref_mut().ok_or(NO_LEDGER)?)?
        }
        "getinstalledchaincodes" | "GetInstalledChaincodes" => {
            exactly(1)?;
            check_local(system, call, &function)?;
            installed(system)?
        }
        "GetCollectionsConfig" | "getcollectionsconfig" => {
            exactly(2)?;
            check_channel(call.channel, call, "lscc/GetCollectionsConfig", call.channel_id)
                .map_err(|denied| format!("access denied for [{function}]: {denied}"))?;
            let name = call.text(1);
            let simulator = call.simulator.as_deref_mut().ok_or(NO_LEDGER)?;
            let collections = simulator.get_state(NAMESPACE, &collections_key(&name)).map_err(|e| text::chain(&e))?;
            collections.ok_or_else(|| format!("collections config not defined for chaincode {name}"))?
        }
        _ => return Err(format!("invalid function to lscc: {function}")),
    };
    Ok((payload, None))
}

fn check_local(system: &SystemChaincodes, call: &SystemCall<'_>, function: &str) -> Result<(), String> {
    access::check_local(&system.local_msps, LocalRole::Admins, call.creator_bytes)
        .map_err(|denied| format!("access denied for [{function}]: {denied}"))
}

fn check_channel(
    channel: Option<&Arc<Channel>>,
    call: &SystemCall<'_>,
    resource: &str,
    channel_id: &str,
) -> Result<(), String> {
    let channel = channel.ok_or_else(|| format!("Failed to get policy manager for channel [{channel_id}]"))?;
    access::check_channel_as(channel, resource, call.creator_bytes).map(drop).map_err(|denied| denied.to_string())
}

/// Checks the rules of a chaincode's name and version.
fn check_name(name: &str, version: &str) -> Result<(), String> {
    if !is_chaincode_name(name) {
        return Err(format!(
            "invalid chaincode name '{name}'. Names must start with an alphanumeric character and can only consist of \
             alphanumerics, '_', and '-'"
        ));
    }
    if !is_chaincode_version(version) {
        return Err(format!(
            "invalid chaincode version '{version}'. Versions must not be empty and can only consist of alphanumerics, \
             '_',  '-', '+', and '.'"
        ));
    }
    Ok(())
}

fn install(system: &SystemChaincodes, bytes: &Bytes) -> Result<(), String> {
    let package = DeploymentPackage::parse(bytes.clone()).map_err(|error| error.to_string())?;
    let (name, version) = (package.name(), package.version());
    check_name(name, version)?;
    if SystemChaincode::is_reserved(name) {
        return Err(format!("cannot install: {name} is the name of a system chaincode"));
    }
    system.contracts.install_legacy(&package)?;
    tracing::info!(target: "lscc", "Installed Chaincode [{name}] Version [{version}] to peer");
    Ok(())
}

/// A chaincode's record in the state.
fn record(simulator: &mut Simulator, name: &str) -> Result<Bytes, String> {
    let found = simulator.get_state(NAMESPACE, name);
    let found = found.map_err(|error| format!("transaction not found: {}", text::chain(&error)))?;
    found.ok_or_else(|| format!("could not find chaincode with name '{name}'"))
}

fn data_of(name: &str, record: &Bytes) -> Result<ChaincodeData, String> {
    let data = ChaincodeData::decode(record.clone()).map_err(|_| format!("error while marshalling: {name}"))?;
    if data.name != name {
        return Err(format!("chaincode name mismatch: {name}!={}", data.name));
    }
    Ok(data)
}

/// What is known of a chaincode. The channel's name in the arguments says whose rules guard it; the state is the call's.
fn definition(system: &SystemChaincodes, call: &mut SystemCall<'_>, function: &str) -> Result<Bytes, String> {
    let (channel_id, name) = (call.text(1), call.text(2));
    let resource = match function {
        "getid" | "ChaincodeExists" => "lscc/ChaincodeExists",
        "getdepspec" | "GetDeploymentSpec" => "lscc/GetDeploymentSpec",
        _ => "lscc/GetChaincodeData",
    };
    let channel = system.channels.channel(&channel_id);
    check_channel(channel.as_ref(), call, resource, &channel_id)
        .map_err(|denied| format!("access denied for [{function}][{channel_id}]: {denied}"))?;
    let record = record(call.simulator.as_deref_mut().ok_or(NO_LEDGER)?, &name)?;
    match resource {
        "lscc/GetChaincodeData" => Ok(record),
        "lscc/ChaincodeExists" => Ok(data_of(&name, &record)?.name.into()),
        _ => {
            let data = data_of(&name, &record)?;
            let package = system.contracts.legacy().load(&data.chaincode_id());
            let package = package.map_err(|cause| format!("invalid deployment spec: {cause}"))?;
            if !package.has_hashes(&data.data) {
                return Err("chaincode fingerprint mismatch: data mismatch".to_owned());
            }
            Ok(package.spec_bytes)
        }
    }
}

fn instantiated(system: &SystemChaincodes, simulator: &mut Simulator) -> Result<Bytes, String> {
    let failed = |error: ledger::SimulateError| text::chain(&error);
    let range = simulator.range(NAMESPACE, FIRST_KEY, "").map_err(failed)?;
    let mut chaincodes = Vec::new();
    while let Some((key, value)) = simulator.next(range).map_err(failed)? {
        if is_collections_key(&key) {
            continue;
        }
        let data = ChaincodeData::decode(value).map_err(|error| error.to_string())?;
        // Without the package there is nothing beyond name and version.
        let package = system.contracts.legacy().load(&data.chaincode_id()).ok();
        let spec = package.as_ref().and_then(|package| package.spec.chaincode_spec.clone()).unwrap_or_default();
        chaincodes.push(ChaincodeInfo {
            name: data.name,
            version: data.version,
            path: spec.chaincode_id.map(|id| id.path).unwrap_or_default(),
            input: spec.input.as_ref().map(input_text).unwrap_or_default(),
            escc: data.escc,
            vscc: data.vscc,
            id: Bytes::new(),
        });
    }
    simulator.close(range);
    Ok(ChaincodeQueryResponse { chaincodes }.encode_to_vec().into())
}

/// The input of a package's specification as Go prints the message.
fn input_text(input: &ChaincodeInput) -> String {
    let args = input.args.iter().map(|arg| format!("args:\"{}\"", quoted(arg)));
    args.collect::<Vec<_>>().join(" ")
}

fn quoted(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                '"' | '\\' => text.extend(['\\', character]),
                _ if character.is_ascii_control() => text.push_str(&format!("\\x{:02x}", u32::from(character))),
                _ => text.push(character),
            }
        }
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text
}

fn installed(system: &SystemChaincodes) -> Result<Bytes, String> {
    let packages = system.contracts.legacy().list().map_err(|error| text::chain(&error))?;
    let chaincodes = packages.iter().map(|package| ChaincodeInfo {
        name: package.name().to_owned(),
        version: package.version().to_owned(),
        path: package.path().to_owned(),
        id: package.id().clone(),
        ..Default::default()
    });
    Ok(ChaincodeQueryResponse { chaincodes: chaincodes.collect() }.encode_to_vec().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_told_as_go_prints_them() {
        let spec = include_bytes!("../../../client/src/legacy_package/data/plain.cds");
        let package = DeploymentPackage::parse(Bytes::from_static(spec)).expect("a package");
        let input = package.spec.chaincode_spec.and_then(|spec| spec.input).expect("an input");
        assert_eq!(input_text(&input), include_str!("../../../client/src/legacy_package/data/input.txt"));
        assert_eq!(quoted(b"\xff\\\t"), r"\xff\\\t");
    }

    #[test]
    fn names_and_versions() {
        assert_eq!(check_name("basic", "1.0"), Ok(()));
        assert!(
            check_name("a b", "1.0")
                .expect_err("refused")
                .starts_with("invalid chaincode name 'a b'. Names must start")
        );
        assert!(
            check_name("basic", "")
                .expect_err("refused")
                .starts_with("invalid chaincode version ''. Versions must not")
        );
    }
}
