//! Clients that ping too often lose their connection.

use std::time::Duration;

use node::grpc::{Server, ServerOptions};
use node::shutdown::Stop;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::service::Routes;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const EMPTY_SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
const PING: &[u8] = &[0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
const TIMEOUT: Duration = Duration::from_secs(30);

/// What a server sends to a client of four pings, each after the answer to the one before, until it closes the connection.
async fn answer_to_four_pings(ping_interval_min: Duration) -> Vec<u8> {
    let options = ServerOptions { ping_interval_min, ..ServerOptions::new("127.0.0.1:0", "test") };
    let server = Server::bind(options).await.expect("a port");
    let (address, stop) = (server.address(), Stop::new());
    let serving = tokio::spawn(server.serve(Routes::default(), stop.clone()));
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.write_all(&[PREFACE, EMPTY_SETTINGS].concat()).await.expect("sent");
    let mut received = Vec::new();
    let asking = async {
        for pings in 1..=4 {
            stream.write_all(PING).await.expect("sent");
            while answers(&received) < pings {
                if stream.read_buf(&mut received).await.expect("readable") == 0 {
                    return;
                }
            }
        }
    };
    tokio::time::timeout(TIMEOUT, asking).await.expect("answered or closed in time");
    stop.trigger();
    serving.await.expect("the server ends");
    received
}

fn answers(received: &[u8]) -> usize {
    received.windows(13).filter(|bytes| bytes[3..] == [6, 1, 0, 0, 0, 0, 1, 2, 3, 4]).count()
}

#[tokio::test]
async fn too_many_pings_end_the_connection() {
    let received = answer_to_four_pings(Duration::from_secs(60)).await;
    assert!(received.ends_with(b"\0\0\0\0\0\0\0\x0btoo_many_pings"), "{received:?}");
    let received = answer_to_four_pings(Duration::from_nanos(1)).await;
    assert!(!received.windows(14).any(|bytes| bytes == b"too_many_pings"), "{received:?}");
}
