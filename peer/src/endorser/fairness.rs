//! Shares the execution threads among chaincodes: one whose calls take long fills some of them, never all.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use runtime::{Executor, SubmitError};

type Job = Box<dyn FnOnce() + Send>;

/// Calls of one chaincode that may wait for others of it.
const WAITING_PER_CHAINCODE: usize = 4096;

/// Calls of one chaincode.
#[derive(Default)]
struct Calls {
    running: usize,
    waiting: VecDeque<Job>,
}

/// An executor with a limit for each chaincode.
pub(super) struct Fairness {
    executor: Arc<Executor>,
    /// Threads that one chaincode may have.
    share: usize,
    /// By name. Names without calls are forgotten.
    calls: Mutex<HashMap<String, Calls>>,
}

impl Fairness {
    /// One chaincode gets half of the threads.
    pub fn new(executor: Arc<Executor>) -> Arc<Self> {
        let share = (executor.threads() / 2).max(1);
        Arc::new(Fairness { executor, share, calls: Mutex::default() })
    }

    /// Has a call of `chaincode` run, once it is its turn. Never blocks.
    pub fn submit(self: &Arc<Self>, chaincode: &str, job: Job) -> Result<(), SubmitError> {
        let mut calls = self.calls.lock();
        let own = calls.entry(chaincode.to_owned()).or_default();
        if own.running >= self.share {
            if own.waiting.len() >= WAITING_PER_CHAINCODE {
                return Err(SubmitError);
            }
            own.waiting.push_back(job);
            return Ok(());
        }
        own.running += 1;
        drop(calls);
        self.dispatch(chaincode, job)
    }

    fn dispatch(self: &Arc<Self>, chaincode: &str, job: Job) -> Result<(), SubmitError> {
        // Dropped with the job, whether it ran or not.
        let turn = Turn { fairness: self.clone(), chaincode: chaincode.to_owned() };
        self.executor.submit(move || {
            let _turn = turn;
            job();
        })
    }
}

/// A running call; its end is the turn of the next.
struct Turn {
    fairness: Arc<Fairness>,
    chaincode: String,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let next = {
            let mut calls = self.fairness.calls.lock();
            let Some(own) = calls.get_mut(&self.chaincode) else { return };
            let next = own.waiting.pop_front();
            if next.is_none() {
                own.running -= 1;
                if own.running == 0 {
                    calls.remove(&self.chaincode);
                }
            }
            next
        };
        // Behind the calls of others. Where there is no room left, the call is dropped, which its client is told.
        if let Some(next) = next {
            let _ = self.fairness.dispatch(&self.chaincode, next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_busy_chaincode_leaves_threads_to_others() {
        let fairness = Fairness::new(Arc::new(Executor::new("test", 4, 100).unwrap()));
        let (sender, ran) = channel();
        let mut release = Vec::new();
        for number in 0..10 {
            let (open, gate) = channel::<()>();
            release.push(open);
            let sender = sender.clone();
            let busy = move || {
                let _ = gate.recv();
                sender.send(("busy", number)).unwrap();
            };
            fairness.submit("busy", Box::new(busy)).unwrap();
        }
        let other = sender.clone();
        fairness.submit("other", Box::new(move || other.send(("other", 0)).unwrap())).unwrap();
        assert_eq!(ran.recv().unwrap(), ("other", 0));
        drop(release);
        let mut numbers: Vec<i32> = ran.iter().take(10).map(|(_, number)| number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..10).collect::<Vec<_>>(), "all of them ran");
    }
}
