//! Chaincode packages, as clients install them: archives, names, descriptions, and their contents as files.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use bytes::Bytes;
use client::legacy_package::DeploymentPackage;
use client::package::{CODE_FILE, ChaincodeServer, METADATA_FILE, Package};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::allocations::limited;
use crate::input::Input;

/// An archive may unpack to 256 MiB, read into a buffer that grows to twice its size.
const ALLOCATION_BYTES_MAX: usize = (512 << 20) + (1 << 20);

/// The unit of tar archives.
const BLOCK_BYTES: usize = 512;

/// In memory where the system has such a place: files are made for every input.
pub(crate) static PLACE: LazyLock<PathBuf> = LazyLock::new(|| {
    let in_memory = Path::new("/dev/shm");
    if in_memory.is_dir() { in_memory.to_owned() } else { std::env::temp_dir() }
});

/// What an input is, by its first byte.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    /// The package.
    Whole,
    /// The package before it is compressed.
    Outer,
    /// The inner archive of a package of the type that the next byte says, before it is compressed.
    Inner,
    /// `metadata.json`.
    Description,
    /// `connection.json`.
    Connection,
    /// A package of Fabric 1.x.
    Legacy,
}

pub(crate) const PARTS: [Part; 6] =
    [Part::Whole, Part::Outer, Part::Inner, Part::Description, Part::Connection, Part::Legacy];

const TYPES: [&str; 3] = ["wasm", "ccaas", "other"];

/// Reads the input as a package, or as a part of one, as far as it goes.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let part = PARTS[usize::from(input.byte()) % PARTS.len()];
    let package = match part {
        Part::Whole => Bytes::copy_from_slice(input.0),
        Part::Outer => gzip(&with_checksums(input.0)),
        Part::Inner => {
            let kind = TYPES[usize::from(input.byte()) % TYPES.len()];
            package(format!(r#"{{"type":"{kind}","label":"a"}}"#).as_bytes(), &gzip(&with_checksums(input.0)))
        }
        Part::Description => package(input.0, &gzip(&[])),
        Part::Connection => {
            limited(ALLOCATION_BYTES_MAX, || drop(ChaincodeServer::parse(input.0)));
            return;
        }
        Part::Legacy => {
            limited(ALLOCATION_BYTES_MAX, || legacy(Bytes::copy_from_slice(input.0)));
            return;
        }
    };
    limited(ALLOCATION_BYTES_MAX, || read(package));
}

fn read(bytes: Bytes) {
    // The client is told what is wrong.
    let Ok(package) = Package::parse(bytes).map_err(|error| error.to_string()) else { return };
    assert!(package.id().starts_with(&package.metadata.label));
    assert!(package.description().is_ok(), "a description that was there is gone");
    let _ = package.contract().map_err(|error| error.to_string());
    let _ = package.server().map_err(|error| error.to_string());
    unpack(&package);
}

fn legacy(bytes: Bytes) {
    let Ok(package) = DeploymentPackage::parse(bytes).map_err(|error| error.to_string()) else { return };
    assert!(package.has_hashes(&package.data()), "a package is not the one that it is");
    let Ok(package) = package.to_package() else { return };
    let _ = package.contract().map_err(|error| error.to_string());
    unpack(&package);
}

/// Has the files written, and looks whether there are others.
fn unpack(package: &Package) {
    let place = tempfile::Builder::new().prefix("weft-fuzz-").tempdir_in(&*PLACE).expect("there is room for files");
    let (around, dir) = (place.path().join("around"), place.path().join("around/dir"));
    fs::create_dir_all(&dir).expect("there is room for files");
    let _ = package.unpack(&dir).map_err(|error| error.to_string());
    for folder in [place.path(), &around] {
        let names = fs::read_dir(folder).expect("the folder is there");
        assert_eq!(names.count(), 1, "something was written outside of the directory");
    }
}

fn package(metadata: &[u8], code: &[u8]) -> Bytes {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, contents) in [(METADATA_FILE, metadata), (CODE_FILE, code)] {
        let mut header = tar::Header::new_ustar();
        header.set_size(contents.len() as u64);
        tar.append_data(&mut header, name, contents).expect("memory takes all");
    }
    gzip(&tar.into_inner().expect("memory takes all"))
}

fn gzip(bytes: &[u8]) -> Bytes {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).expect("memory takes all");
    gzip.finish().expect("memory takes all").into()
}

/// The archive with the checksums that its headers should have: no fuzzer finds these.
fn with_checksums(tar: &[u8]) -> Vec<u8> {
    let mut tar = tar.to_vec();
    // The engine cuts its inputs anywhere; a header's zeros may be left out.
    tar.resize(tar.len().next_multiple_of(BLOCK_BYTES), 0);
    let mut at = 0;
    while let Some(block) = tar.get_mut(at..).and_then(|rest| rest.first_chunk_mut::<BLOCK_BYTES>()) {
        at += BLOCK_BYTES;
        if block.iter().all(|byte| *byte == 0) {
            continue;
        }
        let mut header = tar::Header::new_old();
        header.as_mut_bytes().copy_from_slice(block);
        header.set_cksum();
        block.copy_from_slice(header.as_bytes());
        let size = header.entry_size().unwrap_or_default();
        let contents = usize::try_from(size).unwrap_or(usize::MAX).checked_next_multiple_of(BLOCK_BYTES);
        at = at.saturating_add(contents.unwrap_or(usize::MAX));
    }
    tar
}
