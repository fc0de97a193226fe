//! WASI without a world behind it.
//!
//! Many languages' runtimes import WASI although a contract has no use for it. Every WASI function is answered from its *type*, so any 0.2.x
//! version links, and every answer is the same at every peer: the clock shows the proposal's time, random numbers follow from the
//! transaction id, standard output goes to the contract's log, there are no arguments, no environment and no directories, and
//! files, sockets and HTTP refuse.

mod answer;
mod random;

use std::sync::Arc;

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, Resource, ResourceAny, ResourceType, Val};
use wasmtime::{Engine, StoreContextMut};

use crate::LogLevel;
use crate::host::{CallState, Stop};
use crate::limits::RANDOM_BYTES_MAX;
pub use random::Random;

/// Packages whose interfaces are answered.
const PACKAGES: [&str; 7] =
    ["wasi:cli/", "wasi:clocks/", "wasi:filesystem/", "wasi:http/", "wasi:io/", "wasi:random/", "wasi:sockets/"];

/// The monotonic clock's first value; some runtimes take zero for a broken clock.
pub const MONOTONIC_START_NS: u64 = 1_000_000_000;
/// What each look at the monotonic clock adds, so that loops that wait for time to pass end.
pub const MONOTONIC_STEP_NS: u64 = 1_000;
/// What an output stream takes at once.
const WRITE_BYTES: u64 = 4096;

/// Handles of the standard streams; all other resources are number 0, except those that wait for a time.
const STDOUT: u32 = 1;
const STDERR: u32 = 2;
/// Waits for a time that one call may ask for.
const WAITS_MAX: usize = 100_000;
/// The first of the handles that wait for a time.
const FIRST_WAIT: u32 = 3;

/// A resource of any WASI type. There is never anything behind it.
pub struct Nothing;

/// What WASI remembers during one call.
#[derive(Default)]
pub struct WasiState {
    random: Option<Random>,
    clock_reads: u64,
    /// Time that the contract has slept, in nanoseconds.
    slept_ns: u64,
    /// When the handles that wait are ready, on the monotonic clock.
    waits: Vec<u64>,
    stdout: String,
    stderr: String,
}

/// Whether the interface is answered here.
pub fn offers(interface: &str) -> bool {
    PACKAGES.iter().any(|package| interface.starts_with(package))
        && interface.split_once('@').is_some_and(|(_, version)| version.starts_with("0.2."))
}

