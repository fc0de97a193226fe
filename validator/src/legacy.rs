//! The rules of channels before Application V2_0: chaincodes are defined by transactions of `lscc`, system chaincodes can
//! be invoked by transactions, and an upgrade outdates the other calls of its block
//! (Fabric `core/committer/txvalidator/v14`, `core/handlers/validation/builtin/v12` and `v13`).

mod collections;
mod deploy;
mod upgrades;

use std::collections::HashMap;

use channel::Bundle;
use channel::legacy::{ChaincodeData, NAMESPACE};
use channel::policy_language::signed_by_members;
use ledger::{NamespaceReadWriteSet, Snapshot};
use proto::protos::TxValidationCode as Code;

use crate::check::EndorsedAction;
use crate::edition::{Edition, has_collections};
use crate::judge::JudgeError;
use crate::key_level::KeyLevel;
use crate::namespace::{Namespace, reader, satisfied};
use deploy::Deployment;
pub(crate) use upgrades::Upgrades;

/// System chaincodes of Fabric 1.4.
const SYSTEM: [&str; 5] = ["cscc", "escc", "lscc", "qscc", "vscc"];
/// Those that nobody calls with a transaction.
const NOT_INVOKABLE: [&str; 2] = ["escc", "vscc"];
/// Those that chaincodes cannot call.
const NOT_INVOKABLE_BY_CHAINCODES: [&str; 3] = ["cscc", "escc", "vscc"];

/// Judges transactions by the definitions of `lscc`, in the order of a block.
pub(crate) struct Legacy<'a> {
    bundle: &'a Bundle,
    snapshot: &'a Snapshot,
    edition: Edition,
    has_collections: bool,
    known: HashMap<String, Option<Defined>>,
    system: Option<Namespace>,
}

/// A chaincode that `lscc` defined.
struct Defined {
    version: String,
    namespace: Namespace,
}

impl<'a> Legacy<'a> {
    pub(crate) fn new(bundle: &'a Bundle, snapshot: &'a Snapshot) -> Self {
        let edition = Edition::of(bundle);
        let has_collections = has_collections(bundle);
        Legacy { bundle, snapshot, edition, has_collections, known: HashMap::new(), system: None }
    }

    /// The code of a transaction whose form is right.
    pub(crate) fn judge(
        &mut self,
        action: &EndorsedAction,
        key_level: &mut KeyLevel<'_>,
    ) -> Result<Result<(), Code>, JudgeError> {
        match SYSTEM.contains(&action.chaincode.as_str()) {
            true => self.system_chaincode(action, key_level),
            false => self.chaincode(action, key_level),
        }
    }

    fn chaincode(
        &mut self,
        action: &EndorsedAction,
        key_level: &mut KeyLevel<'_>,
    ) -> Result<Result<(), Code>, JudgeError> {
        let invoked = action.chaincode.as_str();
        let mut written = Vec::new();
        for set in action.rwset.namespaces.iter().filter(|set| self.writes(set)) {
            let name = set.namespace.as_str();
            if name == NAMESPACE || NOT_INVOKABLE_BY_CHAINCODES.contains(&name) {
                return Ok(Err(Code::IllegalWriteset));
            }
            written.push(name);
        }
        if self.edition >= Edition::V1_2 {
            written.retain(|name| *name != invoked);
            written.insert(0, invoked);
        }
        for name in written {
            let edition = self.edition;
            if SYSTEM.contains(&name) {
                if !allows(edition, self.system_namespace(), name, action, key_level)? {
                    return Ok(Err(Code::EndorsementPolicyFailure));
                }
                continue;
            }
            let Some(defined) = self.defined(name)? else { return Ok(Err(Code::InvalidOtherReason)) };
            if name == invoked && defined.version != action.version {
                return Ok(Err(Code::ExpiredChaincode));
            }
            if !allows(edition, &mut defined.namespace, name, action, key_level)? {
                return Ok(Err(Code::EndorsementPolicyFailure));
            }
        }
        Ok(Ok(()))
    }

