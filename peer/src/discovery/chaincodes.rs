//! What a chaincode's definition says to those who want to endorse (Fabric
//! `core/chaincode/lifecycle/metadata_provider.go`, `core/cclifecycle`, `discovery/support/chaincode`).

use std::collections::{BTreeMap, HashSet};

use ::channel::Bundle;
use ::channel::definition::{
    self, ChaincodeDefinition, LIFECYCLE_ENDORSEMENT_POLICY, LayoutError, implicit_collection_org,
};
use ::channel::legacy::{self, ChaincodeData};
use ::channel::policy_language::signed_by_members;
use bytes::Bytes;
use ledger::Snapshot;
use prost::Message;
use proto::common::{MspPrincipal, SignaturePolicyEnvelope};
use proto::protos::{
    ApplicationPolicy, ChaincodeCall, CollectionConfigPackage, StaticCollectionConfig, application_policy,
    collection_config, collection_policy_config,
};

use super::endorsers::QueryError;
use crate::lifecycle::state::{LegacySnapshot, PublicSnapshot};
use crate::membership::LIFECYCLE_VERSION;
use crate::text;

/// A chaincode's definition.
pub(super) struct Chaincode {
    /// As peers announce it.
    pub(super) version: String,
    /// Nothing where the definition has something else.
    policy: Option<SignaturePolicyEnvelope>,
    /// The policies of collections that a call names and that have their own. `lscc` knows none.
    collection_policies: BTreeMap<String, SignaturePolicyEnvelope>,
    collections: Option<CollectionConfigPackage>,
}

impl Chaincode {
    /// The definition that a call meets, with what concerns the call's collections. Nothing when there is none, or its
    /// policies cannot be known.
    pub(super) fn read(bundle: &Bundle, snapshot: &Snapshot, call: &ChaincodeCall) -> Option<Chaincode> {
        let read = match call.name == definition::NAMESPACE {
            true => Ok(lifecycle_itself(bundle)),
            false => Self::defined(snapshot, &call.name),
        };
        let definition = match read {
            Ok(definition) => definition,
            Err(error) => {
                let cause = text::chain(&error);
                tracing::error!(target: "discovery", "could not read the definition of chaincode '{}': {cause}", call.name);
                return None;
            }
        };
        match definition {
            Some(definition) => Self::of_lifecycle(bundle, definition, &call.collection_names),
            None => Self::of_lscc(snapshot, call),
        }
    }

    fn defined(snapshot: &Snapshot, name: &str) -> Result<Option<Defined>, LayoutError> {
        let definition = ChaincodeDefinition::read(name, &mut PublicSnapshot(snapshot))?;
        Ok(definition.map(|definition| Defined {
            version: definition.sequence.to_string(),
            parameter: definition.validation_info.validation_parameter,
            collections: definition.collections,
        }))
    }

    fn of_lifecycle(bundle: &Bundle, defined: Defined, named: &[String]) -> Option<Chaincode> {
        let policy = application_policy(bundle, &ApplicationPolicy::decode(defined.parameter).ok()?)?;
        let mut collection_policies = BTreeMap::new();
        for collection in named {
            let own = match implicit_collection_org(collection) {
                Some(msp_id) => Some(signed_by_members(1, &[msp_id])),
                None => {
                    let config = find(defined.collections.as_ref(), collection);
                    let own = config.and_then(|config| config.endorsement_policy.as_ref());
                    own.map(|own| application_policy(bundle, own).ok_or(())).transpose().ok()?
                }
            };
            collection_policies.extend(own.map(|own| (collection.clone(), own)));
        }
        Some(Chaincode {
            version: defined.version,
            policy: Some(policy),
            collection_policies,
            collections: defined.collections,
        })
    }

