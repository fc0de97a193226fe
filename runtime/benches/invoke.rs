//! What one call costs in each language, with a fresh instance and its end: of a contract that uses all of the host's functions and
//! puts and gets one key, and of a usual one, which gets a key, puts it and sets an event.
//!
//! Prints rows for `cargo xtask bench`. `WEFT_LANGUAGES=go,wat` measures these languages only.

#[path = "support/clock.rs"]
mod clock;
#[path = "../tests/support/contracts.rs"]
mod contracts;

use std::time::{Duration, Instant};

use bytes::Bytes;
use clock::timed;
use runtime::memory::Ledger;
use runtime::{Contract, Engine, EngineOptions, Invocation, Limits, Outcome};

const ROUNDS: usize = 15;
/// A round makes fewer calls where one takes long.
const ROUND_TIME: Duration = Duration::from_millis(30);

/// What a call that puts and gets may take, where that is promised. For languages without a runtime nearly all of it depends on how
/// many of the host's functions a contract uses, so theirs is for the usual one.
const USUAL_TARGETS: [(&str, &str); 4] =
    [("rust", "< 12 us"), ("c", "< 12 us"), ("zig", "< 12 us"), ("assemblyscript", "< 12 us")];
const TARGETS: [(&str, &str); 4] =
    [("go", "< 80 us"), ("javascript", "< 85 us"), ("typescript", "< 85 us"), ("python", "< 600 us")];

fn main() {
    let engine = Engine::new(EngineOptions::default()).expect("the engine starts");
    let wanted = std::env::var("WEFT_LANGUAGES").ok();
    let is_wanted = |language: &str| wanted.as_ref().is_none_or(|list| list.split(',').any(|one| one == language));
    for language in contracts::LANGUAGES.into_iter().filter(|language| is_wanted(language)) {
        let Some(wasm) = contracts::built("conformance", language) else {
            println!("bench\tfresh instance, put and get, {language}\tnot run\t-\t-\t-");
            continue;
        };
        let (begun, begun_cpu) = (Instant::now(), process_time());
        let contract = engine.load(&wasm, Limits::default()).expect("the contract loads");
        let load_ms = begun.elapsed().as_secs_f64() * 1000.0;
        let load_cpu_ms = (process_time() - begun_cpu).as_secs_f64() * 1000.0;
        let target = |targets: &[(&str, &'static str)]| {
            targets.iter().find(|(name, _)| *name == language).map_or("-", |(_, target)| *target)
        };
        let what = format!("fresh instance, put and get, {language}");
        calls(&what, &contract, &[b"PutAndGet", b"key0001", &[b'x'; 100]], target(&TARGETS));
        if let Some(sample) = contracts::built("asset-transfer-basic", language) {
            let sample = engine.load(&sample, Limits::default()).expect("the contract loads");
            let args: [&[u8]; 6] = [b"CreateAsset", b"key0002", b"blue", b"5", b"Tomoko", b"300"];
            calls(&format!("CreateAsset, {language}"), &sample, &args, target(&USUAL_TARGETS));
        }
        let kilobytes = wasm.len() / 1000;
        println!("bench\tgate and compile {kilobytes} kB, {language}\t{load_ms:.0} ms\t{load_cpu_ms:.0}\t-\t-");
    }
}

/// Measures calls on one thread and on two.
fn calls(what: &str, contract: &Contract, args: &[&[u8]], target: &str) {
    for threads in [1, 2] {
        let micros = std::thread::scope(|scope| {
            let measuring: Vec<_> = (0..threads).map(|_| scope.spawn(|| call_micros(contract, args))).collect();
            let micros = measuring.into_iter().map(|thread| thread.join().expect("measuring does not panic"));
            micros.sum::<f64>() / f64::from(threads)
        });
        let (thousandths, per_second) = (micros / 1000.0, f64::from(threads) * 1e6 / micros);
        println!("bench\t{what}, {threads} at once\t{micros:.1} us\t{thousandths:.4}\t{per_second:.0}\t{target}");
    }
}

/// Processor time of one call, in the quickest round.
fn call_micros(contract: &Contract, args: &[&[u8]]) -> f64 {
    let args: Vec<Bytes> = args.iter().map(|arg| Bytes::copy_from_slice(arg)).collect();
    let call = || {
        let ledger = Ledger::default();
        ledger.put("key0001", vec![b'y'; 100]);
        let invocation = Invocation { tx_id: "tx".into(), args: args.clone(), ..Invocation::default() };
        let (context, _record) = ledger.context(invocation);
        let ((outcome, context), spent) = timed(|| contract.invoke(context, Duration::from_secs(30)));
        drop(context);
        assert!(matches!(outcome, Outcome::Response { status: 200, .. }), "{outcome:?}");
        spent
    };
    let first = call().max(Duration::from_micros(5));
    let calls = (ROUND_TIME.as_nanos() / first.as_nanos()).clamp(10, 2_000) as u32;
    let round = || (0..calls).map(|_| call()).sum::<Duration>().as_secs_f64() * 1e6 / f64::from(calls);
    (0..ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min)
}

/// Processor time of this process.
fn process_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}
