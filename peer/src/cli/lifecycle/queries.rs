//! Queries: what is installed, approved, committed.

use anyhow::ensure;
use clap::Args;
use client::lifecycle::package_of;
use proto::lifecycle::{
    QueryApprovedChaincodeDefinitionResult, QueryApprovedChaincodeDefinitionsResult, QueryChaincodeDefinitionResult,
    QueryChaincodeDefinitionsResult, QueryInstalledChaincodesResult,
};

use super::{ChannellessFlags, channel_id, request_failure};
use crate::cli::environment::{Environment, Target};
use crate::cli::flags::PeerFlags;
use crate::cli::{go_json, print};

/// How query results are shown.
#[derive(Debug, Args)]
struct OutputFlags {
    /// The output format: json, or plain text
    #[arg(short = 'O', long, default_value = "", hide_default_value = true)]
    output: String,
}

impl OutputFlags {
    fn json(&self) -> bool {
        self.output.eq_ignore_ascii_case("json")
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer lifecycle chaincode queryinstalled -O json")]
pub struct InstalledArguments {
    #[command(flatten)]
    target: ChannellessFlags,
    #[command(flatten)]
    output: OutputFlags,
}

pub async fn installed(arguments: InstalledArguments) -> anyhow::Result<()> {
    let environment = Environment::load()?;
    let target = Target::Peer(&arguments.target.target_peer);
    let peer = environment.lifecycle_peer("queryinstalled", &arguments.target.peers, target).await?;
    let result = environment.client.installed(&peer).await;
    let result = result.map_err(|error| request_failure(error, "query failed", "proposal"))?;
    if arguments.output.json() {
        return print(go_json::indented(&go_json::Installed::from(result)));
    }
    print(installed_text(&result))
}

fn installed_text(result: &QueryInstalledChaincodesResult) -> String {
    let lines = result.installed_chaincodes.iter();
    let lines = lines.map(|chaincode| format!("Package ID: {}, Label: {}\n", chaincode.package_id, chaincode.label));
    std::iter::once("Installed chaincodes on peer:\n".to_owned()).chain(lines).collect()
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer lifecycle chaincode queryapproved -C mychannel -n basic")]
pub struct ApprovedArguments {
    /// The channel on which this command should be executed
    #[arg(short = 'C', long = "channelID", value_name = "NAME", default_value = "", hide_default_value = true)]
    channel_id: String,
    /// Name of the chaincode; all if not given
    #[arg(short, long, default_value = "", hide_default_value = true)]
    name: String,
    /// The sequence number of the definition; the latest if not given
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    sequence: i64,
    #[command(flatten)]
    peers: PeerFlags,
    #[command(flatten)]
    output: OutputFlags,
}

pub async fn approved(arguments: ApprovedArguments) -> anyhow::Result<()> {
    let ApprovedArguments { name, sequence, .. } = &arguments;
    ensure!(
        !name.is_empty() || *sequence == 0,
        "Specifying parameter 'sequence' is invalid without parameter 'name'. Rerun the command with -n flag"
    );
    let environment = Environment::load()?;
    let channel_id = channel_id(&environment, &arguments.channel_id)?;
    let peer = environment.lifecycle_peer("queryapproved", &arguments.peers, Target::Channel(&channel_id)).await?;
    let failed = |error| request_failure(error, "query failed", "proposal");
    if name.is_empty() {
        let result = environment.client.all_approved(&peer, &channel_id).await.map_err(failed)?;
        return print(match arguments.output.json() {
            true => go_json::indented(&go_json::AllApproved::from(result)),
            false => all_approved_text(result, &channel_id),
        });
    }
    let result = environment.client.approved(&peer, &channel_id, name, *sequence).await.map_err(failed)?;
    print(match arguments.output.json() {
        true => go_json::indented(&go_json::Definition::from(result)),
        false => format!(
            "Approved chaincode definition for chaincode '{name}' on channel '{channel_id}':\n{}\n",
            approved_line(&result)
        ),
    })
}

fn all_approved_text(result: QueryApprovedChaincodeDefinitionsResult, channel_id: &str) -> String {
    let mut text = format!("Approved chaincode definitions on channel '{channel_id}':\n");
    for approved in result.approved_chaincode_definitions {
        let line = approved_line(&QueryApprovedChaincodeDefinitionResult {
            sequence: approved.sequence,
            version: approved.version,
            endorsement_plugin: approved.endorsement_plugin,
            validation_plugin: approved.validation_plugin,
            init_required: approved.init_required,
            source: approved.source,
            ..Default::default()
        });
        text.push_str(&format!("name: {}, {line}\n", approved.name));
    }
    text
}

fn approved_line(approved: &QueryApprovedChaincodeDefinitionResult) -> String {
    format!(
        "sequence: {}, version: {}, init-required: {}, package-id: {}, endorsement plugin: {}, validation plugin: {}",
        approved.sequence,
        approved.version,
        approved.init_required,
        package_of(approved).unwrap_or_default(),
        approved.endorsement_plugin,
        approved.validation_plugin
    )
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer lifecycle chaincode querycommitted -C mychannel -n basic")]
pub struct CommittedArguments {
    /// The channel on which this command should be executed
    #[arg(short = 'C', long = "channelID", value_name = "NAME", default_value = "", hide_default_value = true)]
    channel_id: String,
    /// Name of the chaincode; all if not given
    #[arg(short, long, default_value = "", hide_default_value = true)]
    name: String,
    #[command(flatten)]
    peers: PeerFlags,
    #[command(flatten)]
    output: OutputFlags,
}

pub async fn committed(arguments: CommittedArguments) -> anyhow::Result<()> {
    let name = &arguments.name;
    let environment = Environment::load()?;
    let channel_id = environment.channel_id(&arguments.channel_id).unwrap_or_default();
    ensure!(!channel_id.is_empty(), "channel name must be specified");
    let peer = environment.lifecycle_peer("querycommitted", &arguments.peers, Target::Channel(&channel_id)).await?;
    let failed = |error| request_failure(error, "query failed", "proposal");
    if name.is_empty() {
        let result = environment.client.all_committed(&peer, &channel_id).await.map_err(failed)?;
        return print(match arguments.output.json() {
            true => go_json::indented(&go_json::AllCommitted::from(result)),
            false => all_committed_text(&result, &channel_id),
        });
    }
    let result = environment.client.committed(&peer, &channel_id, name).await.map_err(failed)?;
    print(match arguments.output.json() {
        true => go_json::indented(&go_json::Definition::from(result)),
        false => committed_text(&result, name, &channel_id),
    })
}

fn all_committed_text(result: &QueryChaincodeDefinitionsResult, channel_id: &str) -> String {
    let mut text = format!("Committed chaincode definitions on channel '{channel_id}':\n");
    for definition in &result.chaincode_definitions {
        text.push_str(&format!(
            "Name: {}, Version: {}, Sequence: {}, Endorsement Plugin: {}, Validation Plugin: {}\n",
            definition.name,
            definition.version,
            definition.sequence,
            definition.endorsement_plugin,
            definition.validation_plugin
        ));
    }
    text
}

fn committed_text(result: &QueryChaincodeDefinitionResult, name: &str, channel_id: &str) -> String {
    let approvals: Vec<String> =
        result.approvals.iter().map(|(organization, approved)| format!("{organization}: {approved}")).collect();
    format!(
        "Committed chaincode definition for chaincode '{name}' on channel '{channel_id}':\n\
         Version: {}, Sequence: {}, Endorsement Plugin: {}, Validation Plugin: {}, Approvals: [{}]\n",
        result.version,
        result.sequence,
        result.endorsement_plugin,
        result.validation_plugin,
        approvals.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proto::lifecycle::query_installed_chaincodes_result::InstalledChaincode;
    use proto::lifecycle::{ChaincodeSource, chaincode_source, query_chaincode_definitions_result};

    #[test]
    fn texts_are_fabrics() {
        let installed = QueryInstalledChaincodesResult {
            installed_chaincodes: vec![InstalledChaincode {
                package_id: "basic_1.0:ab".into(),
                label: "basic_1.0".into(),
                ..Default::default()
            }],
        };
        assert_eq!(
            installed_text(&installed),
            "Installed chaincodes on peer:\nPackage ID: basic_1.0:ab, Label: basic_1.0\n"
        );
        let local = chaincode_source::Type::LocalPackage(chaincode_source::Local { package_id: "basic_1.0:ab".into() });
        let approved = QueryApprovedChaincodeDefinitionResult {
            sequence: 1,
            version: "1.0".into(),
            endorsement_plugin: "escc".into(),
            validation_plugin: "vscc".into(),
            source: Some(ChaincodeSource { r#type: Some(local) }),
            ..Default::default()
        };
        assert_eq!(
            approved_line(&approved),
            "sequence: 1, version: 1.0, init-required: false, package-id: basic_1.0:ab, endorsement plugin: escc, \
             validation plugin: vscc"
        );
        let committed = QueryChaincodeDefinitionResult {
            sequence: 1,
            version: "1.0".into(),
            endorsement_plugin: "escc".into(),
            validation_plugin: "vscc".into(),
            approvals: [("Org2MSP".to_owned(), false), ("Org1MSP".to_owned(), true)].into(),
            ..Default::default()
        };
        assert_eq!(
            committed_text(&committed, "basic", "mychannel"),
            "Committed chaincode definition for chaincode 'basic' on channel 'mychannel':\nVersion: 1.0, Sequence: 1, \
             Endorsement Plugin: escc, Validation Plugin: vscc, Approvals: [Org1MSP: true, Org2MSP: false]\n"
        );
        let all = QueryChaincodeDefinitionsResult {
            chaincode_definitions: vec![query_chaincode_definitions_result::ChaincodeDefinition {
                name: "basic".into(),
                sequence: 1,
                version: "1.0".into(),
                endorsement_plugin: "escc".into(),
                validation_plugin: "vscc".into(),
                ..Default::default()
            }],
        };
        assert_eq!(
            all_committed_text(&all, "mychannel"),
            "Committed chaincode definitions on channel 'mychannel':\nName: basic, Version: 1.0, Sequence: 1, \
             Endorsement Plugin: escc, Validation Plugin: vscc\n"
        );
    }
}
