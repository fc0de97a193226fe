//! Bodies that count the messages which pass through them.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::body::Body;
use tonic::{Code, Status};

use super::{Call, Method};

/// Bytes before each message of gRPC: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// Finds where messages end in the bytes of a body.
#[derive(Default)]
pub(super) struct Messages {
    prefix: [u8; PREFIX],
    prefix_length: usize,
    /// Bytes of the current message that are still to come.
    missing: usize,
}

impl Messages {
    /// Calls `ended` for each message that ends in these bytes.
    pub(super) fn pass(&mut self, mut bytes: &[u8], mut ended: impl FnMut()) {
        while !bytes.is_empty() {
            if self.prefix_length < PREFIX {
                let taken = bytes.len().min(PREFIX - self.prefix_length);
                self.prefix[self.prefix_length..self.prefix_length + taken].copy_from_slice(&bytes[..taken]);
                self.prefix_length += taken;
                bytes = &bytes[taken..];
                if self.prefix_length < PREFIX {
                    return;
                }
                let [_, length @ ..] = self.prefix;
                self.missing = u32::from_be_bytes(length) as usize;
            }
            let taken = bytes.len().min(self.missing);
            self.missing -= taken;
            bytes = &bytes[taken..];
            if self.missing == 0 {
                self.prefix_length = 0;
                ended();
            }
        }
    }
}

/// A stream from a client.
pub(super) struct Received {
    body: Body,
    method: Arc<Method>,
    cut: Arc<AtomicBool>,
    messages: Messages,
}

impl Received {
    pub(super) fn new(body: Body, method: Arc<Method>, cut: Arc<AtomicBool>) -> Self {
        Received { body, method, cut, messages: Messages::default() }
    }
}

impl HttpBody for Received {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(bytes) = frame.data_ref() {
                    this.messages.pass(bytes, || this.method.message_received());
                }
            }
            Some(Err(_)) => this.cut.store(true, Ordering::Relaxed),
            None => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer on its way to a client.
pub(super) struct Sent {
    body: Body,
    call: Call,
    messages: Messages,
}

impl Sent {
    pub(super) fn new(body: Body, call: Call) -> Self {
        Sent { body, call, messages: Messages::default() }
    }
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(bytes) = frame.data_ref() {
                    let method = &this.call.method;
                    this.messages.pass(bytes, || method.message_sent());
                } else if let Some(status) = frame.trailers_ref().and_then(Status::from_header_map) {
                    this.call.end(status.code());
                }
            }
            Some(Err(status)) => this.call.end(status.code()),
            None => this.call.end(Code::Ok),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
