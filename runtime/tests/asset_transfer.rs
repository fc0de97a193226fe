//! The sample contract's events.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

#[path = "support/asset_transfer.rs"]
#[allow(dead_code, reason = "each test uses some of it")]
mod asset_transfer;
#[path = "support/contracts.rs"]
mod contracts;

use asset_transfer::{ASSET7, CALLS, run};
use runtime::{Engine, EngineOptions, Limits};

#[test]
fn changes_set_fabrics_events() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let contract = engine.load(&contracts::rust("asset-transfer-basic/rust"), Limits::default()).unwrap();
    let (_, calls) = run(&contract);
    let events: Vec<(&str, String)> = CALLS
        .iter()
        .zip(&calls)
        .filter_map(|(step, call)| {
            let (name, payload) = call.record.event.as_ref()?;
            assert_eq!(name, step.0, "an event has its function's name");
            Some((step.0, String::from_utf8_lossy(payload).into_owned()))
        })
        .collect();
    assert_eq!(events[0], ("CreateAsset", ASSET7.to_owned()));
    let names: Vec<&str> = events.iter().map(|(name, _)| *name).collect();
    for name in ["UpdateAsset", "DeleteAsset", "TransferAsset"] {
        assert!(names.contains(&name));
    }
}
