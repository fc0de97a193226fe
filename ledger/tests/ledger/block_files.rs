//! The block store after crashes and damage: a committed prefix, or a clear error.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use ledger::{AppendError, BlockStore, BlockStoreOptions, OpenError};
use proptest::prelude::*;
use prost::Message;
use proto::common::BlockHeader;

use crate::fixture::next_block;

fn open(dir: &Path) -> Result<BlockStore, OpenError> {
    BlockStore::open(dir, BlockStoreOptions { segment_bytes: 2_000 })
}

fn next(store: &BlockStore, size: usize) -> Bytes {
    block_after(store.last_header().as_ref(), size)
}

fn block_after(last: Option<&BlockHeader>, size: usize) -> Bytes {
    let number = last.map_or(0, |last| last.number + 1);
    next_block(last, vec![Bytes::from(vec![number as u8 | 1; size])]).encode_to_vec().into()
}

fn fill(store: &BlockStore, count: usize) -> Vec<Bytes> {
    (0..count)
        .map(|_| {
            let block = next(store, 300);
            store.append(std::slice::from_ref(&block)).unwrap();
            block
        })
        .collect()
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("blockfile_"))
        .collect();
    found.sort();
    found
}

/// How many bytes the records of `blocks` take, each with a length of two bytes. Behind them is preallocated space.
fn records_length(blocks: &[Bytes]) -> usize {
    blocks.iter().map(|block| block.len() + 2).sum()
}

fn check_holds(store: &BlockStore, blocks: &[Bytes]) {
    assert_eq!(store.height(), blocks.len() as u64);
    for (number, block) in (0..).zip(blocks) {
        assert_eq!(store.block_bytes(number).unwrap().as_ref(), Some(block));
    }
    assert_eq!(store.block_bytes(store.height()).unwrap(), None);
    assert_eq!(store.last_block().unwrap().and_then(|block| block.header), store.last_header());
}

#[test]
fn blocks_survive_reopening_and_span_segments() {
    let dir = tempfile::tempdir().unwrap();
    let mut blocks = Vec::new();
    for _ in 0..3 {
        let store = open(dir.path()).unwrap();
        check_holds(&store, &blocks);
        blocks.extend(fill(&store, 9));
        check_holds(&store, &blocks);
    }
    assert!(segments(dir.path()).len() > 3);
}

#[test]
fn a_group_is_appended_whole() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let first = block_after(None, 10);
    let header = |block: &Bytes| proto::common::Block::decode(block.clone()).unwrap().header.unwrap();
    let second = block_after(Some(&header(&first)), 3_000);
    let wrong = block_after(Some(&header(&first)), 10);
    let error = store.append(&[first.clone(), second.clone(), wrong]).unwrap_err();
    assert!(matches!(error, AppendError::NotNext { number: 2, .. }), "{error}");
    check_holds(&store, &[]);
    store.append(&[first.clone(), second.clone()]).unwrap();
    check_holds(&store, &[first, second]);
}

#[test]
fn only_the_next_block_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let blocks = fill(&store, 2);
    let unlinked = Bytes::from(proto::block::new(2, Bytes::from_static(b"other"), vec![]).encode_to_vec());
    for wrong in [blocks[1].clone(), unlinked, Bytes::new(), Bytes::from_static(b"no block")] {
        let error = store.append(&[wrong]).unwrap_err();
        assert!(matches!(error, AppendError::NotNext { number: 2, .. }), "{error}");
    }
    check_holds(&store, &blocks);
}

/// A store of three blocks as a crash within the append of the third leaves it: written, but not known to be durable.
struct Interrupted {
    dir: tempfile::TempDir,
    segment: PathBuf,
    blocks: Vec<Bytes>,
    content: Vec<u8>,
    last_start: usize,
}

impl Interrupted {
    fn new() -> Interrupted {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path()).unwrap();
        let mut blocks = fill(&store, 2);
        let index = fs::read(dir.path().join("index")).unwrap();
        blocks.extend(fill(&store, 1));
        drop(store);
        fs::write(dir.path().join("index"), index).unwrap();
        let segment = segments(dir.path()).pop().unwrap();
        let mut content = fs::read(&segment).unwrap();
        let end = records_length(&blocks);
        content.truncate(end);
        let last_start = records_length(&blocks[..2]);
        Interrupted { dir, segment, blocks, content, last_start }
    }

    fn check(&self, content: &[u8], height: usize) {
        fs::write(&self.segment, content).unwrap();
        let store = open(self.dir.path()).unwrap();
        check_holds(&store, &self.blocks[..height]);
        // Work goes on as if nothing had happened.
        let more = fill(&store, 1);
        drop(store);
        let store = open(self.dir.path()).unwrap();
        check_holds(&store, &[&self.blocks[..height], &more].concat());
        drop(store);
        self.forget_after(height.min(2));
    }

    // Takes back what `check` added to the index.
    fn forget_after(&self, height: usize) {
        let index = self.dir.path().join("index");
        let entries = fs::read(&index).unwrap();
        fs::write(index, &entries[..16 * height]).unwrap();
    }
}

