//! Compiling in a process of its own, with bounded memory and time: a contract that makes the compiler eat memory, loop or crash
//! costs its own installation, not the peer.
//!
//! The parent starts the program that it runs itself with [`ARGUMENT`], writes the file to its standard input and reads the
//! code from its standard output. The child has no environment, writes no files and ends at its limits.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, Signal, setrlimit};

use crate::{config, loader};

/// The first argument of a program that is to compile; the two others are [`CompilerSettings`].
pub const ARGUMENT: &str = "compile-contract";

/// Stack of a compiling thread; deeply nested functions need it.
const STACK_BYTES: usize = 32 << 20;
/// Memory of the child. Python's 18 MB, the largest seen, need 0.4 GB.
const MEMORY_BYTES: u64 = 2 << 30;
/// Processor time of the child, all threads, and how much more for each MiB of the file. The slowest honest ones need 1.5 s
/// for each MiB; while a contract compiles, others wait.
const CPU_SECONDS: u64 = 30;
const CPU_SECONDS_PER_MIB: u64 = 12;
/// Time that passes meanwhile, for a child that waits or a machine that does much else.
const WALL_TIME: Duration = Duration::from_secs(300);
/// For ending after the last byte of code.
const LAST_STEPS: Duration = Duration::from_secs(10);
/// Wrong arguments.
const MISUSE: &str = "compile-contract is what a peer starts by itself; a peer that says this was replaced by another version \
                      while it runs: restart it";
/// Files open at once.
const FILES_MAX: u64 = 64;
/// Code that is taken from the child.
const CODE_BYTES_MAX: u64 = 1 << 30;
/// What the child says when it fails.
const MESSAGE_BYTES_MAX: u64 = 16 << 10;

/// What decides about the code beside the component; both processes must agree on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CompilerSettings {
    /// Whether instances lie in a pool.
    pub pooled: bool,
    /// Whether the code is for every processor of the architecture.
    pub portable: bool,
}

impl CompilerSettings {
    fn arguments(self) -> [&'static str; 2] {
        [if self.pooled { "pooled" } else { "single" }, if self.portable { "portable" } else { "native" }]
    }

    fn parse(arguments: &[OsString]) -> Option<Self> {
        let all = [true, false].into_iter().flat_map(|pooled| [true, false].map(|portable| Self { pooled, portable }));
        all.into_iter().find(|settings| settings.arguments().iter().eq(arguments))
    }
}

/// The compiling program's part: reads a contract file, writes code. `arguments` are those after [`ARGUMENT`].
///
/// # Errors
/// A text for the parent.
pub fn serve(arguments: &[OsString]) -> Result<(), String> {
    let settings = CompilerSettings::parse(arguments).ok_or(MISUSE)?;
    confine().map_err(|error| format!("cannot limit the compiler: {error}"))?;
    let config = config::engine(settings.pooled, NonZeroUsize::MIN, settings.portable);
    let engine = wasmtime::Engine::new(&config).map_err(|error| format!("cannot start the compiler: {error:#}"))?;
    let mut wasm = Vec::new();
    io::stdin().lock().read_to_end(&mut wasm).map_err(|error| format!("reading the contract: {error}"))?;
    limit_time(wasm.len()).map_err(|error| format!("cannot limit the compiler: {error}"))?;
    let code = on_large_stack(|| compile(&engine, &wasm))??;
    io::stdout().lock().write_all(&code).map_err(|error| format!("handing over the code: {error}"))
}

/// Runs work on a thread whose stack is large enough for what the gate lets through.
pub(crate) fn on_large_stack<R: Send>(work: impl FnOnce() -> R + Send) -> Result<R, String> {
    let builder = std::thread::Builder::new().name("weft-compile".into()).stack_size(STACK_BYTES);
    std::thread::scope(|scope| {
        let thread = builder.spawn_scoped(scope, work).map_err(|error| format!("cannot start a thread: {error}"))?;
        thread.join().map_err(|_| "the compiler panicked".to_owned())
    })
}

/// Compiles in this process a file that the gate has accepted.
pub(crate) fn compile(engine: &wasmtime::Engine, wasm: &[u8]) -> Result<Vec<u8>, String> {
    let component = loader::component(wasm).map_err(|error| error.to_string())?;
    engine.precompile_component(&component).map_err(|error| format!("{error:#}"))
}

fn confine() -> io::Result<()> {
    // Nobody wants the code of a peer that has ended.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let limit = |resource, most| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    // Counts what is writable, not the address space that the engine reserves.
    limit(Resource::Data, MEMORY_BYTES)?;
    limit(Resource::Nofile, FILES_MAX)?;
    limit(Resource::Core, 0)?;
    // Pipes are no files.
    limit(Resource::Fsize, 0)?;
    Ok(())
}

fn limit_time(file_bytes: usize) -> io::Result<()> {
    let seconds = cpu_seconds(file_bytes);
    // The kernel warns with a signal of its own before it kills.
    Ok(setrlimit(Resource::Cpu, Rlimit { current: Some(seconds), maximum: Some(seconds + 1) })?)
}

