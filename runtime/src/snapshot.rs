//! Runs a module's start once, when the module is compiled, and keeps the memory that it leaves as the module's own.
//!
//! The start is `_initialize`, and after it `wizer-initialize` where the module exports that: what it does there must not matter
//! for the answers of its calls, since nobody does it where no snapshot is taken.
//!
//! Some languages' runtimes take longer to start than a call takes to run (Go: a million instructions). Every call gets a fresh
//! instance, so without this each would pay for the start.
//!
//! A snapshot must not change what a contract does. A start that looks at the transaction (the wall clock, any function of the
//! host), writes something, fails or takes too much is not taken: the module then stays as it is, and starts in each call.
//! Random numbers are the exception, because Go's runtime draws some for its maps; they are the same for every contract. All of
//! this is the same at every peer: the module, the answers and the limits decide, nothing else.

use std::future::Future as _;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wasmparser::{ExternalKind, Parser, Payload};
use wasmtime::{
    Caller, Config, Engine, Extern, Instance, Linker, Module, OptLevel, RegallocAlgorithm, Store, StoreLimits, Val,
};
use wasmtime::{StoreLimitsBuilder, bail, format_err};
use wasmtime_wizer::{InstanceState, SnapshotVal, Wizer};

use crate::config;
use crate::limits::{MEMORY_BYTES_DEFAULT, RANDOM_BYTES_MAX, SNAPSHOT_BYTES_MAX, SNAPSHOT_FUEL, TABLE_ELEMENTS_MAX};
use crate::wasi::{MONOTONIC_START_NS, MONOTONIC_STEP_NS, Random};

/// The function that reactor modules export for their start (WebAssembly/WASI, legacy application ABI).
const START: &str = "_initialize";
/// What more may be done once (the default name of the tool Wizer).
const PREPARE: &str = "wizer-initialize";
const MEMORY: &str = "memory";
const PREVIEW1: &str = "wasi_snapshot_preview1";
/// What the numbers drawn by a start follow from, in place of a transaction id.
const RANDOM_SEED: &str = "start of a contract";

/// Answers of WASI preview 1.
const SUCCESS: i32 = 0;
const BAD_DESCRIPTOR: i32 = 8;
const MONOTONIC_CLOCK: i32 = 1;
const RIGHT_READ: u64 = 1 << 1;
const RIGHT_WRITE: u64 = 1 << 6;

/// What a running start has used.
struct State {
    random: Random,
    clock_reads: u64,
    limits: StoreLimits,
}

/// The module as its start leaves it, or nothing where the module has no start or has to do it in each call.
pub fn after_start(core: &[u8]) -> Option<Vec<u8>> {
    let starts = starts(core);
    let last = starts.last()?;
    // The crate refuses what it cannot do, and panics for some of it.
    let taken = std::panic::catch_unwind(AssertUnwindSafe(|| take(core, &starts, last)));
    let refusal = match taken {
        Ok(Ok(module)) => return Some(module),
        Ok(Err(error)) => format!("{error:#}"),
        Err(_) => "the module has something that cannot be kept".to_owned(),
    };
    tracing::debug!("the contract starts in each call: {refusal}");
    None
}

/// The functions of the start that the module exports.
fn starts(core: &[u8]) -> Vec<&'static str> {
    let exports = Parser::new(0).parse_all(core).find_map(|payload| match payload {
        Ok(Payload::ExportSection(exports)) => Some(exports),
        _ => None,
    });
    let exports = exports.into_iter().flatten().filter_map(Result::ok);
    let functions: Vec<&str> =
        exports.filter(|export| export.kind == ExternalKind::Func).map(|export| export.name).collect();
    [START, PREPARE].into_iter().filter(|name| functions.contains(name)).collect()
}

fn take(core: &[u8], starts: &[&str], last: &str) -> wasmtime::Result<Vec<u8>> {
    let mut wizer = Wizer::new();
    // The exports of this name and `_initialize` are left out of the result.
    wizer.init_func(last);
    let (module, instrumented) = wizer.instrument(core)?;
    let engine = Engine::new(&settings())?;
    let compiled = Module::new(&engine, instrumented)?;
    // A start that could notice a refusal might go on with less than a call would give it.
    let limits = StoreLimitsBuilder::new()
        .memory_size(MEMORY_BYTES_DEFAULT)
        .table_elements(TABLE_ELEMENTS_MAX)
        .trap_on_grow_failure(true)
        .build();
    let mut store = Store::new(&engine, State { random: Random::new(RANDOM_SEED), clock_reads: 0, limits });
    store.limiter(|state| &mut state.limits);
    store.set_fuel(SNAPSHOT_FUEL)?;
    let instance = linker(&engine, &compiled)?.instantiate(&mut store, &compiled)?;
    for name in starts {
        instance.get_typed_func::<(), ()>(&mut store, name)?.call(&mut store, ())?;
    }
    let mut started = Started { store, instance };
    let Poll::Ready(after) = pin!(wizer.snapshot(&module, &mut started)).poll(&mut Context::from_waker(Waker::noop()))
    else {
        bail!("taking a snapshot waits for something");
    };
    let after = after?;
    if after.len() > core.len() + SNAPSHOT_BYTES_MAX {
        bail!("the start fills more than {SNAPSHOT_BYTES_MAX} bytes of memory");
    }
    Ok(after)
}

