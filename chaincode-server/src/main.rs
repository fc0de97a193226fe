//! `chaincode-server contract.wasm`: a Wasm contract for any Fabric peer, as chaincode as a service.
//!
//! Either the peer connects to it (Fabric's chaincode as a service, `protos.Chaincode`), or it registers with a peer in
//! development mode (`protos.ChaincodeSupport`). Both are the same conversation.

mod arguments;
mod context;
mod session;
mod transaction;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use node::grpc::{MESSAGE_SIZE_MAX, Server};
use node::shutdown::{Signals, Stop};
use proto::protos::ChaincodeMessage;
use proto::protos::chaincode_server::{Chaincode, ChaincodeServer};
use proto::protos::chaincode_support_client::ChaincodeSupportClient;
use runtime::{Engine, EngineOptions, Executor, Limits};
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::service::Routes;
use tonic::{Request, Response, Status, Streaming};

use arguments::{Arguments, Mode};
use session::{OUTGOING_MESSAGES, Session};

/// Calls that may wait for a thread.
const CALLS_QUEUED: usize = 1024;
/// Most of a call is waiting for the peer's answers.
const THREADS_PER_CORE: usize = 8;
/// Pause before the peer is tried again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let environment: BTreeMap<String, String> = std::env::vars_os().filter_map(text).collect();
    let arguments = Arguments::parse().with_environment(&environment);
    match run(arguments, environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(arguments: Arguments, environment: BTreeMap<String, String>) -> anyhow::Result<()> {
    node::logging::init(&environment, "info")?;
    let id = arguments.id()?.to_owned();
    let mode = arguments.mode()?;
    let wasm =
        std::fs::read(&arguments.contract).with_context(|| format!("reading {}", arguments.contract.display()))?;
    tracing::info!("loading {}", arguments.contract.display());
    let engine = Engine::new(EngineOptions { cache_dir: arguments.cache.clone(), ..Default::default() })?;
    let contract =
        engine.load(&wasm, Limits::default()).with_context(|| format!("loading {}", arguments.contract.display()))?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from) * THREADS_PER_CORE;
    let executor = Executor::new("chaincode", threads, CALLS_QUEUED).context("starting threads")?;
    let session = Arc::new(Session::new(id.clone(), contract, executor, arguments.execute_timeout()));
    let mut signals = Signals::install().context("watching for signals")?;
    let stop = Stop::new();
    let stopping = stop.clone();
    tokio::spawn(async move {
        let signal = signals.recv().await;
        tracing::info!("Received signal {}", signal.name());
        stopping.trigger();
    });
    match mode {
        Mode::Listen(options) => {
            let server = Server::bind(*options).await?;
            tracing::info!("chaincode {} is served on {}", id, server.address());
            let service = ChaincodeServer::new(Service { session })
                .max_decoding_message_size(MESSAGE_SIZE_MAX)
                .max_encoding_message_size(MESSAGE_SIZE_MAX);
            server.serve(Routes::new(service), stop).await;
        }
        Mode::Register(endpoint) => {
            let registering = async {
                loop {
                    let end = register(&session, &endpoint).await;
                    let cause = end.err().unwrap_or_else(|| anyhow::anyhow!("it ended the stream"));
                    tracing::warn!("not connected to the peer {}: {cause:#}", endpoint.address);
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
            };
            tokio::select! {
                () = registering => {}
                () = stop.triggered() => {}
            }
        }
    }
    Ok(())
}

/// One connection to a peer in development mode, until it ends.
async fn register(session: &Arc<Session>, endpoint: &node::grpc::Endpoint) -> anyhow::Result<()> {
    let channel = node::grpc::connect(endpoint).await?;
    let mut client = ChaincodeSupportClient::new(channel)
        .max_decoding_message_size(MESSAGE_SIZE_MAX)
        .max_encoding_message_size(MESSAGE_SIZE_MAX);
    let (outgoing, messages) = mpsc::channel(OUTGOING_MESSAGES);
    session.introduce(&outgoing).await?;
    let incoming = client.register(ReceiverStream::new(messages)).await?.into_inner();
    session.clone().serve(incoming, outgoing).await
}

/// `protos.Chaincode`, to which peers connect.
struct Service {
    session: Arc<Session>,
}

#[tonic::async_trait]
impl Chaincode for Service {
    type ConnectStream = std::pin::Pin<Box<dyn tokio_stream::Stream<Item = Result<ChaincodeMessage, Status>> + Send>>;

    async fn connect(
        &self,
        request: Request<Streaming<ChaincodeMessage>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        let (outgoing, messages) = mpsc::channel(OUTGOING_MESSAGES);
        let session = self.session.clone();
        session.introduce(&outgoing).await.map_err(|error| Status::internal(error.to_string()))?;
        tokio::spawn(async move {
            if let Err(error) = session.serve(request.into_inner(), outgoing).await {
                tracing::warn!("the peer is disconnected: {error:#}");
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(messages).map(Ok))))
    }
}
