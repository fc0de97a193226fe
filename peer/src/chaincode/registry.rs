//! What this peer can run, by package id: installed packages on disk, loaded contracts and known chaincode servers in
//! memory.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use client::package::{ChaincodeServer, Package, PackageError};
use parking_lot::{Mutex, RwLock};
use runtime::{Contract, Engine, Limits, LoadError};

use super::packages::{PackageStore, StoreError};

/// Installed and loaded contracts.
pub struct ContractRegistry {
    engine: Engine,
    cap: Limits,
    packages: PackageStore,
    loaded: RwLock<HashMap<String, Installed>>,
    /// One installation or load at a time: compiling takes every processor there is.
    loading: Mutex<()>,
}

/// What an installed package stands for. Cheap to clone.
#[derive(Clone)]
pub enum Installed {
    /// A contract, ready to run.
    Contract(Contract),
    /// A process that serves elsewhere.
    Server(Arc<ChaincodeServer>),
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
    /// Its package is damaged.
    #[error("package '{package_id}' is damaged")]
    Contents {
        /// The package.
        package_id: String,
        /// What is wrong.
        #[source]
        source: PackageError,
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

impl ContractRegistry {
    /// A registry over the packages in `packages`. A contract gets what its package asks for, at most `cap`; without a wish the
    /// defaults.
    pub fn new(engine: Engine, cap: Limits, packages: PackageStore) -> Self {
        ContractRegistry { engine, cap, packages, loaded: RwLock::default(), loading: Mutex::new(()) }
    }

    /// The packages on disk.
    pub fn packages(&self) -> &PackageStore {
        &self.packages
    }

    /// Checks and compiles the contract of a package, then keeps the package. Returns its id.
    pub fn install(&self, bytes: Bytes) -> Result<String, InstallError> {
        let package = Package::parse(bytes).map_err(InstallError::Parse)?;
        let package_id = package.id();
        let _alone = self.loading.lock();
        if self.packages.contains(&package_id) {
            return Err(InstallError::AlreadyInstalled(package_id));
        }
        let installed = if package.is_service() {
            Installed::Server(Arc::new(package.server().map_err(InstallError::Contents)?))
        } else {
            let wasm = package.contract().map_err(InstallError::Contents)?;
            let limits = self.limits(&package).map_err(InstallError::Limits)?;
            Installed::Contract(self.engine.load(&wasm, limits).map_err(InstallError::Build)?)
        };
        self.packages.save(&package_id, &package.bytes).map_err(InstallError::Save)?;
        self.loaded.write().insert(package_id.clone(), installed);
        Ok(package_id)
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
        let _alone = self.loading.lock();
        if let Some(contract) = self.loaded.read().get(package_id) {
            return Ok(contract.clone());
        }
        let package_id = package_id.to_owned();
        let bytes = match self.packages.load(&package_id) {
            Ok(bytes) => bytes,
            Err(source) => return Err(LaunchError::Package { package_id, source }),
        };
        let contents = |source| LaunchError::Contents { package_id: package_id.clone(), source };
        let package = Package::parse(bytes).map_err(contents)?;
        let installed = if package.is_service() {
            Installed::Server(Arc::new(package.server().map_err(contents)?))
        } else {
            let wasm = package.contract().map_err(contents)?;
            // This peer's caps may have become lower since it was installed.
            let limits = self.limits(&package).unwrap_or(self.cap);
            let contract = self.engine.load(&wasm, limits);
            let contract = contract.map_err(|source| LaunchError::Load { package_id: package_id.clone(), source })?;
            Installed::Contract(contract)
        };
        self.loaded.write().insert(package_id, installed.clone());
        Ok(installed)
    }

    /// Whether a package is known to stand for a process that serves elsewhere.
    pub fn is_server(&self, package_id: &str) -> bool {
        matches!(self.loaded.read().get(package_id), Some(Installed::Server(_)))
    }

    /// Forgets the loaded contract of a package. Calls that run go on; the package stays installed.
    pub fn stop(&self, package_id: &str) {
        self.loaded.write().remove(package_id);
    }
}
