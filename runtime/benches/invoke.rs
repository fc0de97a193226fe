//! What one call costs: a fresh instance of the Rust contract that puts and gets one key, and its end.
//!
//! Prints rows for `cargo xtask bench`.

#[path = "../tests/support/contracts.rs"]
mod contracts;

use std::time::{Duration, Instant};

use bytes::Bytes;
use runtime::memory::Ledger;
use runtime::{Engine, EngineOptions, Invocation, Limits, Outcome};

const ROUNDS: usize = 15;
const CALLS: u32 = 2_000;

fn main() {
    let engine = Engine::new(EngineOptions::default()).expect("the engine starts");
    let conformance = contracts::rust("conformance/rust");
    let (begun, begun_cpu) = (Instant::now(), cpu_time(libc::CLOCK_PROCESS_CPUTIME_ID));
    let contract = engine.load(&conformance, Limits::default()).expect("the contract loads");
    let load_ms = begun.elapsed().as_secs_f64() * 1000.0;
    let load_cpu_ms = (cpu_time(libc::CLOCK_PROCESS_CPUTIME_ID) - begun_cpu).as_secs_f64() * 1000.0;
    let args = |args: &[&[u8]]| args.iter().map(|arg| Bytes::copy_from_slice(arg)).collect::<Vec<_>>();
    let put_and_get = args(&[b"PutAndGet", b"key0001", &[b'x'; 100]]);
    let ledger = Ledger::default();
    ledger.put("key0001", vec![b'y'; 100]);

    let mut best_us = f64::MAX;
    for _ in 0..ROUNDS {
        let mut spent = Duration::ZERO;
        for _ in 0..CALLS {
            let invocation = Invocation { tx_id: "tx".into(), args: put_and_get.clone(), ..Invocation::default() };
            let (context, _record) = ledger.context(invocation);
            let begun = cpu_time(libc::CLOCK_THREAD_CPUTIME_ID);
            let (outcome, context) = contract.invoke(context, Duration::from_secs(30));
            spent += cpu_time(libc::CLOCK_THREAD_CPUTIME_ID) - begun;
            drop(context);
            assert!(matches!(outcome, Outcome::Response { status: 200, .. }), "{outcome:?}");
        }
        best_us = best_us.min(spent.as_secs_f64() * 1e6 / f64::from(CALLS));
    }
    let calls_per_second = 1e6 / best_us;
    println!(
        "bench\tfresh instance, put and get\t{best_us:.1} us\t{:.4}\t{calls_per_second:.0}\t< 15 us",
        best_us / 1000.0
    );
    println!(
        "bench\tgate and compile a contract of {} kB\t{load_ms:.0} ms\t{load_cpu_ms:.0}\t-\t-",
        conformance.len() / 1000
    );
}

/// Processor time of this thread or process.
fn cpu_time(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a local value of the right type.
    unsafe { libc::clock_gettime(clock, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
