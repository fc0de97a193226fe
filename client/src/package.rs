//! Chaincode packages: a gzipped tar of `metadata.json` and `code.tar.gz`, the latter holding the contract
//! (Fabric `core/chaincode/persistence/chaincode_package.go`).
//!
//! A package's ID is its label and the SHA-256 of its bytes, so [`Package::build`] writes the same bytes for the same
//! contract everywhere: no times, owners or names of the machine enter it.

pub mod platform;
mod server;
mod unpack;

use std::io::{Read, Write};
use std::path::PathBuf;

use bytes::Bytes;
use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use serde::{Deserialize, Serialize};

pub use server::{ChaincodeServer, SERVICE_TYPE, ServerTls};

/// Name of the description inside a package.
pub const METADATA_FILE: &str = "metadata.json";
/// Name of the inner archive inside a package.
pub const CODE_FILE: &str = "code.tar.gz";
/// Name under which [`Package::build`] puts the contract into the inner archive.
pub const CONTRACT_FILE: &str = "contract.wasm";
/// The `type` of packages that hold a Wasm contract.
pub const WASM_TYPE: &str = "wasm";

/// Largest package taken, compressed. Installing sends it in one gRPC message, which Fabric bounds at 100 MiB.
pub const MAX_PACKAGE_BYTES: usize = 64 << 20;
/// Largest sum of file contents of one archive, decompressed.
const MAX_UNPACKED_BYTES: u64 = 256 << 20;
/// Most files in one archive.
const MAX_FILES: usize = 10_000;
/// Largest `metadata.json`.
const MAX_METADATA_BYTES: u64 = 64 << 10;
/// Longest label.
const MAX_LABEL_BYTES: usize = 256;

/// `metadata.json` of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Where the source came from; free text.
    #[serde(default)]
    pub path: String,
    /// Language or kind of the contents; [`WASM_TYPE`] for Wasm contracts.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// Human-readable first half of the package ID.
    #[serde(default)]
    pub label: String,
    /// What a call of a Wasm contract may use, where it is not what peers grant by themselves: a JSON object. Fabric's own
    /// packages have no such thing, and its peers overlook it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<serde_json::Value>,
}

/// A chaincode package, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// The package's description.
    pub metadata: Metadata,
    /// The inner archive, as it lies in the package.
    pub code: Bytes,
    /// The whole package; what is installed and hashed.
    pub bytes: Bytes,
}

/// Why bytes are not a package that we take.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The package or its inner archive could not be decompressed or is no tar archive.
    #[error("reading {archive} as a gzipped tar archive")]
    Archive {
        /// `the package` or `code.tar.gz`.
        archive: &'static str,
        /// What is wrong.
        #[source]
        source: std::io::Error,
    },
    /// A file in an archive is cut short or damaged.
    #[error("reading {file} out of its archive")]
    File {
        /// The file.
        file: &'static str,
        /// What is wrong.
        #[source]
        source: std::io::Error,
    },
    /// The package is over [`MAX_PACKAGE_BYTES`].
    #[error("the package has {size} bytes; at most {MAX_PACKAGE_BYTES} are taken")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
    },
    /// An archive unpacks to more than we take.
    #[error("{archive} unpacks to more than {limit} bytes")]
    UnpacksTooLarge {
        /// The archive or the file in it.
        archive: &'static str,
        /// The limit in bytes.
        limit: u64,
    },
    /// An archive has too many files.
    #[error("{archive} has more than {MAX_FILES} files")]
    TooManyFiles {
        /// The archive.
        archive: &'static str,
    },
    /// A link, device or directory where only files may be.
    #[error("tar entry {name} is not a regular file")]
    NotAFile {
        /// The entry.
        name: String,
    },
    /// A name that leads out of the archive.
    #[error("tar entry {name} has a path outside of the archive")]
    Escapes {
        /// The entry.
        name: String,
    },
    /// A needed file is missing, or there twice.
    #[error("the package must hold exactly one {0}")]
    NotOne(&'static str),
    /// The description is not JSON of the expected shape.
    #[error("understanding metadata.json")]
    Metadata(#[source] serde_json::Error),
    /// The label breaks Fabric's rule. The text is Fabric's.
    #[error(
        "invalid label '{}'. Label must be non-empty, can only consist of alphanumerics, symbols from '.+-_', and can only begin with alphanumerics",
        .0.escape_debug()
    )]
    Label(String),
    /// The package says it holds something other than a Wasm contract.
    #[error("the package is of type '{}'; this peer runs packages of type '{WASM_TYPE}' and '{SERVICE_TYPE}'", .0.escape_debug())]
    NotWasm(String),
    /// The package names a chaincode server.
    #[error("the package is of type '{SERVICE_TYPE}': it says where a chaincode serves, and holds no contract")]
    NoContract,
    /// The inner archive could not be laid out as files.
    #[error("writing {}", path.display())]
    Unpack {
        /// What was to be written.
        path: PathBuf,
        /// Why it was not.
        #[source]
        source: std::io::Error,
    },
    /// `connection.json` is not JSON of the expected shape.
    #[error("understanding connection.json")]
    Connection(#[source] serde_json::Error),
    /// `connection.json` does not say what it must.
    #[error("connection.json: {0}")]
    Server(String),
}

