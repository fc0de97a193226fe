//! What this peer can run, by package id: installed packages on disk, loaded contracts and known chaincode servers in
//! memory.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use client::legacy_package::DeploymentPackage;
use client::package::{ChaincodeServer, Package, PackageError, SERVICE_TYPE, WASM_TYPE};
use parking_lot::{Mutex, RwLock};
use runtime::{Contract, Engine, Limits, LoadError};

use super::builders::{Build, BuildError, Builders, BuiltChaincode};
use super::legacy_packages::LegacyPackages;
use super::packages::{PackageStore, StoreError};

/// Installed and loaded contracts.
pub struct ContractRegistry {
    engine: Engine,
    cap: Limits,
    packages: PackageStore,
    legacy: LegacyPackages,
    builders: Builders,
    loaded: RwLock<HashMap<String, Installed>>,
    /// Packages are kept one after the other, so that of two equal ones the second is refused.
    saving: Mutex<()>,
}

/// What an installed package stands for. Cheap to clone.
#[derive(Clone)]
pub enum Installed {
    /// A contract, ready to run.
    Contract(Contract),
    /// A process that serves elsewhere.
    Server(Arc<ChaincodeServer>),
    /// A process that this peer starts.
    Process(Arc<BuiltChaincode>),
}

/// A package was not installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The bytes are no package.
    #[error("could not parse as a chaincode install package")]
    Parse(#[source] PackageError),
    /// The package is there already. The text is Fabric's.
    #[error("chaincode already successfully installed (package ID '{0}')")]
    AlreadyInstalled(String),
    /// The package holds no contract that can run.
    #[error("could not build chaincode")]
    Contents(#[source] PackageError),
    /// The contract was refused or could not be compiled; the cause lists every reason.
    #[error("could not build chaincode")]
    Build(#[source] LoadError),
    /// A builder did not build it.
    #[error("could not build chaincode: external builder failed")]
    External(#[source] BuildError),
    /// Nobody builds packages of this type.
    #[error("could not build chaincode: {}", nobody_builds(kind, builders))]
    NoBuilder {
        /// The package's type.
        kind: String,
        /// The names of the builders that were asked.
        builders: Vec<String>,
    },
    /// The package asks for limits that it cannot have.
    #[error("the limits in metadata.json cannot be granted: {0}")]
    Limits(String),
    /// The package could not be kept.
    #[error("could not save cc install package")]
    Save(#[source] StoreError),
}

/// A contract could not be started.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// Its package is not there or unreadable.
    #[error("could not load package '{package_id}'")]
    Package {
        /// The package.
        package_id: String,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// Its package, one of Fabric 1.x, cannot be read.
    #[error("could not load package '{package_id}': {cause}")]
    Legacy {
        /// The package.
        package_id: String,
        /// Why.
        cause: String,
    },
    /// Its package is damaged.
    #[error("package '{package_id}' is damaged")]
    Contents {
        /// The package.
        package_id: String,
        /// What is wrong.
        #[source]
        source: PackageError,
    },
    /// What a builder made of it cannot be used.
    #[error("external builder failed")]
    External(#[source] BuildError),
    /// Nobody builds it any more.
    #[error("{}", nobody_builds(kind, builders))]
    NoBuilder {
        /// The package's type.
        kind: String,
        /// The names of the builders that were asked.
        builders: Vec<String>,
    },
    /// The engine does not take it any more.
    #[error("could not load the contract of package '{package_id}'")]
    Load {
        /// The package.
        package_id: String,
        /// Why.
        #[source]
        source: LoadError,
    },
}

/// Why a package can be used by nobody. It begins with Fabric's words for a peer without Docker.
fn nobody_builds(kind: &str, builders: &[String]) -> String {
    let kind = kind.escape_debug();
    let others = match builders {
        [] => "it needs an external builder for others (chaincode.externalBuilders)".to_owned(),
        names => format!("none of its external builders took it: {}", names.join(", ")),
    };
    format!(
        "docker build is disabled: the package is of type '{kind}'; this peer itself runs packages of type '{WASM_TYPE}' and \
         '{SERVICE_TYPE}', and {others}"
    )
}

/// What a package that holds no contract stands for.
enum Elsewhere {
    Is(Installed),
    Failed(BuildError),
    Damaged(PackageError),
    Nobody { kind: String, builders: Vec<String> },
}

impl ContractRegistry {
    /// A registry over the packages in `packages` and those of Fabric 1.x in `legacy`. A contract gets what its package asks
    /// for, at most `cap`; without a wish the defaults. `builders` are asked for whatever is no contract.
    pub fn new(
        engine: Engine,
        cap: Limits,
        packages: PackageStore,
        legacy: LegacyPackages,
        builders: Builders,
    ) -> Self {
        ContractRegistry { engine, cap, packages, legacy, builders, loaded: RwLock::default(), saving: Mutex::new(()) }
    }

    /// The packages of Fabric 1.x on disk.
    pub fn legacy(&self) -> &LegacyPackages {
        &self.legacy
    }

    /// The packages on disk.
    pub fn packages(&self) -> &PackageStore {
        &self.packages
    }

    /// Checks and compiles the contract of a package or has it built, then keeps the package. Returns its id.
    pub fn install(&self, bytes: Bytes) -> Result<String, InstallError> {
        let package = Package::parse(bytes).map_err(InstallError::Parse)?;
        let package_id = package.id();
        self.refuse_installed(&package_id)?;
        // Before the lock: a build may take long, and keeps nobody from installing others.
        let installed = self.build(&package_id, &package)?;
        let _alone = self.saving.lock();
        self.refuse_installed(&package_id)?;
        let saved = self.save(&package_id, &package, installed);
        if saved.is_err() && !package.is_wasm() {
            self.builders.forget(&package_id);
        }
        saved.map(|()| package_id)
    }

    /// Checks and compiles the contract of a package of Fabric 1.x or has it built, then keeps the package. The error is the
    /// text for the client.
    pub fn install_legacy(&self, package: &DeploymentPackage) -> Result<(), String> {
        let chaincode_id = format!("{}:{}", package.name(), package.version());
        if self.legacy.contains(&chaincode_id) {
            return self.legacy.save(package);
        }
        let failed = |error: &dyn std::error::Error| crate::text::chain(error);
        let contents = package.to_package().map_err(|error| failed(&InstallError::Contents(error)))?;
        // An installation that was interrupted may have left a build of another package with this name.
        self.builders.forget(&chaincode_id);
        let installed = self.build(&chaincode_id, &contents).map_err(|error| failed(&error))?;
        let _alone = self.saving.lock();
        let saved = self.legacy.save(package);
        match &saved {
            Ok(()) => drop(self.loaded.write().insert(chaincode_id, installed)),
            // Somebody may have installed another one meanwhile, whose build is in use.
            Err(_) if !contents.is_wasm() && !self.legacy.contains(&chaincode_id) => {
                self.builders.forget(&chaincode_id);
            }
            Err(_) => {}
        }
        saved
    }

    fn build(&self, package_id: &str, package: &Package) -> Result<Installed, InstallError> {
        if package.is_wasm() {
            let wasm = package.contract().map_err(InstallError::Contents)?;
            let limits = self.limits(package).map_err(InstallError::Limits)?;
            return Ok(Installed::Contract(self.engine.load(&wasm, limits).map_err(InstallError::Build)?));
        }
        match self.elsewhere(package_id, package) {
            Elsewhere::Is(installed) => Ok(installed),
            Elsewhere::Failed(error) => Err(InstallError::External(error)),
            Elsewhere::Damaged(error) => Err(InstallError::Contents(error)),
            Elsewhere::Nobody { kind, builders } => Err(InstallError::NoBuilder { kind, builders }),
        }
    }

    fn refuse_installed(&self, package_id: &str) -> Result<(), InstallError> {
        match self.packages.contains(package_id) {
            true => Err(InstallError::AlreadyInstalled(package_id.to_owned())),
            false => Ok(()),
        }
    }

    fn save(&self, package_id: &str, package: &Package, installed: Installed) -> Result<(), InstallError> {
        self.packages.save(package_id, &package.bytes).map_err(InstallError::Save)?;
        self.loaded.write().insert(package_id.to_owned(), installed);
        Ok(())
    }

    /// External builders come first; what names a server needs none.
    fn elsewhere(&self, package_id: &str, package: &Package) -> Elsewhere {
        match self.builders.build(package_id, package) {
            Ok(Some(Build::Chaincode(chaincode))) => Elsewhere::Is(Installed::Process(chaincode)),
            Ok(Some(Build::Server(server))) => Elsewhere::Is(Installed::Server(server)),
            Ok(None) if package.is_service() => match package.server() {
                Ok(server) => Elsewhere::Is(Installed::Server(Arc::new(server))),
                Err(error) => Elsewhere::Damaged(error),
            },
            Ok(None) => Elsewhere::Nobody {
                kind: package.metadata.kind.clone(),
                builders: self.builders.names().map(str::to_owned).collect(),
            },
            Err(error) => Elsewhere::Failed(error),
        }
    }

    /// What a package asks for. Less than that would have it fail where other peers endorse, so it is all or an error.
    fn limits(&self, package: &Package) -> Result<Limits, String> {
        let Some(wish) = &package.metadata.limits else { return Ok(Limits::default().capped(&self.cap)) };
        if !wish.is_object() {
            return Err("they are no JSON object".to_owned());
        }
        let wish: Limits = serde_json::from_value(wish.clone()).map_err(|error| error.to_string())?;
        for (name, wish, cap, key) in [
            ("memory_bytes", wish.memory_bytes as u64, self.cap.memory_bytes as u64, "maxMemory"),
            ("fuel", wish.fuel, self.cap.fuel, "maxFuel"),
            ("host_calls", wish.host_calls, self.cap.host_calls, "maxHostCalls"),
            ("host_bytes", wish.host_bytes, self.cap.host_bytes, "maxHostBytes"),
        ] {
            if wish > cap {
                return Err(format!("{name} is {wish}, and this peer grants at most {cap} (chaincode.wasm.{key})"));
            }
        }
        Ok(wish)
    }

    /// What an installed package stands for; loads it if need be.
    pub fn launch(&self, package_id: &str) -> Result<Installed, LaunchError> {
        if let Some(contract) = self.loaded.read().get(package_id) {
            return Ok(contract.clone());
        }
        let package_id = package_id.to_owned();
        let contents = |source| LaunchError::Contents { package_id: package_id.clone(), source };
        let package = match self.packages.load(&package_id) {
            Ok(bytes) => Package::parse(bytes).map_err(contents)?,
            Err(StoreError::NotFound(_)) if self.legacy.contains(&package_id) => {
                let package = self.legacy.load(&package_id);
                let package = package.map_err(|cause| LaunchError::Legacy { package_id: package_id.clone(), cause })?;
                package.to_package().map_err(contents)?
            }
            Err(source) => return Err(LaunchError::Package { package_id, source }),
        };
        if !package.is_wasm() {
            let installed = match self.elsewhere(&package_id, &package) {
                Elsewhere::Is(installed) => installed,
                Elsewhere::Failed(error) => return Err(LaunchError::External(error)),
                Elsewhere::Damaged(error) => return Err(contents(error)),
                Elsewhere::Nobody { kind, builders } => return Err(LaunchError::NoBuilder { kind, builders }),
            };
            return Ok(self.loaded.write().entry(package_id).or_insert(installed).clone());
        }
        let wasm = package.contract().map_err(contents)?;
        // This peer's caps may have become lower since it was installed.
        let limits = self.limits(&package).unwrap_or(self.cap);
        let contract = self.engine.load(&wasm, limits);
        let contract = contract.map_err(|source| LaunchError::Load { package_id: package_id.clone(), source })?;
        contract.warm_up();
        // Another call may have loaded it in the meantime.
        Ok(self.loaded.write().entry(package_id).or_insert(Installed::Contract(contract)).clone())
    }

    /// Whether a package is a contract that is loaded already.
    pub fn is_contract(&self, package_id: &str) -> bool {
        matches!(self.loaded.read().get(package_id), Some(Installed::Contract(_)))
    }

    /// Whether a package is known to stand for another process.
    pub fn is_process(&self, package_id: &str) -> bool {
        match self.loaded.read().get(package_id) {
            Some(installed) => !matches!(installed, Installed::Contract(_)),
            // Right after the start it may not have been loaded yet.
            None => self.builders.has_built(package_id),
        }
    }

    /// Forgets the loaded contract of a package. Calls that run go on; the package stays installed.
    pub fn stop(&self, package_id: &str) {
        self.loaded.write().remove(package_id);
    }
}
