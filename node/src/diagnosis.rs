//! What a process is doing, for an operator who sends it SIGUSR1.

use std::fs;
use std::io;
use std::time::Duration;

use rustix::param::clock_ticks_per_second;
use tokio::signal::unix::{SignalKind, signal};

use crate::logging::CONTINUATIONS_MAX;
use crate::shutdown::Stop;

/// Says what a part of the node is doing, a line for each thing.
pub type Report = Box<dyn Fn() -> Vec<String> + Send + Sync>;

/// From now on until `stop`, SIGUSR1 has the threads of the process and what `report` says written to the log; the process
/// goes on. Must be called on a tokio runtime.
pub fn report_on_signal(report: Report, stop: Stop) -> io::Result<()> {
    let kind = SignalKind::user_defined1();
    let mut signals = signal(kind)?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                received = signals.recv() => if received.is_none() { return },
                () = stop.triggered() => return,
            }
            tracing::info!(target: "nodeCmd", "Received signal: {} (user defined signal 1)", kind.as_raw_value());
            let mut lines = report();
            lines.extend(tasks());
            lines.extend(threads());
            log(&lines);
        }
    });
    Ok(())
}

/// One entry of the log holds a limited number of lines.
fn log(lines: &[String]) {
    for (index, lines) in lines.chunks(CONTINUATIONS_MAX).enumerate() {
        let continued = if index == 0 { "" } else { " (continued)" };
        tracing::info!(target: "nodeCmd.diag", "Go routines report{continued}:\n{}", lines.join("\n"));
    }
}

/// The asynchronous tasks, of which only the number is known.
fn tasks() -> Option<String> {
    let metrics = tokio::runtime::Handle::try_current().ok()?.metrics();
    Some(format!(
        "{} asynchronous tasks on {} threads, {} wait for their turn",
        metrics.num_alive_tasks(),
        metrics.num_workers(),
        metrics.global_queue_depth()
    ))
}

/// Each thread: its name, what it does, where in the kernel it waits, and its CPU time.
pub fn threads() -> Vec<String> {
    let Ok(entries) = fs::read_dir("/proc/self/task") else {
        return vec!["the system tells nothing about threads".to_owned()];
    };
    let mut threads: Vec<(u64, String)> = entries
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            let id: u64 = folder.file_name()?.to_str()?.parse().ok()?;
            let stat = fs::read_to_string(folder.join("stat")).ok()?;
            let waits_in = fs::read_to_string(folder.join("wchan")).unwrap_or_default();
            Some((id, thread(id, &stat, waits_in.trim())?))
        })
        .collect();
    threads.sort_unstable();
    threads.into_iter().map(|(_, line)| line).collect()
}

fn thread(id: u64, stat: &str, waits_in: &str) -> Option<String> {
    let (start, rest) = stat.rsplit_once(')')?;
    let name = start.split_once('(')?.1;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let state = match *fields.first()? {
        "R" => "running",
        "S" => "sleeping",
        "D" => "waiting for the disk",
        "T" | "t" => "stopped",
        "Z" => "ended",
        other => other,
    };
    // Fields 14 and 15 of proc(5), where the state is field 3.
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    let cpu = Duration::from_millis(ticks * 1000 / clock_ticks_per_second().max(1));
    let place = if waits_in.is_empty() || waits_in == "0" { String::new() } else { format!(" in {waits_in}") };
    Some(format!("thread {id} [{name}] {state}{place}, {cpu:?} of CPU"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_named() {
        let stat = "7 (commit-a b) S 1 7 7 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 12";
        let cpu = Duration::from_millis(200 * 1000 / clock_ticks_per_second());
        let expected = format!("thread 7 [commit-a b] sleeping in futex_wait, {cpu:?} of CPU");
        assert_eq!(thread(7, stat, "futex_wait").as_deref(), Some(&*expected));
        assert_eq!(thread(7, "7 (x) S", ""), None);

        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let (ready, is_ready) = std::sync::mpsc::channel();
        let sleeper = std::thread::Builder::new().name("sleeper".to_owned()).spawn(move || {
            // A thread has its name from when it runs.
            ready.send(()).expect("awaited");
            stopped.recv().ok()
        });
        is_ready.recv().expect("told");
        assert!(threads().iter().any(|line| line.contains("[sleeper]")));
        drop(stop);
        sleeper.expect("started").join().expect("no panic");
    }
}
