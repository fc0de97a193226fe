//! A bounded map from serialized to validated identities, with second chance: an entry that was used since the hand
//! last passed it stays for another round.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use foldhash::fast::RandomState;
use parking_lot::RwLock;

use crate::identity::Identity;

#[derive(Debug)]
pub(crate) struct IdentityCache {
    capacity: usize,
    entries: RwLock<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    /// Where in `slots` an identity stands.
    index: HashMap<Bytes, usize, RandomState>,
    slots: Vec<Slot>,
    hand: usize,
}

#[derive(Debug)]
struct Slot {
    identity: Arc<Identity>,
    used: AtomicBool,
}

impl IdentityCache {
    pub(crate) fn new(capacity: usize) -> IdentityCache {
        IdentityCache { capacity: capacity.max(1), entries: RwLock::default() }
    }

    pub(crate) fn lookup(&self, serialized: &[u8]) -> Option<Arc<Identity>> {
        let entries = self.entries.read();
        let slot = &entries.slots[*entries.index.get(serialized)?];
        if !slot.used.load(Ordering::Relaxed) {
            slot.used.store(true, Ordering::Relaxed);
        }
        Some(slot.identity.clone())
    }

    pub(crate) fn insert(&self, identity: &Arc<Identity>) {
        let entries = &mut *self.entries.write();
        if entries.index.contains_key(identity.serialized()) {
            return;
        }
        let slot = Slot { identity: identity.clone(), used: AtomicBool::new(false) };
        let position = if entries.slots.len() < self.capacity {
            entries.slots.push(slot);
            entries.slots.len() - 1
        } else {
            // Ends after one round at the latest: passing a slot clears its mark.
            while entries.slots[entries.hand].used.swap(false, Ordering::Relaxed) {
                entries.hand = (entries.hand + 1) % self.capacity;
            }
            let position = entries.hand;
            entries.hand = (position + 1) % self.capacity;
            let evicted = std::mem::replace(&mut entries.slots[position], slot);
            entries.index.remove(evicted.identity.serialized());
            position
        };
        entries.index.insert(identity.serialized().clone(), position);
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.entries.read().index.len()
    }
}
