//! `peer chaincode instantiate` and `upgrade`.

use std::path::PathBuf;

use anyhow::{Context, anyhow, ensure};
use channel::policy_language;
use clap::Args;
use client::legacy::{Deployment, Instantiation};
use client::legacy_package::Contents;
use client::{SignedCall, SubmitError};
use prost::Message;
use proto::protos::Response;

use super::spec_type;
use crate::cli::arguments::call_arguments;
use crate::cli::environment::{Environment, Target};
use crate::cli::flags::{OrdererFlags, PeerFlags};
use crate::cli::{policy, progress};

/// Flags of both commands.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The channel on which this command should be executed
    #[arg(short = 'C', long = "channelID", value_name = "NAME", default_value = "", hide_default_value = true)]
    channel_id: String,
    /// Name of the chaincode
    #[arg(short, long, value_name = "NAME", default_value = "", hide_default_value = true)]
    name: String,
    /// Version of the chaincode
    #[arg(short, long, value_name = "VERSION", default_value = "", hide_default_value = true)]
    version: String,
    /// Language of the chaincode: golang, node, java or wasm
    #[arg(short, long, value_name = "LANGUAGE", default_value = "", hide_default_value = true)]
    lang: String,
    /// What the chaincode is initialised with, as JSON: '{"Args":["f","x"]}'
    #[arg(short = 'c', long = "ctor", value_name = "JSON", default_value = "{}", hide_default_value = true)]
    ctor: String,
    /// Path of the chaincode; it stands in the request and is not read
    #[arg(short, long, value_name = "PATH", default_value = "", hide_default_value = true)]
    path: String,
    /// The endorsement policy associated to this chaincode
    #[arg(short = 'P', long, value_name = "POLICY", default_value = "", hide_default_value = true)]
    policy: String,
    /// The name of the endorsement system chaincode to be used for this chaincode
    #[arg(short = 'E', long, value_name = "NAME", default_value = "", hide_default_value = true)]
    escc: String,
    /// The name of the verification system chaincode to be used for this chaincode
    #[arg(short = 'V', long, value_name = "NAME", default_value = "", hide_default_value = true)]
    vscc: String,
    /// JSON file with the chaincode's private data collections
    #[arg(long = "collections-config", value_name = "FILE")]
    collections_config: Option<PathBuf>,
    #[command(flatten)]
    peers: PeerFlags,
}

/// `peer chaincode instantiate`
pub async fn instantiate(arguments: Arguments, orderer: &OrdererFlags) -> anyhow::Result<()> {
    run("instantiate", Deployment::Instantiate, arguments, orderer).await
}

/// `peer chaincode upgrade`
pub async fn upgrade(arguments: Arguments, orderer: &OrdererFlags) -> anyhow::Result<()> {
    run("upgrade", Deployment::Upgrade, arguments, orderer).await
}

async fn run(
    command: &str,
    deployment: Deployment,
    arguments: Arguments,
    orderer: &OrdererFlags,
) -> anyhow::Result<()> {
    let environment = Environment::load()?;
    let channel_id = environment.channel_id(&arguments.channel_id);
    let channel_id =
        channel_id.context("The required parameter 'channelID' is empty. Rerun the command with -C flag")?;
    let request = request(command, &channel_id, &arguments)?;
    let peer = environment.peer(command, &arguments.peers, Target::Channel(&channel_id)).await?;
    let orderer = environment.orderer(orderer, &peer, &channel_id).await?;
    let call = SignedCall::new(&environment.client.identity, request.call(deployment))?;
    let work = environment.client.submit(std::slice::from_ref(&peer), &orderer, &call, false, |_| ());
    progress::during("Waiting for the endorsement", work).await.map(drop).map_err(failure)
}

fn request(command: &str, channel_id: &str, arguments: &Arguments) -> anyhow::Result<Instantiation> {
    let Arguments { name, version, lang, ctor, path, policy, escc, vscc, collections_config, .. } = arguments;
    ensure!(!name.is_empty(), "must supply value for chaincode name parameter");
    ensure!(!version.is_empty(), "chaincode version is not provided for {command}");
    let plugin = |given: &str, default: &str| {
        match given {
            "" => tracing::info!(target: "chaincodeCmd", "Using default {default}"),
            given => tracing::info!(target: "chaincodeCmd", "Using {default} {given}"),
        }
        if given.is_empty() { default.to_owned() } else { given.to_owned() }
    };
    let (escc, vscc) = (plugin(escc, "escc"), plugin(vscc, "vscc"));
    let policy = match policy.as_str() {
        "" => Vec::new(),
        text => policy_language::parse(text).map_err(|_| anyhow!("invalid policy {text}"))?.encode_to_vec(),
    };
    let collections = collections_config.as_deref().map(policy::legacy_collections).transpose()?;
    let contents = Contents { name, version, path, args: call_arguments(ctor)? };
    Ok(Instantiation {
        channel_id: channel_id.to_owned(),
        spec: contents.without_code(spec_type(lang)?).encode_to_vec().into(),
        policy: policy.into(),
        escc,
        vscc,
        collections: collections.map(|collections| collections.encode_to_vec().into()),
    })
}

/// A refusal in the words of Fabric's command.
fn failure(error: SubmitError) -> anyhow::Error {
    match error {
        SubmitError::Refused(response) => {
            let Response { status, message, .. } = response.response.unwrap_or_default();
            anyhow!(
                "could not assemble transaction, err proposal response was not successful, error code {status}, msg {message}"
            )
        }
        SubmitError::Endorse(error) => anyhow!("error endorsing chaincode: {error}"),
        error => error.into(),
    }
}
