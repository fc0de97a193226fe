//! External builders: an operator's programs that recognise, build and run packages which this peer does not run itself
//! (Fabric `core/container/externalbuilder`).

mod builder;
mod copy;
mod process;
mod store;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use client::package::{Package, PackageError};
use node::shutdown::Stop;
use parking_lot::Mutex;
use tempfile::TempDir;

pub use builder::{Builder, BuilderError, BuilderSettings, CommandError};
pub use process::{Process, STOP_GRACE};
pub use store::{Build, BuiltChaincode};

use builder::Budget;
use store::Store;

/// Fabric's default for `chaincode.installTimeout`.
pub const DEFAULT_INSTALL_TIMEOUT: Duration = Duration::from_secs(300);

/// What the builders of a peer are, and where they work.
pub struct BuildersOptions {
    /// The builders, in the order in which they are asked.
    pub builders: Vec<BuilderSettings>,
    /// The peer's data; what was built lies below it.
    pub data_dir: PathBuf,
    /// Time for all that a build takes (`chaincode.installTimeout`).
    pub install_timeout: Duration,
    /// Runs their processes.
    pub runtime: tokio::runtime::Handle,
    /// Ends builds that run.
    pub stop: Stop,
}

/// A peer's external builders, and what they have built.
pub struct Builders {
    builders: Vec<Arc<Builder>>,
    store: Store,
    install_timeout: Duration,
    runtime: tokio::runtime::Handle,
    stop: Stop,
    /// One build at a time: compilers take every processor there is.
    building: Mutex<()>,
}

