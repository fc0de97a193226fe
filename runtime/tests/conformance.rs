//! The conformance list, through the contract of each language, over the ledger in memory.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

#[path = "support/checks.rs"]
mod checks;
#[path = "support/contracts.rs"]
mod contracts;

use runtime::{Contract, Engine, EngineOptions, Limits};

/// Runs the whole list, so that one failure does not hide the others.
fn run(language: &str, contract: &Contract) {
    let checks = checks::all();
    assert!(checks.len() >= 60, "only {} checks", checks.len());
    let failures: Vec<String> =
        checks.iter().filter_map(|check| Some(format!("{}: {}", check.name, check.run(contract).err()?))).collect();
    let (failed, total) = (failures.len(), checks.len());
    assert!(failures.is_empty(), "{language}: {failed} of {total} checks fail:\n{}", failures.join("\n"));
}

#[test]
fn rust() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    run("Rust", &engine.load(&contracts::rust("conformance/rust"), Limits::default()).unwrap());
}
