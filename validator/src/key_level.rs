//! Endorsement policies of single keys, and the transactions of a block that change them
//! (Fabric `core/common/validation/statebased`).

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use channel::Bundle;
use ledger::{NamespaceReadWriteSet, Snapshot};
use msp::Identity;
use prost::Message;
use proto::common::SignaturePolicyEnvelope;
use std::sync::Arc;

use crate::judge::JudgeError;
use crate::namespace::{EndorsementPolicy, Namespace, satisfied};

/// The metadata entry that holds a key's endorsement policy.
const VALIDATION_PARAMETER: &str = "VALIDATION_PARAMETER";

/// A key as policies see it: public keys have an empty collection, private ones the hash of the key.
#[derive(PartialEq, Eq, Hash, Clone)]
struct Key {
    namespace: String,
    collection: String,
    key: Bytes,
}

/// Judges writes to namespaces, in the order of a block.
pub(crate) struct KeyLevel<'a> {
    bundle: &'a Bundle,
    snapshot: &'a Snapshot,
    /// Keys whose policy an earlier transaction of this block changes. Writing them again is refused: under which
    /// policy is not yet known.
    changed: HashSet<Key>,
    compiled: HashMap<Bytes, EndorsementPolicy>,
}

/// Which policies of one namespace a transaction has already satisfied.
#[derive(Default)]
struct Satisfied {
    chaincode: bool,
    any: bool,
    collections: Vec<String>,
}

impl<'a> KeyLevel<'a> {
    pub(crate) fn new(bundle: &'a Bundle, snapshot: &'a Snapshot) -> Self {
        KeyLevel { bundle, snapshot, changed: HashSet::new(), compiled: HashMap::new() }
    }

    /// Whether the endorsers may write what `writes` says to the namespace. If so, the policies that it changes are changed
    /// for the transactions after it.
    pub(crate) fn allows(
        &mut self,
        namespace: &mut Namespace,
        writes: Option<&NamespaceReadWriteSet>,
        endorsers: &[Arc<Identity>],
    ) -> Result<bool, JudgeError> {
        let allowed = self.may_write(namespace, writes, endorsers)?;
        if allowed {
            self.record(writes);
        }
        Ok(allowed)
    }

    /// Takes notice of the policies that a transaction changes.
    pub(crate) fn record(&mut self, writes: Option<&NamespaceReadWriteSet>) {
        self.changed.extend(writes.into_iter().flat_map(changed_policies));
    }

    /// Whether the endorsers may write what `writes` says to the namespace. `writes` is missing when the transaction
    /// invoked the chaincode without touching its state: its policy must hold even so.
    pub(crate) fn may_write(
        &mut self,
        namespace: &mut Namespace,
        writes: Option<&NamespaceReadWriteSet>,
        endorsers: &[Arc<Identity>],
    ) -> Result<bool, JudgeError> {
        let mut done = Satisfied::default();
        if let Some(set) = writes {
            for (collection, key) in written_keys(set) {
                let key = Key { namespace: set.namespace.clone(), collection: collection.to_owned(), key };
                if !self.allows_key(namespace, &key, endorsers, &mut done)? {
                    return Ok(false);
                }
            }
        }
        if !done.any && !satisfied(namespace.policy(), endorsers) {
            return Ok(false);
        }
        Ok(true)
    }

    fn allows_key(
        &mut self,
        namespace: &mut Namespace,
        key: &Key,
        endorsers: &[Arc<Identity>],
        done: &mut Satisfied,
    ) -> Result<bool, JudgeError> {
        if self.changed.contains(key) {
            return Ok(false);
        }
        if let Some(policy) = self.policy(key)? {
            done.any = true;
            return Ok(satisfied(&policy, endorsers));
        }
        if !key.collection.is_empty() {
            if done.collections.contains(&key.collection) {
                return Ok(true);
            }
            let Some(policy) = namespace.collection_policy(self.bundle, &key.collection) else {
                return Ok(false);
            };
            done.any = true;
            done.collections.push(key.collection.clone());
            return Ok(satisfied(&policy, endorsers));
        }
        if done.chaincode {
            return Ok(true);
        }
        done.any = true;
        done.chaincode = true;
        Ok(satisfied(namespace.policy(), endorsers))
    }

    /// The policy of a single key, where it has one.
    fn policy(&mut self, key: &Key) -> Result<Option<EndorsementPolicy>, JudgeError> {
        let metadata = if key.collection.is_empty() {
            // Keys come from strings; the conversion cannot fail.
            let name = str::from_utf8(&key.key).unwrap_or_default();
            self.snapshot.metadata(&key.namespace, name)
        } else {
            self.snapshot.private_metadata(&key.namespace, &key.collection, &key.key)
        };
        let metadata = metadata.map_err(JudgeError::Read)?;
        let Some((_, parameter)) = metadata.into_iter().find(|(name, _)| name == VALIDATION_PARAMETER) else {
            return Ok(None);
        };
        if parameter.is_empty() {
            return Ok(None);
        }
        let bundle = self.bundle;
        let compiled = self.compiled.entry(parameter).or_insert_with_key(|parameter| {
            let envelope = SignaturePolicyEnvelope::decode(parameter.clone()).ok()?;
            bundle.compile(&envelope).ok().map(Arc::new)
        });
        Ok(Some(compiled.clone()))
    }
}

/// Every key that is written, with the collection it lies in: values before metadata, public before private.
fn written_keys(set: &NamespaceReadWriteSet) -> impl Iterator<Item = (&str, Bytes)> {
    let public = set.public.writes.iter().map(|write| &write.key);
    let public = public.chain(set.public.metadata_writes.iter().map(|write| &write.key));
    let hashed = set.collections.iter().flat_map(|collection| {
        collection.hashed.hashed_writes.iter().map(move |write| (collection.collection.as_str(), &write.key_hash))
    });
    let metadata = set.collections.iter().flat_map(|collection| {
        collection.hashed.metadata_writes.iter().map(move |write| (collection.collection.as_str(), &write.key_hash))
    });
    let private = hashed.chain(metadata).map(|(collection, key)| (collection, key.clone()));
    public.map(|key| ("", Bytes::copy_from_slice(key.as_bytes()))).chain(private)
}

fn changed_policies(set: &NamespaceReadWriteSet) -> impl Iterator<Item = Key> {
    let key = |collection: &str, key| Key { namespace: set.namespace.clone(), collection: collection.to_owned(), key };
    let public =
        set.public.metadata_writes.iter().map(move |write| key("", Bytes::copy_from_slice(write.key.as_bytes())));
    let private = set.collections.iter().flat_map(move |collection| {
        let name = collection.collection.as_str();
        collection.hashed.metadata_writes.iter().map(move |write| key(name, write.key_hash.clone()))
    });
    public.chain(private)
}
