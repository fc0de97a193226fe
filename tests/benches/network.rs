//! What a user of the development network feels: how soon it is up, how much memory it takes, what an endorsement
//! costs, how long one transaction takes from proposal to commit.
//!
//! CPU is that of the peer's process, read from `/proc`, so that the load generator does not count.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use client::{Call, SignedCall};
use futures::stream::{self, StreamExt};
use tests::{Network, Options, Session, programs};

/// Proposals per round of the endorsement bench.
const PROPOSALS: usize = 6_400;
/// Proposals in flight.
const IN_FLIGHT: usize = 64;
/// Connections that carry them.
const CONNECTIONS: usize = 4;
/// Rounds; the median counts.
const ROUNDS: usize = 5;
/// Gets of one transaction that reads much, of values of this size, and how many such are in flight.
const GETS: usize = 100;
const VALUE_BYTES: usize = 200;
const READING_IN_FLIGHT: usize = 16;
/// Transactions of the latency bench, one after the other.
const TRANSACTIONS: usize = 300;
/// How long a network rests before its memory is read.
const REST: Duration = Duration::from_secs(3);
const MEGABYTE: f64 = 1024.0 * 1024.0;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    start_and_memory()?;
    runtime.block_on(endorsements())?;
    runtime.block_on(reading())?;
    runtime.block_on(latency())
}

fn start_and_memory() -> Result<()> {
    let began = Instant::now();
    let mut network = Network::start()?;
    row("dev network up, new organisations", &format!("{} ms", began.elapsed().as_millis()), None, None, "1000 ms");
    ensure!(network.stop()?.success(), "the network did not end well");
    let began = Instant::now();
    network.restart()?;
    row("dev network up, again", &format!("{} ms", began.elapsed().as_millis()), None, None, "1000 ms");
    std::thread::sleep(REST);
    let idle = resident_bytes(network.pid())?;
    row("idle RSS", &format!("{:.1} MB", idle as f64 / MEGABYTE), None, None, "60 MB");
    Ok(())
}

async fn endorsements() -> Result<()> {
    let network = Network::with_contract()?;
    let mut sessions = Vec::new();
    for _ in 0..CONNECTIONS {
        sessions.push(Session::open(&network).await?);
    }
    let mut rounds = 0;
    let mut create = async || {
        rounds += 1;
        let sign = |index: usize| {
            let id = format!("bench-{rounds}-{index}");
            sessions[0].signed(programs::CHAINCODE, &["CreateAsset", &id, "blue", "5", "Tomoko", "300"])
        };
        round(&sessions, IN_FLIGHT, sign).await
    };
    create().await?;
    let (cpu, rate) = cpu_rounds(&network, create).await?;
    row("endorse CreateAsset, 64 in flight", "-", Some(cpu), Some(rate), "0.15 CPU ms");
    Ok(())
}

/// Transactions of a contract written by hand that gets a hundred keys, and of one that gets none.
async fn reading() -> Result<()> {
    let network = Network::start()?;
    let mut costs = Vec::new();
    for (name, gets) in [("none", 0), ("hundred", GETS)] {
        let file = network.scratch().join(format!("{name}.wasm"));
        std::fs::write(&file, reader(gets)?)?;
        let installed = network.install(&file)?;
        ensure!(installed.status.success(), "installing failed: {}", installed.stderr);
        let mut sessions = Vec::new();
        for _ in 0..CONNECTIONS {
            sessions.push(Session::open(&network).await?);
        }
        sessions[0].submit(name, &["put"]).await.context("putting the values")?;
        let sign = |_: usize| sessions[0].signed(name, &["get", "them"]);
        round(&sessions, READING_IN_FLIGHT, sign).await?;
        costs.push(cpu_rounds(&network, async || round(&sessions, READING_IN_FLIGHT, sign).await).await?);
    }
    let [(none, _), (hundred, rate)] = costs[..] else { anyhow::bail!("two contracts were measured") };
    row(&format!("endorse {GETS} gets, {READING_IN_FLIGHT} in flight"), "-", Some(hundred), Some(rate), "0.25 CPU ms");
    let one = (hundred - none) / GETS as f64;
    row("one get in a contract", &format!("{:.2} us", one * 1e3), Some(one), None, "1.5 us");
    Ok(())
}

