//! The directory of a development network: who may use it, and what marks it as ours.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use prost::Message;
use proto::common::Block;
use serde::{Deserialize, Serialize};

/// The file that marks a directory as a development network, and says in which format.
pub(super) const MARKER_FILE: &str = "weft-dev.json";
/// The file that a running network holds a lock on.
const LOCK_FILE: &str = "lock";
/// Where the peer keeps its data.
pub const PEER_DIR: &str = "peer";
/// The channel's first block.
const GENESIS_FILE: &str = "genesis.block";
/// Raised whenever a network made by an older version cannot be taken up.
const FORMAT: u32 = 1;
/// What a network keeps in its directory, beside the marker and the lock.
const ENTRIES: [&str; 8] = [
    PEER_DIR,
    "orderer",
    "organizations",
    "config",
    "genesis.block",
    "connection-org1.json",
    "connection-org1.yaml",
    "env.sh",
];

/// A longer marker is not ours.
const MAX_MARKER_BYTES: u64 = 64 << 10;

#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    format: u32,
    #[serde(default)]
    network: Option<Record>,
}

/// What a network was made with and keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) channel_id: String,
    pub(super) orderer_port: u16,
}

/// A directory that this process alone uses.
#[derive(Debug)]
pub(super) struct DataDir {
    path: PathBuf,
    /// The lock goes with the file.
    _lock: File,
}

impl DataDir {
    /// Takes a directory into use, making it if need be; `reset` empties it first. Directories that hold anything but a
    /// development network are refused, and left alone.
    pub(super) fn open(path: &Path, reset: bool) -> anyhow::Result<Self> {
        // Where the lock file exists it comes first: another process may be half-way through making the network.
        let existing = if path.join(LOCK_FILE).is_file() { Some(take_lock(path)?) } else { None };
        check_ours(path)?;
        fs::create_dir_all(path)
            .with_context(|| format!("cannot create the network's directory {}; use --data-dir", path.display()))?;
        let lock = existing.map_or_else(|| take_lock(path), Ok)?;
        let dir = DataDir { path: path.to_owned(), _lock: lock };
        if reset {
            dir.clear()?;
        } else {
            dir.check_format()?;
        }
        if !dir.path.join(MARKER_FILE).exists() {
            dir.write_marker(&Marker { format: FORMAT, network: None })?;
        }
        Ok(dir)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The network in it, once it has been made.
    pub(super) fn record(&self) -> anyhow::Result<Option<Record>> {
        Ok(read_marker(&self.path)?.and_then(|marker| marker.network))
    }

    /// The first block of the network's channel.
    pub(super) fn genesis_block(&self) -> anyhow::Result<Block> {
        let path = self.path.join(GENESIS_FILE);
        let bytes = fs::read(&path)
            .with_context(|| format!("cannot read {}; put it back, or start over with --reset", path.display()))?;
        let damaged = || format!("{} is damaged; put it back, or start over with --reset", path.display());
        let block = Block::decode(bytes.as_slice()).with_context(damaged)?;
        let hash = block.header.as_ref().map(|header| &header.data_hash);
        let data = block.data.clone().unwrap_or_default();
        ensure!(hash.is_some_and(|hash| hash[..] == proto::block::data_hash(&data.data)[..]), damaged());
        Ok(block)
    }

    /// Keeps a new network. From here on a restart takes it up.
    pub(super) fn write_new_network(&self, record: &Record, genesis: &Block) -> anyhow::Result<()> {
        write_whole(&self.path.join(GENESIS_FILE), &genesis.encode_to_vec())?;
        self.write_marker(&Marker { format: FORMAT, network: Some(record.clone()) })
    }

    fn write_marker(&self, marker: &Marker) -> anyhow::Result<()> {
        let text = serde_json::to_vec_pretty(marker).context("writing the network's marker")?;
        write_whole(&self.path.join(MARKER_FILE), &text)
    }

    fn check_format(&self) -> anyhow::Result<()> {
        match read_marker(&self.path)? {
            Some(marker) if marker.format != FORMAT => bail!(
                "the network in {} was made by another version of this program (format {}, this one has {FORMAT}); \
                 start over with --reset, or use another --data-dir",
                self.path.display(),
                marker.format
            ),
            _ => Ok(()),
        }
    }

    /// Removes what a network writes, and nothing that somebody else put there. The marker goes last: a reset that was
    /// interrupted can be repeated.
    fn clear(&self) -> anyhow::Result<()> {
        for name in ENTRIES {
            let path = self.path.join(name);
            let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
            let removed = if metadata.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.with_context(|| format!("cannot remove {}", path.display()))?;
        }
        match fs::remove_file(self.path.join(MARKER_FILE)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).context("cannot remove the marker")
            }
            _ => Ok(()),
        }
    }
}

