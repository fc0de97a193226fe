//! `protos.Admin` of Fabric 1.4 (`core/admin`): whether the peer runs, and what it logs, for administrators of its own
//! organisation. Texts are Fabric's.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use msp::MspSet;
use node::grpc::client_connection;
use node::logging::Log;
use prost::Message;
use proto::common::{ChannelHeader, Envelope, HeaderType, Payload, SignatureHeader};
use proto::protos::admin_operation::Content;
use proto::protos::admin_server::{Admin, AdminServer};
use proto::protos::server_status::StatusCode;
use proto::protos::{AdminOperation, LogLevelRequest, LogLevelResponse, LogSpecResponse, ServerStatus};
use proto::transaction::PEER_ADMIN_OPERATION;
use tonic::{Request, Response, Status};

use crate::text;

/// How far a request's time may be from the peer's.
const TIME_WINDOW: Duration = Duration::from_secs(15 * 60);

/// Largest request in bytes, and largest specification of the log, to which each `SetModuleLogLevel` adds.
const REQUEST_MAX: usize = 64 * 1024;

/// The gRPC face of the log and of the peer's state.
pub struct AdminService {
    log: Log,
    spec_at_start: String,
    local_msps: Arc<MspSet>,
}

/// `protos.Admin`, ready to be registered. Administrators are those of `local_msps`; the specification in force now is the
/// one that `RevertLogLevels` goes back to.
pub fn admin_service(log: Log, local_msps: Arc<MspSet>) -> AdminServer<AdminService> {
    let spec_at_start = log.spec();
    AdminServer::new(AdminService { log, spec_at_start, local_msps }).max_decoding_message_size(REQUEST_MAX)
}

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Refusal {
    #[error("bad request: {0}")]
    Malformed(String),
    #[error("empty timestamp")]
    NoTimestamp,
    #[error("bad request, cannot extract signed data: GetSignatureHeaderFromBytes failed, err {0}")]
    SignatureHeader(prost::DecodeError),
    /// The reason is for the log only.
    #[error("access denied")]
    Denied(String),
}

impl AdminService {
    /// What an administrator wants.
    fn operation(&self, request: Request<Envelope>) -> Result<AdminOperation, Status> {
        let from = client_connection(&request).map(|connection| connection.remote_address.to_string());
        let checked = check(&self.local_msps, &request.into_inner(), SystemTime::now());
        checked.map_err(|refusal| {
            let reason = match &refusal {
                Refusal::Denied(reason) => format!("access denied: {reason}"),
                other => other.to_string(),
            };
            tracing::warn!(target: "server", "Request from {} refused: {reason}", from.unwrap_or_default());
            Status::unknown(refusal.to_string())
        })
    }

    fn log_request(&self, request: Request<Envelope>) -> Result<LogLevelRequest, Status> {
        match self.operation(request)?.content {
            Some(Content::LogReq(request)) => Ok(request),
            _ => Err(nothing_requested()),
        }
    }
}

fn nothing_requested() -> Status {
    Status::unknown("request is nil")
}

fn started() -> Result<Response<ServerStatus>, Status> {
    Ok(Response::new(ServerStatus { status: StatusCode::Started as i32 }))
}

#[tonic::async_trait]
impl Admin for AdminService {
    async fn get_status(&self, request: Request<Envelope>) -> Result<Response<ServerStatus>, Status> {
        self.operation(request)?;
        started()
    }

    /// Starts nothing, in Fabric neither: who can ask has found it running.
    async fn start_server(&self, request: Request<Envelope>) -> Result<Response<ServerStatus>, Status> {
        self.operation(request)?;
        started()
    }

    async fn get_module_log_level(&self, request: Request<Envelope>) -> Result<Response<LogLevelResponse>, Status> {
        let LogLevelRequest { log_module, .. } = self.log_request(request)?;
        let log_level = self.log.level(&log_module).name().to_uppercase();
        Ok(Response::new(LogLevelResponse { log_module, log_level }))
    }

