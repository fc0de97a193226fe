//! Source code as packages: what Fabric's `peer lifecycle chaincode package -l LANGUAGE` makes of a folder
//! (Fabric `core/chaincode/platforms`). The archives hold the same entries with the same headers, so that builders made
//! for Fabric's packages take them.

mod archive;
mod folder;
mod golang;
mod index_files;

use std::io;
use std::path::{Path, PathBuf};

use super::{Metadata, PackageError};
use archive::Archive;

pub use index_files::{METADATA_DIR, check as check_index_file, files as index_files};

/// Largest sum of the files of one package, in bytes: what a peer unpacks.
const SOURCE_BYTES_MAX: u64 = super::MAX_UNPACKED_BYTES;

/// What a package is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// A Go module, or a package in `GOPATH`; needs the `go` command.
    Golang,
    /// A Node project.
    Node,
    /// A Java project.
    Java,
    /// A `connection.json` that says where a chaincode serves.
    Service,
    /// A program that an external builder runs as it is.
    Binary,
}

/// Source code cannot be packaged.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// A file or directory cannot be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is nothing to package.
    #[error("no source files found in '{}'", .0.display())]
    Empty(PathBuf),
    /// The files are too many bytes for any peer.
    #[error("the files in {} have more than {SOURCE_BYTES_MAX} bytes; leave out what the build makes", .0.display())]
    TooLarge(PathBuf),
    /// A name is not text.
    #[error("{}: the name is not text", .0.display())]
    Name(PathBuf),
    /// A file below `META-INF` is none that Fabric knows. The texts are Fabric's.
    #[error("{0}")]
    Metadata(String),
    /// The `go` command failed, or is not there.
    #[error("{what}")]
    Go {
        /// What it was asked, in Fabric's words, and what it said.
        what: String,
        /// Why it could not be run.
        #[source]
        source: Option<io::Error>,
    },
    /// The output of the `go` command is not what it should be.
    #[error("failed to unmarshal output from 'go list'")]
    GoOutput(#[source] serde_json::Error),
    /// A Go package depends on something that is not there.
    #[error("failed to calculate dependencies: incomplete package: {0}")]
    Incomplete(String),
    /// A folder for `ccaas` must hold `connection.json`.
    #[error("{} holds no connection.json that is JSON: a package of type ccaas says there where the chaincode serves", .0.display())]
    NoConnection(PathBuf),
    /// The archive cannot be made.
    #[error("failed to create tar for chaincode")]
    Archive(#[source] io::Error),
}

impl Platform {
    /// The platform with this name, in any case.
    pub fn from_name(name: &str) -> Option<Platform> {
        Some(match name.to_ascii_lowercase().as_str() {
            "golang" => Platform::Golang,
            "node" => Platform::Node,
            "java" => Platform::Java,
            super::SERVICE_TYPE => Platform::Service,
            "binary" => Platform::Binary,
            _ => return None,
        })
    }

    /// The path that a package tells: for Go the import path of a module's package, else as it was given.
    pub fn normalized_path(self, path: &str) -> Result<String, PlatformError> {
        match self {
            Platform::Golang => golang::import_path(path),
            _ => Ok(path.to_owned()),
        }
    }

    /// The inner archive of a package, `code.tar.gz`.
    pub fn code(self, path: &str) -> Result<Vec<u8>, PlatformError> {
        let mut archive = Archive::new(Path::new(path));
        match self {
            Platform::Golang => golang::write(path, &mut archive)?,
            Platform::Node => folder::write(Path::new(path), &["node_modules"], "", &mut archive)?,
            Platform::Java => folder::write(Path::new(path), &["target", "build", "out"], "class", &mut archive)?,
            Platform::Service => folder::write_service(Path::new(path), &mut archive)?,
            Platform::Binary => folder::write_as_it_is(Path::new(path), &mut archive)?,
        }
        archive.finish()
    }
}

/// A package around an inner archive. `kind` is the language as it was given; external builders see it.
pub fn package(label: &str, kind: &str, path: &str, code: &[u8]) -> Result<Vec<u8>, PackageError> {
    super::check_label(label)?;
    let metadata = Metadata { path: path.to_owned(), kind: kind.to_owned(), label: label.to_owned(), limits: None };
    let description = serde_json::to_vec(&metadata).map_err(PackageError::Metadata)?;
    let archive = archive::of(&[(super::METADATA_FILE, &description), (super::CODE_FILE, code)]);
    let bytes = archive.map_err(|source| PackageError::Archive { archive: "the package", source })?;
    if bytes.len() > super::MAX_PACKAGE_BYTES {
        return Err(PackageError::TooLarge { size: bytes.len() });
    }
    Ok(bytes)
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> PlatformError {
    let path = path.to_owned();
    move |source| PlatformError::Read { path, source }
}

#[cfg(test)]
mod tests;