    /// Whatever a system chaincode writes, one signature of a member is enough; only `lscc` is looked at more closely.
    fn system_chaincode(
        &mut self,
        action: &EndorsedAction,
        key_level: &mut KeyLevel<'_>,
    ) -> Result<Result<(), Code>, JudgeError> {
        let name = action.chaincode.as_str();
        if NOT_INVOKABLE.contains(&name) {
            return Ok(Err(Code::IllegalWriteset));
        }
        let edition = self.edition;
        if name != NAMESPACE {
            let allowed = allows(edition, self.system_namespace(), name, action, key_level)?;
            return Ok(if allowed { Ok(()) } else { Err(Code::EndorsementPolicyFailure) });
        }
        if !may_write(edition, self.system_namespace(), name, action, key_level)? {
            return Ok(Err(Code::EndorsementPolicyFailure));
        }
        let (bundle, snapshot, has_collections) = (self.bundle, self.snapshot, self.has_collections);
        if let Err(reason) = (Deployment { bundle, snapshot, edition, has_collections }).judge(action)? {
            tracing::warn!(target: "vscc", "ValidateLSCCInvocation failed, err {reason}");
            return Ok(Err(Code::EndorsementPolicyFailure));
        }
        record(edition, name, action, key_level);
        Ok(Ok(()))
    }

    /// The rules of system chaincodes: one member of the channel has to endorse.
    fn system_namespace(&mut self) -> &mut Namespace {
        let bundle = self.bundle;
        self.system.get_or_insert_with(|| {
            let members: Vec<&str> = bundle.application_orgs().collect();
            Namespace::of_system(bundle, &signed_by_members(1, &members))
        })
    }

    /// What writing means depends on what the channel has.
    fn writes(&self, set: &NamespaceReadWriteSet) -> bool {
        if !set.public.writes.is_empty() {
            return true;
        }
        let has_key_level = self.edition >= Edition::V1_3;
        let private = self.has_collections
            && set.collections.iter().any(|collection| {
                let hashed = &collection.hashed;
                !hashed.hashed_writes.is_empty() || (has_key_level && !hashed.metadata_writes.is_empty())
            });
        private || (has_key_level && !set.public.metadata_writes.is_empty())
    }

    /// The definition of a chaincode; nothing when there is none, or none that can be used.
    fn defined(&mut self, name: &str) -> Result<Option<&mut Defined>, JudgeError> {
        if !self.known.contains_key(name) {
            let defined = self.read(name)?;
            self.known.insert(name.to_owned(), defined);
        }
        Ok(self.known.get_mut(name).and_then(Option::as_mut))
    }

    fn read(&self, name: &str) -> Result<Option<Defined>, JudgeError> {
        use channel::definition::LayoutError;
        let data = match ChaincodeData::read(name, &mut reader(self.snapshot, NAMESPACE)) {
            Ok(data) => data,
            Err(LayoutError::Decode { .. }) => None,
            Err(source) => return Err(JudgeError::Definition { namespace: name.to_owned(), source }),
        };
        let Some(data) = data.filter(|data| !data.vscc.is_empty() && !data.policy.is_empty()) else {
            return Ok(None);
        };
        let namespace = Namespace::of_legacy(self.bundle, &data)?;
        Ok(Some(Defined { version: data.version, namespace }))
    }
}

/// Whether the endorsers of a transaction may write what it writes to a namespace. If so, what it changes counts for the
/// transactions after it.
fn allows(
    edition: Edition,
    namespace: &mut Namespace,
    name: &str,
    action: &EndorsedAction,
    key_level: &mut KeyLevel<'_>,
) -> Result<bool, JudgeError> {
    let allowed = may_write(edition, namespace, name, action, key_level)?;
    if allowed {
        record(edition, name, action, key_level);
    }
    Ok(allowed)
}

fn may_write(
    edition: Edition,
    namespace: &mut Namespace,
    name: &str,
    action: &EndorsedAction,
    key_level: &mut KeyLevel<'_>,
) -> Result<bool, JudgeError> {
    let allowed = match edition >= Edition::V1_3 {
        true => key_level.may_write(namespace, action.rwset.namespace(name), &action.endorsers)?,
        false => satisfied(namespace.policy(), &action.endorsers),
    };
    if !allowed {
        tracing::warn!(target: "vscc", chaincode = name, "Endorsement policy failure");
    }
    Ok(allowed)
}

fn record(edition: Edition, name: &str, action: &EndorsedAction, key_level: &mut KeyLevel<'_>) {
    if edition >= Edition::V1_3 {
        key_level.record(action.rwset.namespace(name));
    }
}
