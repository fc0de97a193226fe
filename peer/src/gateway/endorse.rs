//! Endorse: collect the endorsements that a transaction needs and prepare it for signing.

use bytes::Bytes;
use prost::Message;
use proto::common::Envelope;
use proto::gateway::{EndorseRequest, EndorseResponse, ErrorDetail};
use proto::protos::{ChaincodeCall, ChaincodeInterest, ProposalResponse};
use tonic::{Code, Status};

use super::details::{self, usable};
use super::{GatewayService, request};
use crate::text;

pub(super) async fn endorse(gateway: &GatewayService, request: EndorseRequest) -> Result<EndorseResponse, Status> {
    let signed = request.proposed_transaction.unwrap_or_default();
    if signed.proposal_bytes.is_empty() {
        return Err(Status::invalid_argument("the proposed transaction must contain a signed proposal"));
    }
    let routed = request::route(&signed).map_err(Status::invalid_argument)?;
    let collecting = match request.endorsing_organizations.as_slice() {
        [] => "first endorsement",
        _ => "endorsements",
    };
    let missing: Vec<&str> = request
        .endorsing_organizations
        .iter()
        .map(String::as_str)
        .filter(|organization| *organization != gateway.msp_id)
        .collect();
    if !missing.is_empty() {
        return Err(Status::unavailable(format!(
            "failed to find any endorsing peers for org(s): {}",
            missing.join(", ")
        )));
    }

    let answer = tokio::time::timeout(gateway.endorsement_timeout, gateway.endorser.process(signed)).await;
    let answer = answer
        .map_err(|_| Status::deadline_exceeded(format!("endorsement timeout expired while collecting {collecting}")))?;
    let response = usable(answer).map_err(|unusable| {
        tracing::warn!(
            target: "gateway",
            channel = routed.channel_id,
            chaincode = routed.chaincode,
            tx_id = request.transaction_id,
            error = unusable.message,
            "Endorse call to endorser failed"
        );
        let detail =
            ErrorDetail { address: gateway.address.clone(), msp_id: gateway.msp_id.clone(), message: unusable.message };
        let message = match collecting {
            "endorsements" => "failed to collect enough transaction endorsements, see attached details for more info",
            _ => "failed to endorse transaction, see attached details for more info",
        };
        details::status(Code::Aborted, message, vec![detail])
    })?;

    if request.endorsing_organizations.is_empty() {
        // Choosing the endorsers is then the gateway's business, so they have to be enough.
        check_policies(gateway, &routed, &response)?;
    }

    let failed = |reason: String| Status::aborted(format!("failed to assemble transaction: {reason}"));
    let endorsement = response.endorsement.ok_or_else(|| failed("the endorser signed nothing".to_owned()))?;
    let payload = proto::transaction::new_payload(&routed.proposal, response.payload, vec![endorsement])
        .map_err(|error| failed(error.to_string()))?;
    let envelope = Envelope { payload: payload.encode_to_vec().into(), signature: Bytes::new() };
    Ok(EndorseResponse { prepared_transaction: Some(envelope) })
}

/// Refuses what this peer's endorsement alone cannot make valid.
fn check_policies(
    gateway: &GatewayService,
    routed: &request::Routed,
    response: &ProposalResponse,
) -> Result<(), Status> {
    let refused = |reason: String| {
        Status::failed_precondition(format!(
            "no combination of peers can be derived which satisfy the endorsement policy: {reason}"
        ))
    };
    let unknown = || {
        refused(format!("No metadata was found for chaincode {} in channel {}", routed.chaincode, routed.channel_id))
    };
    let channel = gateway.channels.channel(&routed.channel_id).ok_or_else(unknown)?;
    let bundle = channel.bundle();
    let named = || ChaincodeInterest {
        chaincodes: vec![ChaincodeCall { name: routed.chaincode.clone(), ..Default::default() }],
    };
    let interest = response.interest.clone().filter(|interest| !interest.chaincodes.is_empty()).unwrap_or_else(named);
    let endorser = response.endorsement.as_ref().map(|endorsement| &endorsement.endorser);
    let endorsers: Vec<_> = endorser.and_then(|endorser| bundle.msps().identity(endorser).ok()).into_iter().collect();
    match validator::satisfies_interest(&interest, &bundle, &channel.ledger().snapshot(), &endorsers) {
        Ok(true) => Ok(()),
        Ok(false) => Err(refused("no peer combination can satisfy the endorsement policy".to_owned())),
        Err(error) => Err(Status::aborted(text::chain(&error))),
    }
}
