//! The packages of Fabric 1.x installed on this peer, as files: `chaincodes/<name>.<version>` below its data, as Fabric
//! keeps them (Fabric `core/common/ccprovider`).

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use ::channel::definition::{is_chaincode_name, is_chaincode_version};
use bytes::Bytes;
use client::legacy_package::DeploymentPackage;

use super::packages::StoreError;

/// What a file is called until it is whole. No chaincode's name begins so.
const UNFINISHED: &str = ".new-";

/// The directory `chaincodes` of a peer. A package appears in it whole or not at all.
#[derive(Debug)]
pub struct LegacyPackages {
    dir: PathBuf,
}

impl LegacyPackages {
    /// Opens the store below `data_dir`; makes its directory and removes what an interrupted installation left.
    pub fn open(data_dir: &Path) -> Result<LegacyPackages, StoreError> {
        let dir = data_dir.join("chaincodes");
        fs::create_dir_all(&dir).map_err(failed("create", &dir))?;
        for entry in fs::read_dir(&dir).map_err(failed("list", &dir))? {
            let entry = entry.map_err(failed("list", &dir))?;
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                fs::remove_file(entry.path()).map_err(failed("remove", &entry.path()))?;
            }
        }
        Ok(LegacyPackages { dir })
    }

    /// Where a chaincode's package lies. A name or version that breaks the rules has none, and never leads elsewhere.
    fn path(&self, name: &str, version: &str) -> Option<PathBuf> {
        (is_chaincode_name(name) && is_chaincode_version(version)).then(|| self.dir.join(format!("{name}.{version}")))
    }

    /// Stores a package. The error is Fabric's where there is one already.
    pub fn save(&self, package: &DeploymentPackage) -> Result<(), String> {
        let (name, version) = (package.name(), package.version());
        let refused = |cause: String| format!("error installing chaincode code {name}:{version}({cause})");
        let Some(path) = self.path(name, version) else {
            return Err(refused("no file can have its name".to_owned()));
        };
        if path.exists() {
            return Err(refused(format!("chaincode {} exists", path.display())));
        }
        let unfinished = self.dir.join(format!("{UNFINISHED}{name}.{version}"));
        let written = File::create(&unfinished)
            .and_then(|mut file| file.write_all(&package.bytes).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&unfinished, &path))
            .and_then(|()| File::open(&self.dir)?.sync_all());
        written.map_err(|error| {
            // The next start removes it too; what matters is the first error.
            let _ = fs::remove_file(&unfinished);
            refused(format!("writing {}: {error}", path.display()))
        })
    }

    /// The package of `name:version`.
    pub fn load(&self, chaincode_id: &str) -> Result<DeploymentPackage, String> {
        let path = chaincode_id.split_once(':').and_then(|(name, version)| self.path(name, version));
        let path = path.ok_or_else(|| format!("no package can have the name {chaincode_id:?}"))?;
        let bytes = fs::read(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => format!("open {}: no such file or directory", path.display()),
            _ => format!("open {}: {error}", path.display()),
        })?;
        DeploymentPackage::parse(Bytes::from(bytes)).map_err(|error| error.to_string())
    }

    /// Whether a package of `name:version` is there.
    pub fn contains(&self, chaincode_id: &str) -> bool {
        let path = chaincode_id.split_once(':').and_then(|(name, version)| self.path(name, version));
        path.is_some_and(|path| path.exists())
    }

    /// All that can be read, by file name. Files that hold another chaincode than they say are left out, as in Fabric.
    pub fn list(&self) -> Result<Vec<DeploymentPackage>, StoreError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(failed("list", &self.dir))? {
            names.extend(entry.map_err(failed("list", &self.dir))?.file_name().into_string());
        }
        names.sort();
        let packages = names.iter().filter_map(|file| {
            let (name, version) = file.split_once('.')?;
            let package = self.load(&format!("{name}:{version}")).ok()?;
            (package.name() == name && package.version() == version).then_some(package)
        });
        Ok(packages.collect())
    }
}

fn failed(operation: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::File { operation, path, source }
}

#[cfg(test)]
mod tests {
    use client::legacy_package::Contents;
    use prost::Message;
    use proto::protos::chaincode_spec::Type;

    use super::*;

    fn package(name: &str, version: &str) -> DeploymentPackage {
        let contents = Contents { name, version, path: "basic.wasm", args: Vec::new() };
        let spec = contents.without_code(Type::Car);
        DeploymentPackage::parse(spec.encode_to_vec().into()).expect("a package")
    }

    #[test]
    fn packages_lie_where_fabrics_lie_and_leftovers_do_not() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let store = LegacyPackages::open(dir.path()).expect("opened");
        let basic = package("basic", "1.0.1");
        store.save(&basic).expect("saved");
        assert_eq!(fs::read(dir.path().join("chaincodes/basic.1.0.1")).expect("read"), basic.bytes);
        let again = store.save(&basic).expect_err("refused");
        assert!(again.starts_with("error installing chaincode code basic:1.0.1(chaincode "), "{again}");
        assert!(again.ends_with(" exists)"), "{again}");
        fs::write(dir.path().join("chaincodes/.new-half.1"), b"half").expect("written");
        fs::write(dir.path().join("chaincodes/other.2"), &basic.bytes).expect("written");
        let store = LegacyPackages::open(dir.path()).expect("opened again");
        assert!(!dir.path().join("chaincodes/.new-half.1").exists());
        let names: Vec<String> =
            store.list().expect("listed").iter().map(|package| package.name().to_owned()).collect();
        assert_eq!(names, ["basic"]);
        assert_eq!(store.load("basic:1.0.1").expect("loaded"), basic);
        assert!(store.contains("basic:1.0.1") && !store.contains("basic:2"));
    }

    #[test]
    fn names_lead_nowhere_else() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let store = LegacyPackages::open(dir.path()).expect("opened");
        for id in ["", "basic", "../x:1", "a/b:1", "a:../../etc/passwd", "a:.", ":"] {
            let expected = if id == "a:." { "open " } else { "no package can have the name" };
            assert!(store.load(id).expect_err("refused").starts_with(expected), "{id}");
        }
        assert!(store.save(&package("../x", "1")).is_err());
    }
}
