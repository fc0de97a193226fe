//! Messages from clients.

use std::sync::Arc;
use std::time::SystemTime;

use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use proto::common::{Envelope, HeaderType, Status};
use proto::orderer::BroadcastResponse;
use tracing::{debug, warn};

use crate::queue::{Message, sized};
use crate::registrar::Orderer;
use crate::rejection::Rejection;
use crate::{config_update, filters};

/// Answers the messages of one client, one after the other. The first that is refused ends the stream.
pub(crate) fn stream<S>(
    orderer: Arc<Orderer>,
    messages: S,
) -> BoxStream<'static, Result<BroadcastResponse, tonic::Status>>
where
    S: Stream<Item = Result<Envelope, tonic::Status>> + Send + Unpin + 'static,
{
    let state = Some((orderer, messages));
    Box::pin(futures::stream::unfold(state, |state| async {
        let (orderer, mut messages) = state?;
        let envelope = match messages.next().await? {
            Ok(envelope) => envelope,
            Err(error) => {
                debug!(%error, "broadcast client is gone");
                return None;
            }
        };
        let response = respond(&orderer, envelope).await;
        let goes_on = response.status == Status::Success as i32;
        Some((Ok(response), goes_on.then_some((orderer, messages))))
    }))
}

async fn respond(orderer: &Orderer, envelope: Envelope) -> BroadcastResponse {
    match process(orderer, envelope).await {
        Ok(()) => BroadcastResponse { status: Status::Success as i32, info: String::new() },
        Err(rejection) => {
            warn!("rejecting broadcast message: {rejection}");
            BroadcastResponse { status: rejection.status() as i32, info: rejection.to_string() }
        }
    }
}

/// Checks a message and hands it to its channel. Once this succeeds the message will be in a block.
pub(crate) async fn process(orderer: &Orderer, envelope: Envelope) -> Result<(), Rejection> {
    let header = proto::transaction::channel_header(&envelope).map_err(Rejection::Unreadable)?;
    let chain = orderer.chain(&header.channel_id).ok_or(Rejection::UnknownChannel)?;
    let bundle = chain.configuration();
    let sequence = bundle.sequence();
    let now = SystemTime::now();
    let message = match HeaderType::try_from(header.r#type) {
        Ok(HeaderType::ConfigUpdate) => {
            let change = config_update::apply(&bundle, &envelope, chain.signer(), now)?;
            Message::Config(Box::new(change))
        }
        Ok(HeaderType::Config) => return Err(Rejection::Config),
        Ok(HeaderType::OrdererTransaction) => return Err(Rejection::NoLongerSupported),
        _ => {
            filters::check_normal(&bundle, &envelope, now)?;
            Message::Normal(sized(&envelope))
        }
    };
    drop(envelope);
    chain.order(message, sequence).await
}
