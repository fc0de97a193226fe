//! The gate: every reason not to accept a contract file, found before anything is compiled, all at once.
//!
//! A peer and a contract writer's own check use the same code, so they cannot disagree.

mod abi;
mod interface;
mod sizes;
mod structure;

pub use abi::Abi;
pub use interface::{check_component, check_import, check_module, expect_type};
pub use sizes::{FunctionSize, largest_functions};

use std::fmt;

use aws_lc_rs::digest;
use serde::Serialize;
use wasmparser::Validator;

use crate::limits::{FINDINGS_MAX, MODULE_BYTES_MAX};
use crate::{config, loader, metadata};

/// What the gate found in one file.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Size of the file.
    pub size_bytes: usize,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// The name of the loader that takes it: `component`, `simple` or `module`; none for other files.
    pub kind: Option<&'static str>,
    /// Functions the contract declares.
    pub functions: Vec<String>,
    /// Interfaces and functions the contract imports.
    pub imports: Vec<String>,
    /// How much of each limit the file uses; the largest where there are several.
    pub usage: Vec<Usage>,
    /// Reasons to refuse the file; none means it is accepted.
    pub findings: Vec<Finding>,
}

/// How much of a limit a file uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// What is counted, in the plural.
    pub what: &'static str,
    /// What the file has.
    pub used: u64,
    /// What it may have.
    pub limit: u64,
}

impl Report {
    /// Whether a peer takes the file.
    pub fn accepted(&self) -> bool {
        self.findings.is_empty()
    }

    /// Adds a reason to refuse the file.
    pub(crate) fn add(&mut self, rule: Rule, message: impl Into<String>) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { rule, message: message.into() });
        }
    }
}

/// All findings, one after the other.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.accepted() {
            return f.write_str("accepted");
        }
        for (index, finding) in self.findings.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}", finding.message)?;
        }
        Ok(())
    }
}

/// One reason to refuse a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule that is broken.
    pub rule: Rule,
    /// What breaks it, with names and numbers.
    pub message: String,
}

/// The rules of the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The file is Wasm.
    NotWasm,
    /// The file is whole.
    Truncated,
    /// The file is valid Wasm and uses only features contracts may use.
    Invalid,
    /// Sizes and counts stay under the limits.
    Limit,
    /// Nothing runs before the peer calls.
    StartFunction,
    /// Imports are ones a peer offers.
    UnknownImport,
    /// Imports have the types a peer offers.
    ImportType,
    /// The contract's functions are there.
    MissingExport,
    /// The contract's functions have the right types.
    ExportType,
}

/// Examines `wasm`, whose SHA-256 is `hash`. `memory_bytes` is the memory a call of it will have.
pub fn check(wasm: &[u8], hash: &[u8; 32], abi: &Abi, memory_bytes: usize) -> Report {
    examine(wasm, hash, memory_bytes, |loader, report| {
        match Validator::new_with_features(config::features()).validate_all(wasm) {
            Err(error) => report.add(Rule::Invalid, format!("not a valid Wasm file: {error}")),
            Ok(types) => (loader.check)(wasm, &types, abi, report),
        }
    })
}

/// The same for a file that was accepted before: what depends on the memory it gets now, and on nothing else, is left.
pub fn check_again(wasm: &[u8], hash: &[u8; 32], memory_bytes: usize) -> Report {
    examine(wasm, hash, memory_bytes, |_, _| {})
}

/// SHA-256 of a file.
pub fn hash(wasm: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, wasm).as_ref());
    hash
}

/// The sizes, and then `rest` for a file that keeps them.
fn examine(
    wasm: &[u8],
    hash: &[u8; 32],
    memory_bytes: usize,
    rest: impl FnOnce(&loader::Loader, &mut Report),
) -> Report {
    let mut report = Report {
        size_bytes: wasm.len(),
        sha256: hex::encode(hash),
        kind: None,
        functions: Vec::new(),
        imports: Vec::new(),
        usage: vec![Usage { what: "bytes of the file", used: wasm.len() as u64, limit: MODULE_BYTES_MAX as u64 }],
        findings: Vec::new(),
    };
    if wasm.len() > MODULE_BYTES_MAX {
        let size = wasm.len();
        report
            .add(Rule::Limit, format!("the file of {size} bytes is larger than the limit of {MODULE_BYTES_MAX} bytes"));
        return report;
    }
    let Some(loader) = loader::for_bytes(wasm) else {
        report.add(Rule::NotWasm, not_wasm(wasm));
        return report;
    };
    report.kind = Some(loader.name);
    // Later steps read the file again and rely on it being whole.
    let own_memory_bytes = memory_bytes.saturating_sub(loader.added_memory_bytes);
    if structure::check(wasm, own_memory_bytes, &mut report) {
        rest(loader, &mut report);
        report.functions = metadata::functions(wasm);
    }
    report
}

