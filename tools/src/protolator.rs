//! Fabric's messages as JSON that people read and edit: messages that lie encoded in `bytes` fields are shown as what they
//! are, wherever the type can be told, so that the whole configuration of a channel is one tree.
//!
//! Fields have their names of the definitions, 64-bit numbers are texts, other bytes are base64, and objects are sorted
//! by key. Encoding writes fields by number and map entries by key, so that equal trees give equal bytes.

mod meaning;
mod message;
mod print;
mod scalar;
mod tree;
mod wire;

use std::fmt;

use bytes::Bytes;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};

pub use meaning::{Context, Group};

/// How deep messages may nest, through all messages that lie encoded in others.
pub const DEPTH_MAX: usize = 400;

/// Why a message cannot be shown or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such type.
    #[error("proto: not found: there is no message type '{0}'; names are such as common.Block or common.ConfigUpdate")]
    Type(String),
    /// Not JSON.
    #[error("error unmarshaling intermediate JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// Something within the message.
    #[error(transparent)]
    Field(#[from] FieldError),
}

/// What is wrong at one place of a message.
#[derive(Debug)]
pub struct FieldError {
    path: Vec<String>,
    reason: String,
}

impl FieldError {
    fn new(reason: impl Into<String>) -> FieldError {
        FieldError { path: Vec::new(), reason: reason.into() }
    }

    /// The same, seen from the message around it.
    fn within(mut self, field: impl fmt::Display) -> FieldError {
        self.path.push(field.to_string());
        self
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut path = String::new();
        for part in self.path.iter().rev() {
            if !path.is_empty() && !part.starts_with('[') {
                path.push('.');
            }
            path.push_str(part);
        }
        match path.is_empty() {
            true => f.write_str(&self.reason),
            false => write!(f, "{path}: {}", self.reason),
        }
    }
}

impl std::error::Error for FieldError {}

/// Knows all message types.
#[derive(Clone, Debug)]
pub struct Protolator {
    pool: DescriptorPool,
}

impl Default for Protolator {
    fn default() -> Protolator {
        Protolator { pool: DescriptorPool::decode(proto::DESCRIPTORS).expect("the generated definitions are complete") }
    }
}

impl Protolator {
    /// Shows the encoded message `bytes` of type `name` (`common.Block`) as JSON with a line end.
    pub fn decode(&self, name: &str, bytes: Bytes) -> Result<String, Error> {
        self.decode_in(name, &Context::None, bytes)
    }

    /// Shows a part of a message, which cannot be told without the place where it stands.
    pub fn decode_in(&self, name: &str, context: &Context, bytes: Bytes) -> Result<String, Error> {
        let message = decode(self.message(name)?, bytes)?;
        Ok(print::indented(&self.tree(&message, context, 0)?))
    }

    /// Reads JSON as [`Protolator::decode`] writes it, and encodes it as a message of type `name`.
    pub fn encode(&self, name: &str, json: &[u8]) -> Result<Vec<u8>, Error> {
        let tree = serde_json::from_slice(json).map_err(Error::Json)?;
        Ok(wire::encode(&self.read(self.message(name)?, &Context::None, &tree, 0)?))
    }

    /// Encodes a message of type `name` anew, with empty map values written out as Go does.
    pub fn canonical(&self, name: &str, bytes: Bytes) -> Result<Vec<u8>, Error> {
        Ok(wire::encode(&decode(self.message(name)?, bytes)?))
    }

    fn message(&self, name: &str) -> Result<MessageDescriptor, Error> {
        self.pool.get_message_by_name(name).ok_or_else(|| Error::Type(name.to_owned()))
    }

    /// A type that our own tables name.
    fn known(&self, name: &str) -> Result<MessageDescriptor, FieldError> {
        self.pool
            .get_message_by_name(name)
            .ok_or_else(|| FieldError::new(format!("message type {name} is not defined")))
    }
}

fn decode(descriptor: MessageDescriptor, bytes: Bytes) -> Result<DynamicMessage, FieldError> {
    let name = descriptor.full_name().to_owned();
    let mut message = DynamicMessage::new(descriptor);
    match message.merge(bytes) {
        Ok(()) => Ok(message),
        Err(error) => Err(FieldError::new(format!("proto: cannot parse invalid wire-format data of {name}: {error}"))),
    }
}

fn check_depth(depth: usize) -> Result<(), FieldError> {
    match depth > DEPTH_MAX {
        true => Err(FieldError::new(format!("messages nest deeper than {DEPTH_MAX} levels"))),
        false => Ok(()),
    }
}