/// Computes what the peer's engine computes, and compiles quickly since nearly all of the code runs once or never.
fn settings() -> Config {
    let mut config = config::semantics();
    config.cranelift_opt_level(OptLevel::None);
    config.cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass);
    config.generate_address_map(false);
    // An image to copy from is a file, and the process that compiles may write none.
    config.memory_init_cow(false);
    config
}

fn linker(engine: &Engine, module: &Module) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    for import in module.imports() {
        let (from, name) = (import.module().to_owned(), import.name().to_owned());
        let wasmtime::ExternType::Func(ty) = import.ty() else { bail!("imports {name}, which is no function") };
        linker.func_new(import.module(), import.name(), ty, move |caller, params, results| {
            let answer = (from == PREVIEW1).then(|| preview1(caller, &name, params)).flatten();
            match (answer, results) {
                (Some(Ok(errno)), [result]) => *result = Val::I32(errno),
                (Some(Err(error)), _) => return Err(error),
                _ => bail!("the start calls {from} {name}"),
            }
            Ok(())
        })?;
    }
    Ok(linker)
}

/// What WASI answers a start; nothing for what a start must not ask.
fn preview1(mut caller: Caller<'_, State>, name: &str, params: &[Val]) -> Option<wasmtime::Result<i32>> {
    let number = |index: usize| params.get(index).and_then(Val::i32);
    let written = |done: wasmtime::Result<()>| Some(done.map(|()| SUCCESS));
    match name {
        "sched_yield" | "args_get" | "environ_get" => Some(Ok(SUCCESS)),
        // There are neither.
        "args_sizes_get" | "environ_sizes_get" => {
            let zero = 0u32.to_le_bytes();
            written(write(&mut caller, number(0), &zero).and_then(|()| write(&mut caller, number(1), &zero)))
        }
        "fd_prestat_get" | "fd_fdstat_set_flags" => Some(Ok(BAD_DESCRIPTOR)),
        "fd_fdstat_get" => match number(0) {
            Some(stream @ 0..=2) => written(write(&mut caller, number(1), &status(stream))),
            _ => Some(Ok(BAD_DESCRIPTOR)),
        },
        "clock_time_get" if number(0) == Some(MONOTONIC_CLOCK) => {
            let state = caller.data_mut();
            state.clock_reads += 1;
            // Calls begin at the start of the clock, so it lies before that.
            let now = state.clock_reads.saturating_mul(MONOTONIC_STEP_NS);
            (now < MONOTONIC_START_NS).then(|| write(&mut caller, number(2), &now.to_le_bytes()).map(|()| SUCCESS))
        }
        "random_get" => {
            let count =
                number(1).and_then(|count| u64::try_from(count).ok()).filter(|count| *count <= RANDOM_BYTES_MAX)?;
            let random = &mut caller.data_mut().random;
            let bytes: Vec<u8> = (0..count).map(|_| random.byte()).collect();
            written(write(&mut caller, number(0), &bytes))
        }
        _ => None,
    }
}

/// `fdstat` of a standard stream, as the adapter gives it for one that is no terminal: of unknown type, without flags, to be read
/// (the first) or written.
fn status(stream: i32) -> [u8; 24] {
    let right = if stream == 0 { RIGHT_READ } else { RIGHT_WRITE };
    let mut status = [0; 24];
    status[8..16].copy_from_slice(&right.to_le_bytes());
    status[16..].copy_from_slice(&right.to_le_bytes());
    status
}

fn write(caller: &mut Caller<'_, State>, address: Option<i32>, bytes: &[u8]) -> wasmtime::Result<()> {
    let Some(Extern::Memory(memory)) = caller.get_export(MEMORY) else { bail!("the module exports no memory") };
    let address = address.ok_or_else(|| format_err!("an address is missing"))?;
    Ok(memory.write(caller, address.cast_unsigned() as usize, bytes)?)
}

/// A module whose start has run.
struct Started {
    store: Store<State>,
    instance: Instance,
}

/// The names are those of exports that the crate has added.
impl InstanceState for Started {
    async fn global_get(&mut self, name: &str, _: wasmparser::ValType) -> SnapshotVal {
        let global = self.instance.get_global(&mut self.store, name).expect("the instrumented module exports it");
        match global.get(&mut self.store) {
            Val::I32(value) => SnapshotVal::I32(value),
            Val::I64(value) => SnapshotVal::I64(value),
            Val::F32(bits) => SnapshotVal::F32(bits),
            Val::F64(bits) => SnapshotVal::F64(bits),
            other => panic!("a mutable global of type {:?} cannot be kept", other.ty(&self.store)),
        }
    }

    async fn memory_contents(&mut self, name: &str, contents: impl FnOnce(&[u8]) + Send) {
        let memory = self.instance.get_memory(&mut self.store, name).expect("the instrumented module exports it");
        contents(memory.data(&self.store));
    }
}