    fn of_lscc(snapshot: &Snapshot, call: &ChaincodeCall) -> Option<Chaincode> {
        let mut state = LegacySnapshot(snapshot);
        let read = ChaincodeData::read(&call.name, &mut state).and_then(|data| {
            let with_collections = data.is_some() && !call.collection_names.is_empty();
            let collections = if with_collections { legacy::read_collections(&call.name, &mut state)? } else { None };
            Ok((data, collections))
        });
        match read {
            Ok((data, collections)) => {
                let data = data.filter(|data| data.name == call.name)?;
                let policy = SignaturePolicyEnvelope::decode(data.policy).ok();
                let collection_policies = BTreeMap::new();
                Some(Chaincode { version: data.version, policy, collection_policies, collections })
            }
            Err(error) => {
                let cause = text::chain(&error);
                tracing::error!(target: "discovery", "Failed querying lscc for chaincode '{}': {cause}", call.name);
                None
            }
        }
    }

    /// The policies that a call has to satisfy: that of the chaincode, or those of the collections, each once. Empty when one
    /// of them is malformed.
    pub(super) fn policies(&self, collections: &[String]) -> Vec<&SignaturePolicyEnvelope> {
        let Some(own) = &self.policy else { return Vec::new() };
        let named = collections.iter().map(|collection| self.collection_policies.get(collection).unwrap_or(own));
        let mut all: Vec<&SignaturePolicyEnvelope> = named.collect();
        if all.is_empty() {
            all.push(own);
        }
        let mut seen = HashSet::new();
        all.retain(|policy| seen.insert(policy.encode_to_vec()));
        let is_empty = |policy: &&SignaturePolicyEnvelope| policy.identities.is_empty() || policy.rule.is_none();
        match is_empty(&own) || all.iter().any(is_empty) {
            true => Vec::new(),
            false => all,
        }
    }

    /// For each collection of a call that reads it the principals whose holders have its data.
    pub(super) fn readers(&self, call: &ChaincodeCall) -> Result<Vec<Vec<MspPrincipal>>, QueryError> {
        let configs = self.collections.as_ref().map_or(&[][..], |package| &package.config);
        let mut by_name = BTreeMap::new();
        for config in configs {
            let Some(collection_config::Payload::StaticCollectionConfig(config)) = &config.payload else {
                return Err(QueryError::CollectionKind);
            };
            let members = config.member_orgs_policy.as_ref();
            let members = members.ok_or_else(|| QueryError::NoMembers(config.name.clone()))?;
            let Some(collection_policy_config::Payload::SignaturePolicy(policy)) = &members.payload else {
                return Err(QueryError::NoMemberPolicy(config.name.clone()));
            };
            by_name.insert(&config.name, &policy.identities);
        }
        let readers = |collection: &String| match (implicit_collection_org(collection), by_name.get(collection)) {
            // Collections of `lscc` have no organisations of their own.
            (Some(msp_id), _) if self.collection_policies.contains_key(collection) => {
                Ok(signed_by_members(1, &[msp_id]).identities)
            }
            (_, Some(identities)) => Ok((*identities).clone()),
            (_, None) => Err(QueryError::NoCollection { collection: collection.clone(), chaincode: call.name.clone() }),
        };
        call.collection_names.iter().map(readers).collect()
    }
}

/// A definition of `_lifecycle`.
struct Defined {
    version: String,
    /// An encoded `ApplicationPolicy`.
    parameter: Bytes,
    collections: Option<CollectionConfigPackage>,
}

