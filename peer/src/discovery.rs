//! Service discovery: which peers a channel has, how it is configured, and who can endorse together
//! (Fabric `discovery`).
//!
//! A request is signed and holds several queries, each with an answer or a refusal of its own. What peers there are is
//! the [`Membership`]'s to say, and which of them can endorse is computed by `channel::endorsers`.

mod access;
mod chaincodes;
mod config;
mod endorsers;
mod text;

use std::collections::{BTreeMap, HashMap};
use std::num::NonZero;
use std::sync::Arc;

use ::channel::endorsers::Effort;
use ::channel::{Bundle, SignedData};
use msp::MspSet;
use node::grpc::MessageSizes;
use prost::Message;
use proto::discovery::discovery_server::{Discovery, DiscoveryServer};
use proto::discovery::query::Query as Asked;
use proto::discovery::query_result::Result as Answer;
use proto::discovery::{
    ChaincodeQuery, ChaincodeQueryResult, Error, Peer, PeerMembershipResult, Peers, Query, QueryResult, Request,
    Response, SignedRequest,
};
use tokio::sync::Semaphore;
use tonic::Status;

pub use access::AuthCacheSettings;

use crate::channels::{Channel, Channels};
use crate::membership::{ChannelPeer, Membership};
use access::Access;
use endorsers::{PEER_STEPS, QueryError, View};

/// Largest request, in bytes. Fabric's clients send a few thousand.
const REQUEST_BYTES_MAX: usize = 4 << 20;
/// Most queries of one request.
const QUERIES_MAX: usize = 1_000;
/// What the queries of one request may cost together, about a third of a second. Clients name policies of their own, and
/// combinations explode.
const EFFORT_STEPS: u64 = 30_000_000;
/// What a configuration costs, of which an answer holds all certificates.
const CONFIG_STEPS: u64 = 100_000;

/// What the service works with.
pub struct DiscoveryOptions {
    /// The channels of the peer.
    pub channels: Arc<Channels>,
    /// The peer's own organisation.
    pub local_msps: Arc<MspSet>,
    /// The peers that there are.
    pub membership: Membership,
    /// Who may ask.
    pub settings: DiscoverySettings,
    /// Sizes of messages.
    pub sizes: MessageSizes,
}

/// `peer.discovery`
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DiscoverySettings {
    /// `authCacheEnabled` and what belongs to it.
    pub auth_cache: Option<AuthCacheSettings>,
    /// `orgMembersAllowedAccess`: members of the organisation may ask for all peers, too, and not only administrators.
    pub members_allowed: bool,
}

impl Default for DiscoverySettings {
    fn default() -> Self {
        DiscoverySettings { auth_cache: Some(AuthCacheSettings::default()), members_allowed: false }
    }
}

/// The Discovery service of a peer.
pub struct DiscoveryService {
    inner: Arc<Inner>,
    /// Requests that compute; others wait.
    running: Arc<Semaphore>,
}

struct Inner {
    channels: Arc<Channels>,
    membership: Membership,
    access: Access,
}

/// The service, ready to be added to a listener.
pub fn discovery_service(options: DiscoveryOptions) -> DiscoveryServer<DiscoveryService> {
    let DiscoveryOptions { channels, local_msps, membership, settings, sizes } = options;
    let access = Access::new(local_msps, settings.members_allowed, settings.auth_cache);
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let inner = Arc::new(Inner { channels, membership, access });
    DiscoveryServer::new(DiscoveryService { inner, running: Arc::new(Semaphore::new(threads)) })
        .max_decoding_message_size(sizes.receive_max.min(REQUEST_BYTES_MAX))
        .max_encoding_message_size(sizes.send_max)
}

#[tonic::async_trait]
impl Discovery for DiscoveryService {
    async fn discover(&self, request: tonic::Request<SignedRequest>) -> Result<tonic::Response<Response>, Status> {
        let checked = CheckedRequest::parse(request.into_inner()).map_err(|reason| {
            tracing::warn!(target: "discovery", "Request is malformed or invalid: {reason}");
            // Fabric returns plain errors, which gRPC reports as Unknown.
            Status::unknown(reason)
        })?;
        let stopping = |_| Status::unavailable("the peer is shutting down");
        let permit = self.running.clone().acquire_owned().await.map_err(stopping)?;
        let inner = self.inner.clone();
        let answering = tokio::task::spawn_blocking(move || {
            // Held until the work is done, also when the client has gone.
            let _permit = permit;
            inner.answer(&checked)
        });
        let answer = answering.await.map_err(|error| Status::internal(error.to_string()))?;
        Ok(tonic::Response::new(answer))
    }
}