/// Links an answer for every WASI import of `component`.
pub fn add_to_linker(linker: &mut Linker<CallState>, engine: &Engine, component: &Component) -> wasmtime::Result<()> {
    for (interface, item) in component.component_type().imports(engine) {
        let ComponentItem::ComponentInstance(instance) = item.ty else { continue };
        if !offers(interface) {
            continue;
        }
        let mut linked = linker.instance(interface)?;
        for (name, item) in instance.exports(engine) {
            match item.ty {
                ComponentItem::Resource(_) => {
                    linked.resource(name, ResourceType::host::<Nothing>(), |_, _| Ok(()))?;
                }
                ComponentItem::ComponentFunc(_) => {
                    let call = Arc::new(Call::new(interface, name));
                    linked.func_new(name, move |mut store, ty, params, results| {
                        store.data_mut().enter(0)?;
                        let mut handles = Vec::new();
                        params.iter().try_for_each(|param| give_back(&mut store, param, &mut handles))?;
                        let Some(result) = ty.results().next() else {
                            return call.without_result(&mut store, &handles);
                        };
                        results[0] = call.answer(&mut store, &result, params, &handles)?;
                        Ok(())
                    })?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// One WASI function.
struct Call {
    /// `io/streams`, without package prefix and version.
    interface: String,
    name: String,
}

impl Call {
    fn new(interface: &str, name: &str) -> Self {
        let interface = interface.split('@').next().unwrap_or(interface);
        Self { interface: interface.trim_start_matches("wasi:").to_owned(), name: name.to_owned() }
    }

    fn without_result(&self, store: &mut StoreContextMut<'_, CallState>, handles: &[u32]) -> wasmtime::Result<()> {
        if self.name == "[method]pollable.block" {
            handles.iter().for_each(|handle| store.data_mut().wasi.sleep(*handle));
        }
        if self.interface == "cli/exit" {
            let state = store.data_mut();
            state.flush();
            state.last_words.get_or_insert_with(|| "the program ended itself".into());
            return Err(Stop::Panic.into());
        }
        Ok(())
    }

    fn answer(
        &self,
        store: &mut StoreContextMut<'_, CallState>,
        ty: &wasmtime::component::Type,
        params: &[Val],
        handles: &[u32],
    ) -> wasmtime::Result<Val> {
        match (self.interface.as_str(), self.name.as_str()) {
            ("clocks/wall-clock", "now") => {
                let (seconds, nanoseconds) = store.data().context.invocation().timestamp;
                // A time before 1970 has no place in this type.
                let seconds = u64::try_from(seconds).unwrap_or(0);
                let fields = [("seconds", Val::U64(seconds)), ("nanoseconds", Val::U32(nanoseconds))];
                Ok(Val::Record(fields.map(|(name, value)| (name.to_owned(), value)).into()))
            }
            ("clocks/monotonic-clock", "now") => {
                let wasi = &mut store.data_mut().wasi;
                wasi.clock_reads += 1;
                Ok(Val::U64(wasi.now_ns()))
            }
            ("clocks/monotonic-clock", "subscribe-duration" | "subscribe-instant") => {
                let wasi = &mut store.data_mut().wasi;
                let from = if self.name == "subscribe-duration" { wasi.now_ns() } else { 0 };
                let [Val::U64(time)] = params else { return answer::nothing(store, ty) };
                if wasi.waits.len() >= WAITS_MAX {
                    return Err(Stop::Limit(format!("chaincode waited for time more than {WAITS_MAX} times")).into());
                }
                wasi.waits.push(from.saturating_add(*time));
                let number = FIRST_WAIT + (wasi.waits.len() - 1) as u32;
                handle(store, number)
            }
            ("clocks/monotonic-clock", "resolution") => Ok(Val::U64(1)),
            ("random/random" | "random/insecure", _) => random_value(store, params),
            ("random/insecure-seed", _) => {
                let random = store.data_mut().random();
                Ok(Val::Tuple(vec![Val::U64(random.next()), Val::U64(random.next())]))
            }
            ("cli/stdout", _) => handle(store, STDOUT),
            ("cli/stderr", _) => handle(store, STDERR),
            ("io/streams", "[method]output-stream.check-write") => {
                Ok(Val::Result(Ok(Some(Box::new(Val::U64(WRITE_BYTES))))))
            }
            ("io/streams", "[method]output-stream.write" | "[method]output-stream.blocking-write-and-flush") => {
                write(store, handles, params)?;
                Ok(Val::Result(Ok(None)))
            }
            ("io/streams", name) if name.starts_with("[method]input-stream.") => answer::refusal(store, ty),
            ("io/poll", "poll") => {
                handles.iter().for_each(|handle| store.data_mut().wasi.sleep(*handle));
                Ok(Val::List((0..handles.len() as u32).map(Val::U32).collect()))
            }
            ("io/poll", "[method]pollable.ready") => Ok(Val::Bool(true)),
            (interface, _) if ["filesystem/", "sockets/", "http/"].iter().any(|area| interface.starts_with(area)) => {
                answer::refusal(store, ty)
            }
            _ => answer::nothing(store, ty),
        }
    }
}

/// Resources in a parameter are lent to the host; the engine wants each of them back before the call ends.
fn give_back(store: &mut StoreContextMut<'_, CallState>, param: &Val, handles: &mut Vec<u32>) -> wasmtime::Result<()> {
    match param {
        Val::Resource(resource) => {
            handles.push(Resource::<Nothing>::try_from_resource_any(*resource, &mut *store)?.rep());
            Ok(())
        }
        Val::List(values) | Val::Tuple(values) => values.iter().try_for_each(|value| give_back(store, value, handles)),
        Val::Record(fields) => fields.iter().try_for_each(|(_, value)| give_back(store, value, handles)),
        Val::Option(Some(value)) | Val::Variant(_, Some(value)) | Val::Result(Ok(Some(value)) | Err(Some(value))) => {
            give_back(store, value, handles)
        }
        _ => Ok(()),
    }
}

impl WasiState {
    fn now_ns(&self) -> u64 {
        let awake = MONOTONIC_START_NS + self.clock_reads * MONOTONIC_STEP_NS;
        awake.saturating_add(self.slept_ns)
    }

    /// Waiting for a time takes none: the clock shows it at once.
    fn sleep(&mut self, handle: u32) {
        let wait = handle.checked_sub(FIRST_WAIT).and_then(|index| self.waits.get(index as usize));
        let left = wait.map_or(0, |time| time.saturating_sub(self.now_ns()));
        self.slept_ns = self.slept_ns.saturating_add(left);
    }
}

fn random_value(store: &mut StoreContextMut<'_, CallState>, params: &[Val]) -> wasmtime::Result<Val> {
    let [Val::U64(count)] = params else { return Ok(Val::U64(store.data_mut().random().next())) };
    if *count > RANDOM_BYTES_MAX {
        let text = format!("chaincode asked for {count} random bytes at once, the limit is {RANDOM_BYTES_MAX}");
        return Err(Stop::Limit(text).into());
    }
    store.data_mut().count(*count as usize)?;
    let random = store.data_mut().random();
    Ok(Val::List((0..*count).map(|_| Val::U8(random.byte())).collect()))
}

fn handle(store: &mut StoreContextMut<'_, CallState>, number: u32) -> wasmtime::Result<Val> {
    Ok(Val::Resource(ResourceAny::try_from_resource(Resource::<Nothing>::new_own(number), store)?))
}

/// Standard output and error become log lines; other streams swallow what they get.
fn write(store: &mut StoreContextMut<'_, CallState>, handles: &[u32], params: &[Val]) -> wasmtime::Result<()> {
    let ([number], [_, Val::List(bytes)]) = (handles, params) else { return Ok(()) };
    let bytes: Vec<u8> = bytes.iter().map(|byte| if let Val::U8(byte) = byte { *byte } else { 0 }).collect();
    let state = store.data_mut();
    state.count(bytes.len())?;
    let text = String::from_utf8_lossy(&bytes);
    match *number {
        STDOUT => state.wasi.stdout.push_str(&text),
        STDERR => state.wasi.stderr.push_str(&text),
        _ => {}
    }
    state.log_whole_lines(WRITE_BYTES as usize);
    Ok(())
}

impl CallState {
    fn random(&mut self) -> &mut Random {
        let tx_id = &self.context.invocation().tx_id;
        self.wasi.random.get_or_insert_with(|| Random::new(tx_id))
    }

    /// Logs what standard output and error have left without a line end. To be called when the guest has stopped.
    pub fn flush(&mut self) {
        self.log_whole_lines(0);
    }

    fn log_whole_lines(&mut self, keep_bytes: usize) {
        let streams = [
            (LogLevel::Info, std::mem::take(&mut self.wasi.stdout)),
            (LogLevel::Error, std::mem::take(&mut self.wasi.stderr)),
        ];
        let rests = streams.map(|(level, text)| {
            let mut rest = text.as_str();
            while let Some((line, after)) = rest.split_once('\n') {
                self.stream_line(level, line);
                rest = after;
            }
            if rest.len() > keep_bytes {
                self.stream_line(level, rest);
                rest = "";
            }
            rest.to_owned()
        });
        [self.wasi.stdout, self.wasi.stderr] = rests;
    }

    fn stream_line(&mut self, level: LogLevel, line: &str) {
        if line.is_empty() {
            return;
        }
        if level == LogLevel::Error {
            // Runtimes print why they die; the first such line says it, a stack trace follows.
            let words = crate::text::printable(line, host_api::limits::LOG_LINE_BYTES_MAX);
            self.last_words.get_or_insert(words);
        }
        self.log(level, line);
    }
}
