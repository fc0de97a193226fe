//! Whether what a transaction read is still so (Fabric `validation/validator.go`, `rangequery_validator.go`).

use proto::kvrwset::range_query_info::ReadsInfo;
use proto::kvrwset::{self, KvRead, RangeQueryInfo};
use proto::protos::TxValidationCode;

use super::updates::{BlockUpdates, StateView};
use crate::error::ReadError;
use crate::range_query::RangeReads;
use crate::rwset::ReadWriteSet;
use crate::state::Version;

/// `Valid`, or the conflict that Fabric names: per namespace first reads, then range queries, then hashed reads.
pub(crate) fn check(
    rwset: &ReadWriteSet,
    view: &StateView<'_>,
    block: &BlockUpdates,
) -> Result<TxValidationCode, ReadError> {
    for set in &rwset.namespaces {
        let namespace = &set.namespace;
        for read in &set.public.reads {
            if !is_current(namespace, "", read.key.as_bytes(), read.version.as_ref(), view, block)? {
                return Ok(TxValidationCode::MvccReadConflict);
            }
        }
        for query in &set.public.range_queries_info {
            if !is_repeatable(namespace, query, view, block)? {
                return Ok(TxValidationCode::PhantomReadConflict);
            }
        }
        for collection in &set.collections {
            for read in &collection.hashed.hashed_reads {
                let name = &collection.collection;
                if !is_current(namespace, name, &read.key_hash, read.version.as_ref(), view, block)? {
                    return Ok(TxValidationCode::MvccReadConflict);
                }
            }
        }
    }
    Ok(TxValidationCode::Valid)
}

// A key that an earlier transaction of the block touched is never current, whatever version was read.
fn is_current(
    namespace: &str,
    collection: &str,
    key: &[u8],
    read: Option<&kvrwset::Version>,
    view: &StateView<'_>,
    block: &BlockUpdates,
) -> Result<bool, ReadError> {
    if block.get(namespace, collection, key).is_some() {
        return Ok(false);
    }
    Ok(view.version(namespace, collection, key)? == read.map(Version::from_message))
}

fn is_repeatable(
    namespace: &str,
    query: &RangeQueryInfo,
    view: &StateView<'_>,
    block: &BlockUpdates,
) -> Result<bool, ReadError> {
    let mut found = view.range(block, namespace, &query.start_key, &query.end_key)?;
    match &query.reads_info {
        Some(ReadsInfo::ReadsMerkleHashes(summary)) => {
            // A tree needs a width; no endorser makes one without.
            if summary.max_degree < 2 {
                return Ok(false);
            }
            let mut reads = RangeReads::new(summary.max_degree);
            while let Some((key, version)) = found.next()? {
                reads.push(KvRead { key, version: Some(version.to_message()) });
            }
            if let Some((key, version)) = last_key(namespace, query, view, block)? {
                reads.push(KvRead { key, version: Some(version.to_message()) });
            }
            Ok(reads.finish() == query.reads_info)
        }
        reads => {
            let reads = match reads {
                Some(ReadsInfo::RawReads(reads)) => &reads.kv_reads[..],
                _ => &[],
            };
            let mut expected = reads.iter();
            while let Some(current) = found.next()? {
                if !expected.next().is_some_and(|read| is_same(read, &current)) {
                    return Ok(false);
                }
            }
            if let Some(current) = last_key(namespace, query, view, block)?
                && !expected.next().is_some_and(|read| is_same(read, &current))
            {
                return Ok(false);
            }
            Ok(expected.next().is_none())
        }
    }
}

// The end of a range that was not read to its end is the last key that was read, so it belongs to the range.
fn last_key(
    namespace: &str,
    query: &RangeQueryInfo,
    view: &StateView<'_>,
    block: &BlockUpdates,
) -> Result<Option<(String, Version)>, ReadError> {
    if query.itr_exhausted {
        return Ok(None);
    }
    let key = &query.end_key;
    let version = match block.get(namespace, "", key.as_bytes()) {
        Some(update) => update.value.as_ref().map(|_| update.version),
        None => view.version(namespace, "", key.as_bytes())?,
    };
    Ok(version.map(|version| (key.clone(), version)))
}

fn is_same(read: &KvRead, (key, version): &(String, Version)) -> bool {
    read.key == *key && read.version.as_ref().map(Version::from_message) == Some(*version)
}
