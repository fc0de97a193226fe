//! `peer chaincode invoke`.

use std::time::Duration;

use anyhow::{anyhow, bail};
use bytes::Bytes;
use clap::Args;
use client::{Committed, SignedCall, SubmitError, text};
use prost::Message;
use proto::protos::{ChaincodeAction, ProposalResponse, ProposalResponsePayload};

use super::CallFlags;
use crate::cli::environment::{Environment, Target};
use crate::cli::flags::{OrdererFlags, PeerFlags, duration, go_bool};
use crate::cli::progress;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer chaincode invoke -C mychannel -n basic --waitForEvent \
                        -c '{\"Args\":[\"CreateAsset\",\"asset7\",\"blue\",\"5\",\"Tom\",\"300\"]}'")]
pub struct Arguments {
    #[command(flatten)]
    call: CallFlags,
    /// Call the chaincode's initialisation, for definitions with --init-required
    #[arg(
        short = 'I', long = "isInit", value_parser = go_bool, action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true,
        default_value = "false", default_missing_value = "true", hide_default_value = true,
    )]
    is_init: bool,
    #[command(flatten)]
    peers: PeerFlags,
    /// Wait until each peer has committed the transaction
    #[arg(
        long = "waitForEvent", value_parser = go_bool, action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true,
        default_value = "false", default_missing_value = "true", hide_default_value = true,
    )]
    wait_for_event: bool,
    /// How long to wait
    #[arg(long = "waitForEventTimeout", value_name = "DURATION", value_parser = duration, default_value = "30s")]
    wait_for_event_timeout: Duration,
}

pub async fn run(arguments: Arguments, orderer: &OrdererFlags, transient: &str) -> anyhow::Result<()> {
    let mut environment = Environment::load()?;
    environment.client.timeouts.commit = arguments.wait_for_event_timeout;
    let mut call = arguments.call.call(&environment, transient)?;
    call.is_init = arguments.is_init;
    let peers = environment.peers(&arguments.peers, Target::Channel(&call.channel_id)).await?;
    let first = peers.first().ok_or_else(|| anyhow!("no peer to ask"))?;
    let orderer = environment.orderer(orderer, first, &call.channel_id).await?;
    let call = SignedCall::new(&environment.client.identity, call)?;
    let submit = environment.client.submit(&peers, &orderer, &call, arguments.wait_for_event, |committed| {
        log_commit(&call.tx_id, committed);
    });
    let submitted = match progress::during("Waiting for the transaction", submit).await {
        Ok(submitted) => submitted,
        Err(error) => return Err(failure(error)),
    };
    let result = chaincode_result(&submitted.response)?;
    tracing::info!(target: "chaincodeCmd", "Chaincode invoke successful. result: {result}");
    Ok(())
}

/// Logs the line that Fabric's command logs for each peer.
pub fn log_commit(tx_id: &str, committed: &Committed) {
    let (code, address) = (committed.code.as_str_name(), &committed.address);
    tracing::info!(target: "chaincodeCmd", "txid [{tx_id}] committed with status ({code}) at {address}");
}

/// The contract's own response inside an endorsement.
fn chaincode_result(response: &ProposalResponse) -> anyhow::Result<String> {
    let decode = |payload: Bytes| -> Result<ChaincodeAction, prost::DecodeError> {
        ChaincodeAction::decode(ProposalResponsePayload::decode(payload)?.extension)
    };
    match decode(response.payload.clone()) {
        Ok(action) => Ok(text::response(action.response.as_ref())),
        Err(error) => bail!("error while unmarshalling chaincode action: {error}"),
    }
}

/// Adds the first peer's answer to an error, as Fabric does; without its signature and certificate, which say nothing.
fn failure(error: SubmitError) -> anyhow::Error {
    let response = match &error {
        SubmitError::Refused(_) => return error.into(),
        SubmitError::Assemble { response, .. } | SubmitError::Broadcast { response, .. } => {
            format!("response:{{{}}}", text::response(response.response.as_ref()))
        }
        SubmitError::Endorse(_) | SubmitError::Sign(_) | SubmitError::Commit(_) => "<nil>".to_owned(),
    };
    anyhow!("{:#} - proposal response: {response}", anyhow::Error::from(error))
}
