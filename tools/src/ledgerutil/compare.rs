//! Differences between two snapshots of a channel at the same block.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use proto::ordered_varint;

use super::first::{Earliest, Height};
use super::results_dir;
use super::snapshot::{Metadata, Record, Records};
use crate::go_json::Json;

const PUBLIC: &str = "public_state";
const PRIVATE: &str = "private_state_hashes";

const ALL_PUBLIC: &str = "all_pub_diffs_by_key.json";
const ALL_PRIVATE: &str = "all_pvt_diffs_by_key.json";
const FIRST: &str = "first_diffs_by_height.json";

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// Where it was written.
    pub output_dir: PathBuf,
    /// How many keys differ.
    pub count: u64,
}

/// Compares; nothing if there is no difference.
pub fn run(first: &Path, second: &Path, output_dir: &Path, first_diffs: usize) -> Result<Option<Found>, String> {
    let (one, other) = (Metadata::read(first)?, Metadata::read(second)?);
    comparable(&one, &other)?;
    let differ = |name: &str| {
        ["data", "metadata"]
            .iter()
            .any(|end| one.hash(&format!("{name}.{end}")) != other.hash(&format!("{name}.{end}")))
    };
    let parts = [(PUBLIC, ALL_PUBLIC, false), (PRIVATE, ALL_PRIVATE, true)];
    let parts: Vec<_> = parts.into_iter().filter(|(name, _, _)| differ(name)).collect();
    if parts.is_empty() {
        return Ok(None);
    }
    let name = format!("{}_{}_comparison", file_name(&one.channel_name)?, one.last_block_number);
    let place = match output_dir.to_str() {
        Some(".") => "the current directory".to_owned(),
        Some("..") => "the parent directory".to_owned(),
        _ => output_dir.display().to_string(),
    };
    let output_dir = results_dir(output_dir, &name, &place, "compare")?;
    let mut earliest = Earliest::new(first_diffs);
    let mut count = 0;
    for (name, file, hashed) in parts {
        let sides = (Records::open(first, name)?, Records::open(second, name)?);
        let output = Output::create(&output_dir.join(file), &one.channel_name)?;
        count += differences(sides, hashed, output, &mut earliest)?;
    }
    if first_diffs != 0 {
        let mut output = Output::create(&output_dir.join(FIRST), &one.channel_name)?;
        for line in earliest.into_sorted() {
            output.add(&line)?;
        }
        output.close()?;
    }
    Ok(Some(Found { output_dir, count }))
}

/// A channel's name as part of a file's.
fn file_name(channel_id: &str) -> Result<&str, String> {
    match channel_id.is_empty() || channel_id.contains(['/', '\0']) {
        true => Err(format!("channel_name '{channel_id}' of the snapshot is no name of a channel")),
        false => Ok(channel_id),
    }
}

fn comparable(one: &Metadata, other: &Metadata) -> Result<(), String> {
    let check = |what: &str, name: &str, first: String, second: String| match first == second {
        true => Ok(()),
        false => Err(format!(
            "the supplied snapshots appear to be non-comparable. {what} do not match.\nSnapshot1 {name}: {first}\n\
             Snapshot2 {name}: {second}"
        )),
    };
    check("Channel names", "channel name", one.channel_name.clone(), other.channel_name.clone())?;
    let number = |metadata: &Metadata| metadata.last_block_number.to_string();
    check("Last block numbers", "last block number", number(one), number(other))?;
    check("Last block hashes", "last block hash", one.last_block_hash.clone(), other.last_block_hash.clone())?;
    check("State db types", "state db type", one.state_db_type.clone(), other.state_db_type.clone())
}

