//! Evaluate: run a transaction function for its answer alone.

use proto::gateway::{ErrorDetail, EvaluateRequest, EvaluateResponse};
use proto::protos::SignedProposal;
use tonic::Status;

use super::details::{self, usable};
use super::{GatewayService, request};

pub(super) async fn evaluate(gateway: &GatewayService, request: EvaluateRequest) -> Result<EvaluateResponse, Status> {
    let signed = request.proposed_transaction.unwrap_or_default();
    let routed = check(&signed)
        .map_err(|error| Status::invalid_argument(format!("failed to unpack transaction proposal: {error}")))?;
    let organizations = &request.target_organizations;
    if !organizations.is_empty() && !organizations.contains(&gateway.msp_id) {
        return Err(Status::failed_precondition(format!(
            "no peers available to evaluate chaincode {} in channel {}",
            routed.chaincode, routed.channel_id
        )));
    }

    let answer = tokio::time::timeout(gateway.endorsement_timeout, gateway.endorser.evaluate(signed)).await;
    let answer = answer.map_err(|_| Status::deadline_exceeded("evaluate timeout expired"))?;
    match usable(answer) {
        Ok(response) => Ok(EvaluateResponse { result: response.response }),
        Err(unusable) => {
            let detail = ErrorDetail {
                address: gateway.address.clone(),
                msp_id: gateway.msp_id.clone(),
                message: unusable.message.clone(),
            };
            let message = match unusable.retry {
                true => "failed to evaluate transaction, see attached details for more info".to_owned(),
                false => format!("evaluate call to endorser returned error: {}", unusable.message),
            };
            Err(details::status(unusable.code, message, vec![detail]))
        }
    }
}

fn check(signed: &SignedProposal) -> Result<request::Routed, String> {
    if signed.proposal_bytes.is_empty() {
        return Err("a signed proposal is required".to_owned());
    }
    let routed = request::route(signed)?;
    if routed.channel_id.is_empty() {
        return Err("no channel id provided".to_owned());
    }
    if routed.chaincode.is_empty() {
        return Err(format!("no chaincode name is provided, channel id [{}]", routed.channel_id));
    }
    Ok(routed)
}
