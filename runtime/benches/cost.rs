//! What the host costs beside the contract: instances, calls to the host, loading, memory.
//!
//! Prints rows for `cargo xtask bench`. The contracts are written by hand, so that nothing but the host is in the figures.

#[path = "support/clock.rs"]
mod clock;
#[path = "../tests/support/contracts.rs"]
mod contracts;

use std::time::{Duration, Instant};

use bytes::Bytes;
use clock::timed;
use runtime::memory::Ledger;
use runtime::{Contract, Engine, EngineOptions, Invocation, Limits, Outcome};

const DEADLINE: Duration = Duration::from_secs(30);
/// For a call that never ends.
const SHORT_DEADLINE: Duration = Duration::from_millis(100);
/// Rounds; the quickest counts, because others use the machine, too.
const ROUNDS: usize = 15;
/// Calls of a round.
const CALLS: u32 = 2_000;
/// Calls to the host in one call of a contract.
const HOST_CALLS: u32 = 1_000;
/// Calls after which memory must not have grown.
const MANY_CALLS: u32 = 1_000_000;
/// Contracts that are loaded and not called.
const IDLE_CONTRACTS: u32 = 100;

fn main() {
    let folder = tempfile::tempdir().expect("a folder for the cache");
    let engine = Engine::new(EngineOptions { cache_dir: Some(folder.path().into()), ..EngineOptions::default() });
    let engine = engine.expect("the engine starts");
    instances(&engine);
    host_calls(&engine);
    deadline(&engine);
    let sample = contracts::rust("asset-transfer-basic/rust");
    loading(&sample);
    idle(&engine, &sample);
    growth(&engine);
}

/// A contract whose `invoke` does `steps`.
fn by_hand(steps: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "fabric_v1" "get_state" (func $get (param i32 i32) (result i32)))
            (import "fabric_v1" "put_state" (func $put (param i32 i32 i32 i32) (result i32)))
            (import "fabric_v1" "tx_timestamp" (func $timestamp (result i32)))
            (memory (export "memory") 2)
            (data (i32.const 0) "key0001")
            (func (export "invoke") (result i32) (local $left i32) {steps} (i32.const 0)))"#
    );
    wat::parse_str(text).expect("the text is a module")
}

fn loaded(engine: &Engine, wasm: &[u8]) -> Contract {
    engine.load(wasm, Limits::default()).expect("the contract loads")
}

fn put_and_get(engine: &Engine) -> Contract {
    loaded(
        engine,
        &by_hand(
            "(drop (call $put (i32.const 0) (i32.const 7) (i32.const 100) (i32.const 100)))
             (drop (call $get (i32.const 0) (i32.const 7)))",
        ),
    )
}

fn instances(engine: &Engine) {
    let contract = put_and_get(engine);
    for threads in [1, 2] {
        let micros = std::thread::scope(|scope| {
            let measuring: Vec<_> = (0..threads).map(|_| scope.spawn(|| quickest(&contract))).collect();
            let micros = measuring.into_iter().map(|thread| thread.join().expect("measuring does not panic"));
            micros.sum::<f64>() / f64::from(threads)
        });
        let what = format!("fresh instance, put and get, by hand, {threads} at once");
        row(&what, &format!("{micros:.1} us"), Some(micros / 1000.0), "< 5 us");
    }
}

fn host_calls(engine: &Engine) {
    let repeat = |step: &str| {
        let steps = format!(
            "(local.set $left (i32.const {HOST_CALLS}))
             (loop $again {step} (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))"
        );
        quickest(&loaded(engine, &by_hand(&steps)))
    };
    let none = repeat("");
    for (what, step, target) in [
        ("call to the host", "(drop (call $timestamp))", "< 150 ns"),
        ("get of 200 bytes from memory", "(drop (call $get (i32.const 0) (i32.const 7)))", "-"),
    ] {
        let nanos = (repeat(step) - none) * 1000.0 / f64::from(HOST_CALLS);
        row(what, &format!("{nanos:.0} ns"), None, target);
    }
}

/// How much later than its deadline an endless loop is stopped, at most.
fn deadline(engine: &Engine) {
    let contract = loaded(engine, &by_hand("(loop $forever (br $forever))"));
    let late = (0..ROUNDS).map(|_| {
        let (context, _record) = Ledger::default().context(Invocation { tx_id: "tx".into(), ..Invocation::default() });
        let begun = Instant::now();
        let (outcome, _context) = contract.invoke(context, SHORT_DEADLINE);
        assert!(matches!(outcome, Outcome::Aborted(_)), "{outcome:?}");
        begun.elapsed() - SHORT_DEADLINE
    });
    let latest = late.max().unwrap_or_default();
    row("an endless loop outlives its deadline", &format!("{:.1} ms", latest.as_secs_f64() * 1e3), None, "< 50 ms");
}

