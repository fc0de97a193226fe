//! `protos.Deliver`: blocks, filtered blocks, and blocks with private data.

use std::collections::BTreeMap;
use std::sync::Arc;

use deliver::{
    Authorize, BlockSource, DataType, DeliverMetrics, DeliverOptions, DeliverServer, DeliverServices, Denied, Frame,
    RespondError,
};

use crate::access;
use crate::channels::Channels;

/// The service over all channels of the peer.
pub fn deliver_services(
    channels: &Arc<Channels>,
    options: DeliverOptions,
    metrics: &DeliverMetrics,
) -> DeliverServices {
    let joined = channels.clone();
    let find: deliver::Channels = Arc::new(move |channel_id| {
        let channel = joined.channel(channel_id)?;
        Some(channel as Arc<dyn BlockSource>)
    });
    let server = |resource, respond, data_type| {
        let server = DeliverServer::new(find.clone(), readers_of(resource), respond, options);
        Arc::new(server.counted(metrics, data_type))
    };
    let joined = channels.clone();
    DeliverServices {
        blocks: server("event/Block", DeliverServer::whole_blocks(), DataType::Block),
        filtered: server(
            "event/FilteredBlock",
            Arc::new(move |delivery| {
                let channel = joined.channel(delivery.channel_id);
                let frame = channel.map(|channel| channel.filtered_block(delivery.number));
                let frame = frame.transpose().map_err(RespondError::Read)?.flatten();
                // The block was there a moment ago; only a channel that closes loses it.
                Ok(frame.unwrap_or_else(|| Frame::status(proto::common::Status::ServiceUnavailable)))
            }),
            DataType::FilteredBlock,
        ),
        // The peer keeps private data of no collection that applications define, so nobody may read any.
        with_private_data: server(
            "event/Block",
            Arc::new(|delivery| Ok(Frame::block_and_private_data(delivery.block.clone(), BTreeMap::new()))),
            DataType::BlockAndPrivateData,
        ),
    }
}

fn readers_of(resource: &'static str) -> Authorize {
    Arc::new(move |bundle, request| {
        access::check_signed(bundle, resource, request).map_err(|denied| Denied(denied.to_string()))
    })
}
