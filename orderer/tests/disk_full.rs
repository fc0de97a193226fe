//! A disk without space: clients are told, nothing acknowledged is lost, and ordering goes on when there is space.
//!
//! The limit on file sizes holds for the whole process, so this test has one of its own.

#[allow(dead_code, reason = "shared with the other tests")]
#[path = "ordering/fixture.rs"]
mod fixture;

use std::time::Duration;

use fixture::{Batches, NEVER, Network, transactions};
use proto::common::Status;

/// Sets how large files may become, in bytes.
fn limit_file_size(bytes: libc::rlim_t) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the pointer is valid for the call, and the signal's default handler is replaced by none.
    let result = unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        libc::setrlimit(libc::RLIMIT_FSIZE, &limit)
    };
    assert_eq!(result, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ordering_survives_a_full_disk() {
    let network = Network::new(Batches { count: 1, preferred_bytes: 90_000, timeout: NEVER });
    let running = network.start().await;
    running.broadcast(vec![network.transaction(10)]).await;
    running.wait_for_height(2).await;

    limit_file_size(1000);
    let mut acknowledged = 1;
    let refusal = loop {
        let response = running.broadcast(vec![network.transaction(80_000)]).await.remove(0);
        if response.status != Status::Success as i32 {
            break response;
        }
        acknowledged += 1;
        assert!(acknowledged < 1000, "the queue is bounded, but messages must be refused before it is full");
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    assert_eq!(refusal.status, Status::ServiceUnavailable as i32);
    assert!(
        refusal.info.starts_with("the orderer cannot write blocks now: cannot write block 2 to "),
        "{}",
        refusal.info
    );
    assert_eq!(running.height(), 2);

    limit_file_size(libc::RLIM_INFINITY);
    running.wait_for_height(1 + acknowledged).await;
    let accepted = async {
        while running.broadcast(vec![network.transaction(10)]).await[0].status != Status::Success as i32 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), accepted).await.expect("accepting again");
    running.wait_for_height(2 + acknowledged).await;
    let total: usize = (1..running.height()).map(|number| transactions(&running.block(number))).sum();
    assert_eq!(total as u64, acknowledged + 1);
    running.stop().await;
}