/// A request that can be answered: its author is named, and it asks no more than it may.
pub struct CheckedRequest {
    signed: SignedData,
    queries: Vec<Query>,
}

impl CheckedRequest {
    /// Reads a request; the error is what Fabric tells. A TLS certificate is not compared with the one of the connection:
    /// Fabric 3.1 never does, and its command line sends another hash.
    pub fn parse(signed: SignedRequest) -> Result<CheckedRequest, String> {
        let request =
            Request::decode(signed.payload.clone()).map_err(|error| format!("failed parsing request: {error}"))?;
        let authentication = request.authentication.ok_or("access denied, no authentication info in request")?;
        if authentication.client_identity.is_empty() {
            return Err("access denied, client identity wasn't supplied".to_owned());
        }
        if request.queries.len() > QUERIES_MAX {
            return Err(format!("{} queries in request, there may be {QUERIES_MAX}", request.queries.len()));
        }
        let signed = SignedData {
            identity: authentication.client_identity,
            message: signed.payload,
            signature: signed.signature,
        };
        Ok(CheckedRequest { signed, queries: request.queries })
    }
}

impl Inner {
    fn answer(&self, request: &CheckedRequest) -> Response {
        let mut effort = Effort::new(EFFORT_STEPS);
        let channels: HashMap<&str, Arc<Channel>> = request
            .queries
            .iter()
            .filter_map(|query| Some((query.channel.as_str(), self.channels.channel(&query.channel)?)))
            .collect();
        let local =
            request.queries.iter().any(|query| query.channel.is_empty()) && self.access.allows_locally(&request.signed);
        // One verdict for each channel, so that many queries cost no more than one check.
        let mut views: HashMap<&str, View> = HashMap::new();
        for (name, channel) in &channels {
            let bundle = channel.bundle();
            if self.access.allows(&bundle, &request.signed) {
                views.insert(*name, View::new(channel, bundle, &self.membership));
            }
        }
        let results = request.queries.iter().map(|query| {
            let answer = match (query.channel.as_str(), views.get(query.channel.as_str())) {
                ("", _) if local => self.local_query(query, &mut effort),
                (_, Some(view)) => self.channel_query(query, view, &mut effort),
                (channel, _) => {
                    tracing::warn!(target: "discovery", channel, "got a query for a channel that isn't there or not for its author");
                    Err("access denied".to_owned())
                }
            };
            QueryResult { result: Some(answer.unwrap_or_else(|content| Answer::Error(Error { content }))) }
        });
        Response { results: results.collect() }
    }

    fn local_query(&self, query: &Query, effort: &mut Effort) -> Result<Answer, String> {
        match &query.query {
            Some(Asked::LocalPeers(_)) => self.members(None, effort).map_err(|error| error.to_string()),
            _ => Err(UNKNOWN_QUERY.to_owned()),
        }
    }

    fn channel_query(&self, query: &Query, view: &View, effort: &mut Effort) -> Result<Answer, String> {
        match &query.query {
            Some(Asked::ConfigQuery(_)) => config_query(view.bundle(), effort),
            Some(Asked::CcQuery(chaincodes)) => chaincode_query(chaincodes, view, effort),
            Some(Asked::PeerQuery(filter)) => {
                let on_channel = view.members(filter.filter.as_ref(), effort);
                on_channel
                    .and_then(|peers| self.members(Some(&peers), effort))
                    .map_err(|error| crate::text::chain(&error))
            }
            Some(Asked::LocalPeers(_)) | None => Err(UNKNOWN_QUERY.to_owned()),
        }
    }

    /// The peers that are alive by organisation, or those of them that are `on_channel`.
    fn members(&self, on_channel: Option<&[ChannelPeer]>, effort: &mut Effort) -> Result<Answer, QueryError> {
        let organizations = self.membership.organizations();
        let mut peers_by_org: BTreeMap<String, Peers> =
            organizations.into_iter().map(|msp_id| (msp_id, Peers::default())).collect();
        for alive in self.membership.alive() {
            effort.spend(PEER_STEPS)?;
            let state_info = match on_channel {
                None => None,
                Some(peers) => match peers.iter().find(|peer| peer.pki_id == alive.pki_id) {
                    Some(peer) => Some(peer.state_info.clone()),
                    None => continue,
                },
            };
            let peer = Peer { state_info, membership_info: Some(alive.alive), identity: alive.identity };
            peers_by_org.entry(alive.msp_id).or_default().peers.push(peer);
        }
        Ok(Answer::Members(PeerMembershipResult { peers_by_org }))
    }
}