    async fn set_module_log_level(&self, request: Request<Envelope>) -> Result<Response<LogLevelResponse>, Status> {
        let LogLevelRequest { log_module, log_level } = self.log_request(request)?;
        let spec = format!("{}:{log_module}={log_level}", self.log.spec());
        if spec.len() > REQUEST_MAX {
            return Err(Status::invalid_argument(format!("the log spec would exceed {REQUEST_MAX} bytes")));
        }
        self.log
            .activate(&spec)
            .map_err(|error| Status::invalid_argument(format!("error setting log spec to '{spec}': {error}")))?;
        Ok(Response::new(LogLevelResponse { log_module, log_level: log_level.to_uppercase() }))
    }

    async fn revert_log_levels(&self, request: Request<Envelope>) -> Result<Response<()>, Status> {
        self.operation(request)?;
        self.log.activate(&self.spec_at_start).map_err(|error| Status::internal(error.to_string()))?;
        Ok(Response::new(()))
    }

    async fn get_log_spec(&self, request: Request<Envelope>) -> Result<Response<LogSpecResponse>, Status> {
        self.operation(request)?;
        Ok(Response::new(LogSpecResponse { log_spec: self.log.spec(), error: String::new() }))
    }

    async fn set_log_spec(&self, request: Request<Envelope>) -> Result<Response<LogSpecResponse>, Status> {
        let Some(Content::LogSpecReq(wanted)) = self.operation(request)?.content else {
            return Err(nothing_requested());
        };
        let error = self.log.activate(&wanted.log_spec).err().map(|error| error.to_string()).unwrap_or_default();
        Ok(Response::new(LogSpecResponse { log_spec: wanted.log_spec, error }))
    }
}

