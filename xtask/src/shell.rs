//! Child processes, and what a person sees of them.

use std::io::IsTerminal;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Without a terminal cargo shows no progress bar; this often a line says that it still works.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// Announces a step.
pub fn step(title: &str) {
    eprintln!("==> {title}");
}

/// Runs to the end with its output shown; fails when the program does.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("starting {}", describe(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", describe(command));
    }
    Ok(())
}

/// Like `run`, for programs that can be silent for minutes.
pub fn run_long(command: &mut Command, title: &str) -> Result<()> {
    step(title);
    let started = Instant::now();
    let (done, finished) = mpsc::channel::<()>();
    let title = title.to_string();
    let heartbeat = std::thread::spawn(move || {
        if std::io::stderr().is_terminal() {
            return;
        }
        while let Err(RecvTimeoutError::Timeout) = finished.recv_timeout(HEARTBEAT) {
            eprintln!("    still at it after {}: {title}", elapsed(started.elapsed()));
        }
    });
    let result = run(command);
    drop(done);
    heartbeat.join().ok();
    result?;
    eprintln!("    done in {}", elapsed(started.elapsed()));
    Ok(())
}

/// Runs silently and returns what it wrote to standard output; its errors become ours.
pub fn output(command: &mut Command) -> Result<String> {
    let out = command.stdin(Stdio::null()).output().with_context(|| format!("starting {}", describe(command)))?;
    if !out.status.success() {
        bail!("{} failed ({})\n{}", describe(command), out.status, String::from_utf8_lossy(&out.stderr).trim_end());
    }
    String::from_utf8(out.stdout).with_context(|| format!("{} wrote something that is not text", describe(command)))
}

/// Is there such a program?
pub fn in_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| is_file(&folder.join(program))))
}

/// The command line as one would type it.
pub fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(|word| quoted(&word.to_string_lossy()))
        .collect::<Vec<_>>()
        .join(" ")
}

/// "4 min 10 s", "850 ms".
pub fn elapsed(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        seconds if seconds < 60 => format!("{:.1} s", time.as_secs_f32()),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_string() } else { format!("'{word}'") }
}

fn is_file(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn describes_a_command_as_one_would_type_it() {
        let mut command = Command::new("/usr/bin/peer");
        command.args(["chaincode", "query", "-c", r#"{"Args":["ReadAsset"]}"#, ""]);
        assert_eq!(describe(&command), r#"peer chaincode query -c '{"Args":["ReadAsset"]}' ''"#);
    }

    #[test]
    fn prints_times_for_people() {
        for (milliseconds, text) in [(850, "850 ms"), (1_500, "1.5 s"), (250_000, "4 min 10 s")] {
            assert_eq!(elapsed(Duration::from_millis(milliseconds)), text);
        }
    }

    #[test]
    fn a_failing_program_is_an_error_with_its_words() {
        let error = output(Command::new("sh").args(["-c", "echo no luck >&2; exit 3"])).unwrap_err().to_string();
        assert!(error.contains("no luck") && error.contains('3'), "{error}");
    }
}