fn not_wasm(bytes: &[u8]) -> String {
    if bytes.len() >= 4 && bytes.starts_with(b"\0asm") {
        return match bytes.get(4..8) {
            Some(version) => format!("not a Wasm file of a known version: its version is {}", hex::encode(version)),
            None => "the file is truncated: it ends inside the Wasm header".into(),
        };
    }
    let hint = match bytes {
        [] => "the file is empty",
        [0x7f, b'E', b'L', b'F', ..] => "it is native code",
        [0x1f, 0x8b, ..] => "it is a gzip archive, perhaps a chaincode package",
        [b'(', ..] => "it is Wasm text; turn it into binary first",
        _ => "it does not begin with the Wasm header",
    };
    format!("not a Wasm file: {hint}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::MEMORY_BYTES_DEFAULT;

    fn findings(wasm: &[u8]) -> Vec<Finding> {
        check(wasm, &hash(wasm), &Abi::new(), MEMORY_BYTES_DEFAULT).findings
    }

    const CONTRACT: &str = r#"
        (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
        (func (export "fabric:chaincode/contract@1.0.0#init") (param i32 i32 i32 i32) (result i32) unreachable)
        (func (export "contract_invoke") (param i32 i32 i32 i32) (result i32) unreachable)"#;

    fn module(body: &str) -> Vec<u8> {
        wat::parse_str(format!("(module {body})")).unwrap()
    }

    #[test]
    fn a_plain_contract_is_accepted_and_every_cut_of_it_is_not() {
        let wasm = module(CONTRACT);
        assert_eq!(findings(&wasm), []);
        for length in 0..wasm.len() {
            let cut = findings(&wasm[..length]);
            assert!(!cut.is_empty(), "cut at {length}");
        }
    }

    #[test]
    fn each_rule_names_what_breaks_it() {
        let import = |body: &str| module(&format!("{body}{CONTRACT}"));
        for (what, wasm, rule, text) in [
            ("empty", vec![], Rule::NotWasm, "empty"),
            ("text", b"(module)".to_vec(), Rule::NotWasm, "Wasm text"),
            ("elf", b"\x7fELF\x02\x01".to_vec(), Rule::NotWasm, "native code"),
            ("header", b"\0asm".to_vec(), Rule::NotWasm, "truncated"),
            ("version", b"\0asm\x02\0\0\0".to_vec(), Rule::NotWasm, "02000000"),
            ("too large", vec![0; MODULE_BYTES_MAX + 1], Rule::Limit, "larger than the limit"),
            ("foreign", import(r#"(import "env" "system" (func))"#), Rule::UnknownImport, r#""env" "system""#),
            (
                "unknown function",
                import(r#"(import "fabric:chaincode/state@1.0.0" "get-secret" (func))"#),
                Rule::UnknownImport,
                "get-secret",
            ),
            (
                "major version",
                import(r#"(import "fabric:chaincode/state@2.0.0" "get-state" (func (param i32 i32 i32)))"#),
                Rule::UnknownImport,
                "@2.0.0",
            ),
            (
                "import type",
                import(r#"(import "fabric:chaincode/state@1.0.0" "get-state" (func (param i64)))"#),
                Rule::ImportType,
                "(i32, i32, i32)",
            ),
            ("memory import", import(r#"(import "env" "memory" (memory 1))"#), Rule::Invalid, "multi"),
            (
                "no exports",
                module(r#"(memory (export "memory") 1)"#),
                Rule::MissingExport,
                "fabric:chaincode/contract@1.0.0#invoke",
            ),
            (
                "export type",
                module(
                    &CONTRACT.replace(
                        r#"(export "contract_invoke") (param i32 i32 i32 i32)"#,
                        r#"(export "contract_invoke")"#,
                    ),
                ),
                Rule::ExportType,
                "contract_invoke",
            ),
            ("start", module(&format!("{CONTRACT} (func $go) (start $go)")), Rule::StartFunction, "start function"),
            ("memory", module(&CONTRACT.replace(" 1)", " 5000)")), Rule::Limit, "memory"),
            ("table", module(&format!("{CONTRACT} (table 30000 funcref)")), Rule::Limit, "table"),
            ("two memories", module(&format!("{CONTRACT} (memory 1)")), Rule::Invalid, "multi"),
            ("simd", module(&format!("{CONTRACT} (func (result v128) v128.const i64x2 0 0)")), Rule::Invalid, "SIMD"),
        ] {
            let found = findings(&wasm);
            assert!(
                found.iter().any(|f| f.rule == rule && f.message.contains(text)),
                "{what}: expected {rule:?} with {text:?}, found {found:?}"
            );
        }
    }

    /// Nothing is allocated for entries that a section only says it has.
    #[test]
    fn sections_must_have_the_entries_that_they_count() {
        let (module, component) = (b"\0asm\x01\0\0\0", b"\0asm\x0d\0\x01\0");
        for (what, header, section) in [
            ("functions", module, 3),
            ("globals", module, 6),
            ("element segments", module, 9),
            ("types", component, 3),
            ("types", component, 7),
            ("functions", component, 8),
            ("imports", component, 10),
            ("exports", component, 11),
        ] {
            // A million in three bytes; then few enough, which are not there either.
            let file = |count: &[u8]| [header.as_slice(), &[section, count.len() as u8], count].concat();
            let found = findings(&file(&[0xc0, 0x84, 0x3d]));
            assert!(found[0].rule == Rule::Limit && found[0].message.starts_with("1000000 "), "{what}: {found:?}");
            assert!(found[0].message.contains(what), "{found:?}");
            assert_eq!(findings(&file(&[100])).first().map(|found| found.rule), Some(Rule::Truncated), "{what}");
        }
    }

    #[test]
    fn all_findings_are_reported_at_once() {
        let wasm = module(r#"(import "env" "a" (func)) (import "wbg" "b" (func)) (func $go) (start $go)"#);
        let rules: Vec<Rule> = findings(&wasm).iter().map(|f| f.rule).collect();
        for rule in [Rule::UnknownImport, Rule::StartFunction, Rule::MissingExport] {
            assert!(rules.contains(&rule), "{rule:?} in {rules:?}");
        }
        assert_eq!(rules.iter().filter(|rule| **rule == Rule::UnknownImport).count(), 2);
    }
}
