//! Channel participation: the REST interface by which operators have an orderer join and leave channels
//! (Fabric `orderer/common/channelparticipation`). Paths, answers and texts are Fabric's.

#![allow(clippy::result_large_err, reason = "a refusal is an answer like any other, made once for a request")]

mod multipart;
mod routes;

use std::sync::Arc;

use bytes::Bytes;
use channel::{Bundle, check_channel_id};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use node::http::{Answer, Handler, empty, text};
use prost::Message;
use proto::common::{Block, Envelope, HeaderType};
use serde::Serialize;

use crate::broadcast;
use crate::registrar::{JoinError, Orderer, RemoveError};
use crate::rejection::chain_of;
use routes::{Route, allowed, created, error, found, ok};

/// Where all paths begin.
const BASE: &str = "/participation/v1/";
const CHANNELS: &str = "/participation/v1/channels";

/// Names of the files that forms carry.
const CONFIG_BLOCK: &str = "config-block";
const CONFIG_UPDATE: &str = "config-update-envelope";

/// How the interface answers.
#[derive(Clone, Copy, Debug)]
pub struct ParticipationOptions {
    /// Largest request in bytes (`ChannelParticipation.MaxRequestBodySize`).
    pub body_max: usize,
    /// Clients must have shown a certificate (`Admin.TLS.Enabled`).
    pub certified: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChannelList {
    /// There is none any more.
    system_channel: Option<ChannelName>,
    /// Nothing rather than an empty list, as in Fabric.
    channels: Option<Vec<ChannelName>>,
}

#[derive(Serialize)]
struct ChannelName {
    name: String,
    url: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChannelInfo {
    name: String,
    url: String,
    consensus_relation: &'static str,
    status: &'static str,
    height: u64,
}

/// Answers the requests of one listener.
pub fn handler(orderer: Arc<Orderer>, options: ParticipationOptions) -> Handler {
    let handler: Handler = Arc::new(move |request, sender| {
        let orderer = orderer.clone();
        Box::pin(async move {
            if options.certified && !sender.verified {
                return empty(StatusCode::UNAUTHORIZED);
            }
            answer(orderer, options, request).await.unwrap_or_else(|refused| refused)
        })
    });
    handler
}

async fn answer(
    orderer: Arc<Orderer>,
    options: ParticipationOptions,
    request: Request<Bytes>,
) -> Result<Answer, Answer> {
    let Some(route) = Route::of(request.uri().path()) else {
        return Err(text(StatusCode::NOT_FOUND, "404 page not found\n"));
    };
    let method = request.method().clone();
    match (&route, &method) {
        (Route::Base, &Method::GET) => return Ok(found(CHANNELS)),
        (Route::Base, _) => return Err(empty(StatusCode::METHOD_NOT_ALLOWED)),
        (Route::Channels, &Method::POST | &Method::PUT) => check_content_type(&request)?,
        (Route::Channels, &Method::GET)
        | (Route::Channel(_), &Method::GET | &Method::DELETE)
        | (Route::Block(..), &Method::GET) => {}
        _ => return Err(allowed(route.methods(), &format!("invalid request method: {method}"))),
    }
    check_accept(&request)?;
    match route {
        Route::Base | Route::Channels => match method {
            Method::GET => Ok(list(&orderer)),
            Method::POST => join(orderer, &file(&request, options, CONFIG_BLOCK)?).await,
            _ => update(&orderer, &file(&request, options, CONFIG_UPDATE)?).await,
        },
        Route::Channel(channel_id) => {
            check_id(&channel_id)?;
            if method == Method::DELETE {
                return remove(orderer, channel_id).await;
            }
            let missing = || error(StatusCode::NOT_FOUND, "channel does not exist");
            info(&orderer, &channel_id).map(|info| ok(&info)).ok_or_else(missing)
        }
        Route::Block(channel_id, block_id) => {
            check_id(&channel_id)?;
            fetch(orderer, &channel_id, &block_id).await
        }
    }
}

fn check_content_type(request: &Request<Bytes>) -> Result<(), Answer> {
    let given = request.headers().get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    match given {
        Some(given) if given.contains("multipart/form-dat") => Ok(()),
        given => {
            let given = given.unwrap_or_default();
            Err(error(StatusCode::BAD_REQUEST, &format!("unsupported Content-Type: [{given}]")))
        }
    }
}

fn check_accept(request: &Request<Bytes>) -> Result<(), Answer> {
    let accepted = request.headers().get(ACCEPT).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let Some(accepted) = accepted.filter(|accepted| !accepted.is_empty()) else { return Ok(()) };
    match ["application/json", "application/*", "*/*"].iter().any(|kind| accepted.contains(kind)) {
        true => Ok(()),
        false => Err(error(StatusCode::NOT_ACCEPTABLE, "response Content-Type is application/json only")),
    }
}

fn check_id(channel_id: &str) -> Result<(), Answer> {
    check_channel_id(channel_id)
        .map_err(|reason| error(StatusCode::BAD_REQUEST, &format!("invalid channel ID: {reason}")))
}

/// The one file of a form.
fn file(request: &Request<Bytes>, options: ParticipationOptions, name: &str) -> Result<Bytes, Answer> {
    let refused = |reason: &str| error(StatusCode::BAD_REQUEST, reason);
    if request.body().len() > options.body_max {
        return Err(refused("cannot read form from request body: http: request body too large"));
    }
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let parts = multipart::boundary(content_type).and_then(|boundary| multipart::parts(request.body(), boundary));
    let mut parts = parts.ok_or_else(|| refused("cannot read form from request body: multipart: NextPart: EOF"))?;
    let Some(index) = parts.iter().position(|part| part.is_file && part.name == name) else {
        return Err(refused(&format!("form does not contains part key: {name}")));
    };
    if parts.len() != 1 {
        return Err(refused("form contains too many parts"));
    }
    Ok(parts.swap_remove(index).content)
}

fn list(orderer: &Orderer) -> Answer {
    let named = |name: String| ChannelName { url: format!("{CHANNELS}/{name}"), name };
    let channels: Vec<ChannelName> = orderer.channel_ids().into_iter().map(named).collect();
    ok(&ChannelList { system_channel: None, channels: Some(channels).filter(|channels| !channels.is_empty()) })
}

/// A channel that this orderer has is one that it orders.
fn info(orderer: &Orderer, channel_id: &str) -> Option<ChannelInfo> {
    let height = *orderer.channel(channel_id)?.heights().borrow();
    Some(ChannelInfo {
        name: channel_id.to_owned(),
        url: format!("{CHANNELS}/{channel_id}"),
        consensus_relation: "consenter",
        status: "active",
        height,
    })
}

async fn join(orderer: Arc<Orderer>, block: &Bytes) -> Result<Answer, Answer> {
    let refused = |reason: &str| error(StatusCode::BAD_REQUEST, reason);
    let block = Block::decode(block.clone())
        .map_err(|reason| refused(&format!("cannot unmarshal file part {CONFIG_BLOCK} into a block: {reason}")))?;
    let channel_id = check_join_block(&block).map_err(|reason| refused(&format!("invalid join block: {reason}")))?;
    let joining = orderer.clone();
    let joined = blocking(move || joining.join(&block)).await?;
    joined.map_err(|reason| match reason {
        JoinError::Exists => allowed("GET, DELETE", &reason.to_string()),
        reason => refused(&chain_of(&reason)),
    })?;
    Ok(match info(&orderer, &channel_id) {
        Some(info) => created(&info.url, &info),
        None => error(StatusCode::CONFLICT, "cannot join: channel pending removal"),
    })
}

/// The channel that a block begins, if it can (Fabric `ValidateJoinBlock`).
fn check_join_block(block: &Block) -> Result<String, String> {
    let data = block.data.as_ref().map(|data| &data.data[..]).unwrap_or_default();
    let envelope = data.first().and_then(|first| Envelope::decode(first.clone()).ok());
    let header = envelope.as_ref().and_then(|envelope| proto::transaction::channel_header(envelope).ok());
    if header.is_none_or(|header| header.r#type != HeaderType::Config as i32) || block.header.is_none() {
        return Err("block is not a config block".to_owned());
    }
    if block.metadata.as_ref().is_none_or(|metadata| metadata.metadata.is_empty()) {
        return Err("invalid block: does not have metadata".to_owned());
    }
    if block.header.as_ref().is_none_or(|header| header.data_hash != proto::block::data_hash(data)[..]) {
        return Err("invalid block: Header.DataHash is different from Hash(block.Data)".to_owned());
    }
    let bundle = Bundle::from_config_block(block).map_err(|reason| chain_of(&reason))?;
    let has = |group| bundle.config().channel_group.as_ref().is_some_and(|channel| channel.groups.contains_key(group));
    if has("Consortiums") {
        return Err("invalid config: contains consortiums: system channel not supported".to_owned());
    }
    if !has("Application") {
        return Err("invalid config: must contain application config".to_owned());
    }
    Ok(bundle.channel_id().to_owned())
}

async fn update(orderer: &Orderer, envelope: &Bytes) -> Result<Answer, Answer> {
    let refused = |reason: &str| error(StatusCode::BAD_REQUEST, reason);
    let envelope = Envelope::decode(envelope.clone())
        .map_err(|reason| refused(&format!("cannot unmarshal file part {CONFIG_UPDATE} into an envelope: {reason}")))?;
    let invalid = |reason: &str| refused(&format!("invalid config update envelope: {reason}"));
    let header = proto::transaction::channel_header(&envelope).map_err(|_| invalid("bad payload"))?;
    if header.r#type != HeaderType::ConfigUpdate as i32 {
        return Err(invalid("bad type"));
    }
    let channel_id = header.channel_id;
    if channel_id.is_empty() {
        return Err(invalid("empty channel id"));
    }
    let missing = || error(StatusCode::METHOD_NOT_ALLOWED, "cannot update: channel does not exist");
    orderer.channel(&channel_id).ok_or_else(missing)?;
    broadcast::process(orderer, envelope)
        .await
        .map_err(|reason| refused(&format!("cannot update: failed update config of channel {channel_id}: {reason}")))?;
    info(orderer, &channel_id).map(|info| created(&info.url, &info)).ok_or_else(missing)
}

async fn remove(orderer: Arc<Orderer>, channel_id: String) -> Result<Answer, Answer> {
    match blocking(move || orderer.remove(&channel_id)).await? {
        Ok(()) => Ok(empty(StatusCode::NO_CONTENT)),
        Err(reason @ RemoveError::Missing) => Err(error(StatusCode::NOT_FOUND, &reason.to_string())),
        Err(reason) => Err(error(StatusCode::BAD_REQUEST, &chain_of(&reason))),
    }
}

async fn fetch(orderer: Arc<Orderer>, channel_id: &str, block_id: &str) -> Result<Answer, Answer> {
    let number = match block_id {
        "newest" | "oldest" | "config" => None,
        number => Some(number.parse::<u64>().map_err(|_| {
            let reason = format!("invalid block ID: '{number}' not equal <newest|oldest|config|(number)>");
            error(StatusCode::BAD_REQUEST, &reason)
        })?),
    };
    let missing = |reason: &str| error(StatusCode::NOT_FOUND, reason);
    let chain = orderer.channel(channel_id).ok_or_else(|| missing("channel does not exist"))?;
    let last = chain.heights().borrow().saturating_sub(1);
    let (is_config, first) = (block_id == "config", block_id == "oldest");
    let block = blocking(move || {
        let read = |number| chain.block_bytes(number).map_err(|reason| chain_of(&reason));
        let mut number = number.unwrap_or(if first { 0 } else { last });
        if is_config && number > 0 {
            let newest = read(number)?.unwrap_or_default();
            let newest = Block::decode(newest).map_err(|reason| reason.to_string())?;
            number = proto::block::last_config_index(&newest).map_err(|reason| reason.to_string())?;
        }
        read(number)?.ok_or_else(|| format!("block number {number} does not exist"))
    });
    block.await?.map(routes::block).map_err(|reason| missing(&reason))
}

/// What touches the disk has a thread of its own.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Answer> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| error(StatusCode::INTERNAL_SERVER_ERROR, "the request failed"))
}
