//! The engine: from the bytes of a contract to a [`Contract`].

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};
use wasmtime::component::{Component, Linker};

use crate::cache::{Cache, CacheError};
use crate::compiler::{self, CompilerSettings};
use crate::contract::{Contract, Loaded};
use crate::gate::{self, Abi, Report};
use crate::limits::{CONCURRENT_CALLS, Limits, MEMORY_BYTES_CAP};
use crate::profile::FRAMES_MAX;
use crate::ticker::Ticker;
use crate::{config, host, link, loader};

/// Frames in the report of a trap.
const TRAP_FRAMES: usize = 20;

/// Contracts that are compiled at once, each with as many threads as there are processors and gigabytes of memory at most: one
/// that takes its half a minute does not hold up the next.
const COMPILATIONS: usize = 2;

/// How to set up an [`Engine`].
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Where compiled code is kept; it belongs to this process's user alone. `None` compiles every time.
    pub cache_dir: Option<PathBuf>,
    /// The most any contract gets. Memory beyond [`Limits::cap`] has no effect: it is the size of a place in the pool.
    pub cap: Limits,
    /// Whether calls will be profiled: their stacks are then shown to a depth of 256 frames, else 20.
    pub profiling: bool,
    /// Compile for every processor of this architecture, not for this one. Calls do the same, and take somewhat longer.
    pub portable: bool,
    /// The program that compiles, in a process of its own with bounded memory and time: it answers the argument
    /// [`COMPILER_ARGUMENT`](crate::COMPILER_ARGUMENT) with [`serve_compiler`](crate::serve_compiler). `None` compiles in this process.
    pub compiler: Option<PathBuf>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { cache_dir: None, cap: Limits::cap(), profiling: false, portable: false, compiler: None }
    }
}

/// Why an engine could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The Wasm engine refuses its settings or lacks memory.
    #[error("cannot start the Wasm engine: {0}")]
    Start(String),
    /// The host functions do not fit the contract world.
    #[error("cannot link the host functions: {0}")]
    Link(String),
    /// The thread behind deadlines does not start.
    #[error("cannot start the deadline thread")]
    Ticker(#[source] std::io::Error),
    /// The cache of compiled code cannot be used.
    #[error("cannot open the cache of compiled code")]
    Cache(#[source] CacheError),
}

/// Why a contract could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The gate refuses the file; the report says why.
    #[error("the contract is refused: {0}")]
    Refused(Box<Report>),
    /// The module makes no component, or the compiler failed.
    #[error("cannot compile the contract: {0}")]
    Compile(String),
    /// Imports or exports have other types than the contract world.
    #[error("the contract does not fit the peer: {0}")]
    Link(String),
    /// The compiling thread could not be started, or died.
    #[error("cannot run the compiler: {0}")]
    Compiler(String),
}

/// Loads contracts. Cheap to clone; one per process is enough.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
    abi: Arc<Abi>,
    linker: Linker<host::CallState>,
    cache: Option<Arc<Cache>>,
    cap: Limits,
    /// The program that compiles, if not this process, and how.
    compiler: Option<PathBuf>,
    settings: CompilerSettings,
    compiling: Arc<Compilations>,
}

/// What calls need of the engine.
pub(crate) struct Shared {
    pub engine: wasmtime::Engine,
    pub ticker: Ticker,
    pub slots: Slots,
}

impl Engine {
    /// Starts an engine. Reserves address space for the pool, but no memory.
    ///
    /// # Errors
    /// The Wasm engine does not start, or the cache directory cannot be used.
    pub fn new(options: EngineOptions) -> Result<Self, EngineError> {
        let frames = if options.profiling { FRAMES_MAX } else { TRAP_FRAMES };
        let frames = NonZeroUsize::new(frames).expect("the constants are not zero");
        let config = |pooled| config::engine(pooled, frames, options.portable);
        let mut settings = CompilerSettings { pooled: true, portable: options.portable };
        let engine = wasmtime::Engine::new(&config(true)).or_else(|error| {
            tracing::warn!("no address space for the instance pool, calls will be slower: {error:#}");
            settings.pooled = false;
            wasmtime::Engine::new(&config(false)).map_err(|error| EngineError::Start(format!("{error:#}")))
        })?;
        let mut linker = Linker::new(&engine);
        host::add_to_linker(&mut linker).map_err(|error| EngineError::Link(format!("{error:#}")))?;
        let cache = match &options.cache_dir {
            Some(dir) => Some(Arc::new(Cache::open(dir, &engine).map_err(EngineError::Cache)?)),
            None => None,
        };
        let ticker = Ticker::start(engine.clone()).map_err(EngineError::Ticker)?;
        Ok(Self {
            shared: Arc::new(Shared { engine, ticker, slots: Slots::new(CONCURRENT_CALLS) }),
            abi: Arc::new(Abi::new()),
            linker,
            cache,
            cap: Limits { memory_bytes: options.cap.memory_bytes.min(MEMORY_BYTES_CAP), ..options.cap },
            compiler: options.compiler,
            settings,
            compiling: Arc::default(),
        })
    }

    /// Everything there is to say against a file. Compiles nothing.
    pub fn check(&self, wasm: &[u8]) -> Report {
        gate::check(wasm, &gate::hash(wasm), &self.abi, Limits::default().capped(&self.cap).memory_bytes)
    }

