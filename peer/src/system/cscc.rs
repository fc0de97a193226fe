//! `cscc`: the channels of the peer and their configuration (Fabric `core/scc/cscc/configure.go`). Texts are Fabric's.

use ::channel::Bundle;
use ::channel::acl::LocalRole;
use bytes::Bytes;
use prost::Message;
use proto::common::Block;
use proto::protos::{ChannelInfo, ChannelQueryResponse, JoinBySnapshotStatus, Response};

use super::{SystemChaincodes, error, success, text_argument};
use crate::access;
use crate::channels::Channel;
use crate::endorser::CheckedProposal;
use crate::text;

pub(super) fn invoke(system: &SystemChaincodes, proposal: &CheckedProposal) -> Response {
    answer(system, proposal).map_or_else(error, success)
}

fn answer(system: &SystemChaincodes, proposal: &CheckedProposal) -> Result<Bytes, String> {
    let args = proposal.args();
    let function = text_argument(proposal, 0);
    let has_no_argument = ["GetChannels", "JoinBySnapshotStatus"].contains(&function.as_str());
    if args.is_empty() || (!has_no_argument && args.len() < 2) {
        return Err(format!("Incorrect number of arguments, {}", args.len()));
    }
    match function.as_str() {
        "JoinChain" => join(system, proposal, &args[1]),
        "GetConfigBlock" => {
            let channel_id = text_argument(proposal, 1);
            let unknown = || format!("Unknown channel ID, {channel_id}");
            let channel = system.channels.channel(&channel_id).ok_or_else(unknown)?;
            check(&channel, proposal, &function)?;
            config_block(&channel)
        }
        "GetChannelConfig" => {
            let channel_id = text_argument(proposal, 1);
            if channel_id.is_empty() {
                return Err("empty channel name provided".to_owned());
            }
            let unknown = || format!("unknown channel ID, {channel_id}");
            let channel = system.channels.channel(&channel_id).ok_or_else(unknown)?;
            check(&channel, proposal, &function)?;
            Ok(channel.bundle().config().encode_to_vec().into())
        }
        "GetChannels" => {
            access::check_local(&system.local_msps, LocalRole::Members, proposal.creator_bytes())
                .map_err(|error| format!("access denied for [{function}]: {error}"))?;
            let channels = system.channels.all();
            let channels = channels.iter().map(|channel| ChannelInfo { channel_id: channel.id().to_owned() });
            Ok(ChannelQueryResponse { channels: channels.collect() }.encode_to_vec().into())
        }
        "JoinBySnapshotStatus" => {
            access::check_local(&system.local_msps, LocalRole::Admins, proposal.creator_bytes())
                .map_err(|error| format!("access denied for [{function}]: {error}"))?;
            // This peer does not join by snapshots, so none is on its way.
            Ok(JoinBySnapshotStatus::default().encode_to_vec().into())
        }
        _ => Err(format!("Requested function {function} not found.")),
    }
}

fn check(channel: &Channel, proposal: &CheckedProposal, function: &str) -> Result<(), String> {
    access::check_channel_as(channel, &format!("cscc/{function}"), proposal.creator_bytes())
        .map(drop)
        .map_err(|error| format!("access denied for [{function}][{}]: {error}", channel.id()))
}

fn join(system: &SystemChaincodes, proposal: &CheckedProposal, block: &Bytes) -> Result<Bytes, String> {
    if block.is_empty() {
        return Err("Cannot join the channel <nil> configuration block provided".to_owned());
    }
    let block = Block::decode(block.clone())
        .map_err(|error| format!("Failed to reconstruct the genesis block, error unmarshaling Block: {error}"))?;
    let channel_id = channel_id(&block).map_err(|error| {
        format!("\"JoinChain\" request failed to extract channel id from the block due to [{error}]")
    })?;
    Bundle::from_config_block(&block).map_err(|error| {
        format!(
            "\"JoinChain\" for channelID = {channel_id} failed because of validation of configuration block, because \
             of {}",
            text::chain(&error)
        )
    })?;
    access::check_local(&system.local_msps, LocalRole::Admins, proposal.creator_bytes())
        .map_err(|error| format!("access denied for [JoinChain][{channel_id}]: [{error}]"))?;
    system.channels.join(&block).map_err(|error| error.to_string())?;
    Ok(Bytes::new())
}

fn channel_id(block: &Block) -> Result<String, String> {
    let data = block.data.as_ref().and_then(|data| data.data.first()).ok_or("no data in the block")?;
    let envelope = proto::common::Envelope::decode(data.clone())
        .map_err(|error| format!("error unmarshaling Envelope: {error}"))?;
    let header = proto::transaction::channel_header(&envelope)
        .map_err(|error| format!("error unmarshaling ChannelHeader: {error}"))?;
    Ok(header.channel_id)
}

fn config_block(channel: &Channel) -> Result<Bytes, String> {
    let ledger = channel.ledger();
    let read = |number| {
        let block = ledger.block(number).map_err(|error| text::chain(&error))?;
        block.ok_or_else(|| format!("no such block number [{number}] in index"))
    };
    let last = read(ledger.height().saturating_sub(1))?;
    let number = proto::block::last_config_index(&last)
        .map_err(|error| format!("failed to get the last config index: {error}"))?;
    Ok(read(number)?.encode_to_vec().into())
}
