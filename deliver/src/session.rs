//! One client's stream: requests in, frames out.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use channel::SignedData;
use futures::{Stream, StreamExt};
use ledger::ReadError;
use node::grpc::ClientConnection;
use prost::Message;
use proto::common::{self, ChannelHeader, Envelope, Payload, SignatureHeader};
use proto::orderer::SeekInfo;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tonic::Status;
use tracing::{debug, warn};

use crate::access::Access;
use crate::frame::{Frame, header_and_metadata};
use crate::seek::{Seek, seek};
use crate::server::{DeliverServer, Delivery, RespondError};
use crate::source::BlockSource;

pub(crate) struct Session<S> {
    server: Arc<DeliverServer>,
    requests: S,
    connection: Option<ClientConnection>,
    state: State,
}

enum State {
    /// Waiting for the next request.
    Idle,
    Sending(Box<Answer>),
    /// A status other than SUCCESS was sent.
    Ended,
}

/// The blocks one request asked for.
struct Answer {
    channel_id: String,
    source: Arc<dyn BlockSource>,
    heights: watch::Receiver<u64>,
    access: Access,
    seek: Seek,
    last_sent: Option<u64>,
}

enum Step {
    Block(Frame),
    /// The last block of the request went out before.
    Done,
}

impl<S> Session<S>
where
    S: Stream<Item = Result<Envelope, Status>> + Unpin,
{
    pub(crate) fn new(server: Arc<DeliverServer>, requests: S, connection: Option<ClientConnection>) -> Self {
        server.counts.opened();
        Self { server, requests, connection, state: State::Idle }
    }

    /// The next frame; `None` ends the stream.
    pub(crate) async fn next(&mut self) -> Option<Result<Frame, Status>> {
        loop {
            let status = match &mut self.state {
                State::Ended => return None,
                State::Idle => match self.requests.next().await? {
                    Ok(envelope) => match self.begin(&envelope) {
                        Ok(answer) => {
                            self.state = State::Sending(Box::new(answer));
                            continue;
                        }
                        Err(status) => status,
                    },
                    Err(error) => {
                        debug!(%error, "deliver client is gone");
                        return None;
                    }
                },
                State::Sending(answer) => {
                    let status = match answer.step(&self.server).await {
                        Ok(Step::Block(frame)) => {
                            self.server.counts.sent(&answer.channel_id);
                            return Some(Ok(frame));
                        }
                        Ok(Step::Done) => common::Status::Success,
                        Err(status) => status,
                    };
                    self.server.counts.completed(&answer.channel_id, status == common::Status::Success);
                    status
                }
            };
            self.state = if status == common::Status::Success { State::Idle } else { State::Ended };
            return Some(Ok(Frame::status(status)));
        }
    }

    fn begin(&self, envelope: &Envelope) -> Result<Answer, common::Status> {
        let request = Request::decode(envelope).map_err(|error| {
            warn!(%error, "malformed deliver request");
            common::Status::BadRequest
        })?;
        let channel_id = request.header.channel_id.clone();
        request.check(&self.server, self.connection.as_ref()).map_err(|reason| {
            warn!(channel = channel_id, "refusing deliver request: {reason}");
            common::Status::BadRequest
        })?;
        // Clients poll for channels that do not exist yet, so this is nothing to warn of.
        let source = (self.server.channels)(&channel_id).ok_or_else(|| {
            debug!(channel = channel_id, "deliver request for an unknown channel");
            common::Status::NotFound
        })?;
        self.server.counts.received(&channel_id);
        let begun = self.begin_at(source, request, envelope);
        begun.inspect_err(|_| self.server.counts.completed(&channel_id, false))
    }

    /// The same once the channel is found.
    fn begin_at(
        &self,
        source: Arc<dyn BlockSource>,
        request: Request,
        envelope: &Envelope,
    ) -> Result<Answer, common::Status> {
        let channel_id = request.header.channel_id.clone();
        let signed = SignedData {
            identity: request.creator,
            message: envelope.payload.clone(),
            signature: envelope.signature.clone(),
        };
        let mut access = Access::new(signed, &source.bundle());
        access.check(source.as_ref(), &self.server.authorize).map_err(|denied| {
            warn!(channel = channel_id, "client is not authorized: {denied}");
            common::Status::Forbidden
        })?;
        let heights = source.heights();
        let height = *heights.borrow();
        let seek = seek(&request.seek, height).inspect_err(|status| {
            warn!(channel = channel_id, height, "deliver request cannot be met: {}", status.as_str_name());
        })?;
        Ok(Answer { channel_id, source, heights, access, seek, last_sent: None })
    }
}

impl<S> Drop for Session<S> {
    fn drop(&mut self) {
        if let State::Sending(answer) = &self.state {
            // The client hung up.
            self.server.counts.completed(&answer.channel_id, false);
        }
        self.server.counts.closed();
    }
}

