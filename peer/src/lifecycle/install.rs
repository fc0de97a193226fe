//! Packages on this peer.

use std::collections::BTreeMap;

use proto::lifecycle::{
    GetInstalledChaincodePackageArgs, GetInstalledChaincodePackageResult, InstallChaincodeArgs, InstallChaincodeResult,
    QueryInstalledChaincodeArgs, QueryInstalledChaincodeResult, QueryInstalledChaincodesResult,
    query_installed_chaincode_result, query_installed_chaincodes_result,
};

use ::channel::definition::ChaincodeDefinition;

use super::state::{self, Approval, PublicSnapshot};
use super::{Failure, Lifecycle};
use crate::chaincode::packages::{StoreError, label_of};
use crate::text;

/// A chaincode that runs a package: channel, name and version.
type Reference = (String, String, String);

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::NotFound(_) => Failure::NotFound(error.to_string()),
            StoreError::File { .. } => Failure::Failed(text::chain(&error)),
        }
    }
}

impl Lifecycle {
    pub(super) fn install(&self, args: InstallChaincodeArgs) -> Result<InstallChaincodeResult, Failure> {
        let package_id = self.contracts.install(args.chaincode_install_package).map_err(|error| text::chain(&error))?;
        tracing::info!(target: "lifecycle", "Successfully installed chaincode with package ID '{package_id}'");
        let label = label_of(&package_id).to_owned();
        Ok(InstallChaincodeResult { package_id, label })
    }

    pub(super) fn installed_package(
        &self,
        args: GetInstalledChaincodePackageArgs,
    ) -> Result<GetInstalledChaincodePackageResult, Failure> {
        match self.contracts.packages().load(&args.package_id) {
            Ok(chaincode_install_package) => Ok(GetInstalledChaincodePackageResult { chaincode_install_package }),
            Err(StoreError::NotFound(id)) => {
                // Fabric wraps this error, which loses its status.
                let cause = StoreError::NotFound(id);
                Err(Failure::Failed(format!("could not load cc install package: {cause}")))
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn query_installed(
        &self,
        args: QueryInstalledChaincodeArgs,
    ) -> Result<QueryInstalledChaincodeResult, Failure> {
        if !self.contracts.packages().contains(&args.package_id) {
            return Err(Failure::Failed(format!("could not find chaincode with package id '{}'", args.package_id)));
        }
        let mut references: BTreeMap<String, query_installed_chaincode_result::References> = BTreeMap::new();
        for (channel_id, name, version) in self.references(&args.package_id)? {
            let chaincode = query_installed_chaincode_result::Chaincode { name, version };
            references.entry(channel_id).or_default().chaincodes.push(chaincode);
        }
        let label = label_of(&args.package_id).to_owned();
        Ok(QueryInstalledChaincodeResult { package_id: args.package_id, label, references })
    }

    pub(super) fn query_all_installed(&self) -> Result<QueryInstalledChaincodesResult, Failure> {
        let mut installed_chaincodes = Vec::new();
        for package_id in self.contracts.packages().list()? {
            let mut references: BTreeMap<String, query_installed_chaincodes_result::References> = BTreeMap::new();
            for (channel_id, name, version) in self.references(&package_id)? {
                let chaincode = query_installed_chaincodes_result::Chaincode { name, version };
                references.entry(channel_id).or_default().chaincodes.push(chaincode);
            }
            let label = label_of(&package_id).to_owned();
            installed_chaincodes.push(query_installed_chaincodes_result::InstalledChaincode {
                package_id,
                label,
                references,
            });
        }
        Ok(QueryInstalledChaincodesResult { installed_chaincodes })
    }

    /// The committed chaincodes that this organisation runs from a package.
    fn references(&self, package_id: &str) -> Result<Vec<Reference>, Failure> {
        let mut references = Vec::new();
        let installed = [package_id.to_owned()];
        for channel in self.channels.all() {
            let snapshot = channel.ledger().snapshot();
            for name in state::defined_names(&snapshot)? {
                let Some(definition) = ChaincodeDefinition::read(&name, &mut PublicSnapshot(&snapshot))? else {
                    continue;
                };
                let approval = state::approval(&snapshot, &self.msp_id, &name, &definition, &installed)?;
                if matches!(approval, Approval::Package(_)) {
                    let version = definition.endorsement_info.version;
                    references.push((channel.id().to_owned(), name, version));
                }
            }
        }
        Ok(references)
    }
}