/// With one argument it puts the values, with two it gets `gets` of them.
fn reader(gets: usize) -> Result<Vec<u8>> {
    let text = format!(
        r#"(module
            (import "fabric_v1" "args" (func $args (result i32)))
            (import "fabric_v1" "get_state" (func $get (param i32 i32) (result i32)))
            (import "fabric_v1" "put_state" (func $put (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "key00")
            (func $name (param $number i32)
                (i32.store8 (i32.const 3) (i32.add (i32.const 48) (i32.div_u (local.get $number) (i32.const 10))))
                (i32.store8 (i32.const 4) (i32.add (i32.const 48) (i32.rem_u (local.get $number) (i32.const 10)))))
            (func (export "invoke") (result i32) (local $puts i32) (local $number i32) (local $count i32)
                (local.set $puts (i32.lt_u (call $args) (i32.const 2)))
                (local.set $count (select (i32.const {GETS}) (i32.const {gets}) (local.get $puts)))
                (block $end
                    (loop $again
                        (br_if $end (i32.ge_u (local.get $number) (local.get $count)))
                        (call $name (local.get $number))
                        (if (local.get $puts)
                            (then (drop (call $put (i32.const 0) (i32.const 5) (i32.const 100) (i32.const {VALUE_BYTES}))))
                            (else (if (i32.ne (call $get (i32.const 0) (i32.const 5)) (i32.const 1)) (then unreachable))))
                        (local.set $number (i32.add (local.get $number) (i32.const 1)))
                        (br $again)))
                (i32.const 0)))"#
    );
    wat::parse_str(text).context("assembling a contract")
}

/// CPU of the peer for one proposal in milliseconds, and proposals in a second: the median of the rounds.
async fn cpu_rounds(network: &Network, mut round: impl AsyncFnMut() -> Result<Duration>) -> Result<(f64, f64)> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let cpu = cpu_time(network.pid())?;
        let took = round().await?;
        let spent = cpu_time(network.pid())? - cpu;
        rounds.push((spent.as_secs_f64() * 1e3 / PROPOSALS as f64, PROPOSALS as f64 / took.as_secs_f64()));
    }
    rounds.sort_by(|left, right| left.0.total_cmp(&right.0));
    Ok(rounds[ROUNDS / 2])
}

/// Signs beforehand, so that the clock runs for the peer alone.
async fn round(sessions: &[Session], in_flight: usize, sign: impl Fn(usize) -> SignedCall) -> Result<Duration> {
    let calls: Vec<SignedCall> = (0..PROPOSALS).map(sign).collect();
    let began = Instant::now();
    let answers = stream::iter(calls.iter().enumerate()).map(|(index, call)| async move {
        let session = &sessions[index % sessions.len()];
        let answers = session.client.endorse(std::slice::from_ref(&session.peer), call).await?;
        let endorsed = answers.iter().all(|answer| answer.endorsement.is_some());
        ensure!(endorsed, "refused: {:?}", answers.first().and_then(|answer| answer.response.as_ref()));
        Ok(())
    });
    let mut answers = answers.buffer_unordered(in_flight);
    while let Some(answer) = answers.next().await {
        answer?;
    }
    Ok(began.elapsed())
}

async fn latency() -> Result<()> {
    let flags = ["--batch-size", "1"].map(str::to_owned).into();
    let network = Network::start_with(Options { flags, ..Options::default() })?;
    network.install(&programs::contract(programs::CHAINCODE)?)?;
    let session = Session::open(&network).await?;
    let mut broadcaster = session.orderer.broadcaster().await?;
    let peers = std::slice::from_ref(&session.peer);
    let mut took = Vec::with_capacity(TRANSACTIONS);
    let cpu = cpu_time(network.pid())?;
    for index in 0..TRANSACTIONS {
        let began = Instant::now();
        let call = create(&session, &format!("latency-{index}"));
        let responses = session.client.endorse(peers, &call).await?;
        let envelope = session.client.assemble(peers, &call, &responses)?;
        let watch = session.client.watch_commits(peers, &session.channel_id).await?;
        broadcaster.send(envelope).await?;
        watch.wait(&call.tx_id, |_| ()).await?;
        took.push(began.elapsed());
    }
    let cpu = (cpu_time(network.pid())? - cpu).as_secs_f64() * 1e3 / TRANSACTIONS as f64;
    took.sort();
    let milliseconds = |index: usize| format!("{:.2} ms", took[index].as_secs_f64() * 1e3);
    let (median, tail) = (milliseconds(TRANSACTIONS / 2), milliseconds(TRANSACTIONS * 99 / 100));
    row("propose to commit, one a block, p50", &median, Some(cpu), None, "6 ms");
    row("propose to commit, one a block, p99", &tail, None, None, "-");
    Ok(())
}

fn create(session: &Session, id: &str) -> SignedCall {
    let call: Call = session.call(programs::CHAINCODE, &["CreateAsset", id, "blue", "5", "Tomoko", "300"]);
    SignedCall::new(&session.client.identity, call).expect("signed")
}

/// One line of `cargo xtask bench`.
fn row(measured: &str, value: &str, cpu: Option<f64>, rate: Option<f64>, target: &str) {
    let cpu = cpu.map_or("-".to_owned(), |cpu| format!("{cpu:.3}"));
    let rate = rate.map_or("-".to_owned(), |rate| format!("{rate:.0}"));
    println!("bench\t{measured}\t{value}\t{cpu}\t{rate}\t{target}");
}

/// User and system time of a process (`proc(5)`, fields 14 and 15 of `stat`, in ticks of 10 ms).
fn cpu_time(pid: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).context("reading the peer's CPU time")?;
    // The program's name, in parentheses, may hold spaces.
    let fields = stat.rsplit_once(')').context("a malformed stat file")?.1;
    let ticks: Vec<u64> = fields.split_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
    Ok(Duration::from_millis(ticks.iter().sum::<u64>() * 10))
}

fn resident_bytes(pid: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).context("reading the peer's memory")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
    let kilobytes: u64 = line.split_whitespace().nth(1).context("a malformed VmRSS")?.parse()?;
    Ok(kilobytes * 1024)
}