impl Answer {
    async fn step(&mut self, server: &DeliverServer) -> Result<Step, common::Status> {
        let number = self.seek.next;
        if self.last_sent == Some(self.seek.stop) {
            return Ok(Step::Done);
        }
        self.wait_for(number).await?;
        let mut block = self.read(number).await?;
        self.access.check(self.source.as_ref(), &server.authorize).map_err(|denied| {
            warn!(channel = self.channel_id, "client authorization revoked: {denied}");
            common::Status::Forbidden
        })?;
        let failed = |error: RespondError| {
            warn!(channel = self.channel_id, number, error = &error as &dyn std::error::Error, "cannot send a block");
            common::Status::InternalServerError
        };
        if self.seek.headers_only {
            block = header_and_metadata(&block).map_err(|error| failed(error.into()))?;
        }
        let delivery = Delivery { channel_id: &self.channel_id, number, block: &block, request: &self.access.request };
        let frame = (server.respond)(&delivery).map_err(failed)?;
        self.seek.next = number.wrapping_add(1);
        self.last_sent = Some(number);
        Ok(Step::Block(frame))
    }

    async fn wait_for(&mut self, number: u64) -> Result<(), common::Status> {
        if !self.seek.wait && number >= *self.heights.borrow() {
            warn!(channel = self.channel_id, number, "block not found, block number greater than chain length bounds");
            return Err(common::Status::NotFound);
        }
        // The sender goes away when the channel closes.
        let waited = self.heights.wait_for(|height| *height > number).await;
        waited.map(|_| ()).map_err(|_| common::Status::ServiceUnavailable)
    }

    async fn read(&self, number: u64) -> Result<Bytes, common::Status> {
        if let Some(block) = self.source.recent(number) {
            return Ok(block);
        }
        let source = self.source.clone();
        // A panic or a runtime that ends leaves nothing to report but the failure itself.
        let read = spawn_blocking(move || source.block_bytes(number)).await;
        match read {
            Ok(Ok(Some(block))) => Ok(block),
            // A ledger that began with a snapshot has no older blocks.
            Ok(Ok(None) | Err(ReadError::BeforeSnapshot { .. })) => Err(common::Status::NotFound),
            Ok(Err(error)) => {
                let error = &error as &dyn std::error::Error;
                warn!(channel = self.channel_id, number, error, "cannot read a block");
                Err(common::Status::InternalServerError)
            }
            Err(_) => Err(common::Status::InternalServerError),
        }
    }
}

/// A request that is well-formed, and not yet believed.
struct Request {
    header: ChannelHeader,
    creator: Bytes,
    seek: SeekInfo,
}

impl Request {
    fn decode(envelope: &Envelope) -> Result<Self, prost::DecodeError> {
        let payload = Payload::decode(envelope.payload.clone())?;
        let header = payload.header.unwrap_or_default();
        Ok(Self {
            header: ChannelHeader::decode(header.channel_header)?,
            creator: SignatureHeader::decode(header.signature_header)?.creator,
            seek: SeekInfo::decode(payload.data)?,
        })
    }

    /// A request is good for a short time, and under mutual TLS only on its own connection.
    fn check(&self, server: &DeliverServer, connection: Option<&ClientConnection>) -> Result<(), String> {
        let timestamp = self.header.timestamp.as_ref();
        let sent = timestamp.ok_or("channel header in envelope must contain timestamp")?;
        let window = server.options.time_window;
        if !within(sent, SystemTime::now(), window) {
            return Err(format!(
                "envelope timestamp {}.{:09} is more than {window:?} apart from current server time",
                sent.seconds, sent.nanos
            ));
        }
        if !server.options.mutual_tls {
            return Ok(());
        }
        let expected = connection.and_then(ClientConnection::certificate_hash);
        let expected = expected.ok_or("client didn't send a TLS certificate")?;
        if self.header.tls_cert_hash.is_empty() {
            return Err("client didn't include its TLS cert hash".to_owned());
        }
        match self.header.tls_cert_hash == expected[..] {
            true => Ok(()),
            false => Err("claimed TLS cert hash does not match the one of the connection".to_owned()),
        }
    }
}

fn within(sent: &prost_types::Timestamp, now: SystemTime, window: Duration) -> bool {
    let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos() as i128;
    let sent = i128::from(sent.seconds) * 1_000_000_000 + i128::from(sent.nanos);
    (now - sent).unsigned_abs() <= window.as_nanos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_within_the_window() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(10_000);
        let window = Duration::from_secs(900);
        for (seconds, nanos, expected) in [
            (10_000, 0, true),
            (9_100, 0, true),
            (10_900, 0, true),
            (9_099, 999_999_999, false),
            (10_900, 1, false),
            (i64::MIN, i32::MIN, false),
            (i64::MAX, i32::MAX, false),
            (0, 0, false),
        ] {
            let sent = prost_types::Timestamp { seconds, nanos };
            assert_eq!(within(&sent, now, window), expected, "{seconds}.{nanos}");
        }
    }
}
