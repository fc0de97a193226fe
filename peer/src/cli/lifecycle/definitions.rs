//! Definitions: approve, check, commit.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{anyhow, bail};
use clap::Args;
use client::lifecycle::Definition;
use client::{Call, SignedCall, SubmitError};
use proto::lifecycle::CheckCommitReadinessResult;

use super::{channel_id, request_failure};
use crate::cli::arguments::required;
use crate::cli::environment::{Environment, Target};
use crate::cli::flags::{OrdererFlags, PeerFlags, WaitFlags};
use crate::cli::{go_json, policy, print, progress};

/// A chaincode definition.
#[derive(Debug, Args)]
#[command(next_help_heading = "Definition")]
pub struct DefinitionFlags {
    /// The channel on which this command should be executed
    #[arg(short = 'C', long = "channelID", value_name = "NAME", default_value = "", hide_default_value = true)]
    channel_id: String,
    /// Name of the chaincode
    #[arg(short, long, default_value = "", hide_default_value = true)]
    name: String,
    /// Version of the chaincode
    #[arg(short, long, default_value = "", hide_default_value = true)]
    version: String,
    /// The sequence number of the chaincode definition for the channel
    #[arg(long, default_value_t = 0, hide_default_value = true, allow_negative_numbers = true)]
    sequence: i64,
    /// Whether the chaincode requires invoking 'init'
    #[arg(
        long, value_parser = crate::cli::flags::go_bool, action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true,
        default_value = "false", default_missing_value = "true", hide_default_value = true,
    )]
    init_required: bool,
    /// The endorsement policy as a signature policy, such as "OR('Org1MSP.peer','Org2MSP.peer')"
    #[arg(long, value_name = "POLICY", default_value = "", hide_default_value = true)]
    signature_policy: String,
    /// The endorsement policy as a reference to a policy of the channel
    #[arg(long, value_name = "POLICY", default_value = "", hide_default_value = true)]
    channel_config_policy: String,
    /// JSON file with the private data collections
    #[arg(long, value_name = "FILE")]
    collections_config: Option<PathBuf>,
    /// The name of the endorsement plugin to be used for this chaincode
    #[arg(short = 'E', long, default_value = "", hide_default_value = true)]
    endorsement_plugin: String,
    /// The name of the validation plugin to be used for this chaincode
    #[arg(short = 'V', long, default_value = "", hide_default_value = true)]
    validation_plugin: String,
}

impl DefinitionFlags {
    /// Reads the definition and its channel, without touching the network. The order of the checks is Fabric's.
    fn definition(&self, environment: &Environment) -> anyhow::Result<(Definition, String)> {
        let validation_parameter = policy::endorsement_policy(&self.signature_policy, &self.channel_config_policy)?;
        let collections = self.collections_config.as_deref().map(policy::collections).transpose()?;
        let channel_id = channel_id(environment, &self.channel_id)?;
        required(&self.name, "name", "-n")?;
        required(&self.version, "version", "-v")?;
        let sequence = if self.sequence == 0 { "" } else { "given" };
        required(sequence, "sequence", "--sequence")?;
        let definition = Definition {
            name: self.name.clone(),
            version: self.version.clone(),
            sequence: self.sequence,
            endorsement_plugin: self.endorsement_plugin.clone(),
            validation_plugin: self.validation_plugin.clone(),
            validation_parameter,
            collections,
            init_required: self.init_required,
        };
        Ok((definition, channel_id))
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  peer lifecycle chaincode approveformyorg -C mychannel -n basic -v 1.0 --sequence 1 \
                        --package-id basic_1.0:5e4c..."
)]
pub struct ApproveArguments {
    #[command(flatten)]
    definition: DefinitionFlags,
    /// The identifier of the chaincode install package
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    package_id: String,
    #[command(flatten)]
    peers: PeerFlags,
    #[command(flatten)]
    wait: WaitFlags,
}

