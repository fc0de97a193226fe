//! The blocks of a peer's data directory: ours or Fabric's.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::{Buf, Bytes};
use ledger::BlockFiles;
use prost::Message;
use proto::common::{Block, BlockData, BlockHeader, BlockMetadata};

use super::chain;
use crate::command_line::open_error;

const LEDGERS: &str = "ledgersData";
/// Fabric has all channels' blocks in `chains/chains`, and an index for all of them in `chains/index`.
const CHAINS: &str = "chains";
/// Ours are in `<channel>/blocks`.
const BLOCKS: &str = "blocks";
/// Written where a channel was joined by a snapshot.
const BOOTSTRAP: &str = "bootstrappingSnapshot.info";

/// Fabric's file about the snapshot that a channel began with (`common/ledger/blkstorage/storage.proto`).
#[derive(Clone, PartialEq, Message)]
struct BootstrappingSnapshotInfo {
    #[prost(uint64, tag = "1")]
    last_block_num: u64,
}

/// How blocks are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Fabric,
    Weft,
}

/// All channels of a data directory.
#[derive(Debug)]
pub struct BlockStores {
    form: Form,
    root: PathBuf,
}

impl BlockStores {
    /// Looks for blocks. `command` stands in complaints.
    pub fn open(data_dir: &Path, command: &str) -> Result<BlockStores, String> {
        let root = data_dir.join(LEDGERS);
        let fabric = root.join(CHAINS).join(CHAINS);
        if fabric.is_dir() {
            return Ok(BlockStores { form: Form::Fabric, root: fabric });
        }
        let ours = BlockStores { form: Form::Weft, root };
        if ours.root.is_dir() && !ours.channels()?.is_empty() {
            return Ok(ours);
        }
        let chains = ours.root.join(CHAINS);
        match fs::read_dir(&chains) {
            Err(error) => Err(format!("error opening dir [{}]: {}", chains.display(), open_error(&chains, &error))),
            Ok(_) => Err(format!("provided path {} is empty. Aborting {command}", data_dir.display())),
        }
    }

    /// The channels, ordered by name.
    pub fn channels(&self) -> Result<Vec<String>, String> {
        let failed = |error| format!("error reading dir {}: {error}", self.root.display());
        let mut channels = Vec::new();
        for entry in fs::read_dir(&self.root).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if let Ok(name) = entry.file_name().into_string()
                && self.dir(&name).is_dir()
            {
                channels.push(name);
            }
        }
        channels.sort();
        Ok(channels)
    }

    fn dir(&self, channel_id: &str) -> PathBuf {
        match self.form {
            Form::Fabric => self.root.join(channel_id),
            Form::Weft => self.root.join(channel_id).join(BLOCKS),
        }
    }

    /// Whether there is such a channel. Names come from files, and are no paths.
    pub fn exists(&self, channel_id: &str) -> bool {
        !channel_id.is_empty()
            && !channel_id.contains(['/', '\0'])
            && channel_id != ".."
            && self.dir(channel_id).is_dir()
    }

    /// A channel's blocks.
    pub fn blocks(&self, channel_id: &str) -> Result<Blocks, String> {
        let dir = self.dir(channel_id);
        let files = BlockFiles::open(&dir).map_err(|error| chain(&error))?;
        let info = dir.join(BOOTSTRAP);
        let snapshot = match fs::read(&info) {
            Ok(bytes) => {
                let decoded = BootstrappingSnapshotInfo::decode(&bytes[..]);
                let decoded = decoded.map_err(|error| format!("{} is damaged: {error}", info.display()))?;
                Some(decoded.last_block_num)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(open_error(&info, &error)),
        };
        let mut blocks =
            Blocks { form: self.form, files, snapshot, height: 0, place: dir.display().to_string(), read: 0 };
        let last = blocks.files.last().map_err(|error| chain(&error))?;
        let last = last.map(|bytes| decode(self.form, bytes)).transpose();
        let last = last.map_err(|error| format!("the last block in {} is damaged: {error}", blocks.place))?;
        blocks.height = match last.and_then(|block| block.header) {
            Some(header) => header.number.saturating_add(1),
            None => snapshot.map_or(0, |number| number.saturating_add(1)),
        };
        Ok(blocks)
    }
}