/// `_lifecycle` endorses as the channel says; on channels that say nothing, members of most organisations do.
fn lifecycle_itself(bundle: &Bundle) -> Option<Defined> {
    if !bundle.has_capability("Application", "V2_0") {
        return None;
    }
    let policy = match bundle.policy(LIFECYCLE_ENDORSEMENT_POLICY) {
        Some(_) => application_policy::Type::ChannelConfigPolicyReference(LIFECYCLE_ENDORSEMENT_POLICY.to_owned()),
        None => {
            let mut organizations: Vec<&str> = bundle.application_orgs().collect();
            organizations.sort_unstable();
            let majority = organizations.len() / 2 + 1;
            application_policy::Type::SignaturePolicy(signed_by_members(majority, &organizations))
        }
    };
    let parameter = ApplicationPolicy { r#type: Some(policy) }.encode_to_vec().into();
    Some(Defined { version: LIFECYCLE_VERSION.to_owned(), parameter, collections: None })
}

fn application_policy(bundle: &Bundle, policy: &ApplicationPolicy) -> Option<SignaturePolicyEnvelope> {
    match policy.r#type.as_ref()? {
        application_policy::Type::SignaturePolicy(policy) => Some(policy.clone()),
        application_policy::Type::ChannelConfigPolicyReference(path) => bundle.signature_policy(path),
    }
}

fn find<'a>(package: Option<&'a CollectionConfigPackage>, collection: &str) -> Option<&'a StaticCollectionConfig> {
    let mut collections = package?.config.iter().filter_map(|config| {
        let collection_config::Payload::StaticCollectionConfig(config) = config.payload.as_ref()?;
        Some(config)
    });
    collections.find(|config| config.name == collection)
}

#[cfg(test)]
mod tests {
    use ::channel::policy_language::{parse, print};
    use proto::common::Block;
    use proto::protos::{ChaincodeInterest, CollectionConfig, CollectionPolicyConfig};

    use super::super::endorsers::demands;
    use super::*;

    /// A channel of `Org1MSP` alone, by Fabric's configtxgen.
    const BLOCK: &[u8] = include_bytes!("../../../channel/tests/data/configtxgen-mychannel.block");

    fn bundle() -> Bundle {
        Bundle::from_config_block(&Block::decode(BLOCK).expect("a block")).expect("a channel")
    }

