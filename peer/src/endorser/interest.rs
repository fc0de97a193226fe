//! What a client has to ask discovery for so that a transaction gets all endorsements it needs: the chaincodes and
//! collections it touched, and the policies of single keys it writes.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use ledger::{SimulationResults, WrittenKey};
use prost::Message;
use proto::common::SignaturePolicyEnvelope;
use proto::protos::{ChaincodeCall, ChaincodeInterest};

use crate::system::SystemChaincode;

/// Name under which a key's metadata holds its endorsement policy.
const VALIDATION_PARAMETER: &str = "VALIDATION_PARAMETER";

/// The endorsement policy of a written key cannot be read, so nobody could endorse the write.
#[derive(Debug, thiserror::Error)]
#[error(
    "the endorsement policy of key '{key}' of chaincode {chaincode} is not a common.SignaturePolicyEnvelope: {source}"
)]
pub(crate) struct InterestError {
    chaincode: String,
    key: String,
    source: prost::DecodeError,
}

#[derive(Default)]
struct Touched {
    /// The namespace's own policy counts, because it was only read, or keys without a policy of their own are written.
    needs_namespace_policy: bool,
    key_policies: Vec<SignaturePolicyEnvelope>,
    collections: BTreeSet<String>,
}

fn key_policy(write: &WrittenKey, policy: &Bytes) -> Result<SignaturePolicyEnvelope, InterestError> {
    SignaturePolicyEnvelope::decode(policy.clone()).map_err(|source| InterestError {
        chaincode: write.namespace.clone(),
        key: write.key.clone(),
        source,
    })
}

/// The interest of a simulated transaction; an error when the policy of a written key cannot be read.
pub(crate) fn chaincode_interest(results: &SimulationResults) -> Result<ChaincodeInterest, InterestError> {
    let mut touched: BTreeMap<&str, Touched> = BTreeMap::new();
    for write in &results.writes {
        let entry = touched.entry(&write.namespace).or_default();
        match write.metadata.get(VALIDATION_PARAMETER) {
            Some(policy) => entry.key_policies.push(key_policy(write, policy)?),
            None if write.collection.is_empty() => entry.needs_namespace_policy = true,
            None => {
                entry.collections.insert(write.collection.clone());
            }
        }
    }
    for namespace in &results.namespaces {
        let written = touched.contains_key(namespace.as_str());
        let entry = touched.entry(namespace).or_default();
        entry.needs_namespace_policy |= !written;
    }
    for (namespace, collection) in &results.private_reads {
        touched.entry(namespace).or_default().collections.insert(collection.clone());
    }
    let mut chaincodes = Vec::new();
    for (name, entry) in touched {
        if SystemChaincode::is_reserved(name) {
            continue;
        }
        if entry.needs_namespace_policy || !entry.key_policies.is_empty() {
            chaincodes.push(ChaincodeCall {
                name: name.to_owned(),
                key_policies: entry.key_policies,
                disregard_namespace_policy: !entry.needs_namespace_policy,
                ..Default::default()
            });
        }
        for collection in entry.collections {
            let is_read = results.private_reads.contains(&(name.to_owned(), collection.clone()));
            chaincodes.push(ChaincodeCall {
                name: name.to_owned(),
                collection_names: vec![collection],
                no_private_reads: !is_read,
                ..Default::default()
            });
        }
    }
    Ok(ChaincodeInterest { chaincodes })
}
