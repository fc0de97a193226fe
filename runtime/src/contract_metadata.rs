//! What Fabric's contract API calls metadata: a contract's functions and the JSON schemas of their parameters and results
//! (`fabric-contract-api-go/metadata/schema`).
//!
//! It is made from the functions that the contract's file declares, so that all languages have it, and tools get the same from
//! the file as clients from the peer.

use serde_json::{Value, json};

/// The function by which clients ask for it.
pub const FUNCTION: &str = "org.hyperledger.fabric:GetMetadata";

/// The document's own schema.
const SCHEMA: &str = "https://hyperledger.github.io/fabric-chaincode-node/main/api/contract-schema.json";

/// A file holds one contract, to which all functions belong that are called without a contract's name.
const CONTRACT: &str = "Contract";

/// Stands between a function's parameters and the type of its result.
const RETURNS: &str = "->";

/// Bytes of a function's name that name the contract: `Contract:CreateAsset` is its function `CreateAsset`, as clients call it
/// that go by the metadata (Fabric `contract-api`). None where the file declares no functions, or one of such a name.
pub fn contract_name_bytes(function: &str, functions: &[String]) -> usize {
    // Every call comes here; hardly any goes on.
    let is_named = function.strip_prefix(CONTRACT).is_some_and(|rest| rest.starts_with(':'));
    if !is_named || functions.is_empty() {
        return 0;
    }
    let own = format!(" {CONTRACT}:");
    if functions.iter().any(|line| line.contains(&own)) { 0 } else { CONTRACT.len() + 1 }
}

/// The document for these declarations, each like `submit CreateAsset(id: String, size: i64)` or `evaluate ReadAsset(id: String) -> bytes`.
pub fn document(functions: &[String]) -> Value {
    let transactions: Vec<Value> = functions.iter().filter_map(|line| transaction(line)).collect();
    json!({
        "$schema": SCHEMA,
        "info": { "title": "", "version": "" },
        "contracts": {
            CONTRACT: {
                "name": CONTRACT,
                "contractInstance": { "name": CONTRACT, "default": true },
                "info": { "title": "", "version": "" },
                "transactions": transactions,
            },
        },
        "components": { "schemas": {} },
    })
}

fn transaction(line: &str) -> Option<Value> {
    let (kind, rest) = line.trim().split_once(' ')?;
    let (name, rest) = rest.split_once('(')?;
    let (parameters, rest) = rest.split_at(closing(rest));
    let parameters: Vec<Value> = parts(parameters).into_iter().map(parameter).collect();
    let mut transaction = json!({ "name": name.trim(), "tag": [kind, kind.to_uppercase()], "parameters": parameters });
    let returned = rest.split_once(RETURNS).map_or("", |(_, ty)| ty.trim());
    if !returned.is_empty() {
        transaction["returns"] = schema(returned);
    }
    Some(transaction)
}

/// Where the bracket is closed that was open before the text begins; its end if it is not.
fn closing(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' if depth == 0 => return at,
            ')' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// Splits at commas that stand outside all brackets.
fn parts(list: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, letter) in list.char_indices() {
        match letter {
            '<' | '(' | '[' | '{' => depth += 1,
            '>' | ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&list[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[begin..]);
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn parameter(part: &str) -> Value {
    let (name, ty) = part.split_once(':').map_or((part, ""), |(name, ty)| (name.trim(), ty.trim()));
    json!({ "name": name, "schema": schema(ty) })
}

/// The schema of a type in any of the languages. One that is not known may be anything.
fn schema(ty: &str) -> Value {
    let integer = |format: &str| json!({ "type": "integer", "format": format });
    match ty.to_ascii_lowercase().as_str() {
        "string" | "&str" | "str" | "text" | "[]const u8" | "std::string" | "std::string_view" | "list" => {
            json!({ "type": "string" })
        }
        "bool" | "boolean" => json!({ "type": "boolean" }),
        "i8" | "int8" | "byte" => integer("int8"),
        "i16" | "int16" | "short" => integer("int16"),
        "i32" | "int32" => integer("int32"),
        "i64" | "int64" | "int" | "long" | "isize" => integer("int64"),
        "u8" | "uint8" | "ubyte" => integer("uint8"),
        "u16" | "uint16" | "ushort" => integer("uint16"),
        "u32" | "uint32" | "uint" => integer("uint32"),
        "u64" | "uint64" | "ulong" | "usize" => integer("uint64"),
        "f32" | "float32" => json!({ "type": "number", "format": "float" }),
        "f64" | "float64" | "float" | "double" | "number" => json!({ "type": "number", "format": "double" }),
        "vec<u8>" | "bytes" | "[]byte" | "uint8array" | "ubyte[]" | "seq[byte]" => {
            json!({ "type": "string", "format": "byte" })
        }
        _ => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_become_transactions() {
        let check = |line: &str, expected: Value| assert_eq!(transaction(line), Some(expected), "{line}");
        check("submit InitLedger()", json!({ "name": "InitLedger", "tag": ["submit", "SUBMIT"], "parameters": [] }));
        check(
            "evaluate Find(id: String, size: i64, by: Map<String, (u8, u8)>, rest)",
            json!({ "name": "Find", "tag": ["evaluate", "EVALUATE"], "parameters": [
                { "name": "id", "schema": { "type": "string" } },
                { "name": "size", "schema": { "type": "integer", "format": "int64" } },
                { "name": "by", "schema": {} },
                { "name": "rest", "schema": {} },
            ] }),
        );
        let returned = |line: &str| transaction(line).map(|found| found["returns"].clone());
        for (ty, expected) in [
            ("i64", json!({ "type": "integer", "format": "int64" })),
            ("Vec<u8>", json!({ "type": "string", "format": "byte" })),
            ("Json", json!({})),
            ("(u8, u8)", json!({})),
            ("", Value::Null),
        ] {
            assert_eq!(returned(&format!("evaluate Get(by: Map<String, (u8, u8)>) -> {ty}")), Some(expected), "{ty}");
        }
        assert_eq!(returned("submit Put(key: String, then: fn() -> i64)"), Some(Value::Null));
        for nonsense in ["", "submit", "submit A", ")("] {
            assert_eq!(transaction(nonsense), None, "{nonsense}");
        }
        let document = document(&["submit A(".to_owned(), "nonsense".to_owned()]);
        assert_eq!(document["contracts"]["Contract"]["transactions"][0]["name"], "A");
    }
}
