//! What a chaincode in a process of its own says on Fabric's chaincode stream: the stream itself, and the requests of a call.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};
use node::grpc::MESSAGE_SIZE_MAX;
use peer::chaincode::external::{chaincode_support_service, converse};
use peer::chaincode::transaction_context::SimulationContext;
use prost::Message;
use proto::protos::{ChaincodeMessage, SignedProposal};
use runtime::Invocation;
use tower::ServiceExt;

use crate::allocations::limited;
use crate::input::Input;

mod world;

use world::{CHANNEL, World};

/// The buffer for a message of a stream has room for what its header says, up to this; beyond are a table of tokio's and the like.
const ALLOCATION_BYTES_MAX: usize = 2 * MESSAGE_SIZE_MAX;

/// The path of the only method.
const REGISTER: &str = "http://peer/protos.ChaincodeSupport/Register";

/// In the first byte: the bytes are those of a stream, and no list of messages.
pub(crate) const IS_STREAM: u8 = 1;
/// In the first byte: the call initialises the chaincode.
const IS_INIT: u8 = 2;

static WORLD: LazyLock<World> = LazyLock::new(|| World::open().expect("there is room for a ledger"));

/// Serves the input as a stream, or answers its messages within a call.
pub fn run(data: &[u8]) {
    let world = &*WORLD;
    let mut input = Input(data);
    let flags = input.byte();
    limited(ALLOCATION_BYTES_MAX, || {
        if flags & IS_STREAM != 0 { serve(world, input) } else { call(world, input, flags & IS_INIT != 0) }
    });
}

/// Pieces of a stream, as the network may cut it.
struct Pieces(VecDeque<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }
}

fn serve(world: &World, mut input: Input<'_>) {
    let first = usize::from(input.byte());
    let first = Bytes::copy_from_slice(input.take(first));
    let body = Pieces([first, Bytes::copy_from_slice(input.0)].into());
    let request = http::Request::post(REGISTER)
        .header(http::header::CONTENT_TYPE, "application/grpc")
        .body(body)
        .expect("the request is the same every time");
    world.runtime.block_on(async {
        let service = chaincode_support_service(world.chaincodes.clone());
        let Ok(response) = service.oneshot(request).await;
        let mut answer = response.into_body();
        // The answer ends when the peer has forgotten the stream.
        while std::future::poll_fn(|context| Pin::new(&mut answer).poll_frame(context)).await.is_some() {}
    });
    assert_eq!(world.chaincodes.names(), Vec::<String>::new(), "a stream has ended and is not forgotten");
}

fn call(world: &World, mut input: Input<'_>, is_init: bool) {
    let tx_id = "tx".to_owned();
    let invocation = Invocation {
        tx_id: tx_id.clone(),
        channel_id: CHANNEL.to_owned(),
        args: vec![Bytes::from_static(b"f")],
        signed_proposal: SignedProposal::default().encode_to_vec().into(),
        is_init,
        ..Invocation::default()
    };
    let mut messages = Vec::new();
    while !input.0.is_empty() {
        let message = match input.byte() {
            0 => ChaincodeMessage::decode(input.bytes()).unwrap_or_default(),
            kind => ChaincodeMessage {
                r#type: i32::from(kind),
                payload: input.bytes(),
                txid: tx_id.clone(),
                channel_id: CHANNEL.to_owned(),
                ..Default::default()
            },
        };
        messages.push(message);
    }
    let simulator = world.scope.channel.ledger().simulator(&tx_id);
    let mut context = SimulationContext::new(invocation, world.scope.clone(), simulator);
    if converse(&mut context, messages).is_ok() {
        // What is endorsed.
        let _ = context.into_simulator().finish().map_err(|error| error.to_string());
    }
}

#[cfg(test)]
pub(crate) use world::KEY;
