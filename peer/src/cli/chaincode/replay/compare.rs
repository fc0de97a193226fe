//! What is different between what a transaction did and what its replay does, in lines.

use std::collections::BTreeSet;

use bytes::Bytes;
use ledger::ReadWriteSet;
use proto::kvrwset::Version;

/// Lines with `-` are in the transaction only, those with `+` in the replay only. None when both are the same to the byte.
pub fn rwsets(recorded: &Bytes, replayed: &Bytes) -> anyhow::Result<Vec<String>> {
    if recorded == replayed {
        return Ok(Vec::new());
    }
    let (recorded, replayed) = (lines(recorded)?, lines(replayed)?);
    let only = |sign: char, left: &BTreeSet<String>, right: &BTreeSet<String>| {
        left.difference(right).map(|line| format!("{sign} {line}")).collect::<Vec<_>>()
    };
    let mut found = only('-', &recorded, &replayed);
    found.extend(only('+', &replayed, &recorded));
    if found.is_empty() {
        found.push("the same reads and writes, in another order or encoding".to_owned());
    }
    Ok(found)
}

fn lines(rwset: &Bytes) -> anyhow::Result<BTreeSet<String>> {
    let mut lines = BTreeSet::new();
    for namespace in ReadWriteSet::decode(rwset.clone())?.namespaces {
        let name = printable(&namespace.namespace);
        for read in namespace.public.reads {
            lines.insert(format!("read {name} {} {}", printable(&read.key), version(read.version.as_ref())));
        }
        for range in namespace.public.range_queries_info {
            let bounds = (printable(&range.start_key), printable(&range.end_key));
            let exhausted = if range.itr_exhausted { "to its end" } else { "in part" };
            lines.insert(format!(
                "range {name} from {} to {}, read {exhausted}: {:?}",
                bounds.0, bounds.1, range.reads_info
            ));
        }
        for write in namespace.public.writes {
            let key = printable(&write.key);
            lines.insert(if write.is_delete {
                format!("delete {name} {key}")
            } else {
                format!("write {name} {key} = {}", printable(&String::from_utf8_lossy(&write.value)))
            });
        }
        for write in namespace.public.metadata_writes {
            for entry in write.entries {
                let (key, value) = (printable(&write.key), hex::encode(&entry.value));
                lines.insert(format!("metadata {name} {key}, {} = {value}", printable(&entry.name)));
            }
        }
        for collection in namespace.collections {
            lines.insert(format!("private data {name} {}", printable(&collection.collection)));
        }
    }
    Ok(lines)
}

fn version(version: Option<&Version>) -> String {
    match version {
        Some(version) => format!("(block {}, transaction {})", version.block_num, version.tx_num),
        None => "(not there)".to_owned(),
    }
}

/// Keys and values are anybody's.
fn printable(text: &str) -> String {
    text.escape_debug().to_string()
}
