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

/// Columns of every row, without the backticks.
fn rows(table: &str) -> Vec<Vec<String>> {
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect())
        .collect()
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

fn rust_kit() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host-api/guest/rust/src");
    let files = ["context.rs", "context/private_data.rs", "client_identity.rs", "crypto.rs", "dispatch.rs"];
    files.map(|file| std::fs::read_to_string(folder.join(file)).unwrap()).concat()
}

#[test]
fn every_method_and_function_has_a_row_and_every_row_exists() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../host-api/SHIM.md")).unwrap();
    let rows = rows(&page);
    let kit = rust_kit();
    let in_shim: BTreeSet<&str> = rows.iter().filter(|row| row.len() == 3).map(|row| row[0].as_str()).collect();
    assert_eq!(in_shim, SHIM.split_whitespace().collect(), "methods of the shim");
    let in_wit: BTreeSet<String> = rows.iter().map(|row| row[row.len() - 2].clone()).collect();
    assert_eq!(in_wit, wit_functions(), "functions of the WIT package");
    for row in &rows {
        let rust = row.last().unwrap();
        let exists = match rust.strip_suffix('!') {
            Some(name) => kit.contains(&format!("macro_rules! {name} ")),
            None => kit.contains(&format!("pub fn {}(", rust.rsplit("::").next().unwrap())),
        };
        assert!(exists, "the kit for Rust has no {rust}");
    }
}

/// `get-state` in the ways that languages spell it.
fn spellings(name: &str) -> Vec<String> {
    let words: Vec<&str> = name.split('-').collect();
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    let pascal: String = words.iter().map(|word| capital(word)).collect();
    let camel = format!("{}{}", words[0], &pascal[words[0].len()..]);
    vec![words.join("_"), camel, pascal]
}

/// The sources of a language's kit, without what is generated from the WIT package itself.
fn sources(folder: &Path, text: &mut String) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if ["generated", "wit", "build", "node_modules", "target"].contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            sources(&path, text);
        } else if let Ok(source) = std::fs::read_to_string(&path) {
            text.push_str(&source);
        }
    }
}

#[test]
fn every_kit_has_every_function() {
    let guest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host-api/guest");
    let page = std::fs::read_to_string(guest.join("../SHIM.md")).unwrap();
    let mut missing = Vec::new();
    for language in ["c", "cpp", "zig", "assemblyscript", "javascript", "python", "go", "wat", "d", "nim"] {
        let mut kit = String::new();
        sources(&guest.join(language), &mut kit);
        for function in wit_functions().iter().filter(|function| !function.starts_with("contract.")) {
            let name = function.rsplit('.').next().unwrap();
            // Some kits call it as Fabric's shim does.
            let shim = rows(&page).into_iter().filter(|row| row.len() == 3 && row[1] == *function).flat_map(|row| {
                let name = row[0].trim_start_matches("cid.").to_owned();
                [name.clone(), format!("{}{}", name[..1].to_lowercase(), &name[1..])]
            });
            if !spellings(name).into_iter().chain(shim).any(|name| kit.contains(&name)) {
                missing.push(format!("{language}: {function}"));
            }
        }
    }
    assert_eq!(missing, [""; 0], "functions that kits lack");
}
