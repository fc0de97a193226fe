//! The first block of a development network's channel.

use std::time::{SystemTime, UNIX_EPOCH};

use channel::genesis::{Organization, Profile};
use proto::common::Block;
use proto::orderer::BatchSize;

use super::data_dir::Record;
use super::organizations::{ORDERER_MSP_ID, ORDERER_ORG, Organizations, PEER_MSP_ID, PEER_ORG};
use super::{DEFAULT_BATCH_SIZE, DEFAULT_BATCH_TIMEOUT};
use crate::node_start::StartArguments;

/// Largest block, and where the orderer prefers to cut. A transaction must fit into the first.
const ABSOLUTE_MAX_BYTES: u32 = 99 << 20;
const PREFERRED_MAX_BYTES: u32 = 2 << 20;

/// A channel with one application organisation and a solo orderer, whose address becomes part of its configuration.
pub(super) fn block(
    record: &Record,
    host: &str,
    organizations: &Organizations,
    arguments: &StartArguments,
) -> anyhow::Result<Block> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let application = Organization {
        name: PEER_ORG.to_owned(),
        msp_id: PEER_MSP_ID.to_owned(),
        msp: organizations.peer_msp_config()?,
        endpoints: Vec::new(),
        anchor_peers: Vec::new(),
    };
    let orderer = Organization {
        name: ORDERER_ORG.to_owned(),
        msp_id: ORDERER_MSP_ID.to_owned(),
        msp: organizations.orderer_msp_config()?,
        endpoints: vec![format!("{}:{}", reachable(host), record.orderer_port)],
        anchor_peers: Vec::new(),
    };
    let application_capability = arguments.application_capability.as_deref().unwrap_or("V2_5");
    // The capabilities of one release.
    let (channel_capability, orderer_capability) = match application_capability.starts_with("V1_") {
        true => ("V1_4_3", "V1_4_2"),
        false => ("V2_0", "V2_0"),
    };
    Ok(channel::genesis::block(&Profile {
        channel_id: record.channel_id.clone(),
        application: vec![application],
        orderer: vec![orderer],
        consensus_type: "solo".to_owned(),
        consensus_metadata: Default::default(),
        batch_size: BatchSize {
            max_message_count: arguments.batch_size.unwrap_or(DEFAULT_BATCH_SIZE),
            absolute_max_bytes: ABSOLUTE_MAX_BYTES,
            preferred_max_bytes: PREFERRED_MAX_BYTES,
        },
        batch_timeout: arguments.batch_timeout.unwrap_or(DEFAULT_BATCH_TIMEOUT),
        channel_capability: channel_capability.to_owned(),
        orderer_capability: orderer_capability.to_owned(),
        application_capability: application_capability.to_owned(),
        timestamp: prost_types::Timestamp {
            seconds: i64::try_from(now.as_secs()).unwrap_or(i64::MAX),
            nanos: i32::try_from(now.subsec_nanos()).unwrap_or(0),
        },
        nonce: organizations.orderer_identity()?.new_signature_header().nonce,
    }))
}

/// An address that others can connect to: who listens everywhere is found on the loopback.
pub(super) fn reachable(host: &str) -> &str {
    match host {
        "" | "0.0.0.0" => "127.0.0.1",
        "::" | "[::]" => "[::1]",
        host => host,
    }
}
