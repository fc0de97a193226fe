//! `_lifecycle`: chaincode packages are installed on a peer, definitions are approved by organisations and committed on
//! a channel (Fabric `core/chaincode/lifecycle`). Texts are Fabric's.

mod approve;
mod collections;
mod commit;
mod install;
mod query;
pub mod state;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ::channel::Bundle;
use ::channel::acl::LocalRole;
use ::channel::definition::{ChaincodeDefinition, DEFAULT_ENDORSEMENT_POLICY, LayoutError};
use bytes::Bytes;
use ledger::Simulator;
use msp::MspSet;
use prost::Message;
use proto::lifecycle::{ChaincodeEndorsementInfo, ChaincodeValidationInfo};
use proto::protos::{CollectionConfigPackage, Response};

use crate::access;
use crate::chaincode::ContractRegistry;
use crate::channels::{Channel, Channels};
use crate::system::{SystemCall, error, success};
use crate::text;
use state::LifecycleError;

/// The `_lifecycle` chaincode of one peer.
pub struct Lifecycle {
    /// The peer's organisation.
    pub msp_id: String,
    /// The peer's organisation, to recognise its administrators.
    pub local_msps: Arc<MspSet>,
    /// The channels of the peer.
    pub channels: Arc<Channels>,
    /// Installed packages.
    pub contracts: Arc<ContractRegistry>,
}

/// Why a function has no result.
#[derive(Debug)]
enum Failure {
    /// What was asked for does not exist: status 404 and the bare text.
    NotFound(String),
    /// Anything else: status 500.
    Failed(String),
}

impl From<LifecycleError> for Failure {
    fn from(error: LifecycleError) -> Self {
        Failure::Failed(error.0)
    }
}

impl From<LayoutError> for Failure {
    fn from(error: LayoutError) -> Self {
        Failure::Failed(text::chain(&error))
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Failure::Failed(text)
    }
}

/// A call on a channel.
struct OnChannel<'a> {
    channel: &'a Arc<Channel>,
    bundle: Arc<Bundle>,
    simulator: &'a mut Simulator,
}

/// The functions that concern a channel.
const CHANNEL_FUNCTIONS: [&str; 7] = [
    "ApproveChaincodeDefinitionForMyOrg",
    "QueryApprovedChaincodeDefinition",
    "QueryApprovedChaincodeDefinitions",
    "CheckCommitReadiness",
    "CommitChaincodeDefinition",
    "QueryChaincodeDefinition",
    "QueryChaincodeDefinitions",
];

/// The functions that concern the peer alone.
const PEER_FUNCTIONS: [&str; 4] =
    ["InstallChaincode", "QueryInstalledChaincode", "GetInstalledChaincodePackage", "QueryInstalledChaincodes"];

/// Channel functions that any writer of the channel may call; the others are for the organisation's administrators.
const WRITER_FUNCTIONS: [&str; 4] =
    ["CheckCommitReadiness", "CommitChaincodeDefinition", "QueryChaincodeDefinition", "QueryChaincodeDefinitions"];

impl Lifecycle {
    /// Answers a call.
    pub fn invoke(&self, call: SystemCall<'_>) -> Response {
        let count = call.args.len();
        if count == 0 {
            return error("lifecycle scc must be invoked with arguments");
        }
        if count != 2 {
            return error(format!("lifecycle scc operations require exactly two arguments but received {count}"));
        }
        let function = call.text(0);
        if let Some(channel) = call.channel
            && !channel.bundle().has_capability("Application", "V2_0")
        {
            return error(format!(
                "cannot use new lifecycle for channel '{}' as it does not have the required capabilities enabled",
                channel.id()
            ));
        }
        if let Err(denied) = self.check_access(&function, &call) {
            return error(format!("Failed to authorize invocation due to failed ACL check: {denied}"));
        }
        match self.dispatch(&function, call) {
            Ok(payload) => success(payload),
            Err(Failure::NotFound(message)) => Response { status: 404, message, payload: Bytes::new() },
            Err(Failure::Failed(cause)) => {
                error(format!("failed to invoke backing implementation of '{function}': {cause}"))
            }
        }
    }

    fn check_access(&self, function: &str, call: &SystemCall<'_>) -> Result<(), String> {
        let resource = format!("_lifecycle/{function}");
        if WRITER_FUNCTIONS.contains(&function) {
            let Some(channel) = call.channel else {
                return Err(format!("Failed to get policy manager for channel [{}]", call.channel_id));
            };
            return access::check_channel(channel, &resource, call.creator).map_err(|e| e.to_string());
        }
        if !PEER_FUNCTIONS.contains(&function) && !CHANNEL_FUNCTIONS.contains(&function) {
            return Err(format!("Unmapped policy for {resource}"));
        }
        access::check_local(&self.local_msps, LocalRole::Admins, call.creator_bytes)
            .map_err(|denied| denied.to_string())
    }

