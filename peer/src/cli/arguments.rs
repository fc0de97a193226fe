//! The arguments of a call, as users write them.

use std::collections::BTreeMap;

use anyhow::{Context, bail, ensure};
use base64::Engine;
use bytes::Bytes;
use serde_json::Value;

/// Fabric's text for JSON that is no call.
const KEYS: &str = "must contain the following keys: 'Args' or 'Function' and 'Args'";

/// Reads `-c`: `{"Args":["f","x"]}` or `{"function":"f","Args":["x"]}`; keys in any case. The first argument names
/// the function.
pub fn call_arguments(json: &str) -> anyhow::Result<Vec<Bytes>> {
    if json.trim() == "{}" {
        bail!("empty JSON chaincode parameters {KEYS}, such as -c '{{\"Args\":[\"ReadAsset\",\"asset1\"]}}'");
    }
    let value: Value = serde_json::from_str(json).context("chaincode argument error")?;
    let Value::Object(fields) = value else { bail!("non-empty JSON chaincode parameters {KEYS}") };
    let mut function = None;
    let mut args = None;
    for (name, value) in fields {
        match name.to_ascii_lowercase().as_str() {
            "function" => function = Some(value),
            "args" => args = Some(value),
            _ => bail!("non-empty JSON chaincode parameters {KEYS}; '{name}' is neither"),
        }
    }
    let Some(args) = args else { bail!("non-empty JSON chaincode parameters {KEYS}") };
    let mut call = Vec::new();
    match function {
        None | Some(Value::Null) => {}
        Some(Value::String(name)) if name.is_empty() => {}
        Some(Value::String(name)) => call.push(Bytes::from(name)),
        Some(other) => bail!("chaincode argument error: Function is {}, and must be a string", kind(&other)),
    }
    match args {
        Value::Null => {}
        Value::Array(values) => {
            for (index, value) in values.into_iter().enumerate() {
                match value {
                    Value::String(text) => call.push(Bytes::from(text)),
                    Value::Null => call.push(Bytes::new()),
                    other => bail!(
                        "chaincode argument error: Args[{index}] is {}, and must be a string such as \"{}\"",
                        kind(&other),
                        other.to_string().replace('"', "\\\"")
                    ),
                }
            }
        }
        other => bail!("chaincode argument error: Args is {}, and must be an array of strings", kind(&other)),
    }
    Ok(call)
}

/// Reads `--transient`: a JSON object whose values are base64.
pub fn transient(json: &str) -> anyhow::Result<BTreeMap<String, Bytes>> {
    let fields: BTreeMap<String, String> = serde_json::from_str(json).context("error parsing transient string")?;
    let mut map = BTreeMap::new();
    for (name, value) in fields {
        let decoded = base64::engine::general_purpose::STANDARD.decode(value.as_bytes());
        let decoded =
            decoded.with_context(|| format!("error parsing transient string: the value of '{name}' is not base64"))?;
        map.insert(name, decoded.into());
    }
    Ok(map)
}

/// Refuses a missing value with Fabric's text.
pub fn required(value: &str, parameter: &str, flag: &str) -> anyhow::Result<()> {
    ensure!(!value.is_empty(), "The required parameter '{parameter}' is empty. Rerun the command with {flag} flag");
    Ok(())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls() {
        let cases: [(&str, &[&str]); 10] = [
            (r#"{"Args":["a","b"]}"#, &["a", "b"]),
            (r#"{"args":["a"]}"#, &["a"]),
            (r#"{"function":"f","Args":["x","y"]}"#, &["f", "x", "y"]),
            (r#"{"Args":["x"],"Function":"f"}"#, &["f", "x"]),
            (r#"{"Function":"","Args":["x"]}"#, &["x"]),
            (r#"{"Args":[]}"#, &[]),
            (r#"{"Args":null}"#, &[]),
            (r#"{"Args":[null,"é\n"]}"#, &["", "é\n"]),
            (r#" {"Args":["{\"a\":1}"]} "#, &["{\"a\":1}"]),
            (r#"{"function":"f","Args":null}"#, &["f"]),
        ];
        for (json, expected) in cases {
            let args = call_arguments(json).expect(json);
            assert_eq!(
                args.iter().map(|arg| &arg[..]).collect::<Vec<_>>(),
                expected.iter().map(|arg| arg.as_bytes()).collect::<Vec<_>>(),
                "{json}"
            );
        }
    }

    #[test]
    fn bad_calls_say_what_is_wrong() {
        let keys = "must contain the following keys: 'Args' or 'Function' and 'Args'";
        let cases = [
            (
                "{}",
                format!("empty JSON chaincode parameters {keys}, such as -c '{{\"Args\":[\"ReadAsset\",\"asset1\"]}}'"),
            ),
            ("[]", format!("non-empty JSON chaincode parameters {keys}")),
            ("7", format!("non-empty JSON chaincode parameters {keys}")),
            (r#"{"function":"f"}"#, format!("non-empty JSON chaincode parameters {keys}")),
            (r#"{"Args":[],"x":1}"#, format!("non-empty JSON chaincode parameters {keys}; 'x' is neither")),
            ("", "chaincode argument error: EOF while parsing a value at line 1 column 0".into()),
            (r#"{"Args":["a"]"#, "chaincode argument error: EOF while parsing an object at line 1 column 13".into()),
            ("{'Args':['a']}", "chaincode argument error: key must be a string at line 1 column 2".into()),
            (r#"{"Args":"a"}"#, "chaincode argument error: Args is a string, and must be an array of strings".into()),
            (
                r#"{"Args":["a",5]}"#,
                "chaincode argument error: Args[1] is a number, and must be a string such as \"5\"".into(),
            ),
            (
                r#"{"Args":[{"a":"b"}]}"#,
                r#"chaincode argument error: Args[0] is an object, and must be a string such as "{\"a\":\"b\"}""#
                    .into(),
            ),
            (
                r#"{"Function":1,"Args":[]}"#,
                "chaincode argument error: Function is a number, and must be a string".into(),
            ),
        ];
        for (json, expected) in cases {
            assert_eq!(format!("{:#}", call_arguments(json).expect_err(json)), expected, "{json}");
        }
    }

    #[test]
    fn transient_values_are_base64() {
        let map = transient(r#"{"asset":"aGk=","empty":""}"#).expect("good");
        assert_eq!(map, [("asset".to_owned(), Bytes::from_static(b"hi")), ("empty".to_owned(), Bytes::new())].into());
        let bad = transient(r#"{"asset":"hi!"}"#).expect_err("not base64");
        assert!(format!("{bad:#}").starts_with("error parsing transient string: the value of 'asset' is not base64: "));
        assert!(
            format!("{:#}", transient("[]").expect_err("no object")).starts_with("error parsing transient string: ")
        );
    }
}