fn take_lock(dir: &Path) -> anyhow::Result<File> {
    let path = dir.join(LOCK_FILE);
    let lock = File::options()
        .create(true)
        .append(true)
        .open(&path)
        .with_context(|| format!("cannot write to the network's directory {}; use --data-dir", dir.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => bail!(
            "a development network is already running in {}; stop it, or use another --data-dir and other ports",
            dir.display()
        ),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}

/// Refuses a directory with contents that are not a development network's. A damaged marker is still a marker.
fn check_ours(path: &Path) -> anyhow::Result<()> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return Err(error)
                .with_context(|| format!("cannot use {} as the network's directory; use --data-dir", path.display()));
        }
    };
    if path.join(MARKER_FILE).is_file() {
        return Ok(());
    }
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot list {}", path.display()))?;
        // Another process may be starting here this moment, or have been killed while it did.
        if entry.file_name() != LOCK_FILE && entry.file_name() != unfinished_name(MARKER_FILE) {
            bail!(
                "{} is not empty and holds no development network (there is no {MARKER_FILE} in it); it is left as it \
                 is: use another --data-dir",
                path.display()
            );
        }
    }
    Ok(())
}

fn read_marker(dir: &Path) -> anyhow::Result<Option<Marker>> {
    let path = dir.join(MARKER_FILE);
    let length = match fs::metadata(&path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let damaged =
        || format!("{} does not say what network this is; put it back, or start over with --reset", path.display());
    if length > MAX_MARKER_BYTES {
        bail!("{}", damaged());
    }
    let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text).map(Some).with_context(damaged)
}

/// What a file is called until it is whole.
fn unfinished_name(name: impl Into<OsString>) -> OsString {
    let mut name = name.into();
    name.push(".new");
    name
}

/// Writes a file so that it is there whole or not at all, also after a crash.
pub(super) fn write_whole(path: &Path, contents: &[u8]) -> anyhow::Result<()> {
    let unfinished = path.with_file_name(unfinished_name(path.file_name().context("a file has a name")?));
    let attempt = || {
        let mut file = File::create(&unfinished)?;
        file.write_all(contents)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    };
    attempt().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record { channel_id: "mychannel".into(), orderer_port: 7050 }
    }

    #[test]
    fn a_network_is_found_again_and_reset_forgets_it() {
        let parent = tempfile::tempdir().expect("temporary directory");
        let path = parent.path().join("a/b");
        let dir = DataDir::open(&path, false).expect("opened");
        assert_eq!(dir.record().expect("read"), None);
        let block = proto::block::new(0, Default::default(), vec!["config".into()]);
        dir.write_new_network(&record(), &block).expect("written");
        drop(dir);
        let dir = DataDir::open(&path, false).expect("opened again");
        assert_eq!(dir.record().expect("read"), Some(record()));
        assert_eq!(dir.genesis_block().expect("read"), block);
        for damage in [&b""[..], b"\xff"] {
            fs::write(path.join(GENESIS_FILE), damage).expect("damaged");
            let error = dir.genesis_block().expect_err("damage is noticed");
            assert!(format!("{error:#}").contains("start over with --reset"), "{error:#}");
        }
        drop(dir);
        fs::create_dir(path.join(PEER_DIR)).expect("made");
        let dir = DataDir::open(&path, true).expect("reset");
        assert_eq!(dir.record().expect("read"), None);
        assert!(!path.join(PEER_DIR).exists());
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let dir = tempfile::tempdir().expect("temporary directory");
        fs::write(dir.path().join("thesis.tex"), "important").expect("written");
        for reset in [false, true] {
            let error = DataDir::open(dir.path(), reset).expect_err("refused").to_string();
            assert!(error.contains("is not empty and holds no development network"), "{error}");
        }
        assert!(dir.path().join("thesis.tex").exists());
    }

    #[test]
    fn only_one_process_at_a_time_and_only_its_own_format() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let first = DataDir::open(dir.path(), false).expect("opened");
        let error = DataDir::open(dir.path(), true).expect_err("refused").to_string();
        assert!(error.contains("already running"), "{error}");
        drop(first);
        fs::write(dir.path().join(MARKER_FILE), r#"{"format":99}"#).expect("written");
        let error = DataDir::open(dir.path(), false).expect_err("refused").to_string();
        assert!(error.contains("another version"), "{error}");
        DataDir::open(dir.path(), true).expect("reset helps");
    }

    #[test]
    fn a_damaged_marker_is_reported_and_reset_helps() {
        for contents in [b"".to_vec(), b"{".to_vec(), vec![b'x'; 100_000]] {
            let dir = tempfile::tempdir().expect("temporary directory");
            fs::write(dir.path().join(MARKER_FILE), contents).expect("written");
            fs::create_dir(dir.path().join("orderer")).expect("made");
            let error = DataDir::open(dir.path(), false).expect_err("refused").to_string();
            assert!(error.contains("put it back, or start over with --reset"), "{error}");
            let dir = DataDir::open(dir.path(), true).expect("reset helps");
            assert_eq!(dir.record().expect("read"), None);
            assert!(!dir.path().join("orderer").exists());
        }
    }

    #[test]
    fn of_many_starts_at_once_one_gets_the_directory_and_the_others_are_told_so() {
        let parent = tempfile::tempdir().expect("temporary directory");
        let path = parent.path().join("dev");
        let start = std::sync::Barrier::new(8);
        let attempts: Vec<anyhow::Result<DataDir>> = std::thread::scope(|scope| {
            let attempt = || {
                start.wait();
                DataDir::open(&path, false)
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(attempt)).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        let refused: Vec<String> =
            attempts.iter().filter_map(|attempt| Some(attempt.as_ref().err()?.to_string())).collect();
        assert_eq!(refused.len(), 7);
        assert!(refused.iter().all(|error| error.contains("already running")), "{refused:?}");
    }
}