pub async fn approve(arguments: ApproveArguments, orderer: &OrdererFlags) -> anyhow::Result<()> {
    let environment = Environment::load()?;
    let (definition, channel_id) = arguments.definition.definition(&environment)?;
    let package_id = Some(arguments.package_id.as_str()).filter(|id| !id.is_empty());
    let call = definition.approval(&channel_id, package_id);
    submit(environment, "approveformyorg", call, &arguments.peers, orderer, arguments.wait).await
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer lifecycle chaincode commit -C mychannel -n basic -v 1.0 --sequence 1")]
pub struct CommitArguments {
    #[command(flatten)]
    definition: DefinitionFlags,
    #[command(flatten)]
    peers: PeerFlags,
    #[command(flatten)]
    wait: WaitFlags,
}

pub async fn commit(arguments: CommitArguments, orderer: &OrdererFlags) -> anyhow::Result<()> {
    let environment = Environment::load()?;
    let (definition, channel_id) = arguments.definition.definition(&environment)?;
    let call = definition.commit(&channel_id);
    submit(environment, "commit", call, &arguments.peers, orderer, arguments.wait).await
}

async fn submit(
    mut environment: Environment,
    command: &str,
    call: Call,
    peers: &PeerFlags,
    orderer: &OrdererFlags,
    wait: WaitFlags,
) -> anyhow::Result<()> {
    environment.client.timeouts.commit = wait.timeout.max(Duration::from_millis(1));
    let peers = environment.lifecycle_peers(command, peers, Target::Channel(&call.channel_id)).await?;
    let Some(first) = peers.first() else { bail!("no peer to ask") };
    let orderer = environment.lifecycle_orderer(orderer, first, &call.channel_id).await?;
    let call = SignedCall::new(&environment.client.identity, call)?;
    let submit = environment.client.submit(&peers, &orderer, &call, wait.wait, |committed| {
        crate::cli::chaincode::log_commit(&call.tx_id, committed);
    });
    match progress::during("Waiting for the transaction", submit).await {
        Ok(_) => Ok(()),
        Err(error) => Err(failure(error)),
    }
}

/// A failed submission in the words of Fabric's lifecycle commands.
fn failure(error: SubmitError) -> anyhow::Error {
    match error {
        SubmitError::Refused(response) => {
            let response = response.response.unwrap_or_default();
            anyhow!("proposal failed with status: {} - {}", response.status, response.message)
        }
        SubmitError::Endorse(error) => anyhow::Error::from(error).context("failed to endorse proposal"),
        SubmitError::Sign(error) => anyhow::Error::from(error).context("failed to create signed proposal"),
        SubmitError::Assemble { source, .. } => {
            anyhow::Error::from(source).context("failed to create signed transaction")
        }
        SubmitError::Broadcast { source, .. } => anyhow::Error::from(source).context("failed to send transaction"),
        SubmitError::Commit(error) => error.into(),
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  peer lifecycle chaincode checkcommitreadiness -C mychannel -n basic -v 1.0 --sequence 1"
)]
pub struct ReadinessArguments {
    #[command(flatten)]
    definition: DefinitionFlags,
    #[command(flatten)]
    peers: PeerFlags,
    /// The output format: json, or plain text
    #[arg(short = 'O', long, default_value = "", hide_default_value = true)]
    output: String,
    /// Name what differs where an organization's approval is false
    #[arg(long)]
    inspect: bool,
}

pub async fn readiness(arguments: ReadinessArguments) -> anyhow::Result<()> {
    let environment = Environment::load()?;
    let (definition, channel_id) = arguments.definition.definition(&environment)?;
    let peer =
        environment.lifecycle_peer("checkcommitreadiness", &arguments.peers, Target::Channel(&channel_id)).await?;
    let result = environment.client.commit_readiness(&peer, &channel_id, &definition).await;
    let result = result.map_err(|error| request_failure(error, "query failed", "proposal"))?;
    if arguments.output.eq_ignore_ascii_case("json") {
        return print(go_json::indented(&go_json::Readiness::new(result, arguments.inspect)));
    }
    print(readiness_text(&result, &definition, &channel_id, arguments.inspect))
}

fn readiness_text(
    result: &CheckCommitReadinessResult,
    definition: &Definition,
    channel_id: &str,
    inspect: bool,
) -> String {
    let Definition { name, version, sequence, .. } = definition;
    let mut text = format!(
        "Chaincode definition for chaincode '{name}', version '{version}', sequence '{sequence}' on channel \
         '{channel_id}' approval status by org:\n"
    );
    for (organization, approved) in &result.approvals {
        text.push_str(&format!("{organization}: {approved}"));
        match result.mismatches.get(organization) {
            Some(mismatches) if inspect && !mismatches.items.is_empty() => {
                text.push_str(&format!(" (mismatch: [{}])", mismatches.items.join(", ")));
            }
            _ => {}
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proto::lifecycle::check_commit_readiness_result::Mismatches;

    #[test]
    fn readiness_reads_as_in_fabric() {
        let definition = Definition { name: "basic".into(), version: "1.0".into(), sequence: 2, ..Default::default() };
        let mismatches = Mismatches { items: vec!["EndorsementInfo".into(), "Collections".into()] };
        let result = CheckCommitReadinessResult {
            approvals: [("Org2MSP".to_owned(), false), ("Org1MSP".to_owned(), true)].into(),
            mismatches: [("Org2MSP".to_owned(), mismatches)].into(),
        };
        let head = "Chaincode definition for chaincode 'basic', version '1.0', sequence '2' on channel 'mychannel' approval \
                    status by org:\nOrg1MSP: true\nOrg2MSP: false";
        assert_eq!(readiness_text(&result, &definition, "mychannel", false), format!("{head}\n"));
        let inspected = format!("{head} (mismatch: [EndorsementInfo, Collections])\n");
        assert_eq!(readiness_text(&result, &definition, "mychannel", true), inspected);
    }
}
