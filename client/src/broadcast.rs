//! Handing envelopes to the ordering service.

use std::time::Duration;

use futures::future::try_join_all;
use proto::common::{Envelope, Status};
use proto::orderer::BroadcastResponse;
use tokio::sync::mpsc;
use tonic::Streaming;

use crate::Orderer;
use crate::error::{BroadcastError, RpcError};

/// How many envelopes a [`Broadcaster`] holds that the transport has not taken yet.
const BROADCASTS_IN_FLIGHT: usize = 64;

impl Orderer {
    /// Orders one envelope, at all orderers that this stands for.
    pub async fn broadcast(&self, envelope: Envelope, timeout: Duration) -> Result<(), BroadcastError> {
        let each = std::iter::once(self).chain(self.others());
        let send = try_join_all(each.map(async |orderer| orderer.broadcaster().await?.send(envelope.clone()).await));
        let send = async { send.await.map(drop) };
        tokio::time::timeout(timeout, send).await.unwrap_or(Err(BroadcastError::TimedOut))
    }

    /// Opens a stream for ordering many envelopes.
    pub async fn broadcaster(&self) -> Result<Broadcaster, BroadcastError> {
        let (sender, receiver) = mpsc::channel(BROADCASTS_IN_FLIGHT);
        let requests = tokio_stream::wrappers::ReceiverStream::new(receiver);
        // The orderer may answer only after the first envelope, so the call is awaited with the first acknowledgement.
        let mut client = self.client();
        let call = tokio::spawn(async move { client.broadcast(requests).await });
        Ok(Broadcaster { sender, answers: Answers::Pending(call) })
    }
}

/// An open stream to the ordering service.
pub struct Broadcaster {
    sender: mpsc::Sender<Envelope>,
    answers: Answers,
}

type OpeningCall = tokio::task::JoinHandle<Result<tonic::Response<Streaming<BroadcastResponse>>, tonic::Status>>;

enum Answers {
    Pending(OpeningCall),
    Open(Box<Streaming<BroadcastResponse>>),
}

impl Broadcaster {
    /// Orders one envelope and waits for its acknowledgement. The caller bounds the time.
    pub async fn send(&mut self, envelope: Envelope) -> Result<(), BroadcastError> {
        // A closed stream is reported by the acknowledgement below, which knows why.
        let _ = self.sender.send(envelope).await;
        self.acknowledgement().await
    }

    async fn acknowledgement(&mut self) -> Result<(), BroadcastError> {
        if let Answers::Pending(call) = &mut self.answers {
            let opened = call.await.map_err(|_| BroadcastError::Closed)?;
            self.answers = Answers::Open(Box::new(opened.map_err(RpcError::from)?.into_inner()));
        }
        let Answers::Open(answers) = &mut self.answers else { return Err(BroadcastError::Closed) };
        let answer = answers.message().await.map_err(RpcError::from)?.ok_or(BroadcastError::Closed)?;
        match Status::try_from(answer.status).unwrap_or(Status::Unknown) {
            Status::Success => Ok(()),
            status => Err(BroadcastError::Refused { status, info: answer.info }),
        }
    }
}

impl Drop for Broadcaster {
    fn drop(&mut self) {
        if let Answers::Pending(call) = &self.answers {
            call.abort();
        }
    }
}
