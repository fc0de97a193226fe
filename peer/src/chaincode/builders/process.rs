//! A program of a builder while it runs: its output goes to the log, and it ends with everything that it started.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::process::Child;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::LOG;

/// Time from SIGTERM to SIGKILL, as in Fabric.
pub const STOP_GRACE: Duration = Duration::from_secs(5);
/// How often it is looked whether a group of processes has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// How often a busy program is tried.
const BUSY_ATTEMPTS: usize = 20;
/// Time for the rest of the output once the group has ended. Only a process that left the group can take longer.
const OUTPUT_TIMEOUT: Duration = Duration::from_secs(1);
/// Longest line that is logged; the rest of a longer one is not.
const LINE_BYTES_MAX: usize = 4096;
/// Longest line that is kept for an error.
const TAIL_LINE_BYTES_MAX: usize = 512;
/// The most output that is kept for an error.
const TAIL_BYTES_MAX: usize = 2048;

/// A running program, leader of its own process group.
pub struct Process {
    child: Child,
    group: Group,
    tail: Arc<Mutex<Tail>>,
    output: JoinHandle<()>,
}

/// How a program ended, in Fabric's words.
#[derive(Clone, Copy, Debug)]
pub struct Ended(ExitStatus);

impl Ended {
    /// Whether it did what it should.
    pub fn success(self) -> bool {
        self.0.success()
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.code(), self.0.signal()) {
            (Some(code), _) => write!(formatter, "exit status {code}"),
            (None, Some(signal)) => write!(formatter, "ended by signal {signal}"),
            (None, None) => write!(formatter, "{}", self.0),
        }
    }
}

impl Process {
    /// Starts it. Must be called on a tokio runtime.
    pub(super) async fn start(mut command: Command, output: Output) -> io::Result<Process> {
        let (reader, writer) = io::pipe()?;
        let reader = pipe::Receiver::from_owned_fd(reader.into())?;
        command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).process_group(0);
        let mut command = tokio::process::Command::from(command);
        let child = spawn(&mut command).await?;
        // This process's own ends of the pipe, without which it never ends.
        drop(command);
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let group = Group(Some(pid.ok_or_else(|| io::Error::other("it has no process id"))?));
        let tail = Arc::new(Mutex::new(Tail::default()));
        let output = tokio::spawn(output.log(reader, tail.clone()));
        Ok(Process { child, group, tail, output })
    }

    /// Waits until the program has ended by itself; what it started may go on. May be given up and called again.
    pub async fn wait(&mut self) -> Ended {
        match self.child.wait().await {
            Ok(status) => Ended(status),
            Err(error) => {
                // Nobody else waits for it, so that this does not happen.
                tracing::error!(target: LOG, %error, "cannot wait for a process");
                Ended(ExitStatus::from_raw(0x7f00))
            }
        }
    }

    /// Ends it and all of its group: they are asked to, and after `grace` made to. Returns the end of the output for an
    /// error, empty if there was none.
    pub async fn end(mut self, grace: Duration) -> String {
        let deadline = Instant::now() + grace;
        if !grace.is_zero() {
            self.group.signal(Signal::TERM);
            // An error is one that `wait` has reported.
            let _ = tokio::time::timeout_at(deadline, self.child.wait()).await;
            while self.group.is_alive() && Instant::now() < deadline {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        }
        self.group.kill();
        let _ = self.child.wait().await;
        if tokio::time::timeout(OUTPUT_TIMEOUT, &mut self.output).await.is_err() {
            self.output.abort();
        }
        self.tail.lock().text()
    }
}

/// A program that was written just now is busy as long as another process that is being started, at that moment, has its
/// file open.
async fn spawn(command: &mut tokio::process::Command) -> io::Result<Child> {
    for _ in 0..BUSY_ATTEMPTS {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
            result => return result,
        }
    }
    command.spawn()
}

/// A group of processes, killed on drop.
struct Group(Option<Pid>);

impl Group {
    fn signal(&self, signal: Signal) {
        // Fails when all have ended.
        let _ = self.0.map(|pid| kill_process_group(pid, signal));
    }

