//! The list and its hooks. None of these functions asks the peer anything.

use super::Contract;
use crate::{Context, Declaration, Json, Result};

/// A module with a contract `This` of the functions below and of these hooks.
macro_rules! contract_with {
    ($module:ident: $($hook:ident)*) => {
        mod $module {
            use super::*;

            contract! {
                $($hook => $hook;)*
                /// Adds.
                evaluate Add => add(first: i64, second: i64);
                submit Nothing => nothing();
                evaluate Value => value(name: String, default: Vec<u8>);
                evaluate Listed => listed();
                evaluate Same => same();
            }
        }
    };
}

contract_with!(plain:);
contract_with!(guarded: before after);
contract_with!(answering: after unknown);

fn before(_: &Context, function: &str) -> Result<()> {
    if function.starts_with('_') { Err(format!("{function} is for nobody").into()) } else { Ok(()) }
}

/// Refuses some results, to show that it sees them.
fn after(_: &Context, function: &str, payload: &[u8]) -> Result<()> {
    match payload {
        b"5" => Err(format!("{function} may not be five").into()),
        b"any" => Err("after".into()),
        _ => Ok(()),
    }
}

fn unknown(_: &Context, function: &str) -> Result<String> {
    if function.is_empty() { Err("say what".into()) } else { Ok(function.to_lowercase()) }
}

fn add(_: &Context, first: i64, second: i64) -> Result<i64> {
    first.checked_add(second).ok_or_else(|| "too large".into())
}

fn nothing(_: &Context) -> Result<()> {
    Ok(())
}

fn value(_: &Context, name: String, default: Vec<u8>) -> Result<Vec<u8>> {
    Ok(if name.is_empty() { default } else { name.into_bytes() })
}

fn listed(_: &Context) -> Result<Json<Vec<bool>>> {
    Ok(Json(vec![true]))
}

/// A result that borrows from the context.
fn same(_: &Context) -> Result<&str> {
    Ok("same")
}

fn check<C: Contract>(call: &[&str], expected: std::result::Result<&str, &str>) {
    let args = call[1..].iter().map(|arg| arg.as_bytes().to_vec()).collect();
    let found = C::call(&Context::new(), call[0], args).map_err(|error| error.to_string());
    let found = found.map(|payload| String::from_utf8_lossy(&payload).into_owned());
    assert_eq!(found.as_deref().map_err(String::as_str), expected, "{call:?}");
}

#[test]
fn a_contract_without_hooks_runs_its_list() {
    use plain::ContractFunctions as Plain;
    check::<Plain>(&["Add", "2", "3"], Ok("5"));
    check::<Plain>(&["Add", "2"], Err("Incorrect number of params. Expected 2, received 1"));
    check::<Plain>(&["Nothing"], Ok(""));
    check::<Plain>(&["Listed"], Ok("[true]"));
    check::<Plain>(&["Same"], Ok("same"));
    check::<Plain>(&["_Fly"], Err("Function _Fly not found in contract"));
}

#[test]
fn a_hook_that_fails_ends_the_call_with_its_message() {
    use guarded::ContractFunctions as Guarded;
    check::<Guarded>(&["Add", "2", "2"], Ok("4"));
    check::<Guarded>(&["Add", "2", "3"], Err("Add may not be five"));
    check::<Guarded>(&["Add", "9223372036854775807", "1"], Err("too large"));
    check::<Guarded>(&["Value", "any", ""], Err("after"));
    check::<Guarded>(&["_Fly"], Err("_Fly is for nobody"));
    check::<Guarded>(&["Fly"], Err("Function Fly not found in contract"));
}

#[test]
fn a_hook_answers_for_unknown_functions_and_the_next_one_sees_it() {
    use answering::ContractFunctions as Answering;
    check::<Answering>(&["Fly"], Ok("fly"));
    check::<Answering>(&["ANY"], Err("after"));
    check::<Answering>(&[""], Err("say what"));
    check::<Answering>(&["Nothing", "x"], Err("Incorrect number of params. Expected 0, received 1"));
}

#[test]
fn the_file_lists_functions_with_their_types_and_no_hooks() {
    const EXPECTED: &str = "evaluate Add(first: i64, second: i64) -> i64\nsubmit Nothing()\n\
        evaluate Value(name: String, default: Vec<u8>) -> Vec<u8>\nevaluate Listed() -> Json\nevaluate Same() -> &str\n";
    for list in [plain::ContractFunctions::LIST, guarded::ContractFunctions::LIST, answering::ContractFunctions::LIST] {
        assert_eq!(Declaration::text(list), EXPECTED);
    }
}
