//! Requests to `_lifecycle`: install packages, agree on definitions. And [`Client::deploy`], which does all of it for a
//! network where one organisation decides alone.

use bytes::Bytes;
use prost::Message;
use proto::lifecycle::*;
use proto::protos::CollectionConfigPackage;

use crate::commit::Committed;
use crate::error::CommitError;
use crate::package::Package;
use crate::transaction::{process, successful};
use crate::{Call, Client, Orderer, Peer, RequestError, SignedCall, SubmitError};

/// Status that `_lifecycle` answers when a definition or package does not exist.
const NOT_FOUND: i32 = 404;

/// What the members of a channel agree on about a chaincode.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definition {
    /// The chaincode's name on the channel.
    pub name: String,
    /// Free text; every endorsement carries it.
    pub version: String,
    /// Counts the definitions of this name, from 1.
    pub sequence: i64,
    /// Empty for the default.
    pub endorsement_plugin: String,
    /// Empty for the default.
    pub validation_plugin: String,
    /// Marshalled `ApplicationPolicy`; empty for the channel's default endorsement policy.
    pub validation_parameter: Bytes,
    /// Private data collections.
    pub collections: Option<CollectionConfigPackage>,
    /// The chaincode must be called with `is_init` first.
    pub init_required: bool,
}

