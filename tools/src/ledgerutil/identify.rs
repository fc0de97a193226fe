//! Which transactions wrote the keys on which two peers do not agree?

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use prost::Message;
use proto::common::{Block, ChannelHeader, Envelope, HeaderType, Payload};
use proto::kvrwset::{HashedRwSet, KvrwSet};
use proto::protos::{ChaincodeAction, ChaincodeActionPayload, ProposalResponsePayload, Transaction, TxValidationCode};
use proto::rwset::{NsReadWriteSet, TxReadWriteSet};
use serde::Deserialize;

use super::blocks::{BlockStores, Blocks};
use super::compare::hex;
use super::first::Height;
use super::results_dir;
use crate::command_line::{self, open_error};
use crate::go_json::Json;

const COMMAND: &str = "identifytxs";

/// Between chaincode and collection in the namespace of hashes.
const HASHED_NAMESPACE: &str = "$$h";

/// How many keys can be searched for at once; each has a file open.
const RECORDS_MAX: usize = 10_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RecordList {
    ledgerid: String,
    #[serde(rename = "diffRecords")]
    records: Option<Vec<Record>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Record {
    namespace: String,
    key: String,
    hashed: bool,
    snapshotrecord1: Option<Side>,
    snapshotrecord2: Option<Side>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Side {
    block_num: u64,
    tx_num: u64,
}

impl Record {
    /// Up to where transactions matter. Without a height, all do.
    fn limit(&self) -> Height {
        let sides = [&self.snapshotrecord1, &self.snapshotrecord2];
        let latest = sides.into_iter().flatten().map(|side| (side.block_num, side.tx_num)).max();
        latest.filter(|height| *height != (0, 0)).unwrap_or((u64::MAX, u64::MAX))
    }

    fn wanted(&self) -> Result<Wanted, String> {
        if self.namespace.is_empty() || self.key.is_empty() {
            return Err(
                "invalid input json. Each record entry must contain both a \"namespace\" and a \"key\" field. \
                        Aborting identifytxs"
                    .to_owned(),
            );
        }
        if !self.hashed {
            return Ok(Wanted { namespace: self.namespace.clone(), collection: String::new(), key: self.key.clone() });
        }
        let parts: Vec<&str> = self.namespace.split(HASHED_NAMESPACE).collect();
        match parts[..] {
            [namespace, collection] => {
                Ok(Wanted { namespace: namespace.to_owned(), collection: collection.to_owned(), key: self.key.clone() })
            }
            _ => Err(format!("not a valid hashedDataNs [{}]", self.namespace)),
        }
    }
}

/// A key that is looked for. Keys of private data are hashes, in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Wanted {
    namespace: String,
    collection: String,
    key: String,
}

/// Searches. Gives the first and the last block that were looked at.
pub fn run(records: &Path, data_dir: &Path, output_dir: &Path) -> Result<(u64, u64), String> {
    let list = load(records)?;
    let wanted = list.records.unwrap_or_default();
    if wanted.is_empty() {
        return Err("no records were read. JSON record list is either empty or not properly formatted. Aborting \
                    identifytxs"
            .to_owned());
    }
    if wanted.len() > RECORDS_MAX {
        let count = wanted.len();
        return Err(format!("{} has {count} records; split it into files of {RECORDS_MAX}", records.display()));
    }
    if list.ledgerid.contains(['/', '\0']) {
        return Err(format!("ledgerid '{}' in {} is no name of a channel", list.ledgerid, records.display()));
    }
    let name = format!("{}_identified_transactions", list.ledgerid);
    let dir = results_dir(output_dir, &name, &output_dir.display(), COMMAND)?;
    let mut search = Search::new(&wanted, &dir)?;
    let stores = BlockStores::open(data_dir, COMMAND)?;
    if !stores.exists(&list.ledgerid) {
        return Err(format!("BlockStore for {} does not exist. Aborting identifytxs", list.ledgerid));
    }
    search.run(stores.blocks(&list.ledgerid)?)
}

/// The first value in the file; whatever follows it does not count.
fn load(path: &Path) -> Result<RecordList, String> {
    let bytes = command_line::read(Some(path)).map_err(|error| open_error(path, &error))?;
    let first = serde_json::Deserializer::from_slice(&bytes).into_iter::<RecordList>().next();
    let failed = |reason: String| format!("{} is no list of records such as compare writes: {reason}", path.display());
    match first {
        Some(list) => list.map_err(|error| failed(error.to_string())),
        None => Err(failed("EOF".to_owned())),
    }
}

/// A key's transactions, as they are found.
struct Found {
    limit: Height,
    path: PathBuf,
    writer: BufWriter<File>,
    count: u64,
}

impl Found {
    fn create(path: PathBuf, wanted: &Wanted, limit: Height) -> Result<Found, String> {
        let file = File::create(&path).map_err(|error| format!("open {}: {error}", path.display()))?;
        let mut found = Found { limit, path, writer: BufWriter::new(file), count: 0 };
        let text = |text: &str| Json::text(text).compact();
        let (namespace, key) = (text(&wanted.namespace), text(&wanted.key));
        found.write(&format!("{{\n\"namespace\":{namespace}\n,\n\"key\":{key}\n,\n\"txs\":[\n"))?;
        Ok(found)
    }

    fn write(&mut self, text: &str) -> Result<(), String> {
        let written = self.writer.write_all(text.as_bytes());
        written.map_err(|error| format!("write {}: {error}", self.path.display()))
    }

    fn add(&mut self, entry: &Json) -> Result<(), String> {
        let separator = if self.count == 0 { "" } else { ",\n" };
        self.count += 1;
        self.write(&format!("{separator}{}\n", entry.compact()))
    }

    fn close(mut self, height_sufficient: bool) -> Result<(), String> {
        self.write(&format!("]\n,\n\"blockStoreHeightSufficient\":{height_sufficient}\n}}\n"))?;
        let ended = self.writer.flush().and_then(|()| self.writer.get_ref().sync_all());
        ended.map_err(|error| format!("write {}: {error}", self.path.display()))
    }
}

struct Search {
    wanted: HashMap<Wanted, Found>,
    /// The latest limit of all.
    end: Height,
    /// The code of the first transaction with an id, which is what Fabric's index gives for all with that id. Ids are
    /// kept short: there is one entry for each transaction of the channel.
    codes: HashMap<[u8; 16], TxValidationCode>,
}

impl Search {
    fn new(records: &[Record], dir: &Path) -> Result<Search, String> {
        let mut search = Search { wanted: HashMap::new(), end: (0, 0), codes: HashMap::new() };
        for (index, record) in records.iter().enumerate() {
            let wanted = record.wanted()?;
            if search.wanted.contains_key(&wanted) {
                return Err(format!(
                    "invalid input json. Contains duplicate record for  {{\"namespace\":\"{}\",\"key\":\"{}\"}}. \
                     Aborting identifytxs",
                    record.namespace, record.key
                ));
            }
            let limit = record.limit();
            search.end = search.end.max(limit);
            let found = Found::create(dir.join(format!("txlist{}.json", index + 1)), &wanted, limit)?;
            search.wanted.insert(wanted, found);
        }
        Ok(search)
    }

    fn run(&mut self, mut blocks: Blocks) -> Result<(u64, u64), String> {
        // Block 0 has no writes of contracts.
        let first = if blocks.began_with_snapshot() { blocks.first() } else { 1 };
        let available = blocks.height().checked_sub(1).ok_or("the channel has no blocks yet")?;
        let (last, last_transaction) = if self.end.0 <= available { self.end } else { (available, u64::MAX) };
        let mut at = (first.saturating_sub(1), 0);
        while let Some((header, block)) = blocks.read_next()? {
            if header.number < first {
                continue;
            }
            if header.number > last {
                break;
            }
            let count = block.data.as_ref().map_or(0, |data| data.data.len()) as u64;
            at = (header.number, count.saturating_sub(1));
            for index in 0..count {
                let is_transaction = self.transaction(&block, header.number, index)?;
                if self.wanted.is_empty() {
                    return Ok((first, header.number));
                }
                if is_transaction && (header.number, index) == (last, last_transaction) {
                    self.close_all((last, index), available)?;
                    return Ok((first, last));
                }
            }
        }
        self.close_all(at, available)?;
        Ok((first, last))
    }

    fn close_all(&mut self, at: Height, available: u64) -> Result<(), String> {
        for (_, found) in self.wanted.drain() {
            let sufficient = at.0 < available || (found.limit.0 <= at.0 && found.limit.1 <= at.1);
            found.close(sufficient)?;
        }
        Ok(())
    }

    /// Whether it is an endorser's transaction. One that does not decode, and so was never valid, has written nothing.
    fn transaction(&mut self, block: &Block, number: u64, index: u64) -> Result<bool, String> {
        let envelope = block.data.as_ref().and_then(|data| data.data.get(index as usize)).cloned().unwrap_or_default();
        let Some((tx_id, sets)) = endorsed(envelope) else { return Ok(false) };
        let own = proto::block::validation_code(block, index as usize);
        let mut short = [0; 16];
        short.copy_from_slice(&proto::sha256([tx_id.as_bytes()])[..16]);
        let code = *self.codes.entry(short).or_insert(own);
        for set in sets.unwrap_or_default() {
            for (wanted, value) in writes(set) {
                let entry = Json::object([
                    ("txid", Json::text(tx_id.as_str())),
                    ("blockNum", Json::Number(number)),
                    ("txNum", Json::Number(index)),
                    ("txValidationStatus", Json::text(code.as_str_name())),
                    ("keyWrite", value),
                ]);
                let Some(found) = self.wanted.get_mut(&wanted) else { continue };
                found.add(&entry)?;
                if found.limit == (number, index)
                    && let Some(found) = self.wanted.remove(&wanted)
                {
                    found.close(true)?;
                }
            }
        }
        Ok(true)
    }
}

/// The id and what it read and wrote, of an endorser's transaction.
fn endorsed(envelope: Bytes) -> Option<(String, Option<Vec<NsReadWriteSet>>)> {
    let payload = Payload::decode(Envelope::decode(envelope).ok()?.payload).ok()?;
    let header = ChannelHeader::decode(payload.header?.channel_header).ok()?;
    if header.r#type != HeaderType::EndorserTransaction as i32 {
        return None;
    }
    let sets = || {
        let action = Transaction::decode(payload.data.clone()).ok()?.actions.into_iter().next()?;
        let action = ChaincodeActionPayload::decode(action.payload).ok()?.action?;
        let response = ProposalResponsePayload::decode(action.proposal_response_payload).ok()?;
        let results = ChaincodeAction::decode(response.extension).ok()?.results;
        Some(TxReadWriteSet::decode(results).ok()?.ns_rwset)
    };
    let sets = sets();
    Some((header.tx_id, sets))
}

/// The written keys of a namespace, with what is shown of their values.
fn writes(set: NsReadWriteSet) -> Vec<(Wanted, Json)> {
    let mut writes = Vec::new();
    let mut push = |collection: &str, key: String, value: Json| {
        writes.push((Wanted { namespace: set.namespace.clone(), collection: collection.to_owned(), key }, value));
    };
    for write in KvrwSet::decode(set.rwset).unwrap_or_default().writes {
        push("", write.key, Json::Text(write.value.into()));
    }
    for collection in set.collection_hashed_rwset {
        for write in HashedRwSet::decode(collection.hashed_rwset).unwrap_or_default().hashed_writes {
            let value = Json::text(hex(&write.value_hash));
            push(&collection.collection_name, hex(&write.key_hash), value);
        }
    }
    writes
}
