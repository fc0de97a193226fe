//! Every language: the conformance list and the sample contract, over the ledger in memory.
//!
//! Contracts in Rust are built here. Those of other languages are built before, by `cargo xtask chaincodes`, where their
//! toolchains are; a language without a contract is shown as ignored, or fails where `WEFT_LANGUAGES` names it.

#[path = "support/asset_transfer.rs"]
mod asset_transfer;
#[path = "support/checks.rs"]
mod checks;
#[path = "support/contracts.rs"]
mod contracts;
#[path = "support/table.rs"]
mod table;

use std::process::ExitCode;
use std::sync::LazyLock;

use libtest_mimic::{Arguments, Failed, Trial};
use runtime::memory::{Call, Ledger};
use runtime::{Contract, Engine, EngineOptions, Limits};

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(EngineOptions::default()).expect("the engine starts with its defaults"));

static RUST_SAMPLE: LazyLock<Vec<u8>> = LazyLock::new(|| contracts::rust("asset-transfer-basic/rust"));

static RUST: LazyLock<(Ledger, Vec<Call>)> = LazyLock::new(|| {
    let contract = load(&RUST_SAMPLE).expect("the contract in Rust loads");
    asset_transfer::run(&contract)
});

fn main() -> ExitCode {
    let wanted = std::env::var("WEFT_LANGUAGES").unwrap_or_default();
    let wanted: Vec<&str> = wanted.split(',').collect();
    let trials = contracts::LANGUAGES.iter().flat_map(|language| {
        let is_wanted = wanted.contains(language);
        [
            trial("conformance", language, is_wanted, "", conformance),
            trial("asset-transfer-basic", language, is_wanted, "", sample),
            trial("conformance", language, is_wanted, " on two peers", determinism),
        ]
    });
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials.collect());
    if let Err(difference) = table::compare() {
        eprintln!("{difference}");
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}

/// A test of one contract in one language.
fn trial(
    contract: &'static str,
    language: &'static str,
    is_wanted: bool,
    what: &str,
    test: fn(&str, &[u8]) -> Result<(), Failed>,
) -> Trial {
    let built = contracts::is_built(contract, language);
    let kind = if built { "" } else { "not run: no contract built, is its toolchain missing?" };
    let run = move || test(language, &contracts::built(contract, language).ok_or("no contract was built")?);
    Trial::test(format!("{contract} {language}{what}"), run).with_kind(kind).with_ignored_flag(!built && !is_wanted)
}

fn load(wasm: &[u8]) -> Result<Contract, Failed> {
    ENGINE.load(wasm, Limits::default()).map_err(|error| format!("{error}").into())
}

/// Runs the whole list, so that one failure does not hide the others.
fn conformance(language: &str, wasm: &[u8]) -> Result<(), Failed> {
    let contract = load(wasm)?;
    let checks = checks::all();
    let results: Vec<Result<(), String>> = checks.iter().map(|check| check.run(&contract)).collect();
    table::record(language, checks.iter().zip(&results).map(|(check, result)| (check.name.clone(), result.is_ok())));
    let failure =
        |(check, result): (&checks::Check, Result<(), String>)| Some(format!("{}: {}", check.name, result.err()?));
    report(&checks.iter().zip(results).filter_map(failure).collect::<Vec<_>>(), checks.len())
}

/// What one peer makes of every check, and another one whose code uses none of the processor's special instructions and comes
/// from its cache, that has another memory layout, and runs them in another order, several at once: results, reads, writes,
/// events, logs and fuel.
fn determinism(_: &str, wasm: &[u8]) -> Result<(), Failed> {
    let contract = load(wasm)?;
    let first: Vec<String> = checks::all().iter().map(|check| describe(check, &contract)).collect::<Result<_, _>>()?;
    let cache = tempfile::tempdir()?;
    let options = || EngineOptions { cache_dir: Some(cache.path().to_owned()), portable: true, ..Default::default() };
    Engine::new(options())?.load(wasm, Limits::default())?;
    let second = Engine::new(options())?.load(wasm, Limits::default())?;
    let checks = checks::all();
    let found: Vec<Result<(usize, String), Failed>> = std::thread::scope(|scope| {
        let indices: Vec<usize> = (0..checks.len()).rev().collect();
        let (checks, second) = (&checks, &second);
        let workers: Vec<_> = indices
            .chunks(checks.len().div_ceil(4))
            .map(|part| part.to_vec())
            .map(|part| {
                scope.spawn(move || {
                    let run = |index: usize| Ok((index, describe(&checks[index], second)?));
                    part.into_iter().map(run).collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a check does not panic")).collect()
    });
    let mut differences = Vec::new();
    for found in found {
        let (index, found) = found?;
        if found != first[index] {
            differences.push(format!("{}: {} and {found}", checks[index].name, first[index]));
        }
    }
    report(&differences, checks.len())
}

fn describe(check: &checks::Check, contract: &Contract) -> Result<String, Failed> {
    let call = check.call(contract)?;
    Ok(format!("{:?} {:?} fuel {}", call.outcome, call.record, call.usage.fuel))
}

/// Languages whose kits tell what functions return.
const TELL_RESULTS: [&str; 3] = ["rust", "go", "python"];

fn sample(language: &str, wasm: &[u8]) -> Result<(), Failed> {
    asset_transfer::declaration(wasm)?;
    let contract = load(wasm)?;
    let (metadata, rust) = (asset_transfer::metadata(&contract)?, asset_transfer::metadata(&load(&RUST_SAMPLE)?)?);
    let mut differences = asset_transfer::metadata_differences(&rust, &metadata);
    let tells = metadata.values().any(|transaction| transaction.get("returns").is_some());
    if tells != TELL_RESULTS.contains(&language) {
        differences
            .push("either the metadata lacks what functions return, or TELL_RESULTS lacks this language".to_owned());
    }
    differences.extend(asset_transfer::differences(&contract, &RUST));
    report(&differences, asset_transfer::CALLS.len())
}

fn report(failures: &[String], total: usize) -> Result<(), Failed> {
    if failures.is_empty() {
        return Ok(());
    }
    Err(format!("{} of {total} checks fail:\n{}", failures.len(), failures.join("\n")).into())
}