/// Reads a request and says whether an administrator has signed it, in time.
fn check(msps: &MspSet, envelope: &Envelope, now: SystemTime) -> Result<AdminOperation, Refusal> {
    let malformed = |what: &str, error: prost::DecodeError| Refusal::Malformed(format!("{what}: {error}"));
    let payload =
        Payload::decode(envelope.payload.clone()).map_err(|error| malformed("error unmarshaling Payload", error))?;
    let header = payload.header.ok_or_else(|| Refusal::Malformed("envelope must have a Header".to_owned()))?;
    let channel_header = ChannelHeader::decode(header.channel_header)
        .map_err(|error| malformed("error unmarshaling ChannelHeader", error))?;
    if channel_header.r#type != PEER_ADMIN_OPERATION {
        let kind = HeaderType::try_from(channel_header.r#type)
            .map_or_else(|_| channel_header.r#type.to_string(), |kind| kind.as_str_name().to_owned());
        return Err(Refusal::Malformed(format!("invalid type {kind}, expected PEER_ADMIN_OPERATION")));
    }
    let operation = AdminOperation::decode(payload.data)
        .map_err(|error| malformed("error unmarshaling message for type PEER_ADMIN_OPERATION", error))?;
    let timestamp = channel_header.timestamp.ok_or(Refusal::NoTimestamp)?;
    let sent = i128::from(timestamp.seconds) * 1_000_000_000 + i128::from(timestamp.nanos);
    let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos().cast_signed());
    if sent.abs_diff(now) > TIME_WINDOW.as_nanos() {
        return Err(Refusal::Denied(format!("incorrect time {} s", timestamp.seconds)));
    }
    let creator = SignatureHeader::decode(header.signature_header).map_err(Refusal::SignatureHeader)?.creator;
    let denied = |error: &dyn std::error::Error| Refusal::Denied(text::chain(error));
    let identity = msps.identity(&creator).map_err(|error| denied(&error))?;
    identity.verify(&envelope.payload, &envelope.signature).map_err(|error| denied(&error))?;
    if !identity.is_admin() {
        return Err(Refusal::Denied("the identity is no administrator".to_owned()));
    }
    Ok(operation)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use msp::generate::{Organization, OrganizationKind};
    use msp::{Msp, Role, SigningIdentity};
    use proto::transaction::plain_payload;

    use super::*;

    struct Members {
        _dir: tempfile::TempDir,
        msps: MspSet,
        admin: SigningIdentity,
        user: SigningIdentity,
        stranger: SigningIdentity,
    }

    impl Members {
        fn new() -> Members {
            let dir = tempfile::tempdir().expect("a directory");
            let organization = |domain: &str| {
                Organization::create(dir.path(), OrganizationKind::Peer, domain).expect("an organisation")
            };
            let (own, other) = (organization("org1.example.com"), organization("org2.example.com"));
            let identity = |organization: &Organization, name: &str, role, msp_id: &str| {
                let folder = organization.add_user(name, role).expect("a user");
                SigningIdentity::from_msp_dir(&folder.join("msp"), msp_id).expect("an identity")
            };
            Members {
                msps: MspSet::new(vec![Msp::from_dir(&own.msp_dir(), "Org1MSP").expect("an MSP")]),
                admin: identity(&own, "Admin", Role::Admin, "Org1MSP"),
                user: identity(&own, "User1", Role::Client, "Org1MSP"),
                stranger: identity(&other, "Admin", Role::Admin, "Org2MSP"),
                _dir: dir,
            }
        }
    }

    fn signed(identity: &SigningIdentity, kind: i32, sent: SystemTime, data: &[u8]) -> Envelope {
        let header = identity.new_signature_header();
        let data = Bytes::copy_from_slice(data);
        let payload = plain_payload(kind, "", sent.into(), Bytes::new(), header, data).encode_to_vec();
        Envelope { signature: identity.sign(&payload).expect("signed"), payload: payload.into() }
    }

    #[test]
    fn only_administrators_of_the_peers_organisation_are_heard_and_only_in_time() {
        let members = Members::new();
        let now = SystemTime::now();
        let (near, far) = (TIME_WINDOW - Duration::from_secs(1), TIME_WINDOW + Duration::from_secs(1));
        for (who, sent, admitted) in [
            (&members.admin, now, true),
            (&members.admin, now - near, true),
            (&members.admin, now + near, true),
            (&members.admin, now - far, false),
            (&members.admin, now + far, false),
            (&members.user, now, false),
            (&members.stranger, now, false),
        ] {
            let checked = check(&members.msps, &signed(who, PEER_ADMIN_OPERATION, sent, &[]), now);
            match checked {
                Ok(_) => assert!(admitted, "{}", who.subject()),
                Err(refusal) => assert!(!admitted && refusal.to_string() == "access denied", "{refusal:?}"),
            }
        }
        let mut forged = signed(&members.admin, PEER_ADMIN_OPERATION, now, &[]);
        forged.signature = signed(&members.user, PEER_ADMIN_OPERATION, now, &[]).signature;
        assert_eq!(check(&members.msps, &forged, now).expect_err("refused").to_string(), "access denied");
    }

    #[test]
    fn malformed_requests_are_told_what_is_wrong() {
        let members = Members::new();
        let now = SystemTime::now();
        let envelope = |payload: Payload| Envelope { payload: payload.encode_to_vec().into(), ..Default::default() };
        let without_time = {
            let channel_header = ChannelHeader { r#type: PEER_ADMIN_OPERATION, ..Default::default() };
            let channel_header = channel_header.encode_to_vec().into();
            let header = proto::common::Header { channel_header, ..Default::default() };
            envelope(Payload { header: Some(header), ..Default::default() })
        };
        for (envelope, expected) in [
            (Envelope::default(), "bad request: envelope must have a Header"),
            (
                Envelope { payload: Bytes::from_static(&[0xff]), ..Default::default() },
                "bad request: error unmarshaling Payload: ",
            ),
            (
                signed(&members.admin, 3, now, &[]),
                "bad request: invalid type ENDORSER_TRANSACTION, expected PEER_ADMIN_OPERATION",
            ),
            (signed(&members.admin, 77, now, &[]), "bad request: invalid type 77, expected PEER_ADMIN_OPERATION"),
            (
                signed(&members.admin, PEER_ADMIN_OPERATION, now, &[0xff]),
                "bad request: error unmarshaling message for type PEER_ADMIN_OPERATION: ",
            ),
            (without_time, "empty timestamp"),
        ] {
            let refusal = check(&members.msps, &envelope, now).expect_err(expected).to_string();
            assert!(refusal.starts_with(expected), "{refusal}");
        }
    }
}
