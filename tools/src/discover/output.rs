//! What is printed of an answer.

use prost::Message;
use proto::discovery::query_result::Result as Answer;
use proto::discovery::{ConfigResult, EndorsementDescriptor, Endpoints, Layout, Peer, QueryResult, Response};
use proto::gossip::gossip_message::Content;
use proto::gossip::{AliveMessage, Envelope, GossipMessage, StateInfo};
use proto::msp::{
    FabricCryptoConfig, FabricMspConfig, FabricNodeOUs, FabricOuIdentifier, KeyInfo, SerializedIdentity,
    SigningIdentityInfo,
};

use crate::go_json::Json;

/// The answer to the only query.
pub fn only(response: Response) -> Result<QueryResult, String> {
    let count = response.results.len();
    let result = response.results.into_iter().next().filter(|_| count == 1);
    result.ok_or_else(|| format!("Sent 1 queries but received {count} responses back"))
}

fn kind(result: &QueryResult) -> &'static str {
    match &result.result {
        None => "nothing",
        Some(Answer::Error(_)) => "Error",
        Some(Answer::ConfigResult(_)) => "ConfigResult",
        Some(Answer::CcQueryRes(_)) => "ChaincodeQueryResult",
        Some(Answer::Members(_)) => "PeerMembershipResult",
    }
}

/// The channel's configuration. `failed` words what is wrong with the answer as a whole.
pub fn config(result: QueryResult, failed: impl Fn(String) -> String) -> Result<Json, String> {
    let kind = kind(&result);
    match result.result {
        Some(Answer::ConfigResult(config)) => Ok(config_json(&config)),
        Some(Answer::Error(error)) => Err(error.content),
        _ => Err(failed(format!("expected QueryResult of either ConfigResult or Error but got {kind} instead"))),
    }
}

/// Peers: those of a channel with their state, or those that the server knows.
pub fn peers(result: QueryResult, of_channel: bool, failed: impl Fn(String) -> String) -> Result<Json, String> {
    let kind = kind(&result);
    let members = match result.result {
        Some(Answer::Members(members)) => members,
        Some(Answer::Error(error)) => return Err(error.content),
        _ => {
            let text = format!("expected QueryResult of either PeerMembershipResult or Error but got {kind} instead");
            return Err(failed(text));
        }
    };
    let mut peers = Vec::new();
    for (msp_id, of_organization) in &members.peers_by_org {
        for peer in &of_organization.peers {
            let shown = peer_json(msp_id, peer, of_channel);
            peers
                .push(shown.map_err(|error| {
                    failed(format!("failed constructing peer membership out of response: {error}"))
                })?);
        }
    }
    Ok(Json::list(peers))
}

fn peer_json(msp_id: &str, peer: &Peer, of_channel: bool) -> Result<Json, String> {
    let unreadable = |what: &str, error: String| format!("failed unmarshalling {what} message: {error}");
    let message = gossip_message(peer.membership_info.as_ref()).map_err(|error| unreadable("alive", error))?;
    let state = match of_channel {
        true => {
            let message = gossip_message(peer.state_info.as_ref()).map_err(|error| unreadable("stateInfo", error))?;
            let state = checked_state(message);
            Some(state.map_err(|error| format!("failed validating stateInfo message: {error}"))?)
        }
        false => None,
    };
    let alive = checked_alive(message).map_err(|error| format!("failed validating alive message: {error}"))?;
    let endpoint = alive.membership.map(|member| member.endpoint).unwrap_or_default();
    let (_, certificate) = identity(&peer.identity);
    let Some(state) = state else {
        return Ok(Json::object([
            ("MSPID", Json::text(msp_id)),
            ("Endpoint", Json::text(endpoint)),
            ("Identity", Json::Text(certificate)),
        ]));
    };
    let properties = state.properties.unwrap_or_default();
    let chaincodes = properties.chaincodes.into_iter().map(|chaincode| Json::text(chaincode.name)).collect();
    Ok(Json::object([
        ("MSPID", Json::text(msp_id)),
        ("LedgerHeight", Json::Number(properties.ledger_height)),
        ("Endpoint", Json::text(endpoint)),
        ("Identity", Json::Text(certificate)),
        ("Chaincodes", Json::list(chaincodes)),
    ]))
}

