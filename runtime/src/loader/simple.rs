//! `simple`: a core module for languages without component tools. It imports functions of the module `fabric_v1`, whose
//! parameters are pointers and lengths, and reads results from registers; nothing has to allocate for the host.
//!
//! The functions follow from the WIT package alone ([`functions`]). Their code ([`adapter`]) is joined with the contract's
//! module ([`join`]) into one with the canonical names of the contract world, which then goes the way of all modules.

mod adapter;
mod code;
mod functions;
mod guest;
mod join;

use std::borrow::Cow;
use std::collections::BTreeMap;

use wasmparser::types::{EntityType, Types};
use wasmparser::{FuncType, Parser, Payload, ValType};

use super::Loader;
use crate::encode::{EncodeError, contract_world, encode_component};
use crate::gate::{Abi, Report, Rule, check_import, expect_type};
use crate::snapshot::after_start;

pub const LOADER: Loader = Loader {
    name: "simple",
    recognises,
    component: |wasm| encode(wasm).map(Cow::from),
    // A page at least for the host's results.
    added_memory_bytes: 64 * 1024,
    check: check_interface,
};

/// The module that such contracts import from. The number is that of the WIT package's major version.
pub const MODULE: &str = "fabric_v1";

/// What the contract exports: its transactions, and optionally its initialisation. They answer 0 for success.
const INVOKE: &str = "invoke";
const INIT: &str = "init";
const MEMORY: &str = "memory";
/// Optional: memory for the host's results.
const REALLOC: &str = "cabi_realloc";
/// Optional: called before everything else.
const START: &str = "_initialize";

/// A core module with an import from [`MODULE`].
fn recognises(wasm: &[u8]) -> bool {
    if !Parser::is_core_wasm(wasm) {
        return false;
    }
    let imports = Parser::new(0).parse_all(wasm).filter_map(Result::ok).find_map(|payload| match payload {
        Payload::ImportSection(imports) => Some(imports),
        _ => None,
    });
    imports.is_some_and(|imports| imports.into_imports().flatten().any(|import| import.module == MODULE))
}

fn encode(wasm: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let (resolve, world) = contract_world();
    let started = after_start(wasm);
    let joined = join::join(started.as_deref().unwrap_or(wasm), &functions::all(&resolve, world));
    encode_component(&joined.map_err(|error| EncodeError::World(error.to_string()))?)
}

/// The types of all functions of [`MODULE`].
fn signatures() -> BTreeMap<String, FuncType> {
    let (resolve, world) = contract_world();
    let functions = functions::all(&resolve, world).into_iter().map(|function| {
        let results = function.result.as_ref().map(|_| ValType::I32);
        (function.name, FuncType::new(function.params, results))
    });
    let own = adapter::OWN_FUNCTIONS.iter().map(|(name, params, results)| {
        ((*name).to_owned(), FuncType::new(params.iter().copied(), results.iter().copied()))
    });
    functions.chain(own).collect()
}

fn check_interface(_: &[u8], types: &Types, abi: &Abi, report: &mut Report) {
    let signatures = signatures();
    for (module, name, entity) in types.as_ref().core_imports().into_iter().flatten() {
        let offered = if module == MODULE { signatures.get(name) } else { abi.preview1_function(module, name) };
        check_import(types, (module, name, entity), offered, report);
    }
    let exports: BTreeMap<&str, EntityType> = types.as_ref().core_exports().into_iter().flatten().collect();
    if !matches!(exports.get(MEMORY), Some(EntityType::Memory(_))) {
        report.add(Rule::MissingExport, "the export \"memory\" is missing");
    }
    let entry = FuncType::new([], [ValType::I32]);
    let realloc = FuncType::new([ValType::I32; 4], [ValType::I32]);
    let start = FuncType::new([], []);
    for (name, expected, is_needed) in
        [(INVOKE, &entry, true), (INIT, &entry, false), (REALLOC, &realloc, false), (START, &start, false)]
    {
        match exports.get(name) {
            Some(EntityType::Func(id)) => {
                expect_type(report, Rule::ExportType, name, types[*id].unwrap_func(), expected);
            }
            Some(_) => report.add(Rule::ExportType, format!("the export {name:?} is not a function")),
            None if is_needed => report.add(Rule::MissingExport, format!("the export {name:?} is missing")),
            None => {}
        }
    }
}
