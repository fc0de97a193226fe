//! Signs of life on long work.

use std::time::{Duration, Instant};

/// Work that is done sooner is not announced.
const SILENCE: Duration = Duration::from_secs(1);
/// How often waiting is reported from then on.
const INTERVAL: Duration = Duration::from_secs(5);

/// Awaits `work`; says on standard error what is going on once it takes longer than a second.
pub async fn during<T>(what: &str, work: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let mut work = std::pin::pin!(work);
    let mut next = SILENCE;
    loop {
        match tokio::time::timeout(next, &mut work).await {
            Ok(done) => return done,
            Err(_) => eprintln!("{what} ... {} s", start.elapsed().as_secs()),
        }
        next = INTERVAL;
    }
}