fn gossip_message(envelope: Option<&Envelope>) -> Result<GossipMessage, String> {
    let envelope = envelope.ok_or("nil envelope")?;
    GossipMessage::decode(envelope.payload.clone())
        .map_err(|error| format!("Failed unmarshalling GossipMessage from envelope: {error}"))
}

fn checked_alive(message: GossipMessage) -> Result<AliveMessage, &'static str> {
    match message.content {
        Some(Content::AliveMsg(alive)) if alive.membership.is_none() => Err("membership is empty"),
        Some(Content::AliveMsg(alive)) if alive.timestamp.is_none() => Err("timestamp is nil"),
        Some(Content::AliveMsg(alive)) => Ok(alive),
        _ => Err("message isn't an alive message"),
    }
}

fn checked_state(message: GossipMessage) -> Result<StateInfo, &'static str> {
    match message.content {
        Some(Content::StateInfo(state)) if state.timestamp.is_none() => Err("timestamp is nil"),
        Some(Content::StateInfo(state)) if state.properties.is_none() => Err("properties is nil"),
        Some(Content::StateInfo(state)) => Ok(state),
        _ => Err("message isn't a stateInfo message"),
    }
}

/// MSP ID and certificate; nothing of an identity that cannot be read.
fn identity(serialized: &bytes::Bytes) -> (String, Vec<u8>) {
    let identity = SerializedIdentity::decode(serialized.clone()).unwrap_or_default();
    (identity.mspid, identity.id_bytes.into())
}

/// Who can endorse a call.
pub fn endorsers(response: Response) -> Result<Json, String> {
    let result = response.results.into_iter().next().ok_or("empty results")?;
    match result.result {
        Some(Answer::Error(error)) => Err(format!("server returned: {}", error.content)),
        Some(Answer::CcQueryRes(found)) => Ok(Json::list(found.content.iter().map(descriptor_json).collect())),
        _ => Err("server returned response of unexpected type: *discovery.QueryResult".to_owned()),
    }
}

fn descriptor_json(descriptor: &EndorsementDescriptor) -> Json {
    let groups = descriptor.endorsers_by_groups.iter().filter(|(_, group)| !group.peers.is_empty());
    let groups =
        groups.map(|(name, group)| (name.clone(), Json::List(group.peers.iter().map(endorser_json).collect())));
    let layout = |layout: &Layout| {
        let quantities = layout.quantities_by_group.iter();
        let quantities = quantities.map(|(group, count)| (group.clone(), Json::Number(u64::from(*count))));
        Json::sparse([("quantities_by_group", map(quantities.collect()))])
    };
    Json::object([
        ("Chaincode", Json::text(descriptor.chaincode.as_str())),
        ("EndorsersByGroups", Json::Object(groups.collect())),
        ("Layouts", Json::list(descriptor.layouts.iter().map(layout).collect())),
    ])
}

/// A map that is left out when it is empty.
fn map(fields: Vec<(String, Json)>) -> Json {
    if fields.is_empty() { Json::Null } else { Json::Object(fields) }
}

/// Unlike a channel's peers, endorsers are shown as far as they can be read.
fn endorser_json(peer: &Peer) -> Json {
    let alive = match gossip_message(peer.membership_info.as_ref()).ok().and_then(|message| message.content) {
        Some(Content::AliveMsg(alive)) => alive,
        _ => AliveMessage::default(),
    };
    let state = match gossip_message(peer.state_info.as_ref()).ok().and_then(|message| message.content) {
        Some(Content::StateInfo(state)) => state,
        _ => StateInfo::default(),
    };
    let (msp_id, certificate) = identity(&peer.identity);
    Json::object([
        ("MSPID", Json::text(msp_id)),
        ("LedgerHeight", Json::Number(state.properties.map_or(0, |properties| properties.ledger_height))),
        ("Endpoint", Json::text(alive.membership.map(|member| member.endpoint).unwrap_or_default())),
        ("Identity", Json::Text(certificate)),
    ])
}

