//! What a namespace asks of those who write to it: its chaincode's definition, read and compiled once for each block
//! (Fabric `core/chaincode/lifecycle/deployedcc_infoprovider.go`, `core/policy/application.go`,
//! `core/committer/txvalidator/v20/valinforetriever`).

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use channel::definition::{
    ChaincodeDefinition, DEFAULT_VALIDATION_PLUGIN, LIFECYCLE_ENDORSEMENT_POLICY, NAMESPACE, ReadState,
    implicit_collection_org,
};
use channel::legacy::{self, ChaincodeData};
use channel::policy_language::signed_by_members;
use channel::{Bundle, Policy};
use ledger::Snapshot;
use msp::Identity;
use prost::Message;
use proto::common::SignaturePolicyEnvelope;
use proto::protos::{ApplicationPolicy, application_policy, collection_config};

use crate::judge::JudgeError;

/// An endorsement policy, compiled; nothing where it cannot be satisfied because it does not decode or refers to a
/// policy that does not exist.
pub(crate) type EndorsementPolicy = Option<Arc<Policy>>;

/// The rules of one namespace.
pub(crate) struct Namespace {
    policy: EndorsementPolicy,
    collections: HashMap<String, Option<EndorsementPolicy>>,
    source: Source,
}

/// Where the rules of a namespace come from.
enum Source {
    /// They are the system's.
    System,
    /// From a definition of `_lifecycle`.
    Lifecycle(Box<ChaincodeDefinition>),
    /// From `lscc`: collections have no policies of their own.
    Legacy,
}

/// The namespaces that the transactions of a block invoke or write.
pub(crate) struct Namespaces<'a> {
    bundle: &'a Bundle,
    snapshot: &'a Snapshot,
    known: HashMap<String, Option<Namespace>>,
}

impl<'a> Namespaces<'a> {
    pub(crate) fn new(bundle: &'a Bundle, snapshot: &'a Snapshot) -> Self {
        Namespaces { bundle, snapshot, known: HashMap::new() }
    }

    /// The rules of a namespace; nothing when no chaincode of that name is defined.
    pub(crate) fn namespace(&mut self, name: &str) -> Result<Option<&mut Namespace>, JudgeError> {
        if !self.known.contains_key(name) {
            let namespace = self.read(name)?;
            self.known.insert(name.to_owned(), namespace);
        }
        Ok(self.known.get_mut(name).and_then(Option::as_mut))
    }

    fn read(&self, name: &str) -> Result<Option<Namespace>, JudgeError> {
        if name == NAMESPACE {
            let policy = self.bundle.policy(LIFECYCLE_ENDORSEMENT_POLICY).or_else(|| {
                let organizations: Vec<&str> = self.bundle.application_orgs().collect();
                let majority = organizations.len() / 2 + 1;
                self.bundle.compile(&signed_by_members(majority, &organizations)).ok().map(Arc::new)
            });
            return Ok(Some(Namespace { policy, collections: HashMap::new(), source: Source::System }));
        }
        let Some(definition) = self.definition(name)? else { return self.read_legacy(name) };
        let validation = &definition.validation_info;
        if validation.validation_plugin.is_empty() || validation.validation_parameter.is_empty() {
            return Ok(None);
        }
        if validation.validation_plugin != DEFAULT_VALIDATION_PLUGIN {
            let plugin = validation.validation_plugin.clone();
            return Err(JudgeError::Plugin { namespace: name.to_owned(), plugin });
        }
        let policy = compile(self.bundle, &validation.validation_parameter);
        let source = Source::Lifecycle(Box::new(definition));
        Ok(Some(Namespace { policy, collections: HashMap::new(), source }))
    }

    /// What `lscc` defined holds as long as `_lifecycle` defines nothing.
    fn read_legacy(&self, name: &str) -> Result<Option<Namespace>, JudgeError> {
        let data = ChaincodeData::read(name, &mut reader(self.snapshot, legacy::NAMESPACE))
            .map_err(|source| JudgeError::Definition { namespace: name.to_owned(), source })?;
        match data.filter(|data| !data.vscc.is_empty() && !data.policy.is_empty()) {
            Some(data) => Namespace::of_legacy(self.bundle, &data).map(Some),
            None => Ok(None),
        }
    }

    fn definition(&self, name: &str) -> Result<Option<ChaincodeDefinition>, JudgeError> {
        ChaincodeDefinition::read(name, &mut reader(self.snapshot, NAMESPACE))
            .map_err(|source| JudgeError::Definition { namespace: name.to_owned(), source })
    }
}