impl Definition {
    /// The call by which the caller's organisation approves; without a package the peer does not run the chaincode.
    pub fn approval(&self, channel_id: &str, package_id: Option<&str>) -> Call {
        let source = match package_id {
            Some(id) => chaincode_source::Type::LocalPackage(chaincode_source::Local { package_id: id.to_owned() }),
            None => chaincode_source::Type::Unavailable(chaincode_source::Unavailable {}),
        };
        let definition = self.clone();
        let args = ApproveChaincodeDefinitionForMyOrgArgs {
            sequence: definition.sequence,
            name: definition.name,
            version: definition.version,
            endorsement_plugin: definition.endorsement_plugin,
            validation_plugin: definition.validation_plugin,
            validation_parameter: definition.validation_parameter,
            collections: definition.collections,
            init_required: definition.init_required,
            source: Some(ChaincodeSource { r#type: Some(source) }),
        };
        lifecycle_call(channel_id, "ApproveChaincodeDefinitionForMyOrg", &args)
    }

    /// The call that commits the definition to the channel.
    pub fn commit(&self, channel_id: &str) -> Call {
        let definition = self.clone();
        let args = CommitChaincodeDefinitionArgs {
            sequence: definition.sequence,
            name: definition.name,
            version: definition.version,
            endorsement_plugin: definition.endorsement_plugin,
            validation_plugin: definition.validation_plugin,
            validation_parameter: definition.validation_parameter,
            collections: definition.collections,
            init_required: definition.init_required,
        };
        lifecycle_call(channel_id, "CommitChaincodeDefinition", &args)
    }

    fn readiness(&self, channel_id: &str) -> Call {
        let definition = self.clone();
        let args = CheckCommitReadinessArgs {
            sequence: definition.sequence,
            name: definition.name,
            version: definition.version,
            endorsement_plugin: definition.endorsement_plugin,
            validation_plugin: definition.validation_plugin,
            validation_parameter: definition.validation_parameter,
            collections: definition.collections,
            init_required: definition.init_required,
        };
        lifecycle_call(channel_id, "CheckCommitReadiness", &args)
    }
}

/// A call of `_lifecycle`; `channel_id` is empty for requests to the peer itself.
fn lifecycle_call(channel_id: &str, function: &str, args: &impl Message) -> Call {
    Call::new(channel_id, "_lifecycle", function, [args.encode_to_vec().into()])
}

impl Client {
    async fn ask<Answer: Message + Default>(
        &self,
        peer: &Peer,
        channel_id: &str,
        function: &str,
        args: &impl Message,
    ) -> Result<Answer, RequestError> {
        Ok(Answer::decode(self.query(peer, lifecycle_call(channel_id, function, args)).await?)?)
    }

    /// Installs a package on a peer, which checks and compiles the contract.
    pub async fn install(&self, peer: &Peer, package: Bytes) -> Result<InstallChaincodeResult, RequestError> {
        let args = InstallChaincodeArgs { chaincode_install_package: package };
        let call = SignedCall::new(&self.identity, lifecycle_call("", "InstallChaincode", &args))?;
        let payload = successful(process(peer, &call, self.timeouts.install).await?)?;
        Ok(InstallChaincodeResult::decode(payload)?)
    }

    /// All packages installed on a peer.
    pub async fn installed(&self, peer: &Peer) -> Result<QueryInstalledChaincodesResult, RequestError> {
        self.ask(peer, "", "QueryInstalledChaincodes", &QueryInstalledChaincodesArgs {}).await
    }

    /// The bytes of an installed package.
    pub async fn installed_package(&self, peer: &Peer, package_id: &str) -> Result<Bytes, RequestError> {
        let args = GetInstalledChaincodePackageArgs { package_id: package_id.to_owned() };
        let answer: GetInstalledChaincodePackageResult =
            self.ask(peer, "", "GetInstalledChaincodePackage", &args).await?;
        Ok(answer.chaincode_install_package)
    }

    /// Which organisations have approved exactly this definition.
    pub async fn commit_readiness(
        &self,
        peer: &Peer,
        channel_id: &str,
        definition: &Definition,
    ) -> Result<CheckCommitReadinessResult, RequestError> {
        Ok(CheckCommitReadinessResult::decode(self.query(peer, definition.readiness(channel_id)).await?)?)
    }

    /// What the caller's organisation approved for a chaincode; `sequence` 0 asks for the latest.
    pub async fn approved(
        &self,
        peer: &Peer,
        channel_id: &str,
        name: &str,
        sequence: i64,
    ) -> Result<QueryApprovedChaincodeDefinitionResult, RequestError> {
        let args = QueryApprovedChaincodeDefinitionArgs { name: name.to_owned(), sequence };
        self.ask(peer, channel_id, "QueryApprovedChaincodeDefinition", &args).await
    }

    /// Everything that the caller's organisation approved on a channel.
    pub async fn all_approved(
        &self,
        peer: &Peer,
        channel_id: &str,
    ) -> Result<QueryApprovedChaincodeDefinitionsResult, RequestError> {
        let args = QueryApprovedChaincodeDefinitionsArgs {};
        self.ask(peer, channel_id, "QueryApprovedChaincodeDefinitions", &args).await
    }

    /// The committed definition of a chaincode.
    pub async fn committed(
        &self,
        peer: &Peer,
        channel_id: &str,
        name: &str,
    ) -> Result<QueryChaincodeDefinitionResult, RequestError> {
        let args = QueryChaincodeDefinitionArgs { name: name.to_owned() };
        self.ask(peer, channel_id, "QueryChaincodeDefinition", &args).await
    }

    /// All committed definitions of a channel.
    pub async fn all_committed(
        &self,
        peer: &Peer,
        channel_id: &str,
    ) -> Result<QueryChaincodeDefinitionsResult, RequestError> {
        self.ask(peer, channel_id, "QueryChaincodeDefinitions", &QueryChaincodeDefinitionsArgs {}).await
    }

    /// Brings a package into use on a channel where the caller's organisation alone may commit: installs it, approves
    /// and commits the next sequence of `name`, and waits. A running chaincode keeps its policies and collections. A
    /// package that is in use already is left as it is.
    ///
    /// Somebody else may do the same at the same time; then one of both does the work and both succeed.
    pub async fn deploy(
        &self,
        peer: &Peer,
        orderer: &Orderer,
        deployment: Deployment<'_>,
    ) -> Result<Deployed, DeployError> {
        let mut attempts = 1;
        loop {
            match self.try_deploy(peer, orderer, deployment).await {
                Ok(deployed) => return Ok(Deployed { changed: deployed.changed || attempts > 1, ..deployed }),
                Err(error) if attempts == DEPLOY_ATTEMPTS || !error.may_be_a_conflict() => return Err(error),
                Err(_) => attempts += 1,
            }
        }
    }

    async fn try_deploy(
        &self,
        peer: &Peer,
        orderer: &Orderer,
        deployment: Deployment<'_>,
    ) -> Result<Deployed, DeployError> {
        let Deployment { channel_id, name, package, version } = deployment;
        let package_id = package.id();
        let current = found(self.committed(peer, channel_id, name).await).map_err(DeployError::QueryCommitted)?;
        let current = current.unwrap_or_default();
        let same_version = version.is_none_or(|version| version == current.version);
        if current.sequence > 0 && same_version && self.approves(peer, &deployment, current.sequence).await? {
            return Ok(Deployed { package_id, sequence: current.sequence, version: current.version, changed: false });
        }
        if !self.has_installed(peer, &package_id).await?
            && let Err(error) = self.install(peer, package.bytes.clone()).await
            && !self.has_installed(peer, &package_id).await?
        {
            return Err(DeployError::Install(error));
        }
        let mut definition = definition_of(name, current);
        definition.sequence += 1;
        definition.version = version.map_or_else(|| format!("{}.0", definition.sequence), str::to_owned);
        let peers = std::slice::from_ref(peer);
        let approval = SignedCall::new(&self.identity, definition.approval(channel_id, Some(&package_id)));
        let approval = approval.map_err(|error| DeployError::Approve(error.into()))?;
        if let Err(error) = self.submit(peers, orderer, &approval, true, ignore).await
            && !self.approves(peer, &deployment, definition.sequence).await?
        {
            return Err(DeployError::Approve(error));
        }
        let commit = SignedCall::new(&self.identity, definition.commit(channel_id));
        let commit = commit.map_err(|error| DeployError::Commit(error.into()))?;
        self.submit(peers, orderer, &commit, true, ignore).await.map_err(DeployError::Commit)?;
        Ok(Deployed { package_id, sequence: definition.sequence, version: definition.version, changed: true })
    }

    async fn has_installed(&self, peer: &Peer, package_id: &str) -> Result<bool, DeployError> {
        let installed = self.installed(peer).await.map_err(DeployError::QueryInstalled)?.installed_chaincodes;
        Ok(installed.iter().any(|chaincode| chaincode.package_id == package_id))
    }

    /// Whether the organisation approved this sequence with the package that is to be deployed.
    async fn approves(&self, peer: &Peer, deployment: &Deployment<'_>, sequence: i64) -> Result<bool, DeployError> {
        let approved = self.approved(peer, deployment.channel_id, deployment.name, sequence).await;
        let approved = found(approved).map_err(DeployError::QueryApproved)?;
        Ok(approved.as_ref().and_then(package_of) == Some(deployment.package.id().as_str()))
    }
}

/// How often deploying starts over when somebody else changes the same chaincode.
const DEPLOY_ATTEMPTS: u32 = 3;

fn ignore(_: &Committed) {}

/// What [`Client::deploy`] is to do.
#[derive(Clone, Copy, Debug)]
pub struct Deployment<'a> {
    /// The channel.
    pub channel_id: &'a str,
    /// The chaincode's name there.
    pub name: &'a str,
    /// What it is to run.
    pub package: &'a Package,
    /// The definition's version; without one `<sequence>.0`.
    pub version: Option<&'a str>,
}

/// What [`Client::deploy`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// The package that is in use now.
    pub package_id: String,
    /// Sequence of the definition in use.
    pub sequence: i64,
    /// Version of the definition in use.
    pub version: String,
    /// Whether anything was done.
    pub changed: bool,
}

