//! Submit: hand a signed transaction to the ordering service.

use proto::common;
use proto::gateway::{ErrorDetail, SubmitRequest, SubmitResponse};
use tonic::{Code, Status};

use super::orderers::shuffled;
use super::{GatewayService, details};

pub(super) async fn submit(gateway: &GatewayService, request: SubmitRequest) -> Result<SubmitResponse, Status> {
    let Some(envelope) = request.prepared_transaction else {
        return Err(Status::invalid_argument("a prepared transaction is required"));
    };
    if envelope.signature.is_empty() {
        return Err(Status::invalid_argument("prepared transaction must be signed"));
    }
    let Some(channel) = gateway.channels.channel(&request.channel_id) else {
        return Err(Status::failed_precondition(format!(
            "failed to get config for channel [{0}]: could not get last config for channel {0}",
            request.channel_id
        )));
    };
    let nodes = shuffled(gateway.channels.orderers().nodes(&channel.bundle()));
    if nodes.is_empty() {
        return Err(Status::unavailable("no orderer nodes available"));
    }

    let mut failures = Vec::new();
    for node in nodes {
        let detail = |message: String| ErrorDetail {
            address: node.endpoint.address.clone(),
            msp_id: node.msp_id.clone(),
            message,
        };
        let response = match gateway.orderers.broadcast(&node, envelope.clone()).await {
            Ok(response) => response,
            Err(error) => {
                tracing::warn!(
                    target: "gateway",
                    tx_id = request.transaction_id,
                    endpoint = node.endpoint.address,
                    error = error.message(),
                    "Error sending transaction to orderer"
                );
                failures.push(detail(error.message().to_owned()));
                continue;
            }
        };
        match response.status() {
            common::Status::Success => return Ok(SubmitResponse {}),
            status if (400..500).contains(&(status as i32)) => {
                let text = rejected(status, &response.info);
                return Err(details::status(Code::Aborted, text, Vec::new()));
            }
            status => failures.push(detail(rejected(status, &response.info))),
        }
    }
    Err(details::status(Code::Unavailable, "no orderers could successfully process transaction", failures))
}

fn rejected(status: common::Status, info: &str) -> String {
    format!("received unsuccessful response from orderer: status={}, info={info}", status.as_str_name())
}
