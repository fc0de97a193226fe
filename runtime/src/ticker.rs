//! The clock behind deadlines: while calls run it advances the engine's epoch, at which guests stop for a moment and look at
//! their deadline. Without calls it sleeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{JoinHandle, Thread};
use std::time::Duration;

use crate::limits::TICK_MS;

/// Ticks without a call before the thread goes to sleep; so long that a busy peer never pays for waking it.
const IDLE_TICKS: u32 = 20;

/// One thread per engine. Dropping it ends the thread.
pub struct Ticker {
    shared: Arc<Shared>,
    wake: Thread,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    running: AtomicUsize,
    asleep: AtomicBool,
    stop: AtomicBool,
}

/// Keeps the clock running while it lives.
pub struct Running<'a>(&'a Ticker);

impl Ticker {
    pub fn start(engine: wasmtime::Engine) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let thread = std::thread::Builder::new().name("weft-ticker".into()).spawn({
            let shared = shared.clone();
            move || run(&shared, &engine)
        })?;
        Ok(Self { shared, wake: thread.thread().clone(), thread: Some(thread) })
    }

    /// To be held during a call.
    pub fn running(&self) -> Running<'_> {
        self.shared.running.fetch_add(1, Ordering::SeqCst);
        if self.shared.asleep.swap(false, Ordering::SeqCst) {
            self.wake.unpark();
        }
        Running(self)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.shared.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.wake.unpark();
        if let Some(thread) = self.thread.take() {
            // It only ticks, so it cannot have failed.
            let _ = thread.join();
        }
    }
}

fn run(shared: &Shared, engine: &wasmtime::Engine) {
    let mut idle = 0;
    while !shared.stop.load(Ordering::SeqCst) {
        engine.increment_epoch();
        idle = if shared.running.load(Ordering::SeqCst) > 0 { 0 } else { idle + 1 };
        if idle < IDLE_TICKS {
            std::thread::park_timeout(Duration::from_millis(TICK_MS));
            continue;
        }
        shared.asleep.store(true, Ordering::SeqCst);
        // A call that began before `asleep` was set did not wake us, so look once more.
        if shared.running.load(Ordering::SeqCst) == 0 {
            while shared.asleep.load(Ordering::SeqCst) && !shared.stop.load(Ordering::SeqCst) {
                std::thread::park();
            }
        }
        shared.asleep.store(false, Ordering::SeqCst);
        idle = 0;
    }
}
