//! Errors with details: SDKs show which node said what (`google.rpc.Status` in `grpc-status-details-bin`).

use prost::Message;
use proto::gateway::ErrorDetail;
use proto::protos::ProposalResponse;
use tonic::{Code, Status};

use crate::endorser::EndorseError;

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<prost_types::Any>,
}

/// An error that carries one [`ErrorDetail`] a node.
pub(super) fn status(code: Code, message: impl Into<String>, details: Vec<ErrorDetail>) -> Status {
    let message = message.into();
    if details.is_empty() {
        return Status::new(code, message);
    }
    let details = details
        .iter()
        .map(|detail| prost_types::Any {
            type_url: "type.googleapis.com/gateway.ErrorDetail".to_owned(),
            value: detail.encode_to_vec(),
        })
        .collect();
    let encoded = RpcStatus { code: code as i32, message: message.clone(), details }.encode_to_vec();
    Status::with_details(code, message, encoded.into())
}

/// Why an endorser's answer is of no use.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unusable {
    /// The code for the client.
    pub code: Code,
    /// The endorser's reason.
    pub message: String,
    /// Another endorser might do better.
    pub retry: bool,
}

/// Tells a useful answer from a refusal, an error of the peer, and an error of the chaincode.
pub(super) fn usable(answer: Result<ProposalResponse, EndorseError>) -> Result<ProposalResponse, Unusable> {
    let response = answer.map_err(|error| {
        let (code, retry) = match error {
            EndorseError::Refused(_) => (Code::FailedPrecondition, false),
            EndorseError::Overloaded | EndorseError::Waiting(_) | EndorseError::Rebuilding | EndorseError::Stopping => {
                (Code::Unavailable, true)
            }
        };
        Unusable { code, message: error.to_string(), retry }
    })?;
    let (status, message) = match &response.response {
        Some(inner) => (inner.status, inner.message.as_str()),
        None => (0, ""),
    };
    match status {
        200..400 => Ok(response),
        // Without a payload the answer is the peer's own, not the chaincode's.
        500 if response.payload.is_empty() => {
            Err(Unusable { code: Code::Aborted, message: message.to_owned(), retry: true })
        }
        _ => Err(Unusable {
            code: Code::Unknown,
            message: format!("chaincode response {status}, {message}"),
            retry: false,
        }),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proto::protos::Response;

    use super::*;

    fn check(status: i32, payload: &'static [u8], expected: Result<(), (Code, &str, bool)>) {
        let response = Response { status, message: "why".to_owned(), payload: Bytes::new() };
        let answer =
            ProposalResponse { response: Some(response), payload: Bytes::from_static(payload), ..Default::default() };
        let got = usable(Ok(answer)).map(|_| ());
        let expected = expected.map_err(|(code, message, retry)| Unusable { code, message: message.to_owned(), retry });
        assert_eq!(got, expected, "status {status}");
    }

    #[test]
    fn answers_are_told_apart() {
        check(200, b"payload", Ok(()));
        check(399, b"", Ok(()));
        check(400, b"", Err((Code::Unknown, "chaincode response 400, why", false)));
        check(500, b"", Err((Code::Aborted, "why", true)));
        check(500, b"payload", Err((Code::Unknown, "chaincode response 500, why", false)));
        check(199, b"payload", Err((Code::Unknown, "chaincode response 199, why", false)));
        let refused = usable(Err(EndorseError::Refused("access denied".to_owned())));
        assert_eq!(refused.map_err(|error| (error.code, error.retry)), Err((Code::FailedPrecondition, false)));
    }

    #[test]
    fn details_are_a_rpc_status() {
        let detail = ErrorDetail { address: "a:1".into(), msp_id: "Org1MSP".into(), message: "why".into() };
        let status = status(Code::Aborted, "failed", vec![detail.clone()]);
        let decoded = RpcStatus::decode(status.details()).expect("a status");
        assert_eq!((decoded.code, decoded.message.as_str()), (10, "failed"));
        assert_eq!(ErrorDetail::decode(decoded.details[0].value.as_slice()), Ok(detail));
    }
}
