//! Processor time, as the peer would spend it: with the peer's allocator, and without what reading the clock takes.

use std::sync::LazyLock;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Readings of which the quickest counts.
const READINGS: u32 = 10_000;

/// What a measured piece of work seems to take more than it does.
static READING: LazyLock<Duration> = LazyLock::new(|| {
    let readings = (0..READINGS).map(|_| {
        let begun = thread_time();
        thread_time() - begun
    });
    readings.min().unwrap_or_default()
});

/// Does something and says how much of its thread's processor time it took.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let reading = *READING;
    let begun = thread_time();
    let result = work();
    (result, (thread_time() - begun).saturating_sub(reading))
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}