/// Twice in engines of their own that share a cache: what a peer does at its start.
fn loading(sample: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder for the cache");
    let engine = || Engine::new(EngineOptions { cache_dir: Some(folder.path().into()), ..EngineOptions::default() });
    let begun = Instant::now();
    loaded(&engine().expect("the engine starts"), sample);
    let what = format!("gate and compile {} kB", sample.len() / 1000);
    row(&what, &format!("{} ms", begun.elapsed().as_millis()), None, "< 200 ms");

    let firsts = (0..ROUNDS).map(|_| {
        let contract = loaded(&engine().expect("the engine starts"), sample);
        contract.warm_up();
        call(&contract, &[b"ReadAsset", b"key0001"]).as_secs_f64() * 1e6
    });
    let firsts: Vec<f64> = firsts.collect();
    let contract = loaded(&engine().expect("the engine starts"), sample);
    let later = (0..CALLS).map(|_| call(&contract, &[b"ReadAsset", b"key0001"]).as_secs_f64() * 1e6);
    let least = |values: Vec<f64>| values.into_iter().fold(f64::INFINITY, f64::min);
    row("first call after a start", &format!("{:.0} us", least(firsts)), None, "-");
    row("any later call", &format!("{:.0} us", least(later.collect())), None, "-");
}

/// Memory of contracts that are not called, without the code, which lies in files.
fn idle(engine: &Engine, sample: &[u8]) {
    let numbered = |number: u32| {
        // A custom section makes it another contract.
        let mut wasm = sample.to_vec();
        wasm.extend([0, 6, 1, b'n']);
        wasm.extend(number.to_le_bytes());
        wasm
    };
    for number in 0..IDLE_CONTRACTS {
        loaded(engine, &numbered(number));
    }
    let files: Vec<Vec<u8>> = (0..IDLE_CONTRACTS).map(numbered).collect();
    let before = memory_kilobytes("Anonymous:");
    let (contracts, load) = timed(|| files.iter().map(|wasm| loaded(engine, wasm)).collect::<Vec<Contract>>());
    let load = load.as_secs_f64() * 1e3 / f64::from(IDLE_CONTRACTS);
    let each = memory_kilobytes("Anonymous:").saturating_sub(before) / u64::from(IDLE_CONTRACTS);
    drop(contracts);
    row("load from the cache", &format!("{load:.2} ms"), Some(load), "< 0.3 ms");
    row("memory of an idle contract", &format!("{each} kB"), None, "< 1000 kB");
}

fn growth(engine: &Engine) {
    let contract = put_and_get(engine);
    let calls = |count: u32| {
        for _ in 0..count {
            call(&contract, &[b"f"]);
        }
    };
    calls(MANY_CALLS / 100);
    let before = memory_kilobytes("Rss:");
    calls(MANY_CALLS);
    let grown = memory_kilobytes("Rss:").saturating_sub(before);
    row(&format!("growth over {MANY_CALLS} calls"), &format!("{grown} kB"), None, "0 kB");
}

/// Microseconds of a call, on this thread.
fn quickest(contract: &Contract) -> f64 {
    let first = call(contract, &[b"f"]).max(Duration::from_micros(1));
    let calls = (20_000 / first.as_micros() as u32).clamp(20, CALLS);
    let round = || (0..calls).map(|_| call(contract, &[b"f"])).sum::<Duration>().as_secs_f64() * 1e6 / f64::from(calls);
    (0..ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min)
}

/// Processor time of one call.
fn call(contract: &Contract, args: &[&'static [u8]]) -> Duration {
    let ledger = Ledger::default();
    ledger.put("key0001", vec![b'y'; 200]);
    let args = args.iter().map(|arg| Bytes::from_static(arg)).collect();
    let (context, _record) = ledger.context(Invocation { tx_id: "tx".into(), args, ..Invocation::default() });
    let ((outcome, context), spent) = timed(|| contract.invoke(context, DEADLINE));
    drop(context);
    assert!(matches!(outcome, Outcome::Response { status: 200, .. }), "{outcome:?}");
    spent
}

/// A line of `smaps_rollup` (`proc_pid_smaps(5)`).
fn memory_kilobytes(name: &str) -> u64 {
    let maps = std::fs::read_to_string("/proc/self/smaps_rollup").expect("Linux has it");
    let line = maps.lines().find_map(|line| line.strip_prefix(name)).expect("Linux has the line");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

fn row(measured: &str, value: &str, cpu_ms: Option<f64>, target: &str) {
    let cpu_ms = cpu_ms.map_or("-".to_owned(), |cpu| format!("{cpu:.4}"));
    println!("bench\t{measured}\t{value}\t{cpu_ms}\t-\t{target}");
}
