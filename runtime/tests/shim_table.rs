//! The table of Fabric's shim, the WIT package and the kits is complete and names only what exists.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::collections::BTreeSet;
use std::path::Path;

use wit_parser::{Resolve, WorldItem};

/// The methods of `ChaincodeStubInterface` and, with `cid.`, of `ClientIdentity` (fabric-chaincode-go 2.3).
const SHIM: &str = "GetArgs GetStringArgs GetFunctionAndParameters GetArgsSlice GetTxID GetChannelID InvokeChaincode GetState \
    GetMultipleStates PutState DelState SetStateValidationParameter GetStateValidationParameter GetStateByRange \
    GetStateByRangeWithPagination GetStateByPartialCompositeKey GetStateByPartialCompositeKeyWithPagination \
    GetAllStatesCompositeKeyWithPagination CreateCompositeKey SplitCompositeKey GetQueryResult \
    GetQueryResultWithPagination GetHistoryForKey GetPrivateData GetMultiplePrivateData GetPrivateDataHash \
    PutPrivateData DelPrivateData PurgePrivateData SetPrivateDataValidationParameter \
    GetPrivateDataValidationParameter GetPrivateDataByRange GetPrivateDataByPartialCompositeKey \
    GetPrivateDataQueryResult GetCreator GetTransient GetBinding GetDecorations GetSignedProposal GetTxTimestamp \
    SetEvent StartWriteBatch FinishWriteBatch cid.GetID cid.GetMSPID cid.GetAttributeValue cid.AssertAttributeValue \
    cid.HasOUValue cid.GetX509Certificate";

/// A table of the page: rows of cells, without the backticks.
struct Table {
    /// What the last columns are about.
    languages: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

/// Languages by the heads of their columns, in the order of the page; by the folder of the kit; and how the kit defines what
/// contracts call, `@` being its name.
const KITS: [(&str, &str, &[&str]); 12] = [
    ("Rust", "rust/src", &["pub fn @(", "macro_rules! @ "]),
    ("C", "c/fabric", &[" @(", " *@("]),
    ("C++", "cpp/fabric", &[" @("]),
    ("Zig", "zig/src", &["pub fn @("]),
    ("AssemblyScript", "assemblyscript", &["  @(", " get @(", "export function @(", "\"@\""]),
    ("JavaScript", "javascript/src", &["    @(", "export function @(", "export const @ "]),
    ("TypeScript", "javascript/types", &["    @(", "    @<", "export declare function @(", "export declare const @:"]),
    ("Python", "python/fabric_contract", &["def @("]),
    ("Go", "go", &[") @(", "func @("]),
    ("WAT", "wat", &["(func $@ "]),
    ("D", "d/fabric", &[" @(", "struct @\n"]),
    ("Nim", "nim", &["proc @*(", "template @*(", "macro @*("]),
];

fn cells(row: &str) -> Vec<String> {
    row.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
}

fn tables(page: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for line in page.lines() {
        if line.starts_with("| shim |") || line.starts_with("| WIT |") {
            let heads = cells(line);
            let heads = heads.iter().filter(|head| !["shim", "WIT"].contains(&head.as_str()));
            let language = |head: &String| KITS.iter().find(|(name, ..)| name == head).expect("a language's head").0;
            tables.push(Table { languages: heads.map(language).collect(), rows: Vec::new() });
        } else if line.starts_with("| `") {
            tables.last_mut().expect("rows follow heads").rows.push(cells(line));
        }
    }
    tables
}

/// `interface.function` for all of the world; iterators' methods are part of their makers.
fn wit_functions() -> BTreeSet<String> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("chaincode.wit", host_api::WIT).unwrap();
    let world = &resolve.worlds[resolve.select_world(&[package], None).unwrap()];
    let interfaces = world.imports.values().chain(world.exports.values()).filter_map(|item| match item {
        WorldItem::Interface { id, .. } => Some(&resolve.interfaces[*id]),
        _ => None,
    });
    interfaces
        .flat_map(|interface| {
            let functions = interface.functions.keys().filter(|name| !name.starts_with('['));
            functions.map(|name| format!("{}.{name}", interface.name.as_deref().unwrap()))
        })
        .collect()
}

fn kit(folder: &str) -> String {
    let mut text = String::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../host-api/guest").join(folder), &mut text);
    text
}

/// Whether a cell, such as `Context::get_state`, names what the kit defines.
fn defines(kit: &str, definitions: &[&str], cell: &str) -> bool {
    let name = cell.trim_end_matches('!').rsplit([':', '.']).next().unwrap();
    !name.is_empty() && definitions.iter().any(|definition| kit.contains(&definition.replace('@', name)))
}

#[test]
fn every_method_and_function_has_a_row_and_every_name_exists() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../host-api/SHIM.md")).unwrap();
    let tables = tables(&page);
    let mut wrong = Vec::new();
    for (language, folder, definitions) in KITS {
        let kit = kit(folder);
        let (mut in_shim, mut in_wit) = (BTreeSet::new(), BTreeSet::new());
        for table in &tables {
            let Some(column) = table.languages.iter().position(|found| *found == language) else { continue };
            for row in &table.rows {
                let mut facts = row.iter().rev().skip(table.languages.len());
                in_wit.insert(facts.next().expect("a row names a function").clone());
                in_shim.extend(facts.next().map(String::as_str));
                let cell = &row[row.len() - table.languages.len() + column];
                if !defines(&kit, definitions, cell) {
                    wrong.push(format!("the kit for {language} has no {cell}"));
                }
            }
        }
        assert_eq!(in_shim, SHIM.split_whitespace().collect(), "methods of the shim, {language}");
        assert_eq!(in_wit, wit_functions(), "functions of the WIT package, {language}");
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn a_name_that_a_kit_lacks_is_found() {
    for (language, folder, definitions) in KITS {
        assert!(!defines(&kit(folder), definitions, "no_such_name"), "{language}");
        assert!(!defines(&kit(folder), definitions, ""), "{language}");
    }
}

/// The sources of a language's kit, without what is generated from the WIT package itself and what only tests call.
fn sources(folder: &Path, text: &mut String) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if ["generated", "wit", "build", "native", "node_modules", "target"].contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            sources(&path, text);
        } else if let Ok(source) = std::fs::read_to_string(&path) {
            text.push_str(&source);
        }
    }
}
