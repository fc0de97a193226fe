//! Who may use which private data collection (Fabric `core/common/privdata/store.go`, `core/chaincode/handler.go`).

use std::collections::BTreeMap;
use std::sync::Arc;

use ::channel::Bundle;
use ::channel::definition::{ChaincodeDefinition, LayoutError, implicit_collection_org};
use ::channel::legacy;
use ledger::Simulator;
use msp::Identity;
use proto::protos::{CollectionConfigPackage, StaticCollectionConfig, collection_config, collection_policy_config};
use runtime::ContextError;

use crate::lifecycle::state::{LegacyState, Public};
use crate::text;

/// What a contract wants to do in a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Values.
    Read,
    /// Also deletes.
    Write,
    /// Hashes, which are no secret.
    ReadHash,
}

#[derive(Clone, Copy)]
struct Permission {
    read: bool,
    write: bool,
}

/// The collections of one chaincode as one transaction sees them. The definition is read through the transaction's own
/// simulator, so that it is part of the read set, as in Fabric.
#[derive(Default)]
pub struct Collections {
    /// Of the definition, once it has been read.
    defined: Option<Option<CollectionConfigPackage>>,
    permissions: BTreeMap<String, Permission>,
}

impl Collections {
    /// Refuses what the creator may not do.
    pub fn check(
        &mut self,
        namespace: &str,
        collection: &str,
        purpose: Purpose,
        creator: &Arc<Identity>,
        bundle: &Bundle,
        simulator: &mut Simulator,
    ) -> Result<(), ContextError> {
        if let Some(msp_id) = implicit_collection_org(collection) {
            // Everybody may use them; whether this peer has the data is another matter.
            return match bundle.application_org_name(msp_id) {
                Some(_) => Ok(()),
                None => Err(undefined(namespace, collection)),
            };
        }
        if purpose == Purpose::ReadHash {
            return match find(self.defined(namespace, simulator)?, collection) {
                Some(_) => Ok(()),
                None => Err(undefined(namespace, collection)),
            };
        }
        let permission = match self.permissions.get(collection) {
            Some(permission) => *permission,
            None => {
                let Some(config) = find(self.defined(namespace, simulator)?, collection) else {
                    let channel_id = bundle.channel_id();
                    let text = format!("collection {channel_id}/{namespace}/{collection} could not be found");
                    return Err(ContextError::Refused(text));
                };
                let permission = permission(config, creator, bundle)?;
                self.permissions.insert(collection.to_owned(), permission);
                permission
            }
        };
        let (allowed, what) = match purpose {
            Purpose::Write => (permission.write, "write"),
            Purpose::Read | Purpose::ReadHash => (permission.read, "read"),
        };
        if allowed {
            return Ok(());
        }
        Err(ContextError::Refused(format!(
            "tx creator does not have {what} access permission on privatedata in chaincodeName:{namespace} \
             collectionName: {collection}"
        )))
    }

    fn defined(
        &mut self,
        namespace: &str,
        simulator: &mut Simulator,
    ) -> Result<Option<&CollectionConfigPackage>, ContextError> {
        let defined = match self.defined.take() {
            Some(defined) => defined,
            None => read(namespace, simulator).map_err(|error| ContextError::Failed(text::chain(&error)))?,
        };
        Ok(self.defined.insert(defined).as_ref())
    }
}

/// A chaincode that `_lifecycle` does not define may have its collections in `lscc`.
fn read(namespace: &str, simulator: &mut Simulator) -> Result<Option<CollectionConfigPackage>, LayoutError> {
    match ChaincodeDefinition::read(namespace, &mut Public(simulator))? {
        Some(definition) => Ok(definition.collections),
        None => legacy::read_collections(namespace, &mut LegacyState(simulator)),
    }
}

fn find<'a>(package: Option<&'a CollectionConfigPackage>, collection: &str) -> Option<&'a StaticCollectionConfig> {
    let configs = package.map(|package| package.config.as_slice()).unwrap_or_default();
    let mut collections = configs.iter().filter_map(|config| {
        let collection_config::Payload::StaticCollectionConfig(config) = config.payload.as_ref()?;
        Some(config)
    });
    collections.find(|config| config.name == collection)
}

fn permission(
    config: &StaticCollectionConfig,
    creator: &Arc<Identity>,
    bundle: &Bundle,
) -> Result<Permission, ContextError> {
    let open = Permission { read: !config.member_only_read, write: !config.member_only_write };
    if open.read && open.write {
        return Ok(open);
    }
    let policy = config.member_orgs_policy.as_ref().and_then(|policy| policy.payload.as_ref());
    let Some(collection_policy_config::Payload::SignaturePolicy(policy)) = policy else {
        return Err(ContextError::Failed(format!("the collection {} has no member policy", config.name)));
    };
    let policy = bundle.compile(policy).map_err(|error| ContextError::Failed(text::chain(&error)))?;
    let is_member = policy.evaluate(std::slice::from_ref(creator));
    Ok(if is_member { Permission { read: true, write: true } } else { open })
}

fn undefined(namespace: &str, collection: &str) -> ContextError {
    ContextError::Refused(format!(
        "collection [{collection}] not defined in the collection config for chaincode [{namespace}]"
    ))
}