    fn dispatch(&self, function: &str, call: SystemCall<'_>) -> Result<Bytes, Failure> {
        let argument = &call.args[1];
        match function {
            "InstallChaincode" => self.install(decode(function, argument)?).map(encoded),
            "QueryInstalledChaincode" => self.query_installed(decode(function, argument)?).map(encoded),
            "QueryInstalledChaincodes" => self.query_all_installed().map(encoded),
            "GetInstalledChaincodePackage" => self.installed_package(decode(function, argument)?).map(encoded),
            _ => {
                let (Some(channel), Some(simulator)) = (call.channel, call.simulator) else {
                    return Err(Failure::Failed("invalid channel-less operation".to_owned()));
                };
                let on = OnChannel { channel, bundle: channel.bundle(), simulator };
                self.dispatch_on_channel(function, argument, on)
            }
        }
    }

    fn dispatch_on_channel(&self, function: &str, argument: &Bytes, on: OnChannel<'_>) -> Result<Bytes, Failure> {
        match function {
            "ApproveChaincodeDefinitionForMyOrg" => self.approve(decode(function, argument)?, on).map(encoded),
            "QueryApprovedChaincodeDefinition" => self.query_approved(decode(function, argument)?, on).map(encoded),
            "QueryApprovedChaincodeDefinitions" => self.query_all_approved(on).map(encoded),
            "CheckCommitReadiness" => check_commit_readiness(decode(function, argument)?, on).map(encoded),
            "CommitChaincodeDefinition" => self.commit(decode(function, argument)?, on).map(encoded),
            "QueryChaincodeDefinition" => query::definition(decode(function, argument)?, on).map(encoded),
            "QueryChaincodeDefinitions" => query::definitions(on).map(encoded),
            _ => Err(Failure::Failed(format!("receiver *lifecycle.Invocation.{function} does not exist"))),
        }
    }
}

use commit::check_commit_readiness;

fn decode<M: Message + Default>(function: &str, argument: &Bytes) -> Result<M, Failure> {
    M::decode(argument.clone()).map_err(|error| {
        Failure::Failed(format!("could not decode input arg for *lifecycle.Invocation.{function}: {error}"))
    })
}

fn encoded(message: impl Message) -> Bytes {
    message.encode_to_vec().into()
}

/// The parts of a definition as the arguments of several functions carry them.
struct Proposed {
    sequence: i64,
    version: String,
    endorsement_plugin: String,
    validation_plugin: String,
    validation_parameter: Bytes,
    collections: Option<CollectionConfigPackage>,
    init_required: bool,
}

/// Makes a [`Proposed`] of an arguments message.
macro_rules! proposed {
    ($args:expr) => {
        crate::lifecycle::Proposed {
            sequence: $args.sequence,
            version: $args.version.clone(),
            endorsement_plugin: $args.endorsement_plugin.clone(),
            validation_plugin: $args.validation_plugin.clone(),
            validation_parameter: $args.validation_parameter.clone(),
            collections: $args.collections.clone(),
            init_required: $args.init_required,
        }
    };
}
use proposed;

impl Proposed {
    /// The definition, with the channel's defaults for what is left out.
    fn into_definition(self, bundle: &Bundle) -> Result<ChaincodeDefinition, Failure> {
        let channel_id = bundle.channel_id();
        if self.validation_parameter.is_empty() && bundle.policy(DEFAULT_ENDORSEMENT_POLICY).is_none() {
            return Err(Failure::Failed(format!(
                "could not set defaults for chaincode definition in channel {channel_id}: policy \
                 '{DEFAULT_ENDORSEMENT_POLICY}' must be defined for channel '{channel_id}' before chaincode operations \
                 can be attempted"
            )));
        }
        let definition = ChaincodeDefinition {
            sequence: self.sequence,
            endorsement_info: ChaincodeEndorsementInfo {
                version: self.version,
                init_required: self.init_required,
                endorsement_plugin: self.endorsement_plugin,
            },
            validation_info: ChaincodeValidationInfo {
                validation_plugin: self.validation_plugin,
                validation_parameter: self.validation_parameter,
            },
            collections: self.collections.filter(|package| !package.config.is_empty()),
        };
        Ok(definition.with_defaults())
    }
}
