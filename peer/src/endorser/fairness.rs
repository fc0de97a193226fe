//! Shares the execution threads among chaincodes: one whose calls take long fills some of them, never all.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use runtime::{Executor, SubmitError};

type Job = Box<dyn FnOnce() + Send>;

/// Calls that may wait for others of their chaincode, all chaincodes together: each holds its proposal. As many as Fabric's
/// default for `peer.limits.concurrency.endorserService`.
const WAITING: usize = 2500;

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
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By name. Names without calls are forgotten.
    calls: HashMap<String, Calls>,
    /// Calls that wait, of all of them.
    waiting: usize,
}

impl Fairness {
    /// One chaincode gets half of the threads.
    pub fn new(executor: Arc<Executor>) -> Arc<Self> {
        let share = (executor.threads() / 2).max(1);
        Arc::new(Fairness { executor, share, state: Mutex::default() })
    }

    /// Has a call of `chaincode` run, once it is its turn. Never blocks.
    pub fn submit(self: &Arc<Self>, chaincode: &str, job: Job) -> Result<(), SubmitError> {
        let mut state = self.state.lock();
        let State { calls, waiting } = &mut *state;
        let own = calls.entry(chaincode.to_owned()).or_default();
        if own.running >= self.share {
            if *waiting >= WAITING {
                return Err(SubmitError);
            }
            *waiting += 1;
            own.waiting.push_back(job);
            return Ok(());
        }
        own.running += 1;
        drop(state);
        let dispatched = self.dispatch(chaincode, job);
        if dispatched.is_err() {
            self.pass_on(chaincode);
        }
        dispatched
    }

    fn dispatch(self: &Arc<Self>, chaincode: &str, job: Job) -> Result<(), SubmitError> {
        let (fairness, chaincode) = (self.clone(), chaincode.to_owned());
        self.executor.submit(move || {
            let _turn = Turn { fairness, chaincode };
            job();
        })
    }

    /// Gives the place of a call that has ended to the next one of its chaincode. That one goes behind the calls of others;
    /// where there is no room left, it is dropped, which its client is told.
    fn pass_on(self: &Arc<Self>, chaincode: &str) {
        while let Some(next) = self.next(chaincode) {
            if self.dispatch(chaincode, next).is_ok() {
                return;
            }
        }
    }

    /// The next call of a chaincode that waits; without one its place is free.
    fn next(&self, chaincode: &str) -> Option<Job> {
        let mut state = self.state.lock();
        let State { calls, waiting } = &mut *state;
        let own = calls.get_mut(chaincode)?;
        let next = own.waiting.pop_front();
        if next.is_some() {
            *waiting -= 1;
        } else {
            own.running -= 1;
            if own.running == 0 {
                calls.remove(chaincode);
            }
        }
        next
    }
}

/// A running call; its end, also by a panic, is the turn of the next.
struct Turn {
    fairness: Arc<Fairness>,
    chaincode: String,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.fairness.pass_on(&self.chaincode);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Sender, channel};

    /// A call of the chaincode "busy" that runs until the sender is dropped.
    fn occupy(fairness: &Arc<Fairness>) -> Sender<()> {
        let (open, gate) = channel();
        let (started, begun) = channel();
        let busy = move || {
            started.send(()).unwrap();
            let _ = gate.recv();
        };
        fairness.submit("busy", Box::new(busy)).unwrap();
        begun.recv().unwrap();
        open
    }

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
        drop(fairness);
    }

    #[test]
    fn waiting_calls_are_bounded_and_forgotten() {
        let fairness = Fairness::new(Arc::new(Executor::new("test", 1, 10).unwrap()));
        let open = occupy(&fairness);
        let taken = (0..WAITING + 5).filter(|_| fairness.submit("busy", Box::new(|| {})).is_ok()).count();
        assert_eq!(taken, WAITING);
        drop(open);
        while !fairness.state.lock().calls.is_empty() {
            std::thread::yield_now();
        }
        assert_eq!(fairness.state.lock().waiting, 0);
    }

    #[test]
    fn without_room_all_waiting_calls_are_dropped_one_after_the_other() {
        // One thread, one place in its queue.
        let executor = Arc::new(Executor::new("test", 1, 1).unwrap());
        let fairness = Fairness::new(executor.clone());
        let open = occupy(&fairness);
        let (ran, runs) = channel::<()>();
        for _ in 0..WAITING {
            let ran = ran.clone();
            fairness.submit("busy", Box::new(move || ran.send(()).unwrap())).unwrap();
        }
        drop(ran);
        let (ended, other) = channel();
        executor.submit(move || ended.send(()).unwrap()).unwrap();
        // The queue is full until the other call is taken out of it, which is after the first one's turn has passed on.
        drop(open);
        assert_eq!(runs.iter().count(), 0, "none had room");
        other.recv().unwrap();
        assert!(fairness.submit("busy", Box::new(|| {})).is_ok(), "the place is free again");
    }
}