fn differences(
    (mut first, mut second): (Records, Records),
    hashed: bool,
    mut output: Output,
    earliest: &mut Earliest<String>,
) -> Result<u64, String> {
    let (mut one, mut other) = (first.read_next()?, second.read_next()?);
    loop {
        let order = match (&one, &other) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) => (&one.0, &one.1.key).cmp(&(&other.0, &other.1.key)),
        };
        let left = if order.is_le() { std::mem::replace(&mut one, first.read_next()?) } else { None };
        let right = if order.is_ge() { std::mem::replace(&mut other, second.read_next()?) } else { None };
        if left == right {
            continue;
        }
        let namespace = left.as_ref().or(right.as_ref()).map(|(namespace, _)| namespace.clone()).unwrap_or_default();
        let difference =
            Difference::new(namespace, hashed, left.map(|(_, record)| record), right.map(|(_, record)| record));
        let (height, line) = difference?.told();
        output.add(&line)?;
        earliest.add(height, line);
    }
    output.close()
}

/// A key that is not the same on both sides.
struct Difference {
    namespace: Bytes,
    key: Bytes,
    hashed: bool,
    sides: [Option<(Bytes, Height)>; 2],
}

impl Difference {
    fn new(namespace: Bytes, hashed: bool, one: Option<Record>, other: Option<Record>) -> Result<Difference, String> {
        let key = one.as_ref().or(other.as_ref()).map(|record| record.key.clone()).unwrap_or_default();
        let side = |record: Option<Record>| {
            let Some(record) = record else { return Ok(None) };
            let height = ordered_varint::read(&record.version).and_then(|(block, taken)| {
                ordered_varint::read(&record.version[taken..]).map(|(transaction, _)| (block, transaction))
            });
            let height = height.ok_or_else(|| {
                let (namespace, key) = (String::from_utf8_lossy(&namespace), String::from_utf8_lossy(&record.key));
                format!("the version of key {key:?} of namespace {namespace:?} is malformed; make the snapshot anew")
            })?;
            Ok::<_, String>(Some((record.value, height)))
        };
        Ok(Difference { sides: [side(one)?, side(other)?], namespace, key, hashed })
    }

    /// Its earlier height, and itself as JSON.
    fn told(&self) -> (Height, String) {
        let text = |bytes: &Bytes| match self.hashed {
            true => Json::text(hex(bytes)),
            false => Json::Text(bytes.to_vec()),
        };
        let side = |side: &Option<(Bytes, Height)>| {
            let Some((value, (block, transaction))) = side else { return Json::Null };
            Json::object([
                ("value", text(value)),
                ("blockNum", Json::Number(*block)),
                ("txNum", Json::Number(*transaction)),
            ])
        };
        let mut fields = Vec::new();
        let mut put = |name: &str, value: Json| fields.push((name.to_owned(), value));
        if !self.namespace.is_empty() {
            put("namespace", Json::Text(self.namespace.to_vec()));
        }
        if !self.key.is_empty() {
            put("key", text(&self.key));
        }
        put("hashed", Json::Bool(self.hashed));
        put("snapshotrecord1", side(&self.sides[0]));
        put("snapshotrecord2", side(&self.sides[1]));
        let heights = self.sides.iter().flatten().map(|(_, height)| *height);
        (heights.min().unwrap_or_default(), Json::Object(fields).compact())
    }
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file with a list of differences.
struct Output {
    path: PathBuf,
    writer: BufWriter<File>,
    count: u64,
}

impl Output {
    fn create(path: &Path, channel_id: &str) -> Result<Output, String> {
        let file = File::create(path).map_err(|error| format!("open {}: {error}", path.display()))?;
        let mut output = Output { path: path.to_owned(), writer: BufWriter::new(file), count: 0 };
        output.write(&format!("{{\n\"ledgerid\":\"{channel_id}\",\n\"diffRecords\":[\n"))?;
        Ok(output)
    }

    fn write(&mut self, text: &str) -> Result<(), String> {
        let written = self.writer.write_all(text.as_bytes());
        written.map_err(|error| format!("write {}: {error}", self.path.display()))
    }

    fn add(&mut self, line: &str) -> Result<(), String> {
        let separator = if self.count == 0 { "" } else { ",\n" };
        self.count += 1;
        self.write(&format!("{separator}{line}\n"))
    }

    fn close(mut self) -> Result<u64, String> {
        self.write("]\n}\n")?;
        let ended = self.writer.flush().and_then(|()| self.writer.get_ref().sync_all());
        ended.map(|()| self.count).map_err(|error| format!("write {}: {error}", self.path.display()))
    }
}