/// Deploying failed; the variant says at which step.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// Asking for the committed definition.
    #[error("querying the committed definition failed")]
    QueryCommitted(#[source] RequestError),
    /// Asking which package is in use.
    #[error("querying the approved definition failed")]
    QueryApproved(#[source] RequestError),
    /// Asking for the installed packages.
    #[error("querying the installed packages failed")]
    QueryInstalled(#[source] RequestError),
    /// The peer did not take the package. The text is Fabric's.
    #[error("chaincode install failed with {0}")]
    Install(RequestError),
    /// The approval did not commit.
    #[error("approving the definition failed")]
    Approve(#[source] SubmitError),
    /// The definition did not commit.
    #[error("committing the definition failed")]
    Commit(#[source] SubmitError),
}

impl DeployError {
    /// Whether somebody else's deployment may be the cause, so that a new look at the channel helps.
    fn may_be_a_conflict(&self) -> bool {
        let (Self::Approve(error) | Self::Commit(error)) = self else { return false };
        matches!(error, SubmitError::Refused(_) | SubmitError::Commit(CommitError::Invalidated { .. }))
    }
}

fn found<T>(answer: Result<T, RequestError>) -> Result<Option<T>, RequestError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(RequestError::Refused { status: NOT_FOUND, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The package ID of an approval, if it names one.
pub fn package_of(approved: &QueryApprovedChaincodeDefinitionResult) -> Option<&str> {
    match approved.source.as_ref()?.r#type.as_ref()? {
        chaincode_source::Type::LocalPackage(local) => Some(&local.package_id),
        chaincode_source::Type::Unavailable(_) => None,
    }
}

fn definition_of(name: &str, committed: QueryChaincodeDefinitionResult) -> Definition {
    Definition {
        name: name.to_owned(),
        version: committed.version,
        sequence: committed.sequence,
        endorsement_plugin: committed.endorsement_plugin,
        validation_plugin: committed.validation_plugin,
        validation_parameter: committed.validation_parameter,
        collections: committed.collections,
        init_required: committed.init_required,
    }
}
