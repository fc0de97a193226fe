//! `cscc`: the channels of the peer and their configuration (Fabric `core/scc/cscc/configure.go`). Texts are Fabric's.

use std::sync::Arc;

use ::channel::Bundle;
use ::channel::acl::LocalRole;
use bytes::Bytes;
use prost::Message;
use proto::common::Block;
use proto::protos::{ChannelInfo, ChannelQueryResponse, JoinBySnapshotStatus, Response};

use super::{SystemCall, SystemChaincodes, error, success};
use crate::access;
use crate::channels::Channel;
use crate::text;

pub(super) fn invoke(system: &SystemChaincodes, call: &SystemCall<'_>) -> Response {
    answer(system, call).map_or_else(error, success)
}

fn answer(system: &SystemChaincodes, call: &SystemCall<'_>) -> Result<Bytes, String> {
    let args = call.args;
    let function = call.text(0);
    let is_alone = matches!(function.as_str(), "GetChannels" | "JoinBySnapshotStatus");
    if args.is_empty() || (!is_alone && args.len() < 2) {
        return Err(format!("Incorrect number of arguments, {}", args.len()));
    }
    if call.proposed != "cscc" {
        return Err(format!(
            "Rejecting invoke of CSCC from another chaincode, original invocation for '{}'",
            call.proposed
        ));
    }
    match function.as_str() {
        "JoinChain" => join(system, call, &args[1]),
        "JoinChainBySnapshot" => {
            let directory = call.text(1);
            if directory.is_empty() {
                return Err("Cannot join the channel, no snapshot directory provided".to_owned());
            }
            access::check_local(&system.local_msps, LocalRole::Admins, call.creator_bytes)
                .map_err(|error| format!("access denied for [{function}]: [{error}]"))?;
            system.channels.join_by_snapshot(&directory).map_err(|error| error.to_string())?;
            Ok(Bytes::new())
        }
        "JoinBySnapshotStatus" => {
            access::check_local(&system.local_msps, LocalRole::Admins, call.creator_bytes)
                .map_err(|error| format!("access denied for [{function}]: {error}"))?;
            let directory = system.channels.snapshot_being_joined();
            let in_progress = directory.is_some();
            let bootstrapping_snapshot_dir = directory.unwrap_or_default();
            Ok(JoinBySnapshotStatus { in_progress, bootstrapping_snapshot_dir }.encode_to_vec().into())
        }
        "GetConfigBlock" => {
            let channel = channel(system, call, &function)?;
            config_block(&channel)
        }
        "GetChannelConfig" => {
            if args[1].is_empty() {
                return Err("empty channel name provided".to_owned());
            }
            Ok(channel(system, call, &function)?.bundle().config().encode_to_vec().into())
        }
        "GetChannels" => {
            access::check_local(&system.local_msps, LocalRole::Members, call.creator_bytes)
                .map_err(|error| format!("access denied for [{function}]: {error}"))?;
            let channels = system.channels.all();
            let channels = channels.iter().map(|channel| ChannelInfo { channel_id: channel.id().to_owned() });
            Ok(ChannelQueryResponse { channels: channels.collect() }.encode_to_vec().into())
        }
        _ => Err(format!("Requested function {function} not found.")),
    }
}

/// The channel that the call names, if the creator may ask for its configuration.
fn channel(system: &SystemChaincodes, call: &SystemCall<'_>, function: &str) -> Result<Arc<Channel>, String> {
    let channel_id = call.text(1);
    let denied = |cause: String| format!("access denied for [{function}][{channel_id}]: {cause}");
    let Some(channel) = system.channels.channel(&channel_id) else {
        return Err(denied(format!("Failed to get policy manager for channel [{channel_id}]")));
    };
    access::check_channel_as(&channel, &format!("cscc/{function}"), call.creator_bytes)
        .map_err(|error| denied(error.to_string()))?;
    Ok(channel)
}

fn join(system: &SystemChaincodes, call: &SystemCall<'_>, block: &Bytes) -> Result<Bytes, String> {
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
    access::check_local(&system.local_msps, LocalRole::Admins, call.creator_bytes)
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