fn config_json(config: &ConfigResult) -> Json {
    let msps = config.msps.iter().map(|(id, msp)| (id.clone(), msp_json(msp)));
    let endpoints = |endpoints: &Endpoints| {
        let one = endpoints.endpoint.iter().map(|endpoint| {
            let port = Json::Number(u64::from(endpoint.port));
            Json::sparse([("host", Json::text(endpoint.host.as_str())), ("port", port)])
        });
        Json::sparse([("endpoint", Json::list(one.collect()))])
    };
    let orderers = config.orderers.iter().map(|(id, orderers)| (id.clone(), endpoints(orderers)));
    Json::sparse([("msps", map(msps.collect())), ("orderers", map(orderers.collect()))])
}

fn msp_json(msp: &FabricMspConfig) -> Json {
    let list = |elements: &[bytes::Bytes]| Json::list(elements.iter().map(|element| Json::bytes(element)).collect());
    let units = msp.organizational_unit_identifiers.iter().map(unit_json);
    Json::sparse([
        ("name", Json::text(msp.name.as_str())),
        ("root_certs", list(&msp.root_certs)),
        ("intermediate_certs", list(&msp.intermediate_certs)),
        ("admins", list(&msp.admins)),
        ("revocation_list", list(&msp.revocation_list)),
        ("signing_identity", option(&msp.signing_identity, signing_identity_json)),
        ("organizational_unit_identifiers", Json::list(units.collect())),
        ("crypto_config", option(&msp.crypto_config, crypto_json)),
        ("tls_root_certs", list(&msp.tls_root_certs)),
        ("tls_intermediate_certs", list(&msp.tls_intermediate_certs)),
        ("fabric_node_ous", option(&msp.fabric_node_ous, node_ous_json)),
    ])
}

fn option<T>(value: &Option<T>, shown: impl Fn(&T) -> Json) -> Json {
    value.as_ref().map_or(Json::Null, shown)
}

fn unit_json(unit: &FabricOuIdentifier) -> Json {
    Json::sparse([
        ("certificate", Json::bytes(&unit.certificate)),
        ("organizational_unit_identifier", Json::text(unit.organizational_unit_identifier.as_str())),
    ])
}

fn crypto_json(crypto: &FabricCryptoConfig) -> Json {
    Json::sparse([
        ("signature_hash_family", Json::text(crypto.signature_hash_family.as_str())),
        ("identity_identifier_hash_function", Json::text(crypto.identity_identifier_hash_function.as_str())),
    ])
}

fn node_ous_json(ous: &FabricNodeOUs) -> Json {
    Json::sparse([
        ("enable", Json::Bool(ous.enable)),
        ("client_ou_identifier", option(&ous.client_ou_identifier, unit_json)),
        ("peer_ou_identifier", option(&ous.peer_ou_identifier, unit_json)),
        ("admin_ou_identifier", option(&ous.admin_ou_identifier, unit_json)),
        ("orderer_ou_identifier", option(&ous.orderer_ou_identifier, unit_json)),
    ])
}

fn signing_identity_json(identity: &SigningIdentityInfo) -> Json {
    let key = |key: &KeyInfo| {
        Json::sparse([
            ("key_identifier", Json::text(key.key_identifier.as_str())),
            ("key_material", Json::bytes(&key.key_material)),
        ])
    };
    Json::sparse([
        ("public_signer", Json::bytes(&identity.public_signer)),
        ("private_signer", option(&identity.private_signer, key)),
    ])
}
