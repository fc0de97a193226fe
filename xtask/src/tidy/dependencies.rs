//! Who may depend on whom. The table is ARCHITECTURE.md's; change both together.

use serde_json::Value;

/// What a crate may use: crates of this workspace, and what it must not know of the outside.
struct Rule {
    name: &'static str,
    may_use: &'static [&'static str],
    must_not_use: &'static [&'static str],
}

const NETWORK: &[&str] = &["tokio", "tonic", "hyper", "hyper-util"];

const RULES: &[Rule] = &[
    Rule { name: "proto", may_use: &[], must_not_use: &["tokio", "rocksdb"] },
    Rule { name: "host-api", may_use: &[], must_not_use: &["wasmtime", "tonic", "rocksdb"] },
    Rule { name: "msp", may_use: &["proto"], must_not_use: NETWORK },
    Rule { name: "ledger", may_use: &["proto"], must_not_use: NETWORK },
    Rule { name: "runtime", may_use: &["host-api"], must_not_use: &["tokio", "tonic", "prost", "rocksdb"] },
    Rule { name: "node", may_use: &["proto"], must_not_use: &["rocksdb", "wasmtime"] },
    Rule { name: "channel", may_use: &["proto", "msp"], must_not_use: &["tokio", "tonic", "hyper", "rocksdb"] },
    Rule { name: "validator", may_use: &["proto", "msp", "channel", "ledger"], must_not_use: NETWORK },
    Rule { name: "deliver", may_use: &["proto", "msp", "channel", "ledger", "node"], must_not_use: &["wasmtime"] },
    Rule { name: "client", may_use: &["proto", "msp", "node"], must_not_use: &["rocksdb", "wasmtime"] },
    Rule {
        name: "orderer",
        may_use: &["proto", "msp", "channel", "ledger", "node", "deliver"],
        must_not_use: &["wasmtime"],
    },
    Rule {
        name: "peer",
        may_use: &[
            "proto",
            "host-api",
            "msp",
            "ledger",
            "runtime",
            "node",
            "channel",
            "validator",
            "deliver",
            "client",
            "orderer",
        ],
        must_not_use: &[],
    },
    Rule { name: "tools", may_use: &["proto", "msp", "channel", "ledger", "node"], must_not_use: &["wasmtime"] },
    Rule { name: "chaincode-server", may_use: &["proto", "node", "runtime"], must_not_use: &["rocksdb"] },
    Rule {
        name: "fabric-contract-test",
        may_use: &["host-api", "runtime", "fabric-contract"],
        must_not_use: &["tokio", "tonic", "prost", "rocksdb"],
    },
    Rule {
        name: "fuzz",
        may_use: &[
            "proto",
            "host-api",
            "msp",
            "ledger",
            "runtime",
            "node",
            "channel",
            "validator",
            "client",
            "peer",
            "tools",
        ],
        must_not_use: &[],
    },
    Rule { name: "tests", may_use: &["proto", "msp", "client", "node"], must_not_use: &["rocksdb", "wasmtime"] },
    Rule { name: "xtask", may_use: &[], must_not_use: &["rocksdb", "wasmtime", "tokio"] },
];

/// Every dependency that the table does not allow.
pub fn findings(packages: &[Value]) -> Vec<String> {
    packages.iter().flat_map(findings_of).collect()
}

fn findings_of(package: &Value) -> Vec<String> {
    let name = text(package, "name");
    let Some(rule) = RULES.iter().find(|rule| rule.name == name) else {
        return vec![format!("{name}: not in the table of xtask/src/tidy/dependencies.rs")];
    };
    let dependencies = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut findings = Vec::new();
    for dependency in dependencies {
        let used = text(dependency, "name");
        let ours = dependency["path"].is_string();
        let for_tests = dependency["kind"] == "dev";
        if ours && used != name && !rule.may_use.contains(&used) {
            findings.push(format!("{name}: must not depend on {used}"));
        }
        if !ours && !for_tests && rule.must_not_use.contains(&used) {
            findings.push(format!("{name}: must not know {used}"));
        }
    }
    findings
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(name: &str, dependencies: Value) -> Value {
        json!({ "name": name, "dependencies": dependencies })
    }

    #[test]
    fn a_dependency_is_allowed_only_downward() {
        let ours = |name: &str| json!([{ "name": name, "path": "/x", "kind": null }]);
        let outside = |name: &str, kind: Value| json!([{ "name": name, "path": null, "kind": kind }]);
        let cases = [
            (package("channel", ours("msp")), None),
            (package("msp", ours("channel")), Some("msp: must not depend on channel")),
            (package("ledger", outside("tokio", Value::Null)), Some("ledger: must not know tokio")),
            (package("ledger", outside("tokio", json!("dev"))), None),
            (package("extra", json!([])), Some("extra: not in the table of xtask/src/tidy/dependencies.rs")),
        ];
        for (package, expected) in cases {
            assert_eq!(findings_of(&package).first().map(String::as_str), expected, "{package}");
        }
    }
}
