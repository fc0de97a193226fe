//! How a process learns that it must end, and how it tells its parts.

use std::io;

use tokio::signal::unix::{Signal as Stream, SignalKind, signal};
use tokio::sync::watch;

/// Why the process was asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT, Ctrl-C in a terminal.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl Signal {
    /// The signal's number.
    pub fn number(self) -> i32 {
        match self {
            Self::Interrupt => SignalKind::interrupt().as_raw_value(),
            Self::Terminate => SignalKind::terminate().as_raw_value(),
        }
    }

    /// The signal's name as the operator knows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "interrupt",
            Self::Terminate => "terminated",
        }
    }
}

/// The signals that end a process, caught from the moment this value exists.
#[derive(Debug)]
pub struct Signals {
    interrupt: Stream,
    terminate: Stream,
}

impl Signals {
    /// Starts catching. Must be called on a tokio runtime.
    pub fn install() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the next signal. May be called again, for instance to end at once on a second Ctrl-C.
    pub async fn recv(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

/// Tells any number of tasks and threads that they must end. Clones share one state.
#[derive(Clone, Debug)]
pub struct Stop {
    state: watch::Sender<Phase>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Running,
    /// Nothing new is begun.
    Ending,
    /// What still runs is cut off.
    Hurried,
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

impl Stop {
    /// A stop that nobody asked for yet.
    pub fn new() -> Self {
        Self { state: watch::Sender::new(Phase::Running) }
    }

    /// Asks all holders to end once what they do is done. Repeating it changes nothing.
    pub fn trigger(&self) {
        self.advance(Phase::Ending);
    }

    /// Asks all holders to end now, whatever they do.
    pub fn hurry(&self) {
        self.advance(Phase::Hurried);
    }

    /// Whether the end was asked for.
    pub fn is_triggered(&self) -> bool {
        *self.state.borrow() >= Phase::Ending
    }

    /// Waits until the end is asked for.
    pub async fn triggered(&self) {
        self.reached(Phase::Ending).await;
    }

    /// Waits until there is no time left to finish anything.
    pub async fn hurried(&self) {
        self.reached(Phase::Hurried).await;
    }

    fn advance(&self, to: Phase) {
        self.state.send_if_modified(|phase| {
            let later = to > *phase;
            *phase = to.max(*phase);
            later
        });
    }

    async fn reached(&self, wanted: Phase) {
        let mut state = self.state.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = state.wait_for(|phase| *phase >= wanted).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn stop_reaches_clones_before_and_after() {
        let stop = Stop::new();
        let clone = stop.clone();
        let waiting = tokio::spawn(async move { clone.triggered().await });
        stop.trigger();
        waiting.await.expect("the task ends");
        assert!(stop.clone().is_triggered());
        stop.triggered().await;
    }

    #[tokio::test]
    async fn hurrying_is_an_end_and_no_way_back() {
        let stop = Stop::new();
        stop.hurry();
        stop.trigger();
        stop.triggered().await;
        stop.hurried().await;
    }
}
