//! Keys of the state that were read lately, decoded.
//!
//! One cache serves readers of several heights while blocks are committed. Three rules keep it right:
//!
//! - An entry says which block it is from, and holds for all who have seen that block, because
//! - a commit exchanges the entries of the keys that it writes before anyone can see what it wrote, and
//! - only who reads at the height of the last commit adds entries; nobody does while a commit is under way.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use quick_cache::sync::{Cache, GuardResult};
use quick_cache::{OptionsBuilder, Weighter};

use crate::error::ReadError;
use crate::state::{Version, VersionedValue};

/// What an entry takes beside its key, value and metadata, in bytes.
const ENTRY_BYTES: u64 = 160;
/// For how many entries there is room from the start.
const FIRST_ENTRIES: usize = 256;
/// Locks; each has its share of the memory, and a value larger than nearly all of a share is not kept.
const SHARDS: usize = 4;
/// No height: a commit is under way.
const COMMITTING: u64 = u64::MAX;

/// Decoded keys of one channel's state; bounded.
pub(crate) struct StateCache {
    entries: Cache<Vec<u8>, Entry, Weigh>,
    /// The height whose readers may add entries.
    height: AtomicU64,
}

/// A key as it is since a block.
#[derive(Clone)]
struct Entry {
    block: u64,
    /// Nothing for an absent key.
    value: Option<VersionedValue>,
}

impl Entry {
    /// Whether it holds for those who have seen `height` blocks.
    fn holds_at(&self, height: u64) -> bool {
        self.block < height
    }
}

#[derive(Clone)]
struct Weigh;

impl Weighter<Vec<u8>, Entry> for Weigh {
    fn weight(&self, key: &Vec<u8>, entry: &Entry) -> u64 {
        let value = entry.value.as_ref().map_or(0, |value| value.value.len() + value.metadata.len());
        ENTRY_BYTES + (key.len() + value) as u64
    }
}

impl StateCache {
    /// An empty cache of at most `bytes` for a state that has seen `height` blocks.
    pub(crate) fn new(bytes: usize, height: u64) -> StateCache {
        let options = OptionsBuilder::new()
            .estimated_items_capacity(FIRST_ENTRIES)
            .weight_capacity(bytes as u64)
            .shards(SHARDS)
            .build()
            .expect("all that has no default is set");
        let entries = Cache::with_options(options, Weigh, Default::default(), Default::default());
        StateCache { entries, height: AtomicU64::new(height) }
    }

    /// The value of a key after `height` blocks, which `read` reads from the state of that height.
    pub(crate) fn get(
        &self,
        key: &[u8],
        height: u64,
        read: impl FnOnce() -> Result<Option<VersionedValue>, ReadError>,
    ) -> Result<Option<VersionedValue>, ReadError> {
        // Nobody waits for another's reading.
        match self.entries.get_value_or_guard(key, Some(Duration::ZERO)) {
            GuardResult::Value(entry) if entry.holds_at(height) => Ok(entry.value),
            GuardResult::Value(_) | GuardResult::Timeout => read(),
            GuardResult::Guard(place) => {
                let value = read()?;
                // A commit that begins after this look takes the place away, and the entry with it.
                if height > 0 && self.height.load(Ordering::SeqCst) == height {
                    let block = value.as_ref().map_or(height - 1, |value| value.version.block);
                    let _ = place.insert(Entry { block, value: value.clone() });
                }
                Ok(value)
            }
        }
    }

    /// The version of a key after `height` blocks, when it is known: no version for an absent key.
    pub(crate) fn version(&self, key: &[u8], height: u64) -> Option<Option<Version>> {
        let entry = self.entries.get(key).filter(|entry| entry.holds_at(height))?;
        Some(entry.value.map(|value| value.version))
    }

    /// Before the first [`StateCache::write`] of a commit.
    pub(crate) fn begin_commit(&self) {
        self.height.store(COMMITTING, Ordering::SeqCst);
    }

    /// A key is written, or deleted, by `block`, which nobody sees yet.
    pub(crate) fn write(&self, key: &[u8], block: u64, value: Option<&VersionedValue>) {
        let known = self.entries.contains_key(key);
        if known {
            // A copy, because what blocks hold lies in the memory of the whole block.
            let value = value.map(|value| VersionedValue {
                value: value.value.to_vec().into(),
                metadata: value.metadata.to_vec().into(),
                version: value.version,
            });
            if self.entries.replace(key.to_vec(), Entry { block, value }, true).is_ok() {
                return;
            }
        }
        // Also the place that a reader holds for a value that is now an old one.
        self.entries.remove(key);
    }

