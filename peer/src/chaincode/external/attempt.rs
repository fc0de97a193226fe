//! Getting a chaincode to be there: all calls that need it wait for one attempt.

use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

use super::{Connection, ExternalChaincodes};

/// What comes of an attempt.
pub(super) type Outcome = Result<Arc<Connection>, String>;

/// One attempt to connect to a package's server, or to start its process.
#[derive(Default)]
pub(super) struct Attempt {
    outcome: Mutex<Option<Outcome>>,
    ended: Condvar,
}

impl Attempt {
    fn wait(&self, deadline: Instant) -> Option<Outcome> {
        let mut outcome = self.outcome.lock();
        while outcome.is_none() {
            if self.ended.wait_until(&mut outcome, deadline).timed_out() {
                break;
            }
        }
        outcome.clone()
    }
}

impl ExternalChaincodes {
    /// The connection of a package; without one, what comes of the attempt that is under way or that `begin` starts. `None`
    /// if that is not known by `deadline`.
    pub(super) fn attempt(
        &self,
        package_id: &str,
        deadline: Instant,
        begin: impl FnOnce(Arc<Attempt>),
    ) -> Option<Outcome> {
        let attempt = {
            let mut attempts = self.attempts.lock();
            if let Some(connection) = self.connection(package_id) {
                return Some(Ok(connection));
            }
            let begun = attempts.entry(package_id.to_owned()).or_insert_with(|| {
                let attempt = Arc::new(Attempt::default());
                begin(attempt.clone());
                attempt
            });
            begun.clone()
        };
        attempt.wait(deadline)
    }

    /// Tells all who wait. Whoever calls from now on starts another attempt if this one failed.
    pub(super) fn end_attempt(&self, package_id: &str, attempt: &Attempt, outcome: Outcome) {
        self.attempts.lock().remove(package_id);
        *attempt.outcome.lock() = Some(outcome);
        attempt.ended.notify_all();
    }
}
