//! `peer snapshot`: requests for snapshots of a channel's ledger.

use anyhow::{anyhow, ensure};
use clap::{Args, Subcommand};
use client::{Peer, RequestError};

use super::environment::Environment;
use super::print;

/// `peer snapshot`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Submit a request for a snapshot at the specified block, or at the last one where that is 0 or not given.
    #[command(after_help = "Example:\n  peer snapshot submitrequest -c mychannel -b 1000 --peerAddress localhost:7051")]
    Submitrequest(RequestArguments),
    /// Cancel a request for a snapshot at the specified block.
    #[command(after_help = "Example:\n  peer snapshot cancelrequest -c mychannel -b 1000 --peerAddress localhost:7051")]
    Cancelrequest(RequestArguments),
    /// List pending requests for snapshots.
    #[command(after_help = "Example:\n  peer snapshot listpending -c mychannel --peerAddress localhost:7051")]
    Listpending(Target),
}

/// What all of the commands are told.
#[derive(Debug, Args)]
struct Target {
    /// The channel on which this command should be executed
    #[arg(short = 'c', long = "channelID", value_name = "NAME", default_value = "", hide_default_value = true)]
    channel_id: String,
    /// The address of the peer to connect to
    #[arg(long = "peerAddress", value_name = "ENDPOINT", default_value = "", hide_default_value = true)]
    address: String,
    /// The path to the TLS root cert file of the peer to connect to, required if TLS is enabled and ignored if TLS is
    /// disabled
    #[arg(long = "tlsRootCertFile", value_name = "FILE", default_value = "", hide_default_value = true)]
    tls_root_cert_file: String,
}

#[derive(Debug, Args)]
struct RequestArguments {
    #[command(flatten)]
    target: Target,
    /// The block number for which a snapshot will be generated
    #[arg(short, long = "blockNumber", value_name = "NUMBER", default_value_t = 0)]
    block_number: u64,
}

impl Target {
    async fn peer(&self) -> anyhow::Result<(Environment, Peer)> {
        ensure!(
            !self.channel_id.is_empty(),
            "the required parameter 'channelID' is empty. Rerun the command with -c flag"
        );
        let environment = Environment::load()?;
        let peer = environment.snapshot_peer(&self.address, &self.tls_root_cert_file).await?;
        Ok((environment, peer))
    }
}

/// Runs one of the commands.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.command {
        Command::Submitrequest(RequestArguments { target, block_number }) => {
            let (environment, peer) = target.peer().await?;
            let submitted = environment.client.request_snapshot(&peer, &target.channel_id, block_number).await;
            submitted.map_err(|error| failure("failed to submit the request", &error))?;
            print("Snapshot request submitted successfully\n")
        }
        Command::Cancelrequest(RequestArguments { target, block_number }) => {
            ensure!(
                target.channel_id.is_empty() || block_number != 0,
                "the required parameter 'blockNumber' is empty or set to 0. Rerun the command with -b flag"
            );
            let (environment, peer) = target.peer().await?;
            let cancelled = environment.client.cancel_snapshot(&peer, &target.channel_id, block_number).await;
            cancelled.map_err(|error| failure("failed to cancel the request", &error))?;
            print("Snapshot request cancelled successfully\n")
        }
        Command::Listpending(target) => {
            let (environment, peer) = target.peer().await?;
            let pending = environment.client.pending_snapshots(&peer, &target.channel_id).await;
            let pending = pending.map_err(|error| failure("failed to list pending requests", &error))?;
            print(pending_text(&pending))
        }
    }
}

fn pending_text(block_numbers: &[u64]) -> String {
    let numbers: Vec<String> = block_numbers.iter().map(u64::to_string).collect();
    format!("Successfully got pending snapshot requests: [{}]\n", numbers.join(" "))
}

fn failure(what: &str, error: &RequestError) -> anyhow::Error {
    let is_missing = matches!(error, RequestError::Rpc(error) if error.0.code() == tonic::Code::Unimplemented);
    let hint = if is_missing { "; this peer takes no requests for snapshots" } else { "" };
    anyhow!("{what}: {error}{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pending_requests_read_as_in_fabric() {
        assert_eq!(pending_text(&[]), "Successfully got pending snapshot requests: []\n");
        assert_eq!(pending_text(&[7, 12]), "Successfully got pending snapshot requests: [7 12]\n");
    }

    #[test]
    fn a_peer_without_the_service_is_named() {
        let error = RequestError::Rpc(client::RpcError(tonic::Status::unimplemented("")));
        let expected = "failed: rpc error: code = Unimplemented desc = ; this peer takes no requests for snapshots";
        assert_eq!(failure("failed", &error).to_string(), expected);
    }
}
