//! Joining by a snapshot.

use anyhow::{anyhow, ensure};
use clap::Args;
use client::RequestError;

use super::{join_failure, refuse_trailing};
use crate::cli::environment::Environment;
use crate::cli::{print, progress};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer channel joinbysnapshot --snapshotpath /var/snapshots/completed/mychannel/100")]
pub struct JoinArguments {
    /// Path to the snapshot directory, on the machine of the peer
    #[arg(long, value_name = "DIR", default_value = "", hide_default_value = true)]
    snapshotpath: String,
}

pub async fn join(arguments: JoinArguments) -> anyhow::Result<()> {
    ensure!(
        !arguments.snapshotpath.is_empty(),
        "the required parameter 'snapshotpath' is empty. Rerun the command with --snapshotpath flag"
    );
    let environment = Environment::load()?;
    let peer = environment.channel_peer().await?;
    let work = environment.client.join_by_snapshot(&peer, &arguments.snapshotpath);
    progress::during("Joining the channel", work).await.map_err(join_failure)?;
    tracing::info!(target: "channelCmd", "Successfully submitted proposal to join channel");
    tracing::info!(
        target: "channelCmd",
        "The joinbysnapshot operation is in progress. Use \"peer channel joinbysnapshotstatus\" to check the status."
    );
    Ok(())
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer channel joinbysnapshotstatus")]
pub struct StatusArguments {
    #[arg(hide = true)]
    trailing: Vec<String>,
}

pub async fn status(arguments: StatusArguments) -> anyhow::Result<()> {
    refuse_trailing(&arguments.trailing)?;
    let environment = Environment::load()?;
    let peer = environment.channel_peer().await?;
    let status = environment.client.join_by_snapshot_status(&peer).await.map_err(|error| match error {
        RequestError::Rpc(error) => anyhow!("failed sending proposal, due to {error}"),
        RequestError::Refused { status, message } => anyhow!("received bad response, status {status}: {message}"),
        RequestError::Sign(error) => anyhow::Error::from(error).context("cannot create signed proposal"),
        RequestError::Decode(error) => anyhow!("cannot query joinbysnapshot status, due to {error}"),
    })?;
    print(match status.in_progress {
        true => {
            format!("A joinbysnapshot operation is in progress for snapshot at {}\n", status.bootstrapping_snapshot_dir)
        }
        false => "No joinbysnapshot operation is in progress\n".to_owned(),
    })
}
