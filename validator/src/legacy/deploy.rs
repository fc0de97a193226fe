//! Transactions of `lscc` that instantiate or upgrade a chaincode (`ValidateLSCCInvocation`).

use bytes::Bytes;
use channel::Bundle;
use channel::definition::{is_chaincode_name, is_chaincode_version};
use channel::legacy::{ChaincodeData, NAMESPACE, collections_key};
use ledger::Snapshot;
use prost::Message;
use proto::kvrwset::KvrwSet;
use proto::protos::chaincode_spec::Type;
use proto::protos::{ChaincodeDeploymentSpec, ChaincodeInvocationSpec, ChaincodeProposalPayload, ChaincodeSpec};

use super::{SYSTEM, collections};
use crate::check::EndorsedAction;
use crate::edition::Edition;
use crate::judge::JudgeError;
use crate::namespace::{compile_signature, reader, satisfied};

/// What a deployment is judged by.
pub(super) struct Deployment<'a> {
    pub bundle: &'a Bundle,
    pub snapshot: &'a Snapshot,
    pub edition: Edition,
    pub has_collections: bool,
}

/// What the transaction does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Function {
    Deploy,
    Upgrade,
}

/// Why a deployment is invalid; it ends up in the log only.
type Refusal = String;

/// The arguments of the call that was proposed; nothing where there are none.
pub(super) fn invocation_args(proposal: &Bytes) -> Option<Vec<Bytes>> {
    let payload = ChaincodeProposalPayload::decode(proposal.clone()).ok()?;
    let spec = ChaincodeInvocationSpec::decode(payload.input).ok()?.chaincode_spec?;
    Some(spec.input?.args).filter(|args| !args.is_empty())
}

