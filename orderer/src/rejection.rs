//! Why a message is not ordered, and how a client learns of it. The texts are Fabric's: clients print and match them.

use proto::common::Status;

/// A message that is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Rejection {
    #[error("Message was empty")]
    Empty,
    #[error("could not determine channel ID: {0}")]
    Unreadable(prost::DecodeError),
    #[error("channel does not exist")]
    UnknownChannel,
    #[error("message is of type that cannot be processed directly")]
    Config,
    #[error("message is of type that is no longer supported")]
    NoLongerSupported,
    #[error("message payload is {size} bytes and exceeds maximum allowed {allowed} bytes")]
    TooLarge { size: u64, allowed: u64 },
    #[error("could not convert message to signedData: {0}")]
    Unsigned(prost::DecodeError),
    #[error("broadcast client identity expired")]
    Expired,
    #[error("{0}: permission denied")]
    Forbidden(String),
    #[error("normal transactions are rejected: maintenance mode")]
    Maintenance,
    #[error("error applying config update to existing channel '{channel_id}': {reason}")]
    Update { channel_id: String, reason: String },
    #[error("config update for existing channel did not pass {stage} checks: {source}")]
    UpdateCheck { stage: &'static str, source: Box<Rejection> },
    #[error(
        "config update for existing channel did not pass maintenance checks: config transaction inspection failed: {0}"
    )]
    Transition(String),
    #[error("{0}")]
    Unavailable(String),
}

impl Rejection {
    pub(crate) fn status(&self) -> Status {
        match self {
            Self::Forbidden(_) => Status::Forbidden,
            Self::Maintenance | Self::Unavailable(_) => Status::ServiceUnavailable,
            Self::UpdateCheck { source, .. } => source.status(),
            _ => Status::BadRequest,
        }
    }
}

/// An error and its causes in one line, as Fabric prints them.
pub(crate) fn chain_of(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
