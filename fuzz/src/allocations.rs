//! Memory that one input may ask for.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The largest piece that may be allocated now, in bytes.
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

#[global_allocator]
static ALLOCATOR: Watched = Watched;

/// The system's allocator, which ends the process when a piece is larger than the limit.
struct Watched;

/// Runs `work`, in which no piece of memory may be larger than `bytes`, on whatever thread.
pub fn limited<R>(bytes: usize, work: impl FnOnce() -> R) -> R {
    LIMIT.store(bytes, Ordering::Relaxed);
    let result = work();
    LIMIT.store(usize::MAX, Ordering::Relaxed);
    result
}

fn check(bytes: usize) {
    let limit = LIMIT.load(Ordering::Relaxed);
    if bytes > limit {
        // What follows allocates, too.
        LIMIT.store(usize::MAX, Ordering::Relaxed);
        let trace = std::backtrace::Backtrace::force_capture();
        eprintln!("{bytes} bytes are allocated at once, and {limit} are allowed:\n{trace}");
        std::process::abort();
    }
}

// SAFETY: the system's allocator does all the work; the process ends where it would not.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        check(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        check(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        check(size);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}
