//! The contracts this peer can run, by package id: installed packages on disk, and the loaded ones in memory.

use std::collections::HashMap;

use bytes::Bytes;
use client::package::{Package, PackageError};
use parking_lot::{Mutex, RwLock};
use runtime::{Contract, Engine, Limits, LoadError};

use super::packages::{PackageStore, StoreError};

/// Installed and loaded contracts.
pub struct ContractRegistry {
    engine: Engine,
    limits: Limits,
    packages: PackageStore,
    loaded: RwLock<HashMap<String, Contract>>,
    /// One installation or load at a time: compiling takes every processor there is.
    loading: Mutex<()>,
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
    /// A registry over the packages in `packages`. Contracts get `limits`.
    pub fn new(engine: Engine, limits: Limits, packages: PackageStore) -> Self {
        ContractRegistry { engine, limits, packages, loaded: RwLock::default(), loading: Mutex::new(()) }
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
        let wasm = package.contract().map_err(InstallError::Contents)?;
        let contract = self.engine.load(&wasm, self.limits).map_err(InstallError::Build)?;
        self.packages.save(&package_id, &package.bytes).map_err(InstallError::Save)?;
        self.loaded.write().insert(package_id.clone(), contract);
        Ok(package_id)
    }

    /// The contract of an installed package; loads it if need be.
    pub fn launch(&self, package_id: &str) -> Result<Contract, LaunchError> {
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
        let wasm = match Package::parse(bytes).and_then(|package| package.contract()) {
            Ok(wasm) => wasm,
            Err(source) => return Err(LaunchError::Contents { package_id, source }),
        };
        match self.engine.load(&wasm, self.limits) {
            Ok(contract) => {
                self.loaded.write().insert(package_id, contract.clone());
                Ok(contract)
            }
            Err(source) => Err(LaunchError::Load { package_id, source }),
        }
    }

    /// Forgets the loaded contract of a package. Calls that run go on; the package stays installed.
    pub fn stop(&self, package_id: &str) {
        self.loaded.write().remove(package_id);
    }
}
