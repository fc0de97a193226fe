use http_body_util::BodyExt;

use super::super::metrics::body::Messages;
use super::*;
use crate::metrics::Provider;

const METHODS: &[(&str, MethodKind)] =
    &[("/protos.Endorser/ProcessProposal", MethodKind::Unary), ("/protos.Deliver/DeliverFiltered", MethodKind::Stream)];

#[test]
fn messages_are_found_however_they_are_split() {
    let bytes = [&[0, 0, 0, 0, 3][..], b"abc", &[1, 0, 0, 0, 0], &[0, 0, 0, 0, 1], b"x"].concat();
    for size in 1..=bytes.len() {
        let (mut messages, mut count) = (Messages::default(), 0);
        bytes.chunks(size).for_each(|chunk| messages.pass(chunk, || count += 1));
        assert_eq!(count, 3, "in pieces of {size}");
    }
}

#[tokio::test]
async fn requests_are_counted_by_outcome() {
    let registry = Registry::new(&Provider::Prometheus);
    let metrics = ServerMetrics::new(&registry, METHODS);
    assert!(metrics.begin("/protos.Endorser/Nothing").is_none());

    let refused = metrics.begin("/protos.Endorser/ProcessProposal").expect("known");
    refused.watch(Status::unknown("refused").into_http());
    drop(metrics.begin("/protos.Endorser/ProcessProposal"));

    let stream = metrics.begin("/protos.Deliver/DeliverFiltered").expect("known");
    let message = Body::new(http_body_util::Full::new(bytes::Bytes::from_static(&[0, 0, 0, 0, 1, 7])));
    let received = stream.count_received(message).collect().await.expect("whole");
    let response = stream.watch(http::Response::new(Body::new(http_body_util::Full::new(received.to_bytes()))));
    let _half = response.into_body().frame().await;
    drop(metrics.connection());

    let text = registry.text();
    for expected in [
        "grpc_server_unary_requests_received{method=\"ProcessProposal\",service=\"protos_Endorser\"} 2\n",
        "grpc_server_unary_requests_completed{code=\"Unknown\",method=\"ProcessProposal\",service=\"protos_Endorser\"} 1\n",
        "grpc_server_unary_requests_completed{code=\"Canceled\",method=\"ProcessProposal\",service=\"protos_Endorser\"} 1\n",
        "grpc_server_stream_request_duration_count{code=\"Unknown\",method=\"DeliverFiltered\",service=\"protos_Deliver\"} 1\n",
        "grpc_server_stream_messages_received{method=\"DeliverFiltered\",service=\"protos_Deliver\"} 1\n",
        "grpc_server_stream_messages_sent{method=\"DeliverFiltered\",service=\"protos_Deliver\"} 1\n",
        "grpc_comm_conn_opened 1\n",
        "grpc_comm_conn_closed 1\n",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}
