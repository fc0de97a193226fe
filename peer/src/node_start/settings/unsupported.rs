//! Settings that would have a peer do something that this one does not do: better no start than another behaviour.

use std::collections::BTreeMap;

use anyhow::{bail, ensure};
use node::config::Source;

/// System chaincodes that this peer always has.
const SYSTEM_CHAINCODES: [&str; 3] = ["_lifecycle", "cscc", "qscc"];

/// Refuses by the key's name.
pub(super) fn refuse(source: &Source) -> anyhow::Result<()> {
    let text = |key: &str| -> anyhow::Result<String> { Ok(source.text(key)?.unwrap_or_default()) };
    if text("ledger.state.stateDatabase")?.eq_ignore_ascii_case("CouchDB") {
        bail!("ledger.state.stateDatabase: CouchDB is not supported, use goleveldb");
    }
    if let Some(kind) = source.text("peer.localMspType")? {
        msp::Msp::check_type_name(&kind)?;
    }
    for (key, supported) in [("peer.BCCSP.SW.Hash", "SHA2"), ("peer.BCCSP.SW.Security", "256")] {
        let value = text(key)?;
        ensure!(
            value.is_empty() || value.eq_ignore_ascii_case(supported),
            "{key}: {value} is not supported, use {supported}"
        );
    }
    if source.flag("ledger.history.enableHistoryDatabase")? == Some(false) {
        bail!("ledger.history.enableHistoryDatabase: this peer always keeps the history, set it to true");
    }
    let plugins: Option<Vec<serde_yaml_ng::Value>> =
        source.decoded("chaincode.systemPlugins", "a list of system chaincodes")?;
    ensure!(
        plugins.unwrap_or_default().is_empty(),
        "chaincode.systemPlugins: this peer loads no system chaincodes from libraries; take the entries away"
    );
    refuse_missing_system_chaincodes(source)
}

/// `chaincode.system` says which ones there are. One that is left out was unknown to who wrote the file.
fn refuse_missing_system_chaincodes(source: &Source) -> anyhow::Result<()> {
    let system: Option<BTreeMap<String, Option<serde_yaml_ng::Value>>> =
        source.decoded("chaincode.system", "a group of names with enable or disable")?;
    for (name, value) in system.unwrap_or_default() {
        let enabled = match &value {
            Some(serde_yaml_ng::Value::String(value)) => {
                matches!(&*value.to_ascii_lowercase(), "enable" | "true" | "yes")
            }
            Some(serde_yaml_ng::Value::Bool(value)) => *value,
            _ => false,
        };
        ensure!(
            enabled || !SYSTEM_CHAINCODES.contains(&&*name),
            "chaincode.system.{name}: this peer cannot do without it, set it to enable"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_different_is_refused() {
        for (yaml, expected) in [
            ("ledger: {state: {stateDatabase: CouchDB}}", "ledger.state.stateDatabase"),
            ("ledger: {history: {enableHistoryDatabase: false}}", "ledger.history.enableHistoryDatabase"),
            ("peer: {BCCSP: {SW: {Hash: SHA3}}}", "peer.BCCSP.SW.Hash: SHA3"),
            ("peer: {BCCSP: {SW: {Security: 384}}}", "peer.BCCSP.SW.Security: 384"),
            ("chaincode: {systemPlugins: [{name: mine, path: /x.so}]}", "chaincode.systemPlugins"),
            ("chaincode: {system: {qscc: disable}}", "chaincode.system.qscc"),
        ] {
            let source = Source::parse(yaml, "CORE", &BTreeMap::new()).expect("YAML");
            let error = refuse(&source).expect_err("refused").to_string();
            assert!(error.starts_with(expected), "{yaml}: {error}");
        }
        let usual = "chaincode: {system: {_lifecycle: enable, cscc: enable, lscc: disable, qscc: true}, systemPlugins: }\n\
                     peer: {BCCSP: {Default: SW, SW: {Hash: SHA2, Security: 256}}}";
        refuse(&Source::parse(usual, "CORE", &BTreeMap::new()).expect("YAML")).expect("supported");
    }
}
