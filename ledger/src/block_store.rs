//! Blocks in append-only files, one log for peers and orderers.
//!
//! Segment files `blockfile_000000`, … hold records back to back; an index file says where each block is. An append is
//! one write and one fdatasync, and only then do its blocks exist. The last segment is read and checked when the store
//! is opened; blocks in earlier segments were durable before their successor was created.

mod files;
mod first;
mod index;
mod record;
mod recovery;
mod segments;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;
use prost::Message;
use proto::common::{Block, BlockHeader};

use crate::data_dir::{DataDirectory, file_error};
use crate::error::{AppendError, OpenError, ReadError};
pub use files::BlockFiles;
pub(crate) use first::FirstBlock;
use index::{BlockIndex, Location};
use record::{Link, MAX_BLOCK_BYTES};
use segments::{SegmentWriter, Segments};

const FORMAT: &str = "weft block store 1";

/// Settings of a [`BlockStore`].
#[derive(Clone, Debug)]
pub struct BlockStoreOptions {
    /// A segment file takes no further append once that would bring it over this many bytes. Bounds what is read when
    /// the store is opened.
    pub segment_bytes: u64,
}

impl Default for BlockStoreOptions {
    fn default() -> Self {
        BlockStoreOptions { segment_bytes: 64 << 20 }
    }
}

/// The blocks of one channel. Reads run beside appends.
pub struct BlockStore {
    directory: DataDirectory,
    options: BlockStoreOptions,
    segments: Segments,
    index: BlockIndex,
    first: u64,
    height: AtomicU64,
    writer: Mutex<Writer>,
}

struct Writer {
    segment: SegmentWriter,
    next: Link,
    last_header: Option<BlockHeader>,
    // Kept between appends, so that a steady load allocates nothing.
    buffer: Vec<u8>,
}

impl BlockStore {
    /// Opens the store in `dir`, or creates it. A last append that a crash cut short is removed with a log line; any
    /// other damage is an error.
    pub fn open(dir: &Path, options: BlockStoreOptions) -> Result<BlockStore, OpenError> {
        let directory = DataDirectory::open(dir, FORMAT)?;
        let start = FirstBlock::read(dir)?.map_or(Link { number: 0, previous: None }, FirstBlock::link);
        let first = start.number;
        let index_path = dir.join("index");
        let index = BlockIndex::open(&index_path, first).map_err(file_error("open", &index_path))?;
        let segments = Segments::open(dir)?;
        let recovered = recovery::recover(dir, &segments, &index, start)?;
        let segment = SegmentWriter::open(&segments, recovered.segment, recovered.end)?;
        let writer = Writer { segment, next: recovered.next, last_header: recovered.last_header, buffer: Vec::new() };
        let height = AtomicU64::new(writer.next.number);
        Ok(BlockStore { directory, options, segments, index, first, height, writer: Mutex::new(writer) })
    }

    /// Makes a store in the empty directory `dir` whose first block is not block 0.
    pub(crate) fn create_from(dir: &Path, first: FirstBlock) -> Result<(), OpenError> {
        let _directory = DataDirectory::open(dir, FORMAT)?;
        first.write(dir)
    }

    /// The number of the first block that the store holds, or will hold.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// Makes the index durable.
    pub(crate) fn sync_index(&self) -> std::io::Result<()> {
        self.index.sync()
    }

    /// The directory of the store.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// How many blocks there are; the next one has this number.
    pub fn height(&self) -> u64 {
        self.height.load(Ordering::Acquire)
    }

    /// Appends serialized blocks in order and makes them durable with one fdatasync.
    ///
    /// All or none are appended; after an error the store is as before. Each block must have the next number and link
    /// to the header before it; that its transactions hash to its data hash is the caller's to check.
    pub fn append(&self, blocks: &[Bytes]) -> Result<(), AppendError> {
        if blocks.is_empty() {
            return Ok(());
        }
        let mut writer = self.writer.lock();
        let writer = &mut *writer;
        let first = writer.next.number;
        let mut next = writer.next.clone();
        let mut last_header = None;
        for block in blocks {
            let header = check_next(&next, block)?;
            next = Link::after(&header);
            last_header = Some(header);
        }
        writer.buffer.clear();
        let mut locations = Vec::with_capacity(blocks.len());
        for block in blocks {
            record::push(&mut writer.buffer, block);
            let start = writer.buffer.len() - block.len();
            locations.push(Location { segment: 0, length: block.len() as u32, offset: start as u64 });
        }
        self.write(writer, first, &mut locations)?;
        self.index.replace_from(first, &locations);
        writer.next = next;
        writer.last_header = last_header;
        self.height.store(writer.next.number, Ordering::Release);
        const KEPT_BUFFER_BYTES: usize = 1 << 20;
        writer.buffer.clear();
        writer.buffer.shrink_to(KEPT_BUFFER_BYTES);
        Ok(())
    }