impl Package {
    /// Packs a Wasm contract. `path` is recorded as where it came from.
    pub fn build(label: &str, path: &str, contract: &[u8]) -> Result<Self, PackageError> {
        Self::with_limits(label, path, contract, None)
    }

    /// The same, with limits of its own; see [`Metadata::limits`].
    pub fn with_limits(
        label: &str,
        path: &str,
        contract: &[u8],
        limits: Option<serde_json::Value>,
    ) -> Result<Self, PackageError> {
        Self::with_files(label, path, contract, limits, &[])
    }

    /// The same, with further files beside the contract, by their names: see [`platform::index_files`].
    pub fn with_files(
        label: &str,
        path: &str,
        contract: &[u8],
        limits: Option<serde_json::Value>,
        files: &[(String, Vec<u8>)],
    ) -> Result<Self, PackageError> {
        check_label(label)?;
        let metadata = Metadata { path: path.to_owned(), kind: WASM_TYPE.to_owned(), label: label.to_owned(), limits };
        let description = serde_json::to_vec(&metadata).map_err(PackageError::Metadata)?;
        let write = |files: &[(&str, &[u8])], archive| {
            archive_of(files).map_err(|source| PackageError::Archive { archive, source })
        };
        let files = files.iter().map(|(name, contents)| (name.as_str(), contents.as_slice()));
        let files: Vec<_> = std::iter::once((CONTRACT_FILE, contract)).chain(files).collect();
        let code = write(&files, CODE_FILE)?;
        let bytes = write(&[(METADATA_FILE, &description), (CODE_FILE, &code)], "the package")?;
        if bytes.len() > MAX_PACKAGE_BYTES {
            return Err(PackageError::TooLarge { size: bytes.len() });
        }
        Ok(Self { metadata, code: code.into(), bytes: bytes.into() })
    }

    /// Reads and checks a package.
    pub fn parse(bytes: Bytes) -> Result<Self, PackageError> {
        if bytes.len() > MAX_PACKAGE_BYTES {
            return Err(PackageError::TooLarge { size: bytes.len() });
        }
        let mut metadata = None;
        let mut code = None;
        for_each_file(&bytes, "the package", |name, contents| {
            let (slot, limit, file) = match name {
                METADATA_FILE => (&mut metadata, MAX_METADATA_BYTES, METADATA_FILE),
                CODE_FILE => (&mut code, MAX_PACKAGE_BYTES as u64, CODE_FILE),
                // Fabric ignores further files with a warning.
                _ => return Ok(()),
            };
            if slot.is_some() {
                return Err(PackageError::NotOne(file));
            }
            *slot = Some(read_bounded(contents, limit, file)?);
            Ok(())
        })?;
        let metadata = metadata.ok_or(PackageError::NotOne(METADATA_FILE))?;
        let metadata: Metadata = serde_json::from_slice(&metadata).map_err(PackageError::Metadata)?;
        check_label(&metadata.label)?;
        let code = code.ok_or(PackageError::NotOne(CODE_FILE))?;
        Ok(Self { metadata, code: code.into(), bytes })
    }

    /// The package's ID: `label:hex(sha256(package))`.
    pub fn id(&self) -> String {
        format!("{}:{}", self.metadata.label, hex::encode(proto::sha256([&self.bytes])))
    }

    /// Whether the package says that it holds a Wasm contract.
    pub fn is_wasm(&self) -> bool {
        self.metadata.kind.eq_ignore_ascii_case(WASM_TYPE)
    }

    /// The Wasm contract: the only `.wasm` file of the inner archive.
    pub fn contract(&self) -> Result<Vec<u8>, PackageError> {
        if self.is_service() {
            return Err(PackageError::NoContract);
        }
        if !self.is_wasm() {
            return Err(PackageError::NotWasm(self.metadata.kind.clone()));
        }
        let mut contract = None;
        for_each_file(&self.code, CODE_FILE, |name, contents| {
            if !name.ends_with(".wasm") {
                return Ok(());
            }
            if contract.is_some() {
                return Err(PackageError::NotOne("file *.wasm"));
            }
            contract = Some(read_bounded(contents, MAX_UNPACKED_BYTES, CODE_FILE)?);
            Ok(())
        })?;
        contract.ok_or(PackageError::NotOne("file *.wasm"))
    }
}