/// The refusal of a query that is none, or belongs elsewhere.
const UNKNOWN_QUERY: &str = "unknown or missing request type";

fn config_query(bundle: &Bundle, effort: &mut Effort) -> Result<Answer, String> {
    let channel_id = bundle.channel_id();
    let result = effort.spend(CONFIG_STEPS).map_err(|error| error.to_string());
    let result = result.and_then(|()| config::config(bundle).map_err(|error| error.to_string()));
    result.map(Answer::ConfigResult).map_err(|reason| {
        tracing::error!(target: "discovery", "Failed fetching config for channel {channel_id}: {reason}");
        format!("failed fetching config for channel {channel_id}")
    })
}

fn chaincode_query(query: &ChaincodeQuery, view: &View, effort: &mut Effort) -> Result<Answer, String> {
    check_interests(query)?;
    let mut content = Vec::new();
    for interest in &query.interests {
        let descriptor = view.descriptor(interest, effort).map_err(|error| {
            let refusal = text::descriptor_failed(interest);
            tracing::error!(target: "discovery", "{refusal}: {}", crate::text::chain(&error));
            refusal
        });
        content.push(descriptor?);
    }
    Ok(Answer::CcQueryRes(ChaincodeQueryResult { content }))
}

fn check_interests(query: &ChaincodeQuery) -> Result<(), &'static str> {
    if query.interests.is_empty() {
        return Err("chaincode query must have at least one chaincode interest");
    }
    for interest in &query.interests {
        if interest.chaincodes.is_empty() {
            return Err("chaincode interest must contain at least one chaincode");
        }
        if interest.chaincodes.iter().any(|call| call.name.is_empty()) {
            return Err("chaincode name in interest cannot be empty");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proto::discovery::AuthInfo;
    use proto::protos::{ChaincodeCall, ChaincodeInterest};

    use super::*;

    #[test]
    fn requests_name_their_author() {
        let request = |client_identity: &'static [u8], queries: usize| {
            let authentication = AuthInfo {
                client_identity: client_identity.into(),
                client_tls_cert_hash: Bytes::from_static(b"other"),
            };
            let request = Request { authentication: Some(authentication), queries: vec![Query::default(); queries] };
            request.encode_to_vec()
        };
        for (payload, expected) in [
            (vec![0xff], Err("failed parsing request: ")),
            (vec![], Err("access denied, no authentication info in request")),
            (request(b"", 1), Err("access denied, client identity wasn't supplied")),
            (request(b"me", 1_001), Err("1001 queries in request, there may be 1000")),
            (request(b"me", 1_000), Ok(1_000)),
            (request(b"me", 0), Ok(0)),
        ] {
            let signed = SignedRequest { payload: payload.into(), signature: Bytes::from_static(b"signature") };
            match (CheckedRequest::parse(signed.clone()), expected) {
                (Ok(request), Ok(queries)) => {
                    assert_eq!(request.queries.len(), queries);
                    assert_eq!((request.signed.message, request.signed.signature), (signed.payload, signed.signature));
                }
                (Err(error), Err(expected)) => assert!(error.starts_with(expected), "{error}"),
                (found, expected) => panic!("{:?} instead of {expected:?}", found.map(|request| request.queries.len())),
            }
        }
    }

    #[test]
    fn interests_have_chaincodes_with_names() {
        let interest = |names: &[&str]| ChaincodeInterest {
            chaincodes: names
                .iter()
                .map(|name| ChaincodeCall { name: (*name).to_owned(), ..Default::default() })
                .collect(),
        };
        for (interests, expected) in [
            (vec![], Err("chaincode query must have at least one chaincode interest")),
            (vec![interest(&["a"]), interest(&[])], Err("chaincode interest must contain at least one chaincode")),
            (vec![interest(&["a", ""])], Err("chaincode name in interest cannot be empty")),
            (vec![interest(&["a", "b"]), interest(&["a"])], Ok(())),
        ] {
            assert_eq!(check_interests(&ChaincodeQuery { interests }), expected);
        }
    }
}