    // Writes the buffer to the current segment, or to a new one when it does not fit, and completes the locations.
    fn write(&self, writer: &mut Writer, number: u64, locations: &mut [Location]) -> Result<(), AppendError> {
        let segment = &mut writer.segment;
        let length = writer.buffer.len() as u64;
        if segment.is_broken() {
            return Err(AppendError::Broken { path: segment.path().to_owned() });
        }
        let error = |path: &Path, source| AppendError::Write { number, path: path.to_owned(), source };
        if segment.end() > 0 && segment.end() + length > self.options.segment_bytes {
            // Blocks in full segments are found through the index alone when the store is opened.
            self.index.sync().map_err(|source| error(segment.path(), source))?;
            *segment = segment.successor(&self.segments).map_err(|source| error(segment.path(), source))?;
        }
        let base = segment.end();
        segment.append(&writer.buffer).map_err(|source| error(segment.path(), source))?;
        for location in locations {
            location.segment = segment.number();
            location.offset += base;
        }
        Ok(())
    }

    /// A block as it was appended; nothing when it is not there yet.
    pub fn block_bytes(&self, number: u64) -> Result<Option<Bytes>, ReadError> {
        if number >= self.height() {
            return Ok(None);
        }
        self.check_first(number)?;
        let location = self.index.get(number)?;
        let bytes = self.segments.read(location.segment, location.offset, location.length as usize)?;
        match record::header(&bytes) {
            Some(header) if header.number == number => Ok(Some(bytes)),
            _ => Err(damaged(number, "another block, or none, is in its place")),
        }
    }

    /// A block; nothing when it is not there yet.
    pub fn block(&self, number: u64) -> Result<Option<Block>, ReadError> {
        let Some(bytes) = self.block_bytes(number)? else {
            return Ok(None);
        };
        Block::decode(bytes).map(Some).map_err(|error| damaged(number, &error.to_string()))
    }

    /// `length` bytes of a block from `offset` on; nothing when it is not there yet. For one transaction of a block.
    pub fn block_part(&self, number: u64, offset: u32, length: u32) -> Result<Option<Bytes>, ReadError> {
        if number >= self.height() {
            return Ok(None);
        }
        self.check_first(number)?;
        let location = self.index.get(number)?;
        if u64::from(offset) + u64::from(length) > u64::from(location.length) {
            return Err(damaged(number, "a part of it is outside of it"));
        }
        let start = location.offset + u64::from(offset);
        self.segments.read(location.segment, start, length as usize).map(Some)
    }

    fn check_first(&self, number: u64) -> Result<(), ReadError> {
        let first = self.first;
        if number < first { Err(ReadError::BeforeSnapshot { number, first }) } else { Ok(()) }
    }

    /// The last block; nothing when the store is empty.
    pub fn last_block(&self) -> Result<Option<Block>, ReadError> {
        let last = self.height().checked_sub(1).filter(|last| *last >= self.first);
        last.map_or(Ok(None), |number| self.block(number))
    }

    /// The header of the last block; nothing when the store is empty.
    pub fn last_header(&self) -> Option<BlockHeader> {
        self.writer.lock().last_header.clone()
    }
}

impl std::fmt::Debug for BlockStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("BlockStore").field("path", &self.path()).field("height", &self.height()).finish()
    }
}

/// Cuts off all blocks but the first `height` of the closed store in `dir`, whose first block is block 0; there must have
/// been more. After a crash
/// half-way it has to be done again.
pub(crate) fn truncate(dir: &Path, height: u64) -> Result<(), OpenError> {
    let _directory = DataDirectory::open(dir, FORMAT)?;
    let index_path = dir.join("index");
    let index = BlockIndex::open(&index_path, 0).map_err(file_error("open", &index_path))?;
    let Some(last) = height.checked_sub(1).filter(|last| *last < index.end()) else {
        let detail = format!("the index lists {} blocks, and {height} are to stay", index.end());
        return Err(OpenError::Incomplete { path: dir.to_owned(), detail });
    };
    let location = index.get(last)?;
    let segments = Segments::open(dir)?;
    segments.cut(location.segment, location.offset + u64::from(location.length))?;
    // Last: it is what finds the place.
    index.replace_from(height, &[]);
    index.sync().map_err(file_error("write", &index_path))
}

fn check_next(next: &Link, block: &Bytes) -> Result<BlockHeader, AppendError> {
    let number = next.number;
    if block.len() > MAX_BLOCK_BYTES {
        return Err(AppendError::TooLarge { number, length: block.len(), limit: MAX_BLOCK_BYTES });
    }
    let not_next = |detail: String| AppendError::NotNext { number, detail };
    let header = record::header(block).ok_or_else(|| not_next("it is no block with a header".to_owned()))?;
    next.check(&header).map_err(not_next)?;
    Ok(header)
}

fn damaged(number: u64, detail: &str) -> ReadError {
    ReadError::Damaged { what: format!("block {number}"), detail: detail.to_owned() }
}