#[test]
fn an_append_cut_at_any_byte_is_undone() {
    let state = Interrupted::new();
    for cut in state.last_start..state.content.len() {
        state.check(&state.content[..cut], 2);
        // The space was preallocated.
        let mut padded = state.content[..cut].to_vec();
        padded.resize(state.content.len() + 1000, 0);
        let lost = state.content[cut..].iter().any(|byte| *byte != 0);
        state.check(&padded, if lost { 2 } else { 3 });
    }
    state.check(&state.content, 3);
}

#[test]
fn an_append_garbled_at_any_byte_is_undone_or_harmless() {
    let state = Interrupted::new();
    for place in state.last_start..state.content.len() {
        let mut content = state.content.clone();
        content[place] ^= 0x55;
        fs::write(&state.segment, &content).unwrap();
        let store = open(state.dir.path()).unwrap();
        // Only the metadata, which no hash covers, may differ.
        match store.height() {
            2 => {}
            3 => assert_eq!(store.last_block().unwrap().unwrap().data.unwrap().data.len(), 1, "{place}"),
            height => panic!("height {height} after damage at {place}"),
        }
        drop(store);
        state.forget_after(2);
    }
}

type Damage = fn(&mut Vec<u8>);

#[test]
fn damage_to_what_was_durable_is_an_error() {
    let damage: [(&str, Damage); 4] = [
        ("truncated", |content| content.truncate(content.len() / 2)),
        ("emptied", |content| content.clear()),
        ("zeroed", |content| content.fill(0)),
        ("garbled", |content| {
            let middle = content.len() / 2;
            content[middle] ^= 1;
        }),
    ];
    for (name, damage) in damage {
        let dir = tempfile::tempdir().unwrap();
        let blocks = fill(&open(dir.path()).unwrap(), 4);
        let segment = segments(dir.path()).pop().unwrap();
        let mut content = fs::read(&segment).unwrap();
        content.truncate(records_length(&blocks));
        damage(&mut content);
        fs::write(&segment, &content).unwrap();
        let error = open(dir.path()).unwrap_err();
        assert!(matches!(error, OpenError::Damaged { .. }), "{name}: {error}");
        assert!(error.to_string().contains("blockfile_000000"), "{error}");
        // Nothing was cut: the evidence is still there.
        assert_eq!(fs::read(&segment).unwrap(), content, "{name}");
    }
}

#[test]
fn a_missing_segment_is_an_error() {
    for missing in 0..3 {
        let dir = tempfile::tempdir().unwrap();
        fill(&open(dir.path()).unwrap(), 12);
        let segments = segments(dir.path());
        assert_eq!(segments.len(), 3);
        fs::remove_file(&segments[missing]).unwrap();
        let error = open(dir.path()).unwrap_err();
        assert!(matches!(error, OpenError::Incomplete { .. } | OpenError::Damaged { .. }), "{missing}: {error}");
    }
}

#[test]
fn a_lost_index_is_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let blocks = fill(&open(dir.path()).unwrap(), 16);
    for keep in [0, 1, 15, 16 * 7 + 3] {
        let index = dir.path().join("index");
        let entries = fs::read(&index).unwrap();
        fs::write(&index, &entries[..keep]).unwrap();
        check_holds(&open(dir.path()).unwrap(), &blocks);
    }
}

#[test]
fn a_gap_between_segments_is_found_without_the_index() {
    let dir = tempfile::tempdir().unwrap();
    fill(&open(dir.path()).unwrap(), 16);
    fs::remove_file(dir.path().join("index")).unwrap();
    let middle = &segments(dir.path())[1];
    let content = fs::read(middle).unwrap();
    fs::write(middle, &content[..content.len() - 400]).unwrap();
    let error = open(dir.path()).unwrap_err();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
}

#[test]
fn opening_an_intact_store_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    fill(&open(dir.path()).unwrap(), 5);
    drop(open(dir.path()).unwrap());
    let content = |name: &str| fs::read(dir.path().join(name)).unwrap();
    let before = (content("index"), content("blockfile_000000"));
    drop(open(dir.path()).unwrap());
    assert_eq!((content("index"), content("blockfile_000000")), before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_after_the_blocks_are_cut(tail in proptest::collection::vec(any::<u8>(), 0..300)) {
        let dir = tempfile::tempdir().unwrap();
        let blocks = fill(&open(dir.path()).unwrap(), 3);
        let segment = segments(dir.path()).pop().unwrap();
        let mut content = fs::read(&segment).unwrap();
        content.truncate(records_length(&blocks));
        content.extend(&tail);
        fs::write(&segment, content).unwrap();
        check_holds(&open(dir.path()).unwrap(), &blocks);
    }
}