    /// What was written since [`StateCache::begin_commit`] is in the state, which has seen `height` blocks now.
    pub(crate) fn end_commit(&self, height: u64) {
        self.height.store(height, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, block: u64) -> VersionedValue {
        let version = Version { block, transaction: 0 };
        VersionedValue { value: text.to_owned().into(), metadata: Default::default(), version }
    }

    fn get(cache: &StateCache, height: u64, stored: Option<VersionedValue>) -> (Option<String>, bool) {
        let mut is_read = false;
        let read = || {
            is_read = true;
            Ok(stored)
        };
        let found = cache.get(b"key", height, read).expect("reading does not fail");
        (found.map(|found| String::from_utf8_lossy(&found.value).into_owned()), is_read)
    }

    fn commit(cache: &StateCache, block: u64, value: Option<&VersionedValue>) {
        cache.begin_commit();
        cache.write(b"key", block, value);
        cache.end_commit(block + 1);
    }

    #[test]
    fn the_second_read_is_answered_from_memory() {
        let cache = StateCache::new(1 << 20, 3);
        assert_eq!(get(&cache, 3, Some(value("old", 1))), (Some("old".to_owned()), true));
        assert_eq!(get(&cache, 3, None), (Some("old".to_owned()), false));
        assert_eq!(cache.version(b"key", 3), Some(Some(Version { block: 1, transaction: 0 })));
        assert_eq!(cache.version(b"other", 3), None);
    }

    #[test]
    fn absent_keys_are_known_too() {
        let cache = StateCache::new(1 << 20, 3);
        assert_eq!(get(&cache, 3, None), (None, true));
        assert_eq!(get(&cache, 3, Some(value("never", 1))), (None, false));
        assert_eq!(cache.version(b"key", 3), Some(None));
    }

    #[test]
    fn readers_see_their_height() {
        let cache = StateCache::new(1 << 20, 3);
        get(&cache, 3, Some(value("old", 1)));
        commit(&cache, 3, Some(&value("new", 3)));
        // Who began before the commit reads for himself, and tells nobody.
        assert_eq!(get(&cache, 3, Some(value("old", 1))), (Some("old".to_owned()), true));
        assert_eq!(cache.version(b"key", 3), None);
        assert_eq!(get(&cache, 4, None), (Some("new".to_owned()), false));
        commit(&cache, 4, None);
        assert_eq!(get(&cache, 4, Some(value("new", 3))), (Some("new".to_owned()), true));
        assert_eq!(get(&cache, 5, Some(value("never", 1))), (None, false));
    }

    #[test]
    fn a_late_reader_adds_nothing() {
        let cache = StateCache::new(1 << 20, 3);
        commit(&cache, 3, Some(&value("new", 3)));
        assert_eq!(get(&cache, 3, Some(value("old", 1))), (Some("old".to_owned()), true));
        assert_eq!(get(&cache, 4, Some(value("new", 3))), (Some("new".to_owned()), true));
        assert_eq!(get(&cache, 4, None), (Some("new".to_owned()), false));
    }

    #[test]
    fn a_commit_takes_away_the_place_of_a_value_that_is_being_read() {
        for written in [Some(value("new", 3)), None] {
            let cache = StateCache::new(1 << 20, 3);
            let read = || {
                commit(&cache, 3, written.as_ref());
                // As if the reader had looked at the height before.
                cache.end_commit(3);
                Ok(Some(value("old", 1)))
            };
            let found = cache.get(b"key", 3, read).expect("reading does not fail").expect("there is a value");
            assert_eq!(found, value("old", 1));
            cache.end_commit(4);
            let expected = written.as_ref().map(|_| "new".to_owned());
            assert_eq!(get(&cache, 4, written.clone()), (expected, true));
        }
    }

    #[test]
    fn nothing_is_added_during_a_commit() {
        let cache = StateCache::new(1 << 20, 3);
        cache.begin_commit();
        assert_eq!(get(&cache, 3, Some(value("old", 1))), (Some("old".to_owned()), true));
        cache.end_commit(4);
        assert_eq!(cache.version(b"key", 4), None);
    }

    #[test]
    fn memory_is_bounded() {
        let cache = StateCache::new(1 << 20, 1);
        for number in 0..10_000u32 {
            let stored = value(&"x".repeat(1000), 0);
            cache.get(&number.to_be_bytes(), 1, || Ok(Some(stored))).expect("reading does not fail");
        }
        assert!(cache.entries.weight() <= 1 << 20);
        assert!(cache.entries.len() > 500);
    }
}