/// Processor time for compiling a file of this size.
fn cpu_seconds(file_bytes: usize) -> u64 {
    CPU_SECONDS + CPU_SECONDS_PER_MIB * (file_bytes as u64 >> 20)
}

/// Compiles in a process of `program`.
pub(crate) fn compile_apart(program: &PathBuf, settings: CompilerSettings, wasm: &[u8]) -> Result<Vec<u8>, String> {
    let mut command = Command::new(program);
    command.arg(ARGUMENT).args(settings.arguments()).env_clear().current_dir("/");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("cannot start the compiler: {error}"))?;
    let (Some(mut input), Some(output), Some(messages)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err("the compiler has no pipes".to_owned());
    };
    std::thread::scope(|scope| {
        let thread = || std::thread::Builder::new().name("weft-compile".into());
        let (sender, code) = mpsc::channel();
        // A child that ends early breaks the pipe; its status says why.
        let threads = thread().spawn_scoped(scope, move || input.write_all(wasm)).and_then(|_| {
            let message = thread().spawn_scoped(scope, move || read(messages, MESSAGE_BYTES_MAX))?;
            thread().spawn_scoped(scope, move || sender.send(read(output, CODE_BYTES_MAX)))?;
            Ok(message)
        });
        let message = match threads {
            Ok(message) => message,
            Err(error) => {
                end(&mut child, false)?;
                return Err(format!("cannot start a thread: {error}"));
            }
        };
        let code = code.recv_timeout(WALL_TIME);
        let status = end(&mut child, code.is_ok())?;
        let message = message.join().ok().and_then(Result::ok).unwrap_or_default();
        match code {
            Ok(Ok(code)) if status.success() => Ok(code),
            Ok(Err(error)) if status.success() => Err(format!("reading the compiled code: {error}")),
            Ok(_) => Err(failure(status, wasm.len(), &String::from_utf8_lossy(&message))),
            Err(_) => Err(format!("it takes longer than {} s to compile", WALL_TIME.as_secs())),
        }
    })
}

/// Waits for a child that has closed its output and so is about to end, and kills any other.
fn end(child: &mut Child, finished: bool) -> Result<ExitStatus, String> {
    let failed = |error: io::Error| format!("waiting for the compiler: {error}");
    let give_up = Instant::now() + if finished { LAST_STEPS } else { Duration::ZERO };
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            return Ok(status);
        }
        if Instant::now() >= give_up {
            // It may have ended just now.
            let _ = child.kill();
            return child.wait().map_err(failed);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn read(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn failure(status: ExitStatus, file_bytes: usize, message: &str) -> String {
    let said = message.trim();
    match status.signal().and_then(Signal::from_named_raw) {
        None if said.is_empty() => format!("the compiler ended with {status}"),
        None => said.to_owned(),
        Some(Signal::XCPU) => {
            format!("it takes more than {} s of processor time to compile", cpu_seconds(file_bytes))
        }
        Some(Signal::KILL) => "the compiler was killed; has the machine too little memory?".to_owned(),
        Some(Signal::ABORT) if said.contains("memory allocation") => {
            format!("it takes more than {} MiB of memory to compile", MEMORY_BYTES >> 20)
        }
        Some(_) => format!("the compiler crashed ({status}): {said}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    const SETTINGS: CompilerSettings = CompilerSettings { pooled: true, portable: false };

    #[test]
    fn settings_survive_the_way_to_the_child() {
        for pooled in [true, false] {
            for portable in [true, false] {
                let settings = CompilerSettings { pooled, portable };
                assert_eq!(CompilerSettings::parse(&settings.arguments().map(OsString::from)), Some(settings));
            }
        }
        assert_eq!(CompilerSettings::parse(&["pooled".into()]), None);
        assert!(serve(&["other".into()]).unwrap_err().contains("restart it"));
    }

    /// What compiling with a program that does this says.
    fn with_program(script: &str) -> Result<Vec<u8>, String> {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("compiler");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        // More than a pipe holds.
        compile_apart(&program, SETTINGS, &vec![b'x'; 1 << 20])
    }

    #[test]
    fn what_the_child_does_is_told() {
        assert_eq!(with_program("/bin/cat").map(|code| code.len()), Ok(1 << 20));
        assert_eq!(with_program("echo $1 $2 $3"), Ok(b"compile-contract pooled native\n".to_vec()));
        for (script, expected) in [
            ("echo bad function 7 >&2; exit 1", "bad function 7"),
            ("exit 3", "the compiler ended with exit status: 3"),
            ("kill -XCPU $$", "it takes more than 42 s of processor time to compile"),
            ("kill -KILL $$", "the compiler was killed; has the machine too little memory?"),
            (
                "echo memory allocation of 9 bytes failed >&2; kill -ABRT $$",
                "it takes more than 2048 MiB of memory to compile",
            ),
            ("echo oops >&2; kill -SEGV $$", "the compiler crashed (signal: 11 (SIGSEGV)): oops"),
        ] {
            assert_eq!(with_program(script), Err(expected.to_owned()), "{script}");
        }
        let missing = compile_apart(&PathBuf::from("/no/such/program"), SETTINGS, b"");
        assert!(missing.unwrap_err().starts_with("cannot start the compiler: "));
    }
}