/// Reads keys of one namespace.
pub(crate) fn reader(snapshot: &Snapshot, namespace: &'static str) -> impl ReadState {
    move |key: &str| match snapshot.get(namespace, key) {
        Ok(found) => Ok(found.map(|found| found.value)),
        Err(error) => Err(Box::new(error).into()),
    }
}

impl Namespace {
    /// The rules of a chaincode that `lscc` defined. Its policy is a `SignaturePolicyEnvelope`.
    pub(crate) fn of_legacy(bundle: &Bundle, data: &ChaincodeData) -> Result<Namespace, JudgeError> {
        if data.vscc != DEFAULT_VALIDATION_PLUGIN {
            return Err(JudgeError::Plugin { namespace: data.name.clone(), plugin: data.vscc.clone() });
        }
        let policy = compile_signature(bundle, &data.policy);
        Ok(Namespace { policy, collections: HashMap::new(), source: Source::Legacy })
    }

    /// The rules of a system chaincode of Fabric 1.4.
    pub(crate) fn of_system(bundle: &Bundle, policy: &SignaturePolicyEnvelope) -> Namespace {
        let policy = bundle.compile(policy).ok().map(Arc::new);
        Namespace { policy, collections: HashMap::new(), source: Source::Legacy }
    }

    /// The chaincode's endorsement policy.
    pub(crate) fn policy(&self) -> &EndorsementPolicy {
        &self.policy
    }

    /// The endorsement policy of a collection: its own, or the chaincode's. Nothing when there is no such collection.
    pub(crate) fn collection_policy(&mut self, bundle: &Bundle, collection: &str) -> Option<EndorsementPolicy> {
        if let Some(known) = self.collections.get(collection) {
            return known.clone();
        }
        let policy = self.read_collection_policy(bundle, collection);
        self.collections.insert(collection.to_owned(), policy.clone());
        policy
    }

    fn read_collection_policy(&self, bundle: &Bundle, collection: &str) -> Option<EndorsementPolicy> {
        if matches!(self.source, Source::Legacy) {
            return Some(self.policy.clone());
        }
        if let Some(msp_id) = implicit_collection_org(collection) {
            return implicit_collection_policy(bundle, msp_id);
        }
        let Source::Lifecycle(definition) = &self.source else { return None };
        let configured = definition.collections.as_ref()?.config.iter().find_map(|config| {
            let Some(collection_config::Payload::StaticCollectionConfig(config)) = &config.payload else {
                return None;
            };
            (config.name == collection).then_some(config)
        })?;
        Some(match &configured.endorsement_policy {
            Some(policy) => compile_application(bundle, policy),
            None => self.policy.clone(),
        })
    }
}

/// Whether the endorsers satisfy a policy.
pub(crate) fn satisfied(policy: &EndorsementPolicy, endorsers: &[Arc<Identity>]) -> bool {
    policy.as_ref().is_some_and(|policy| policy.evaluate(endorsers))
}

/// The organisation's own policy for endorsements, or any member of it. Nothing when the channel has no such member.
fn implicit_collection_policy(bundle: &Bundle, msp_id: &str) -> Option<EndorsementPolicy> {
    let name = bundle.application_org_name(msp_id)?;
    let path = format!("/Channel/Application/{name}/Endorsement");
    Some(bundle.policy(&path).or_else(|| bundle.compile(&signed_by_members(1, &[msp_id])).ok().map(Arc::new)))
}

fn compile(bundle: &Bundle, policy: &Bytes) -> EndorsementPolicy {
    compile_application(bundle, &ApplicationPolicy::decode(policy.clone()).ok()?)
}

/// Compiles an encoded `SignaturePolicyEnvelope`.
pub(crate) fn compile_signature(bundle: &Bundle, policy: &Bytes) -> EndorsementPolicy {
    let envelope = SignaturePolicyEnvelope::decode(policy.clone()).ok()?;
    bundle.compile(&envelope).ok().map(Arc::new)
}

fn compile_application(bundle: &Bundle, policy: &ApplicationPolicy) -> EndorsementPolicy {
    match policy.r#type.as_ref()? {
        application_policy::Type::SignaturePolicy(envelope) => bundle.compile(envelope).ok().map(Arc::new),
        application_policy::Type::ChannelConfigPolicyReference(path) => bundle.policy(path),
    }
}
