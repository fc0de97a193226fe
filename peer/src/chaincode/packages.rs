//! The chaincode packages installed on this peer, as files (Fabric `core/chaincode/persistence`).

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use bytes::Bytes;

/// Suffix of a package file.
const SUFFIX: &str = ".tar.gz";
/// Length of the hash in a package id and a file name, in characters.
const HASH_CHARS: usize = 64;

/// The directory `lifecycle/chaincodes` of a peer. A package appears in it whole or not at all.
#[derive(Debug)]
pub struct PackageStore {
    dir: PathBuf,
}

/// The package store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such package. The text is Fabric's.
    #[error("chaincode install package '{0}' not found")]
    NotFound(String),
    /// The file system failed.
    #[error("cannot {operation} {}", path.display())]
    File {
        /// What was tried.
        operation: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
}

fn failed(operation: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::File { operation, path, source }
}

impl PackageStore {
    /// Opens the store below `data_dir`; makes its directory and removes what an interrupted installation left.
    pub fn open(data_dir: &Path) -> Result<PackageStore, StoreError> {
        let dir = data_dir.join("lifecycle").join("chaincodes");
        fs::create_dir_all(&dir).map_err(failed("create", &dir))?;
        for entry in fs::read_dir(&dir).map_err(failed("list", &dir))? {
            let path = entry.map_err(failed("list", &dir))?.path();
            if path.extension().is_some_and(|extension| extension == "new") {
                fs::remove_file(&path).map_err(failed("remove", &path))?;
            }
        }
        Ok(PackageStore { dir })
    }

    /// Stores a package under its id.
    pub fn save(&self, package_id: &str, package: &[u8]) -> Result<(), StoreError> {
        let path = self.path(package_id)?;
        let unfinished = path.with_extension("new");
        let mut file = File::create(&unfinished).map_err(failed("create", &unfinished))?;
        let written = file.write_all(package).and_then(|()| file.sync_all());
        written.and_then(|()| fs::rename(&unfinished, &path)).map_err(|source| {
            // The next start removes it too; what matters is the first error.
            let _ = fs::remove_file(&unfinished);
            StoreError::File { operation: "write", path: path.clone(), source }
        })?;
        let dir = File::open(&self.dir).map_err(failed("open", &self.dir))?;
        dir.sync_all().map_err(failed("sync", &self.dir))
    }

    /// A package's bytes.
    pub fn load(&self, package_id: &str) -> Result<Bytes, StoreError> {
        let path = self.path(package_id)?;
        match fs::read(&path) {
            Ok(bytes) => Ok(bytes.into()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(StoreError::NotFound(package_id.to_owned()))
            }
            Err(source) => Err(StoreError::File { operation: "read", path, source }),
        }
    }

    /// Whether a package is installed.
    pub fn contains(&self, package_id: &str) -> bool {
        self.path(package_id).is_ok_and(|path| path.exists())
    }

    /// The ids of all packages, sorted.
    pub fn list(&self) -> Result<Vec<String>, StoreError> {
        let mut ids = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(failed("list", &self.dir))? {
            let entry = entry.map_err(failed("list", &self.dir))?;
            ids.extend(entry.file_name().to_str().and_then(package_id_of));
        }
        ids.sort();
        Ok(ids)
    }

    /// The file of a package. An id that is no `label:hash` names no package, and never a path elsewhere.
    fn path(&self, package_id: &str) -> Result<PathBuf, StoreError> {
        let not_found = || StoreError::NotFound(package_id.to_owned());
        let (label, hash) = package_id.split_once(':').ok_or_else(not_found)?;
        if client::package::check_label(label).is_err() || !is_hash(hash) {
            return Err(not_found());
        }
        Ok(self.dir.join(format!("{label}.{hash}{SUFFIX}")))
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == HASH_CHARS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn package_id_of(file_name: &str) -> Option<String> {
    let (label, hash) = file_name.strip_suffix(SUFFIX)?.rsplit_once('.')?;
    (is_hash(hash) && client::package::check_label(label).is_ok()).then(|| format!("{label}:{hash}"))
}

/// The label in a package id.
pub fn label_of(package_id: &str) -> &str {
    package_id.split_once(':').map_or(package_id, |(label, _)| label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_found_again_and_leftovers_are_not() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let store = PackageStore::open(dir.path()).expect("opened");
        let id = format!("basic_1.0:{}", "ab".repeat(32));
        assert!(!store.contains(&id));
        assert!(matches!(store.load(&id), Err(StoreError::NotFound(_))));
        store.save(&id, b"package").expect("saved");
        let chaincodes = dir.path().join("lifecycle/chaincodes");
        fs::write(chaincodes.join("half.new"), b"pack").expect("written");
        fs::write(chaincodes.join("other.txt"), b"").expect("written");
        let store = PackageStore::open(dir.path()).expect("opened again");
        assert!(!chaincodes.join("half.new").exists());
        assert_eq!(store.list().expect("listed"), std::slice::from_ref(&id));
        assert_eq!(store.load(&id).expect("loaded").as_ref(), b"package");
    }

    #[test]
    fn ids_lead_nowhere_else() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let store = PackageStore::open(dir.path()).expect("opened");
        let hash = "0".repeat(64);
        for id in ["", "basic", &format!("../x:{hash}"), &format!("a/b:{hash}"), "a:../../etc/passwd", ":"] {
            assert!(matches!(store.load(id), Err(StoreError::NotFound(_))), "{id}");
            assert!(store.save(id, b"").is_err(), "{id}");
        }
    }
}
