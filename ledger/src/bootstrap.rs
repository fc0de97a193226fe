//! Ledgers that begin with a snapshot of another peer instead of block 0 (Fabric `core/ledger/kvledger/snapshot.go`).
//!
//! The snapshot's directory comes from outside. Its hashes only say that it is whole: whether it is to be believed is for
//! the operator, who compares the snapshot's hash with those of other organisations.

mod import;

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;
use proto::Digest;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::data_dir::{self, file_error};
use crate::error::{OpenError, SnapshotError};
use crate::export::Tip;
use crate::snapshot_files::{
    self, ADDITIONAL_METADATA, AdditionalMetadata, COLLECTIONS, PRIVATE_HASHES, PUBLIC_STATE, SIGNABLE_METADATA,
    SignableMetadata, TX_IDS, open_regular, to_json,
};

pub(crate) use import::import;

/// In the directory of a ledger that began with a snapshot: what the snapshot was.
const ORIGIN_FILE: &str = "SNAPSHOT";
/// Longer metadata is refused. It lists eight files at most.
const METADATA_BYTES_MAX: u64 = 64 << 10;
/// Fabric's limit for the names of channels.
const CHANNEL_ID_BYTES_MAX: usize = 249;

/// The metadata of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Metadata {
    signable: SignableMetadata,
    additional: AdditionalMetadata,
}

/// With what a ledger began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The last block of the snapshot.
    pub(crate) last_block: u64,
    /// What that block said.
    pub(crate) tip: Tip,
}

impl Metadata {
    /// Reads the metadata of a snapshot and compares the hashes of all files.
    pub(crate) fn verified(snapshot: &Path) -> Result<Metadata, SnapshotError> {
        let (signable, additional) =
            (read_json(snapshot, SIGNABLE_METADATA)?, read_json(snapshot, ADDITIONAL_METADATA)?);
        let metadata = Metadata { signable, additional };
        metadata.check_names()?;
        let signable = [(SIGNABLE_METADATA.to_owned(), metadata.additional.snapshot_hash.clone())];
        for (file, expected) in BTreeMap::from(signable).iter().chain(&metadata.signable.snapshot_files_raw_hashes) {
            let path = snapshot.join(file);
            let actual = snapshot_files::hash(&path).map_err(|source| SnapshotError::File {
                operation: "read",
                path,
                source,
            })?;
            if actual != *expected {
                return Err(SnapshotError::Hash { file: file.clone(), expected: expected.clone(), actual });
            }
        }
        metadata.check_unlisted(snapshot)?;
        Ok(metadata)
    }

    /// The channel, whose name can be one of a directory.
    pub(crate) fn channel_id(&self) -> &str {
        &self.signable.channel_name
    }

    /// The last block of the snapshot.
    pub(crate) fn last_block(&self) -> u64 {
        self.signable.last_block_number
    }

    /// What the ledger begins with.
    pub(crate) fn origin(&self) -> Option<Origin> {
        let bytes = |text: &str| hex::decode(text).ok().map(Bytes::from);
        let hash = bytes(&self.signable.last_block_hash).filter(|hash| hash.len() == size_of::<Digest>())?;
        let tip = Tip {
            hash,
            previous_hash: bytes(&self.signable.previous_block_hash)?,
            commit_hash: bytes(&self.additional.last_block_commit_hash)?,
        };
        // The block after it needs a number, and its height one more.
        let last_block = self.signable.last_block_number;
        (last_block < u64::MAX - 1).then_some(Origin { last_block, tip })
    }

    /// Keeps the metadata in the directory of the ledger.
    pub(crate) fn write(&self, ledger_dir: &Path) -> Result<(), OpenError> {
        let text = to_json(self);
        data_dir::write_file(ledger_dir, ORIGIN_FILE, &String::from_utf8_lossy(&text))
    }

    fn check_names(&self) -> Result<(), SnapshotError> {
        let name = self.channel_id();
        let is_channel = name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.len() <= CHANNEL_ID_BYTES_MAX
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
        if !is_channel {
            return Err(SnapshotError::Channel(name.to_owned()));
        }
        let known = known_files();
        match self.signable.snapshot_files_raw_hashes.keys().find(|file| !known.contains(&file.as_str())) {
            Some(file) => Err(SnapshotError::UnknownFile(file.clone())),
            None => Ok(()),
        }
    }

    /// A file that would be read has to be one that was hashed.
    fn check_unlisted(&self, snapshot: &Path) -> Result<(), SnapshotError> {
        let listed = &self.signable.snapshot_files_raw_hashes;
        let unlisted =
            known_files().into_iter().find(|file| !listed.contains_key(*file) && snapshot.join(file).exists());
        match unlisted {
            Some(file) => Err(SnapshotError::Unlisted(file)),
            None => Ok(()),
        }
    }
}

impl Origin {
    /// What the ledger in `dir` began with; nothing when that is block 0.
    pub(crate) fn read(dir: &Path) -> Result<Option<Origin>, OpenError> {
        let path = dir.join(ORIGIN_FILE);
        if !path.exists() {
            return Ok(None);
        }
        let bytes = read_bounded(&path, 2 * METADATA_BYTES_MAX).map_err(file_error("read", &path))?;
        let origin = serde_json::from_slice::<Metadata>(&bytes).ok().and_then(|metadata| metadata.origin());
        origin.map(Some).ok_or_else(|| file_error("understand", &path)(io::ErrorKind::InvalidData.into()))
    }

    /// Whether the ledger in `dir` began with a snapshot.
    pub(crate) fn exists(dir: &Path) -> bool {
        dir.join(ORIGIN_FILE).exists()
    }
}

fn known_files() -> [&'static str; 8] {
    let pairs = [TX_IDS, COLLECTIONS, PUBLIC_STATE, PRIVATE_HASHES];
    let [a, b, c, d] = pairs.map(|pair| [pair.data, pair.metadata]);
    [a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1]]
}

fn read_json<T: DeserializeOwned>(snapshot: &Path, name: &str) -> Result<T, SnapshotError> {
    let path = snapshot.join(name);
    let bytes = read_bounded(&path, METADATA_BYTES_MAX);
    let bytes = bytes.map_err(|source| SnapshotError::File { operation: "read", path: path.clone(), source })?;
    serde_json::from_slice(&bytes).map_err(|source| SnapshotError::Metadata { path, source })
}

fn read_bounded(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let file = open_regular(path)?;
    if file.metadata()?.len() > bytes_max {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut bytes = Vec::new();
    file.take(bytes_max).read_to_end(&mut bytes)?;
    Ok(bytes)
}