/// A package was not built. The texts are Fabric's.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// What an earlier build left cannot be used.
    #[error("existing build could not be restored: {0}")]
    Existing(String),
    /// The peer is told to end.
    #[error("the peer is stopping")]
    Stopping,
    /// The directories for the build could not be made.
    #[error("could not create build context")]
    Context(#[source] std::io::Error),
    /// The package could not be laid out.
    #[error("could not create build context")]
    Package(#[source] PackageError),
    /// The builder that took the package did not build it.
    #[error("external builder failed to build")]
    Build(#[source] CommandError),
    /// It was built, and the builder did not say what came of it.
    #[error("external builder failed to release")]
    Release(#[source] CommandError),
    /// What was built could not be kept.
    #[error("could not persist the build output")]
    Persist(#[source] std::io::Error),
    /// The builder says that the chaincode serves, and not where.
    #[error("chaincode/server/connection.json, which external builder '{builder}' released, is of no use")]
    Connection {
        /// The builder.
        builder: String,
        /// What is wrong.
        #[source]
        source: PackageError,
    },
    /// The time was over before any builder had taken the package.
    #[error("external builder failed to detect")]
    Detect(#[source] CommandError),
}

/// The directories of one build, which end with it.
struct Workplace {
    dir: TempDir,
}

impl Workplace {
    const SOURCE: &str = "src";
    const METADATA: &str = "metadata";
    const BUILD: &str = "bld";
    const RELEASE: &str = "release";

    fn new(package: &Package) -> Result<Workplace, BuildError> {
        let dir = private_tempdir("fabric-build-").map_err(BuildError::Context)?;
        let workplace = Workplace { dir };
        for name in [Self::SOURCE, Self::METADATA, Self::BUILD, Self::RELEASE] {
            std::fs::create_dir(workplace.path(name)).map_err(BuildError::Context)?;
        }
        package.unpack(&workplace.path(Self::SOURCE)).map_err(BuildError::Package)?;
        let description = package.description().map_err(BuildError::Package)?;
        let file = workplace.path(Self::METADATA).join(client::package::METADATA_FILE);
        std::fs::write(file, description).map_err(BuildError::Context)?;
        Ok(workplace)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn arguments(&self, names: &[&str]) -> Vec<PathBuf> {
        names.iter().map(|name| self.path(name)).collect()
    }
}

impl Builders {
    /// Checks every builder, so that a peer does not find out during a call that one is not there.
    pub fn open(options: BuildersOptions) -> Result<Builders, BuilderError> {
        let mut builders: Vec<Arc<Builder>> = Vec::new();
        for settings in options.builders {
            if builders.iter().any(|builder| builder.name() == settings.name) {
                return Err(BuilderError::Twice(settings.name));
            }
            builders.push(Arc::new(Builder::open(settings)?));
        }
        let store = Store::open(&options.data_dir).map_err(BuilderError::Store)?;
        Ok(Builders {
            builders,
            store,
            install_timeout: options.install_timeout,
            runtime: options.runtime,
            stop: options.stop,
            building: Mutex::new(()),
        })
    }

    /// The names of the builders.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.builders.iter().map(|builder| builder.name())
    }

    /// What comes of a package: what was built earlier, or what the first builder makes of it that takes it. `None` if
    /// none does.
    ///
    /// Must be called on a thread that may block and is none of the runtime's.
    pub fn build(&self, package_id: &str, package: &Package) -> Result<Option<Build>, BuildError> {
        if self.builders.is_empty() {
            return Ok(None);
        }
        if let Some(build) = self.store.find(package_id, &self.builders)? {
            return Ok(Some(build));
        }
        let _alone = self.building.lock();
        if let Some(build) = self.store.find(package_id, &self.builders)? {
            return Ok(Some(build));
        }
        let work = async {
            tokio::select! {
                built = self.build_anew(package_id, package) => built,
                () = self.stop.triggered() => Err(BuildError::Stopping),
            }
        };
        self.runtime.block_on(work)
    }

    async fn build_anew(&self, package_id: &str, package: &Package) -> Result<Option<Build>, BuildError> {
        let budget = Budget::new(self.install_timeout);
        let workplace = Workplace::new(package)?;
        let inputs = [Workplace::SOURCE, Workplace::METADATA];
        let Some(builder) = self.detect(&workplace.arguments(&inputs), budget).await? else {
            return Ok(None);
        };
        tracing::info!(target: LOG, "external builder '{}' builds {package_id}", builder.name());
        let arguments = workplace.arguments(&[Workplace::SOURCE, Workplace::METADATA, Workplace::BUILD]);
        builder.run_to_end("build", &arguments, budget).await.map_err(BuildError::Build)?;
        if builder.has("release") {
            let arguments = workplace.arguments(&[Workplace::BUILD, Workplace::RELEASE]);
            builder.run_to_end("release", &arguments, budget).await.map_err(BuildError::Release)?;
        }
        let outputs = (workplace.path(Workplace::BUILD), workplace.path(Workplace::RELEASE));
        // Better an installation that fails than calls that do.
        store::check(&outputs.1, builder)?;
        self.store.keep(package_id, builder, &outputs.0, &outputs.1).map_err(BuildError::Persist)?;
        self.store.find(package_id, &self.builders)
    }

    /// The first builder that takes a package. One that fails does not.
    async fn detect(&self, arguments: &[PathBuf], budget: Budget) -> Result<Option<&Arc<Builder>>, BuildError> {
        for builder in &self.builders {
            match builder.run_to_end("detect", arguments, budget).await {
                Ok(()) => return Ok(Some(builder)),
                Err(error @ CommandError::Timeout { .. }) => return Err(BuildError::Detect(error)),
                Err(CommandError::Ended { ended, .. }) => {
                    tracing::debug!(target: LOG, "builder '{}' detect failed: {ended}", builder.name());
                }
                Err(error) => {
                    tracing::warn!(target: LOG, "{}", crate::text::chain(&error));
                }
            }
        }
        Ok(None)
    }

    /// Whether a builder has built a package.
    pub fn has_built(&self, package_id: &str) -> bool {
        self.store.contains(package_id)
    }

    /// Removes what was built of a package that was not installed in the end.
    pub fn forget(&self, package_id: &str) {
        self.store.remove(package_id);
    }
}

/// A temporary directory that its owner alone can look into.
pub(super) fn private_tempdir(prefix: &str) -> std::io::Result<TempDir> {
    let permissions = std::fs::Permissions::from_mode(0o700);
    tempfile::Builder::new().prefix(prefix).permissions(permissions).tempdir()
}

/// The logger of builders and of what they run.
const LOG: &str = "chaincode.externalbuilder";
