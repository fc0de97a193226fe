use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, UnsafeCell};

/// What most calls need in all.
const ARENA_BYTES: usize = 128 * 1024;

/// Serves a call's first allocations from memory the instance has from the start, the rest from the system.
///
/// An instance lives for one call, so the arena only ever grows, but for its last block. Not growing the instance's memory saves
/// the peer two changes of page protection per call, half of what a small call costs.
struct Arena {
    memory: UnsafeCell<[u8; ARENA_BYTES]>,
    used: Cell<usize>,
}

// SAFETY: contracts have one thread.
unsafe impl Sync for Arena {}

#[global_allocator]
static ARENA: Arena = Arena { memory: UnsafeCell::new([0; ARENA_BYTES]), used: Cell::new(0) };

impl Arena {
    fn start(&self) -> usize {
        self.memory.get() as usize
    }

    /// The offset of a block the arena has given out.
    fn offset(&self, block: *mut u8) -> Option<usize> {
        (block as usize).checked_sub(self.start()).filter(|offset| *offset < ARENA_BYTES)
    }
}

// SAFETY: blocks of the arena do not overlap, because `used` passes each before it is given out and returns only to the start of
// the last one; all other blocks are the system's.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let begin = (self.start() + self.used.get()).next_multiple_of(layout.align()) - self.start();
        match begin.checked_add(layout.size()) {
            Some(end) if end < ARENA_BYTES => {
                self.used.set(end);
                (self.start() + begin) as *mut u8
            }
            // SAFETY: the layout is the caller's.
            _ => unsafe { System.alloc(layout) },
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match self.offset(block) {
            Some(begin) if begin + layout.size() == self.used.get() => self.used.set(begin),
            Some(_) => {}
            // SAFETY: not the arena's, so the system's.
            None => unsafe { System.dealloc(block, layout) },
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Some(begin) = self.offset(block) else {
            // SAFETY: not the arena's, so the system's.
            return unsafe { System.realloc(block, layout, size) };
        };
        let is_last = begin + layout.size() == self.used.get();
        if is_last && begin.checked_add(size).is_some_and(|end| end < ARENA_BYTES) {
            self.used.set(begin + size);
            return block;
        }
        if size <= layout.size() {
            return block;
        }
        // SAFETY: the alignment is unchanged and the caller promises a size that fits; the new block overlaps no other.
        unsafe {
            let fresh = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !fresh.is_null() {
                fresh.copy_from_nonoverlapping(block, layout.size());
            }
            fresh
        }
    }
}
