//! Threads that verify.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

/// Jobs that may wait for a thread; who adds more waits, or works itself.
const QUEUED_JOBS_MAX: usize = 1024;

type Job = Box<dyn FnOnce() + Send>;

/// A fixed set of threads, shared by all channels of a peer. Whoever waits for its results works too, so one thread
/// means that everything runs on the caller's.
pub struct Workers {
    jobs: Option<Sender<Job>>,
    queue: Receiver<Job>,
    threads: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Starts `threads` - 1 threads. Fewer start when the system has no more to give.
    pub fn new(threads: usize) -> Self {
        let (jobs, queue) = bounded::<Job>(QUEUED_JOBS_MAX);
        let start = |index| {
            let queue = queue.clone();
            let name = format!("verify-{index}");
            std::thread::Builder::new().name(name).spawn(move || queue.iter().for_each(run)).ok()
        };
        let threads = (1..threads).filter_map(start).collect();
        Workers { jobs: Some(jobs), queue, threads }
    }

    /// As many threads as the machine has processors.
    pub fn for_machine() -> Self {
        Workers::new(std::thread::available_parallelism().map_or(1, usize::from))
    }

    /// Applies `work` to every chunk and returns the results in order; nothing if one of them panicked.
    pub(crate) fn map<T, R>(&self, chunks: Vec<T>, work: impl Fn(T) -> R + Send + Sync + 'static) -> Option<Vec<R>>
    where
        T: Send + 'static,
        R: Send + 'static,
    {
        let count = chunks.len();
        if count == 1 {
            // A small block: handing it over would only add latency.
            let result = catch_unwind(AssertUnwindSafe(|| chunks.into_iter().map(work).collect()));
            return result.ok();
        }
        let work = Arc::new(work);
        let (done, results) = unbounded();
        for (index, chunk) in chunks.into_iter().enumerate() {
            let (work, done) = (work.clone(), done.clone());
            let job: Job = Box::new(move || {
                // The receiver waits for all of them; it is gone only when another one panicked.
                let _ = done.send((index, work(chunk)));
            });
            self.add(job);
        }
        drop(done);
        while let Ok(job) = self.queue.try_recv() {
            run(job);
        }
        let mut ordered: Vec<Option<R>> = (0..count).map(|_| None).collect();
        for (index, result) in results {
            ordered[index] = Some(result);
        }
        ordered.into_iter().collect()
    }

    fn add(&self, job: Job) {
        let Some(jobs) = &self.jobs else { return run(job) };
        if let Err(refused) = jobs.try_send(job) {
            run(refused.into_inner());
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // A worker ends when the queue closes; it has nothing left to report.
            let _ = thread.join();
        }
    }
}

/// A job that panics must not take its thread along: the next block needs it.
fn run(job: Job) {
    if catch_unwind(AssertUnwindSafe(job)).is_err() {
        tracing::error!(target: "committer.txvalidator", "a verification job panicked");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_their_order_whoever_works() {
        for threads in [1, 2, 5] {
            let workers = Workers::new(threads);
            let doubled = workers.map((0..3000).collect(), |number: u32| number * 2);
            assert_eq!(doubled, Some((0..3000).map(|number| number * 2).collect()), "{threads} threads");
        }
    }

    #[test]
    fn a_panic_loses_the_result_and_no_thread() {
        let workers = Workers::new(2);
        let result = workers.map(vec![1, 2, 3], |number: u32| if number == 2 { panic!("two") } else { number });
        assert_eq!(result, None);
        assert_eq!(workers.map(vec![1], |number: u32| number), Some(vec![1]));
    }
}
