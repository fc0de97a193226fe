//! Administration of a running peer as in Fabric 1.4 (`protos.Admin`): its state and what it logs.

use std::time::SystemTime;

use bytes::Bytes;
use msp::SignError;
use prost::Message;
use proto::common::Envelope;
use proto::protos::admin_operation::Content;
use proto::protos::{AdminOperation, LogLevelRequest, LogLevelResponse, LogSpecRequest, LogSpecResponse, ServerStatus};
use proto::transaction::{PEER_ADMIN_OPERATION, plain_payload};

use crate::connection::in_time;
use crate::error::RequestError;
use crate::{Client, Peer};

impl Client {
    /// Whether the peer runs.
    pub async fn status(&self, peer: &Peer) -> Result<ServerStatus, RequestError> {
        let request = self.admin_operation(None)?;
        Ok(in_time(peer.admin_client().get_status(request)).await?)
    }

    /// The level of a logger.
    pub async fn log_level(&self, peer: &Peer, logger: &str) -> Result<LogLevelResponse, RequestError> {
        let wanted = LogLevelRequest { log_module: logger.to_owned(), ..Default::default() };
        let request = self.admin_operation(Some(Content::LogReq(wanted)))?;
        Ok(in_time(peer.admin_client().get_module_log_level(request)).await?)
    }

    /// Adds a logger with a level to the peer's specification.
    pub async fn set_log_level(
        &self,
        peer: &Peer,
        logger: &str,
        level: &str,
    ) -> Result<LogLevelResponse, RequestError> {
        let wanted = LogLevelRequest { log_module: logger.to_owned(), log_level: level.to_owned() };
        let request = self.admin_operation(Some(Content::LogReq(wanted)))?;
        Ok(in_time(peer.admin_client().set_module_log_level(request)).await?)
    }

    /// Puts the specification back in force that the peer had when it started.
    pub async fn revert_log_levels(&self, peer: &Peer) -> Result<(), RequestError> {
        let request = self.admin_operation(None)?;
        Ok(in_time(peer.admin_client().revert_log_levels(request)).await?)
    }

    /// The specification in force.
    pub async fn log_spec(&self, peer: &Peer) -> Result<LogSpecResponse, RequestError> {
        let request = self.admin_operation(None)?;
        Ok(in_time(peer.admin_client().get_log_spec(request)).await?)
    }

    /// Puts a specification in force. One that the peer cannot understand is no error of the call; the answer says so.
    pub async fn set_log_spec(&self, peer: &Peer, spec: &str) -> Result<LogSpecResponse, RequestError> {
        let wanted = LogSpecRequest { log_spec: spec.to_owned() };
        let request = self.admin_operation(Some(Content::LogSpecReq(wanted)))?;
        Ok(in_time(peer.admin_client().set_log_spec(request)).await?)
    }

    fn admin_operation(&self, content: Option<Content>) -> Result<Envelope, SignError> {
        let payload = plain_payload(
            PEER_ADMIN_OPERATION,
            "",
            SystemTime::now().into(),
            Bytes::new(),
            self.identity.new_signature_header(),
            AdminOperation { content }.encode_to_vec().into(),
        );
        let payload = Bytes::from(payload.encode_to_vec());
        let signature = self.identity.sign(&payload)?;
        Ok(Envelope { payload, signature })
    }
}