    fn signed(text: &str) -> ApplicationPolicy {
        let policy = parse(text).expect("a policy");
        ApplicationPolicy { r#type: Some(application_policy::Type::SignaturePolicy(policy)) }
    }

    fn reference(path: &str) -> ApplicationPolicy {
        ApplicationPolicy { r#type: Some(application_policy::Type::ChannelConfigPolicyReference(path.to_owned())) }
    }

    fn collection(name: &str, members: &str, own: Option<ApplicationPolicy>) -> CollectionConfig {
        let members = collection_policy_config::Payload::SignaturePolicy(parse(members).expect("a policy"));
        let config = StaticCollectionConfig {
            name: name.to_owned(),
            member_orgs_policy: Some(CollectionPolicyConfig { payload: Some(members) }),
            endorsement_policy: own,
            ..Default::default()
        };
        CollectionConfig { payload: Some(collection_config::Payload::StaticCollectionConfig(config)) }
    }

    /// A chaincode that `A` endorses, with collections: `plain` and `other` have no policies of their own.
    fn chaincode(policy: ApplicationPolicy, named: &[&str]) -> Option<Chaincode> {
        let config = vec![
            collection("plain", "OR('A.member','B.member')", None),
            collection("other", "OR('A.member')", None),
            collection("own", "OR('B.member')", Some(signed("OR('B.peer')"))),
            collection("same", "OR('B.member')", Some(signed("OR('B.peer')"))),
            collection("bad", "OR('B.member')", Some(reference("/Channel/Nothing"))),
        ];
        let defined = Defined {
            version: "3".to_owned(),
            parameter: policy.encode_to_vec().into(),
            collections: Some(CollectionConfigPackage { config }),
        };
        let named: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
        Chaincode::of_lifecycle(&bundle(), defined, &named)
    }

    fn call(named: &[&str]) -> ChaincodeCall {
        let collection_names = named.iter().map(|name| (*name).to_owned()).collect();
        ChaincodeCall { name: "basic".to_owned(), collection_names, ..Default::default() }
    }

    #[test]
    fn policies_are_those_of_the_chaincode_or_of_its_collections() {
        for (named, expected) in [
            (&[][..], &["OR('A.peer')"][..]),
            (&["plain"], &["OR('A.peer')"]),
            (&["plain", "other"], &["OR('A.peer')"]),
            (&["own"], &["OR('B.peer')"]),
            (&["own", "same", "plain"], &["OR('B.peer')", "OR('A.peer')"]),
            (&["_implicit_org_C"], &["OR('C.member')"]),
            // Whether there is such a collection is asked by those who read it.
            (&["nothing"], &["OR('A.peer')"]),
        ] {
            let found = chaincode(signed("OR('A.peer')"), named).expect("a definition");
            assert_eq!(found.version, "3");
            let shown: Vec<String> = found.policies(&call(named).collection_names).into_iter().map(print).collect();
            let expected: Vec<String> = expected.iter().map(|text| print(&parse(text).expect("a policy"))).collect();
            assert_eq!(shown, expected, "{named:?}");
        }
        assert!(chaincode(signed("OR('A.peer')"), &["bad"]).is_none(), "a reference to nothing");
        assert!(chaincode(reference("/Channel/Application/Nothing"), &[]).is_none());
        let of_channel = chaincode(reference("/Channel/Application/Writers"), &[]).expect("the channel's policy");
        assert_eq!(of_channel.policies(&[]).len(), 1);
        let empty = ApplicationPolicy { r#type: Some(application_policy::Type::SignaturePolicy(Default::default())) };
        assert!(chaincode(empty, &[]).expect("a definition").policies(&[]).is_empty());
    }

    #[test]
    fn readers_are_the_collections_members() {
        for (named, expected) in [
            (&["plain", "own"][..], Ok("A,B;B")),
            (&["_implicit_org_C"], Ok("C")),
            (&["nothing"], Err("collection nothing doesn't exist in collection config for chaincode basic")),
        ] {
            let readers = chaincode(signed("OR('A.peer')"), named).expect("a definition").readers(&call(named));
            let msp_id = |principal: &MspPrincipal| {
                let principal = msp::Principal::parse(principal).expect("a role");
                principal.msp_id().expect("an organisation").to_owned()
            };
            let one = |principals: &Vec<MspPrincipal>| principals.iter().map(msp_id).collect::<Vec<_>>().join(",");
            let shown = readers.map(|readers| readers.iter().map(one).collect::<Vec<_>>().join(";"));
            let shown = shown.map_err(|error| error.to_string());
            assert_eq!(shown.as_deref().map_err(String::as_str), expected, "{named:?}");
        }
    }

    #[test]
    fn the_chaincodes_policy_can_be_disregarded() {
        let key = || vec![parse("OR('K.peer')").expect("a policy")];
        let with = |named: &[&str], key_policies, disregard| ChaincodeCall {
            key_policies,
            disregard_namespace_policy: disregard,
            ..call(named)
        };
        for (call, expected) in [
            (with(&[], vec![], false), Ok((1, 0))),
            (with(&[], key(), false), Ok((1, 1))),
            (with(&[], key(), true), Ok((0, 1))),
            (with(&["plain", "own"], vec![], true), Ok((1, 0))),
            (with(&["plain", "own"], key(), false), Ok((2, 1))),
            (with(&[], vec![], true), Err("requested to disregard chaincode basic's policy but key and ")),
        ] {
            let named: Vec<&str> = call.collection_names.iter().map(String::as_str).collect();
            let chaincodes = [chaincode(signed("OR('A.peer')"), &named).expect("a definition")];
            let interest = ChaincodeInterest { chaincodes: vec![call.clone()] };
            match (demands(&interest, &chaincodes), expected) {
                (Ok((policies, keys)), Ok(expected)) => assert_eq!((policies.len(), keys.len()), expected, "{call:?}"),
                (Err(error), Err(expected)) => assert!(error.to_string().starts_with(expected), "{error}"),
                (found, _) => panic!("{call:?}: {}", found.is_ok()),
            }
        }
    }
}
