//! `peer chaincode logs`: what a contract logs on the peer of this machine.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use clap::Args;
use peer::chaincode::logs;

use crate::cli::environment::Environment;
use crate::cli::print;

/// How often a followed file is looked at.
const PAUSE: Duration = Duration::from_millis(200);
/// Read at once. Files are not much larger than what a peer lets them grow to.
const CHUNK_BYTES: u64 = 1 << 20;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer chaincode logs -n basic -f\n\n\
                        Reads the files that the peer of this machine keeps (chaincodeLogs in peer.fileSystemPath): what contracts \
                        log, of every level, and the backtraces of those that fail.")]
pub struct Arguments {
    /// Name of the chaincode
    #[arg(short, long, value_name = "NAME", default_value = "", hide_default_value = true)]
    name: String,
    /// The channel
    #[arg(short = 'C', long = "channelID", value_name = "NAME", default_value = "", hide_default_value = true)]
    channel_id: String,
    /// Go on with what is logged from now on, until interrupted
    #[arg(short, long)]
    follow: bool,
    /// Begin with the last lines only
    #[arg(long, value_name = "LINES")]
    tail: Option<usize>,
}

pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let environment = Environment::load()?;
    let channel_id = environment.channel_id(&arguments.channel_id).unwrap_or_default();
    crate::cli::arguments::required(&channel_id, "channelID", "-C")?;
    ensure!(!arguments.name.is_empty(), "must supply value for chaincode name parameter (-n)");
    let plain = |name: &str| !name.contains(['/', '\\']) && !name.starts_with('.');
    ensure!(plain(&arguments.name) && plain(&channel_id), "names of chaincodes and channels have no slashes");
    let path = logs::file(&environment.peer_data_dir()?, &channel_id, &arguments.name);
    let mut reader = Reader::default();
    let previous = logs::previous(&path);
    let mut text = read(&previous).with_context(|| format!("reading {}", previous.display()))?;
    text.push_str(&reader.news(&path).with_context(|| format!("reading {}", path.display()))?);
    if text.is_empty() && !arguments.follow {
        bail!(
            "{} has logged nothing on channel {channel_id} of this peer yet: there is no {}. Where the peer keeps its data is said \
             by peer.fileSystemPath (CORE_PEER_FILESYSTEMPATH); what processes of other languages print is in the peer's own log",
            arguments.name,
            path.display()
        );
    }
    if text.is_empty() {
        eprintln!("waiting for {} to log on channel {channel_id} ({})", arguments.name, path.display());
    }
    print(last_lines(&text, arguments.tail))?;
    if !arguments.follow {
        return Ok(());
    }
    loop {
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            interrupted = tokio::signal::ctrl_c() => return interrupted.context("waiting for an interrupt"),
        }
        let news = reader.news(&path).with_context(|| format!("reading {}", path.display()))?;
        if !news.is_empty() {
            print(news)?;
        }
    }
}

fn read(path: &Path) -> io::Result<String> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}

fn last_lines(text: &str, count: Option<usize>) -> String {
    let Some(count) = count else { return text.to_owned() };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    lines[lines.len().saturating_sub(count)..].concat()
}

/// Reads a growing file that is now and then moved away and begun anew.
#[derive(Default)]
struct Reader {
    file: Option<File>,
    position: u64,
    /// The bytes of an unfinished line.
    partial: Vec<u8>,
}

impl Reader {
    /// Whole lines that came since the last time. A file that was moved is read to its end first.
    fn news(&mut self, path: &Path) -> io::Result<String> {
        let mut lines = Vec::new();
        self.rest(&mut lines)?;
        let present = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(text(lines)),
            Err(error) => return Err(error),
        };
        let is_same = |file: &File| -> io::Result<bool> { Ok(file.metadata()?.ino() == present.metadata()?.ino()) };
        if !self.file.as_ref().map(is_same).transpose()?.unwrap_or(false) {
            // What was moved away cannot grow after the new file is there.
            self.rest(&mut lines)?;
            (self.file, self.position) = (Some(present), 0);
            self.rest(&mut lines)?;
        }
        Ok(text(lines))
    }

    fn rest(&mut self, lines: &mut Vec<u8>) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        loop {
            file.seek(SeekFrom::Start(self.position))?;
            let read = file.take(CHUNK_BYTES).read_to_end(&mut self.partial)?;
            self.position += read as u64;
            if read == 0 {
                break;
            }
        }
        if let Some(end) = self.partial.iter().rposition(|byte| *byte == b'\n') {
            lines.extend(self.partial.drain(..=end));
        }
        Ok(())
    }
}

fn text(lines: Vec<u8>) -> String {
    String::from_utf8_lossy(&lines).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn whole_lines_are_read_once_also_of_files_that_were_moved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("basic.log");
        let append = |text: &str| {
            let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        };
        let mut reader = Reader::default();
        assert_eq!(reader.news(&path).unwrap(), "");
        append("one\ntw");
        assert_eq!(reader.news(&path).unwrap(), "one\n");
        append("o\n");
        assert_eq!(reader.news(&path).unwrap(), "two\n");
        append("three\n");
        std::fs::rename(&path, logs::previous(&path)).unwrap();
        append("four\n");
        assert_eq!(reader.news(&path).unwrap(), "three\nfour\n");
        assert_eq!(reader.news(&path).unwrap(), "");
    }

    #[test]
    fn the_last_lines_are_whole() {
        for (count, expected) in [(None, "a\nb\nc\n"), (Some(2), "b\nc\n"), (Some(0), ""), (Some(9), "a\nb\nc\n")] {
            assert_eq!(last_lines("a\nb\nc\n", count), expected);
        }
    }
}