    fn is_alive(&self) -> bool {
        self.0.is_some_and(|pid| test_kill_process_group(pid).is_ok())
    }

    fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How a program's output is logged.
pub(super) struct Output {
    /// Whose program it is.
    pub builder: String,
    /// Which one, and what for.
    pub command: String,
    /// Lines that are logged.
    pub lines_max: usize,
}

impl Output {
    /// Logs what is written, until nobody can write any more.
    async fn log(self, mut reader: pipe::Receiver, tail: Arc<Mutex<Tail>>) {
        let Output { builder, command, lines_max } = self;
        let mut lines = Lines::default();
        let mut logged = 0;
        let mut log = |line: String| {
            if logged < lines_max {
                tracing::info!(target: LOG, %builder, %command, "{line}");
            } else if logged == lines_max {
                tracing::warn!(target: LOG, %builder, %command, "it wrote {logged} lines; further ones are not logged");
            }
            logged = logged.saturating_add(1);
            tail.lock().push(line);
        };
        let mut buffer = [0; 8192];
        // An error ends the output as its end does.
        while let Ok(count @ 1..) = reader.read(&mut buffer).await {
            lines.push(&buffer[..count], &mut log);
        }
        lines.finish(&mut log);
    }
}

/// Makes lines of pieces of output.
#[derive(Default)]
struct Lines {
    line: Vec<u8>,
}

impl Lines {
    fn push(&mut self, mut bytes: &[u8], take: &mut impl FnMut(String)) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.extend(&bytes[..end]);
            self.finish(take);
            bytes = &bytes[end + 1..];
        }
        self.extend(bytes);
    }

    fn extend(&mut self, bytes: &[u8]) {
        let room = LINE_BYTES_MAX - self.line.len();
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// Empty lines say nothing, and control characters have no place in a log or an error.
    fn finish(&mut self, take: &mut impl FnMut(String)) {
        let line = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        if !text.is_empty() {
            let visible = |letter: char| letter == '\t' || !letter.is_control();
            let replaced = |letter| if visible(letter) { letter } else { char::REPLACEMENT_CHARACTER };
            take(text.chars().map(replaced).collect());
        }
    }
}

/// The last lines of an output.
#[derive(Default)]
struct Tail {
    lines: VecDeque<String>,
    bytes: usize,
}

impl Tail {
    fn push(&mut self, mut line: String) {
        line.truncate(line.floor_char_boundary(TAIL_LINE_BYTES_MAX));
        self.bytes += line.len();
        self.lines.push_back(line);
        while self.bytes > TAIL_BYTES_MAX {
            self.bytes -= self.lines.pop_front().map_or(self.bytes, |line| line.len());
        }
    }

    fn text(&self) -> String {
        let lines: String = self.lines.iter().flat_map(|line| ["\n", line]).collect();
        if lines.is_empty() { lines } else { format!("; its output ends with:{lines}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        let mut found = Vec::new();
        let mut lines = Lines::default();
        for piece in pieces {
            lines.push(piece, &mut |line| found.push(line));
        }
        lines.finish(&mut |line| found.push(line));
        found
    }

    #[test]
    fn output_becomes_lines_of_bounded_length() {
        assert_eq!(lines(&[b"a\r\nb", b"c\n\n", b"d"]), ["a", "bc", "d"]);
        assert_eq!(lines(&[b"\xff\n\x1b[0m\t.\0\n"]), ["\u{fffd}", "\u{fffd}[0m\t.\u{fffd}"]);
        let long = vec![b'x'; 3 * LINE_BYTES_MAX];
        assert_eq!(lines(&[&long, &long, b"\nnext"]), ["x".repeat(LINE_BYTES_MAX).as_str(), "next"]);
    }

    #[test]
    fn only_the_end_of_an_output_is_kept() {
        let mut tail = Tail::default();
        assert_eq!(tail.text(), "");
        for number in 0..100_000 {
            tail.push(format!("line {number}"));
        }
        tail.push("é".repeat(LINE_BYTES_MAX));
        let text = tail.text();
        assert!(text.len() < TAIL_BYTES_MAX + 500, "{}", text.len());
        assert!(text.contains("\nline 99999\né"), "{text}");
    }
}
