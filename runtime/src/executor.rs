//! Threads for guests: contracts need deep stacks and run to the end, so they stay off the threads that serve sockets.

use std::thread::JoinHandle;

use crossbeam_channel::{Sender, TrySendError};

use crate::limits::THREAD_STACK_BYTES;

type Job = Box<dyn FnOnce() + Send>;

/// A fixed number of named threads with large stacks behind a bounded queue. Dropping it finishes what is queued (a job that
/// drops it is not waited for).
pub struct Executor {
    queue: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

/// The queue is full: the peer has more work than it can do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many calls are waiting")]
pub struct SubmitError;

impl Executor {
    /// Starts `threads` threads called `name-0`, `name-1`, … with room for `queue` waiting jobs.
    ///
    /// # Errors
    /// The system refuses another thread.
    pub fn new(name: &str, threads: usize, queue: usize) -> std::io::Result<Self> {
        let (sender, receiver) = crossbeam_channel::bounded::<Job>(queue);
        let mut executor = Self { queue: Some(sender), threads: Vec::with_capacity(threads) };
        for index in 0..threads.max(1) {
            let receiver = receiver.clone();
            let work = move || {
                for job in receiver {
                    // A panic in a job is a bug in the job; it must not take the thread from the others.
                    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(job)).is_err() {
                        tracing::error!("a job on an executor thread panicked");
                    }
                }
            };
            let builder = std::thread::Builder::new().name(format!("{name}-{index}")).stack_size(THREAD_STACK_BYTES);
            executor.threads.push(builder.spawn(work)?);
        }
        Ok(executor)
    }

    /// How many threads it has.
    pub fn threads(&self) -> usize {
        self.threads.len()
    }

    /// Queues a job. Never blocks.
    ///
    /// # Errors
    /// The queue is full.
    pub fn submit(&self, job: impl FnOnce() + Send + 'static) -> Result<(), SubmitError> {
        let queue = self.queue.as_ref().expect("the queue is open until drop");
        queue.try_send(Box::new(job)).map_err(|error| match error {
            TrySendError::Full(_) | TrySendError::Disconnected(_) => SubmitError,
        })
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        self.queue = None;
        let own = std::thread::current().id();
        // A job may hold the executor's last reference; its thread ends after it.
        for thread in self.threads.drain(..).filter(|thread| thread.thread().id() != own) {
            // Jobs' panics are caught, so a thread cannot have failed.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_when_full_and_survives_a_panicking_job() {
        let executor = Executor::new("test", 1, 1).unwrap();
        let (release, gate) = crossbeam_channel::bounded::<()>(0);
        let (started, wait) = crossbeam_channel::bounded::<()>(0);
        executor
            .submit(move || {
                started.send(()).unwrap();
                gate.recv().unwrap();
                panic!("this job is broken");
            })
            .unwrap();
        wait.recv().unwrap();
        executor.submit(|| ()).unwrap();
        assert_eq!(executor.submit(|| ()), Err(SubmitError));
        release.send(()).unwrap();
        let (done, result) = crossbeam_channel::bounded(1);
        while executor
            .submit({
                let done = done.clone();
                move || done.send(7).unwrap()
            })
            .is_err()
        {}
        assert_eq!(result.recv().unwrap(), 7);
    }
}