    /// Loads a contract of any known kind. `limits` are cut to the engine's cap.
    ///
    /// # Errors
    /// The file is refused, or cannot be made ready to run.
    pub fn load(&self, wasm: &[u8], limits: Limits) -> Result<Contract, LoadError> {
        let limits = limits.capped(&self.cap);
        let hash = gate::hash(wasm);
        let cached = self.cached(&hash);
        let report = match &cached {
            // What was compiled had been accepted, by a gate of this version.
            Some(_) => gate::check_again(wasm, &hash, limits.memory_bytes),
            None => gate::check(wasm, &hash, &self.abi, limits.memory_bytes),
        };
        let (true, Some(loader)) = (report.accepted(), loader::for_bytes(wasm)) else {
            return Err(LoadError::Refused(Box::new(report)));
        };
        let component = match cached {
            Some(component) => component,
            None => self.component(wasm, &hash, loader)?,
        };
        let instance = link::link(&self.shared.engine, &self.linker, &component).map_err(LoadError::Link)?;
        Ok(Contract::new(Loaded { shared: self.shared.clone(), instance, limits, functions: report.functions, hash }))
    }

    fn cached(&self, hash: &[u8; 32]) -> Option<Component> {
        self.cache.as_ref().and_then(|cache| cache.load(&self.shared.engine, hash))
    }

    fn component(&self, wasm: &[u8], hash: &[u8; 32], loader: &loader::Loader) -> Result<Component, LoadError> {
        let _turn = self.compiling.begin(hash);
        // Whoever had the turn before may have compiled the same.
        if let Some(component) = self.cached(hash) {
            return Ok(component);
        }
        let begun = Instant::now();
        let code = self.compile(wasm)?;
        tracing::debug!(
            loader = loader.name,
            bytes = wasm.len(),
            ms = begun.elapsed().as_millis(),
            "compiled a contract"
        );
        if let Some(cache) = &self.cache {
            match cache.store(hash, &code) {
                Ok(()) => {
                    if let Some(component) = cache.load(&self.shared.engine, hash) {
                        return Ok(component);
                    }
                }
                // The contract runs all the same; the next start compiles again.
                Err(error) => tracing::warn!("cannot keep compiled code: {error}"),
            }
        }
        // SAFETY: this engine compiled these bytes a moment ago, and nobody else has seen them.
        unsafe { Component::deserialize(&self.shared.engine, &code) }
            .map_err(|error| LoadError::Compile(format!("{error:#}")))
    }

    /// Runs the compiler, in a process of its own if there is a program for it.
    fn compile(&self, wasm: &[u8]) -> Result<Vec<u8>, LoadError> {
        let code = match &self.compiler {
            Some(program) => compiler::compile_apart(program, self.settings, wasm),
            None => compiler::on_large_stack(|| compiler::compile(&self.shared.engine, wasm))
                .map_err(LoadError::Compiler)?,
        };
        code.map_err(LoadError::Compile)
    }
}

/// The contracts that are being compiled: each by one thread, and no more at once than [`COMPILATIONS`].
#[derive(Default)]
struct Compilations {
    running: Mutex<Vec<[u8; 32]>>,
    ended: Condvar,
}

/// One of them, until it is dropped.
struct Compilation<'a> {
    all: &'a Compilations,
    contract: [u8; 32],
}

impl Compilations {
    /// Waits for a turn to compile a contract.
    fn begin(&self, contract: &[u8; 32]) -> Compilation<'_> {
        let mut running = self.running.lock();
        while running.len() >= COMPILATIONS || running.contains(contract) {
            self.ended.wait(&mut running);
        }
        running.push(*contract);
        Compilation { all: self, contract: *contract }
    }
}

impl Drop for Compilation<'_> {
    fn drop(&mut self) {
        self.all.running.lock().retain(|contract| *contract != self.contract);
        // Others wait for other contracts.
        self.all.ended.notify_all();
    }
}

/// Room for calls: the pool has so many places and no more.
pub(crate) struct Slots {
    free: Mutex<u32>,
    released: Condvar,
}

/// One place, given back on drop.
pub(crate) struct Slot<'a>(&'a Slots);

impl Slots {
    fn new(count: u32) -> Self {
        Self { free: Mutex::new(count), released: Condvar::new() }
    }

    /// Waits for a place until `end`.
    pub fn acquire(&self, end: Instant) -> Option<Slot<'_>> {
        let mut free = self.free.lock();
        while *free == 0 {
            if self.released.wait_until(&mut free, end).timed_out() {
                return None;
            }
        }
        *free -= 1;
        Some(Slot(self))
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.0.free.lock() += 1;
        self.0.released.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_slow_compilation_holds_up_its_own_contract_only() {
        let compilations = Compilations::default();
        let slow = compilations.begin(&[0; 32]);
        // These do not wait, or the test would not end.
        drop(compilations.begin(&[1; 32]));
        let other = compilations.begin(&[2; 32]);
        std::thread::scope(|scope| {
            let same = scope.spawn(|| drop(compilations.begin(&[0; 32])));
            let more = scope.spawn(|| drop(compilations.begin(&[3; 32])));
            assert!(!same.is_finished() && !more.is_finished());
            drop(other);
            more.join().unwrap();
            assert!(!same.is_finished());
            drop(slow);
            same.join().unwrap();
        });
        assert!(compilations.running.lock().is_empty());
    }

    #[test]
    fn slots_run_out_and_come_back() {
        let slots = Slots::new(1);
        let soon = || Instant::now() + Duration::from_millis(5);
        let slot = slots.acquire(soon()).unwrap();
        assert!(slots.acquire(soon()).is_none());
        drop(slot);
        assert!(slots.acquire(soon()).is_some());
    }
}