impl Deployment<'_> {
    /// Whether the call may do what it did.
    pub fn judge(&self, action: &EndorsedAction) -> Result<Result<(), Refusal>, JudgeError> {
        let Some(args) = invocation_args(&action.proposal) else {
            return Ok(Err("malformed chaincode invocation spec".to_owned()));
        };
        let function = match &args[0][..] {
            b"deploy" => Function::Deploy,
            b"upgrade" => Function::Upgrade,
            name => {
                let name = String::from_utf8_lossy(name);
                return Ok(Err(format!("committing an invocation of function {name} of lscc is invalid")));
            }
        };
        let args = &args[1..];
        let spec = match self.check_arguments(args) {
            Ok(spec) => spec,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let id = spec.chaincode_id.unwrap_or_default();
        // Bytes that are no definition mean that this peer cannot decide, as in Fabric.
        let current = ChaincodeData::read(&id.name, &mut reader(self.snapshot, NAMESPACE))
            .map_err(|source| JudgeError::Definition { namespace: id.name.clone(), source })?;
        let (writes, next) = match written(action, &id.name, &id.version) {
            Ok(written) => written,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let judged = match (function, current) {
            (Function::Deploy, None) => self.deploy(action, args, writes, &next)?,
            (Function::Deploy, Some(_)) => Err(format!("Chaincode {} is already instantiated", id.name)),
            (Function::Upgrade, None) => Err(format!("Upgrading non-existent chaincode {}", id.name)),
            (Function::Upgrade, Some(current)) if current.version == id.version => Err(format!(
                "Existing version of the cc on the ledger ({}) should be different from the upgraded one",
                id.version
            )),
            (Function::Upgrade, Some(current)) => self.upgrade(action, args, writes, &next, &current)?,
        };
        Ok(judged)
    }

    fn check_arguments(&self, args: &[Bytes]) -> Result<ChaincodeSpec, Refusal> {
        let most = if self.has_collections { 6 } else { 5 };
        if args.len() < 2 || args.len() > most {
            return Err(format!("Wrong number of arguments: received {}", args.len()));
        }
        let spec = ChaincodeDeploymentSpec::decode(args[1].clone())
            .map_err(|error| format!("GetChaincodeDeploymentSpec error {error}"))?;
        let spec = spec.chaincode_spec.ok_or("no chaincode specification in the arguments")?;
        let id = spec.chaincode_id.as_ref().ok_or("no chaincode id in the arguments")?;
        match Type::try_from(spec.r#type) {
            Ok(Type::Golang | Type::Node | Type::Java | Type::Car) => {}
            _ => return Err(format!("unexpected chaincode spec type: {}", spec.r#type)),
        }
        if !is_chaincode_name(&id.name) {
            return Err(format!("invalid chaincode name '{}'", id.name));
        }
        if SYSTEM.contains(&id.name.as_str()) {
            return Err(format!("chaincode name '{}' is reserved for system chaincodes", id.name));
        }
        if !is_chaincode_version(&id.version) {
            return Err(format!("invalid chaincode version '{}'", id.version));
        }
        Ok(spec)
    }

    fn deploy(
        &self,
        action: &EndorsedAction,
        args: &[Bytes],
        writes: &KvrwSet,
        next: &ChaincodeData,
    ) -> Result<Result<(), Refusal>, JudgeError> {
        if self.has_collections {
            if let Err(refusal) = self.check_collections(args, writes, next, Function::Deploy)? {
                return Ok(Err(refusal));
            }
        } else if writes.writes.len() != 1 {
            return Ok(Err("LSCC can only issue a single putState upon deploy".to_owned()));
        }
        Ok(self.check_instantiation_policy(&next.instantiation_policy, action))
    }

    fn upgrade(
        &self,
        action: &EndorsedAction,
        args: &[Bytes],
        writes: &KvrwSet,
        next: &ChaincodeData,
        current: &ChaincodeData,
    ) -> Result<Result<(), Refusal>, JudgeError> {
        if self.edition >= Edition::V1_2 {
            if let Err(refusal) = self.check_collections(args, writes, next, Function::Upgrade)? {
                return Ok(Err(refusal));
            }
        } else if writes.writes.len() != 1 {
            return Ok(Err("LSCC can only issue a single putState upon upgrade".to_owned()));
        }
        let judged = self.check_instantiation_policy(&current.instantiation_policy, action);
        Ok(judged.and_then(|()| match self.edition >= Edition::V1_1 {
            true => self.check_instantiation_policy(&next.instantiation_policy, action),
            false => Ok(()),
        }))
    }

    /// Who signed the transaction must be one who may do it. There is only the creator, whose signature has been verified.
    fn check_instantiation_policy(&self, policy: &Bytes, action: &EndorsedAction) -> Result<(), Refusal> {
        if policy.is_empty() {
            return Err("no instantiation policy was specified".to_owned());
        }
        let policy = compile_signature(self.bundle, policy);
        match satisfied(&policy, std::slice::from_ref(&action.creator)) {
            true => Ok(()),
            false => Err("chaincode instantiation policy violated".to_owned()),
        }
    }

    fn check_collections(
        &self,
        args: &[Bytes],
        writes: &KvrwSet,
        next: &ChaincodeData,
        function: Function,
    ) -> Result<Result<(), Refusal>, JudgeError> {
        if writes.writes.len() > 2 {
            return Ok(Err("LSCC can only issue one or two putState upon deploy".to_owned()));
        }
        let proposed = args.get(5);
        let written = writes.writes.get(1);
        let key = collections_key(&next.name);
        if let Some(write) = written.filter(|write| write.key != key) {
            return Ok(Err(format!(
                "invalid key for the collection of the chaincode; expected '{key}', received '{}'",
                write.key
            )));
        }
        let written = written.map(|write| &write.value[..]).unwrap_or_default();
        if proposed.map(|bytes| &bytes[..]).unwrap_or_default() != written {
            return Ok(Err("the collections of the arguments do not match those in the lscc writeset".to_owned()));
        }
        let committed = match function {
            Function::Upgrade if self.edition < Edition::V1_2 || proposed.is_none() => None,
            _ => collections::committed(self.snapshot, &next.name)?,
        };
        if function == Function::Deploy && committed.is_some() {
            return Ok(Err(format!("collection data should not exist for chaincode {}", next.chaincode_id())));
        }
        let Some(proposed) = proposed else { return Ok(Ok(())) };
        Ok(collections::check(proposed, committed.as_ref(), self.edition))
    }
}

/// What the call wrote to `lscc`, and the definition among it.
fn written<'a>(action: &'a EndorsedAction, name: &str, version: &str) -> Result<(&'a KvrwSet, ChaincodeData), Refusal> {
    let set = action.rwset.namespace(NAMESPACE).ok_or("No read write set for lscc was found")?;
    let first = set.public.writes.first().ok_or("LSCC must issue at least one single putState upon deploy/upgrade")?;
    if first.key != name {
        return Err(format!("expected key {name}, found {}", first.key));
    }
    let data = ChaincodeData::decode(first.value.clone())
        .map_err(|error| format!("unmarshalling of ChaincodeData failed, error {error}"))?;
    if data.name != name {
        return Err(format!("expected cc name {name}, found {}", data.name));
    }
    if data.version != version {
        return Err(format!("expected cc version {version}, found {}", data.version));
    }
    let elsewhere = action
        .rwset
        .namespaces
        .iter()
        .find(|set| set.namespace != NAMESPACE && set.namespace != data.name && !set.public.writes.is_empty());
    match elsewhere {
        Some(set) => Err(format!("LSCC invocation is attempting to write to namespace {}", set.namespace)),
        None => Ok((&set.public, data)),
    }
}
