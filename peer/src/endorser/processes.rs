//! Calls of chaincode in other processes. They only wait, possibly long, so they have threads of their own: no process
//! can keep the peer from running contracts, or other processes' chaincode.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use runtime::THREAD_STACK_BYTES;

use super::EndorseError;

/// Calls of one chaincode at a time. A shim works on them at once.
const CALLS_PER_CHAINCODE: usize = 128;
/// Calls of all of them together, each of which has a thread.
const CALLS: usize = 1024;

/// Counts calls under way, by chaincode.
#[derive(Default)]
pub(super) struct ProcessCalls(Mutex<HashMap<String, usize>>);

impl ProcessCalls {
    /// Has `work` done on a thread of its own. It is told at once when there is no room for it.
    pub fn start(self: Arc<Self>, chaincode: &str, work: impl FnOnce(Result<(), EndorseError>) + Send + 'static) {
        if !self.enter(chaincode) {
            return work(Err(EndorseError::Waiting(chaincode.to_owned())));
        }
        let place = Place { calls: self, chaincode: chaincode.to_owned() };
        let named = std::thread::Builder::new().name("process-call".to_owned()).stack_size(THREAD_STACK_BYTES);
        let started = named.spawn(move || {
            let _place = place;
            work(Ok(()));
        });
        // The work is dropped with its way to answer, which the caller notices.
        if let Err(error) = started {
            tracing::error!(%error, "cannot start a thread for a chaincode's call");
        }
    }

    fn enter(&self, chaincode: &str) -> bool {
        let mut calls = self.0.lock();
        if calls.values().sum::<usize>() >= CALLS {
            return false;
        }
        let count = calls.entry(chaincode.to_owned()).or_default();
        let has_room = *count < CALLS_PER_CHAINCODE;
        *count += usize::from(has_room);
        has_room
    }
}

/// A call's place, given back on drop.
struct Place {
    calls: Arc<ProcessCalls>,
    chaincode: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut calls = self.calls.0.lock();
        if let Some(count) = calls.get_mut(&self.chaincode) {
            *count -= 1;
            if *count == 0 {
                calls.remove(&self.chaincode);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn one_chaincodes_calls_leave_room_for_others() {
        let calls = Arc::new(ProcessCalls::default());
        let (sender, results) = channel();
        let mut release = Vec::new();
        for _ in 0..CALLS_PER_CHAINCODE {
            let (open, gate) = channel::<()>();
            release.push(open);
            // Ends when the gate's other side is dropped.
            calls.clone().start("deaf", move |_| {
                let _ = gate.recv();
            });
        }
        for name in ["deaf", "other"] {
            let sender = sender.clone();
            calls.clone().start(name, move |room| sender.send((name, room.is_ok())).unwrap());
        }
        let mut found: Vec<(&str, bool)> = results.iter().take(2).collect();
        found.sort_unstable();
        assert_eq!(found, [("deaf", false), ("other", true)]);
        drop(release);
        while !calls.0.lock().is_empty() {
            std::thread::yield_now();
        }
    }
}
