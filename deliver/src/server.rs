//! The deliver server: what all its streams share.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use channel::{Bundle, SignedData};
use futures::Stream;
use futures::stream::BoxStream;
use node::grpc::ClientConnection;
use proto::common::Envelope;
use tonic::Status;

use crate::frame::{Frame, FrameError};
use crate::metrics::{DataType, DeliverMetrics, StreamCounts};
use crate::session::Session;
use crate::source::BlockSource;

/// Finds a channel by its id.
pub type Channels = Arc<dyn Fn(&str) -> Option<Arc<dyn BlockSource>> + Send + Sync>;

/// Decides whether the signer of a request may read a channel.
pub type Authorize = Arc<dyn Fn(&Bundle, &SignedData) -> Result<(), Denied> + Send + Sync>;

/// Makes a block into what the stream carries.
pub type Respond = Arc<dyn Fn(&Delivery<'_>) -> Result<Frame, RespondError> + Send + Sync>;

/// The frames of one stream.
pub type FrameStream = BoxStream<'static, Result<Frame, Status>>;

/// Why a client may not read; for the log, the client only learns FORBIDDEN.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Denied(pub String);

/// Why a block cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum RespondError {
    /// The stored block cannot be taken apart.
    #[error("cannot prepare the block for sending")]
    Frame(#[from] FrameError),
    /// What goes with the block cannot be read.
    #[error("cannot read what goes with the block")]
    Read(#[source] ledger::ReadError),
}

/// One block on its way to one client.
pub struct Delivery<'a> {
    /// The channel.
    pub channel_id: &'a str,
    /// The block's number.
    pub number: u64,
    /// The serialized block, already without its transactions if that was asked for.
    pub block: &'a Bytes,
    /// The request as its client signed it.
    pub request: &'a SignedData,
}

/// What is demanded of requests.
#[derive(Clone, Copy, Debug)]
pub struct DeliverOptions {
    /// How far a request's time may be from ours (`peer.authentication.timewindow`).
    pub time_window: Duration,
    /// Clients prove themselves by TLS certificates, so that requests must be bound to theirs.
    pub mutual_tls: bool,
}

impl Default for DeliverOptions {
    fn default() -> Self {
        Self { time_window: Duration::from_secs(15 * 60), mutual_tls: false }
    }
}

/// Serves one kind of block stream.
pub struct DeliverServer {
    pub(crate) channels: Channels,
    pub(crate) authorize: Authorize,
    pub(crate) respond: Respond,
    pub(crate) options: DeliverOptions,
    pub(crate) counts: StreamCounts,
}

impl DeliverServer {
    /// A server over `channels`.
    pub fn new(channels: Channels, authorize: Authorize, respond: Respond, options: DeliverOptions) -> Self {
        Self { channels, authorize, respond, options, counts: StreamCounts::default() }
    }

    /// Counts its streams, which carry data of this type.
    pub fn counted(self, metrics: &DeliverMetrics, data_type: DataType) -> Self {
        Self { counts: StreamCounts::new(metrics, data_type), ..self }
    }

    /// A [`Respond`] that sends blocks as they are.
    pub fn whole_blocks() -> Respond {
        Arc::new(|delivery| Ok(Frame::block(delivery.block.clone())))
    }

    /// Answers the requests of one client, one after the other. Everything the stream holds lives in the returned value:
    /// dropping it, as happens when the client hangs up, frees all of it.
    pub fn stream<S>(self: Arc<Self>, requests: S, connection: Option<ClientConnection>) -> FrameStream
    where
        S: Stream<Item = Result<Envelope, Status>> + Send + Unpin + 'static,
    {
        let session = Session::new(self, requests, connection);
        Box::pin(futures::stream::unfold(session, |mut session| async {
            let frame = session.next().await?;
            Some((frame, session))
        }))
    }
}