/// A channel's blocks, in the order in which they lie.
#[derive(Debug)]
pub struct Blocks {
    form: Form,
    files: BlockFiles,
    /// The last block in the snapshot that the channel began with.
    snapshot: Option<u64>,
    height: u64,
    place: String,
    read: u64,
}

impl Blocks {
    /// The number of the first block that is there.
    pub fn first(&self) -> u64 {
        self.snapshot.map_or(0, |last| last.saturating_add(1))
    }

    /// Whether the channel began with a snapshot.
    pub fn began_with_snapshot(&self) -> bool {
        self.snapshot.is_some()
    }

    /// One more than the number of the last block.
    pub fn height(&self) -> u64 {
        self.height
    }

    /// The next block; nothing at the end.
    pub fn read_next(&mut self) -> Result<Option<(BlockHeader, Block)>, String> {
        let Some(bytes) = self.files.read_next().map_err(|error| chain(&error))? else { return Ok(None) };
        let place = self.read;
        self.read += 1;
        let damaged = |reason: &str| format!("record {place} in {} is no block: {reason}", self.place);
        let block = decode(self.form, bytes).map_err(|error| damaged(&error))?;
        let header = block.header.clone().ok_or_else(|| damaged("it has no header"))?;
        Ok(Some((header, block)))
    }
}

fn decode(form: Form, bytes: Bytes) -> Result<Block, String> {
    match form {
        Form::Weft => Block::decode(bytes).map_err(|error| error.to_string()),
        Form::Fabric => fabric_block(bytes),
    }
}

/// A block as Fabric stores it: number, data hash, previous hash, then transactions and metadata, each list with its
/// length before it.
pub fn fabric_block(mut bytes: Bytes) -> Result<Block, String> {
    let number = varint(&mut bytes, "the block number")?;
    let data_hash = part(&mut bytes, "the data hash")?;
    let previous_hash = part(&mut bytes, "the previous hash")?;
    let data = parts(&mut bytes, "the length of block data", "the transaction envelope")?;
    let metadata = parts(&mut bytes, "the length of block metadata", "the block metadata")?;
    Ok(Block {
        header: Some(BlockHeader { number, previous_hash, data_hash }),
        data: Some(BlockData { data }),
        metadata: Some(BlockMetadata { metadata }),
    })
}

fn varint(bytes: &mut Bytes, what: &str) -> Result<u64, String> {
    prost::encoding::decode_varint(bytes).map_err(|error| format!("error decoding {what}: {error}"))
}

fn part(bytes: &mut Bytes, what: &str) -> Result<Bytes, String> {
    let length = varint(bytes, what)?;
    match usize::try_from(length).ok().filter(|length| *length <= bytes.remaining()) {
        Some(length) => Ok(bytes.split_to(length)),
        None => Err(format!("error decoding {what}: it is longer than the block")),
    }
}

/// Nothing is set aside for parts that are only claimed.
fn parts(bytes: &mut Bytes, length: &str, what: &str) -> Result<Vec<Bytes>, String> {
    let count = varint(bytes, length)?;
    let mut parts = Vec::new();
    for _ in 0..count {
        parts.push(part(bytes, what)?);
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fabrics_blocks() {
        let bytes = b"\x07\x02dh\x02ph\x02\x01a\x02bc\x01\x01m";
        let block = fabric_block(Bytes::from_static(bytes)).expect("a block");
        let expected =
            BlockHeader { number: 7, previous_hash: Bytes::from_static(b"ph"), data_hash: Bytes::from_static(b"dh") };
        assert_eq!(block.header, Some(expected));
        assert_eq!(block.data.expect("data").data, ["a", "bc"]);
        assert_eq!(block.metadata.expect("metadata").metadata, ["m"]);
        for end in 0..bytes.len() {
            assert!(fabric_block(Bytes::copy_from_slice(&bytes[..end])).is_err(), "{end}");
        }
        let many = b"\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
        assert!(fabric_block(Bytes::from_static(many)).expect_err("short").contains("the transaction envelope"));
    }
}
