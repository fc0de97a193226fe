//! What external builders have built, on disk, as Fabric's peers lay it out: `externalbuilder/builds/<package>`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use client::package::ChaincodeServer;
use serde::{Deserialize, Serialize};

use super::copy::copy_dir;
use super::{BuildError, Builder, CommandError, LOG, Process};

const INFO_FILE: &str = "build-info.json";
const BUILD_DIR: &str = "bld";
const RELEASE_DIR: &str = "release";
/// Where a builder says that the chaincode serves.
const CONNECTION_FILE: &str = "chaincode/server/connection.json";
/// Largest of these that is read.
const CONNECTION_BYTES_MAX: u64 = 256 << 10;
/// Ends the name of a directory that is not complete.
const UNFINISHED: &str = ".new";

/// What a builder made of a package.
#[derive(Clone)]
pub enum Build {
    /// It is to be run.
    Chaincode(Arc<BuiltChaincode>),
    /// It runs elsewhere.
    Server(Arc<ChaincodeServer>),
}

/// A chaincode that its builder can run.
pub struct BuiltChaincode {
    /// The package.
    pub package_id: String,
    /// Who built it.
    pub builder: Arc<Builder>,
    /// What was built.
    pub build_dir: PathBuf,
}

impl BuiltChaincode {
    /// Starts it; `run_dir` holds what it needs to know. Must be called on a tokio runtime.
    pub async fn run(&self, run_dir: &Path) -> Result<Process, CommandError> {
        self.builder.run(&self.package_id, &self.build_dir, run_dir).await
    }
}

/// Says who built it. Fabric's own format.
#[derive(Serialize, Deserialize)]
struct BuildInfo {
    builder_name: String,
}

/// The directory of a peer's external builds.
pub(super) struct Store {
    dir: PathBuf,
}

impl Store {
    /// Opens the store below `data_dir`; makes its directory and removes what an interrupted build left.
    pub fn open(data_dir: &Path) -> io::Result<Store> {
        let dir = data_dir.join("externalbuilder").join("builds");
        fs::create_dir_all(&dir)?;
        for entry in fs::read_dir(&dir)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(UNFINISHED) {
                fs::remove_dir_all(&path)?;
            }
        }
        Ok(Store { dir })
    }

    /// The characters that Fabric replaces in the name of a package's directory.
    fn path(&self, package_id: &str) -> PathBuf {
        self.dir.join(package_id.replace(['<', '>', ':', '"', '/', '\\', '|', '?', '*', '&'], "-"))
    }

    /// Whether anything was built of a package.
    pub fn contains(&self, package_id: &str) -> bool {
        self.path(package_id).exists()
    }

    /// What was built of a package by one of `builders`.
    pub fn find(&self, package_id: &str, builders: &[Arc<Builder>]) -> Result<Option<Build>, BuildError> {
        let dir = self.path(package_id);
        if !dir.exists() {
            return Ok(None);
        }
        let file = dir.join(INFO_FILE);
        let unreadable = |cause: String| {
            let advice = "remove its directory to have the package built again";
            BuildError::Existing(format!("could not read '{}': {cause}; {advice}", file.display()))
        };
        let text = fs::read(&file).map_err(|error| unreadable(error.to_string()))?;
        let info: BuildInfo = serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
        let Some(builder) = builders.iter().find(|builder| builder.name() == info.builder_name) else {
            return Err(BuildError::Existing(format!(
                "chaincode '{package_id}' was already built with builder '{}', but that builder is no longer available",
                info.builder_name
            )));
        };
        Ok(Some(match check(&dir.join(RELEASE_DIR), builder)? {
            Some(server) => Build::Server(Arc::new(server)),
            None => Build::Chaincode(Arc::new(BuiltChaincode {
                package_id: package_id.to_owned(),
                builder: builder.clone(),
                build_dir: dir.join(BUILD_DIR),
            })),
        }))
    }

    /// Keeps what was built, whole or not at all.
    pub fn keep(&self, package_id: &str, builder: &Builder, build: &Path, release: &Path) -> io::Result<()> {
        let dir = self.path(package_id);
        let mut unfinished = dir.clone().into_os_string();
        unfinished.push(UNFINISHED);
        let unfinished = PathBuf::from(unfinished);
        let kept = self.write(&unfinished, builder, build, release).and_then(|()| fs::rename(&unfinished, &dir));
        if kept.is_err() {
            remove_dir(&unfinished);
        }
        kept
    }

    fn write(&self, dir: &Path, builder: &Builder, build: &Path, release: &Path) -> io::Result<()> {
        fs::create_dir(dir)?;
        copy_dir(build, &dir.join(BUILD_DIR))?;
        copy_dir(release, &dir.join(RELEASE_DIR))?;
        let info = BuildInfo { builder_name: builder.name().to_owned() };
        fs::write(dir.join(INFO_FILE), serde_json::to_vec(&info)?)?;
        // After a power cut there must be no name without its contents.
        Ok(rustix::fs::syncfs(File::open(&self.dir)?)?)
    }

    /// Forgets a build.
    pub fn remove(&self, package_id: &str) {
        let dir = self.path(package_id);
        if dir.exists() {
            remove_dir(&dir);
        }
    }
}

fn remove_dir(dir: &Path) {
    if let Err(error) = fs::remove_dir_all(dir) {
        tracing::warn!(target: LOG, %error, "cannot remove {}", dir.display());
    }
}

/// Where the chaincode serves, if what was released says so.
pub(super) fn check(release: &Path, builder: &Builder) -> Result<Option<ChaincodeServer>, BuildError> {
    let file = release.join(CONNECTION_FILE);
    // A link could lead to a device, and a pipe would be waited for.
    let text = match file.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Ok(found) if !found.is_file() => Err(io::Error::other("it is no regular file")),
        Ok(found) if found.len() <= CONNECTION_BYTES_MAX => fs::read(&file),
        Ok(_) => Err(io::Error::from(io::ErrorKind::FileTooLarge)),
        Err(error) => Err(error),
    };
    let text = text.map_err(|error| BuildError::Existing(format!("reading {}: {error}", file.display())))?;
    let server = ChaincodeServer::parse(&text);
    let builder = builder.name().to_owned();
    server.map(Some).map_err(|source| BuildError::Connection { builder, source })
}