/// Whether an inner archive holds a file `*.wasm`.
pub(crate) fn holds_contract(code: &[u8]) -> bool {
    let mut found = false;
    let read = for_each_file(code, CODE_FILE, |name, _| {
        found |= name.ends_with(".wasm");
        Ok(())
    });
    found && read.is_ok()
}

/// Checks a label against Fabric's rule `^[[:alnum:]][[:alnum:]_.+-]*$`.
pub fn check_label(label: &str) -> Result<(), PackageError> {
    let mut bytes = label.bytes();
    let good = label.len() <= MAX_LABEL_BYTES
        && bytes.next().is_some_and(|first| first.is_ascii_alphanumeric())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_.+-".contains(&byte));
    if good { Ok(()) } else { Err(PackageError::Label(label.to_owned())) }
}

/// Calls `visit` with the name and contents of each file of a gzipped tar, with all bounds checked.
fn for_each_file(
    bytes: &[u8],
    archive: &'static str,
    mut visit: impl FnMut(&str, &mut dyn Read) -> Result<(), PackageError>,
) -> Result<(), PackageError> {
    for_each_entry(bytes, archive, |entry, contents| match entry.kind {
        // What people pack with `tar` has them.
        EntryKind::Directory => Ok(()),
        EntryKind::File { .. } => visit(entry.name, contents),
    })
}

/// What an entry of an archive is, besides its contents.
struct Entry<'a> {
    name: &'a str,
    kind: EntryKind,
}

/// Nothing else may be in an archive; directories only in the inner one.
enum EntryKind {
    Directory,
    /// With the bits of its permissions, 0 if they cannot be read.
    File {
        mode: u32,
    },
}

/// The same for directories, too.
fn for_each_entry(
    bytes: &[u8],
    archive: &'static str,
    mut visit: impl FnMut(Entry<'_>, &mut dyn Read) -> Result<(), PackageError>,
) -> Result<(), PackageError> {
    let failed = |source| PackageError::Archive { archive, source };
    // One byte more than allowed: reaching it means that the archive is too large. Headers count as well.
    let mut unpacked = Bounded { inner: GzDecoder::new(bytes), left: MAX_UNPACKED_BYTES + 1 };
    let mut tar = tar::Archive::new(&mut unpacked);
    let result = (|| {
        for (index, entry) in tar.entries().map_err(failed)?.enumerate() {
            if index >= MAX_FILES {
                return Err(PackageError::TooManyFiles { archive });
            }
            let mut entry = entry.map_err(failed)?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let kind = match entry.header().entry_type() {
                tar::EntryType::Directory if archive == CODE_FILE => EntryKind::Directory,
                kind if kind.is_file() => EntryKind::File { mode: entry.header().mode().unwrap_or_default() },
                _ => return Err(PackageError::NotAFile { name }),
            };
            if name.starts_with('/') || name.split(['/', '\\']).any(|part| part == "..") {
                return Err(PackageError::Escapes { name });
            }
            visit(Entry { name: &name, kind }, &mut entry)?;
        }
        Ok(())
    })();
    // The archive ends before the file does: what follows has the checksum.
    let result = result.and_then(|()| std::io::copy(&mut unpacked, &mut std::io::sink()).map(drop).map_err(failed));
    if unpacked.left == 0 {
        return Err(PackageError::UnpacksTooLarge { archive, limit: MAX_UNPACKED_BYTES });
    }
    result
}

fn read_bounded(contents: &mut dyn Read, limit: u64, file: &'static str) -> Result<Vec<u8>, PackageError> {
    let mut bytes = Vec::new();
    contents.take(limit + 1).read_to_end(&mut bytes).map_err(|source| PackageError::File { file, source })?;
    if bytes.len() as u64 > limit {
        return Err(PackageError::UnpacksTooLarge { archive: file, limit });
    }
    Ok(bytes)
}

/// A reader that ends, as if at the end of the file, once its allowance is used up.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let allowed = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let read = self.inner.read(&mut buffer[..allowed])?;
        self.left -= read as u64;
        Ok(read)
    }
}

/// A gzipped tar of files, the same bytes for the same contents.
pub(crate) fn archive_of(files: &[(&str, &[u8])]) -> std::io::Result<Vec<u8>> {
    // Time 0 and no file name: the bytes depend on the contents alone.
    let gzip = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::default());
    let mut tar = tar::Builder::new(gzip);
    for (name, contents) in files {
        let mut header = tar::Header::new_ustar();
        header.set_path(name)?;
        header.set_size(contents.len() as u64);
        header.set_mode(0o100_644);
        header.set_cksum();
        tar.append(&header, *contents)?;
    }
    let mut gzip = tar.into_inner()?;
    gzip.flush()?;
    gzip.finish()
}

#[cfg(test)]
mod tests;
