//! `simple`: a core module for languages without component tools. It imports functions of the module `fabric_v1`, whose
//! parameters are pointers and lengths, and reads results from registers; nothing has to allocate for the host.
//!
//! The functions follow from the WIT package alone ([`functions`]). An adapter with their code ([`adapter`]) is put beside the
//! contract's module, and the two become one component like any other.

mod adapter;
mod code;
mod functions;

use std::borrow::Cow;
use std::collections::BTreeMap;

use wasmparser::types::{EntityType, Types};
use wasmparser::{FuncType, Parser, Payload, ValType};
use wit_component::{ComponentEncoder, StringEncoding};

use super::Loader;
use crate::encode::{EncodeError, contract_world, preview1_adapter};
use crate::gate::{Abi, Report, Rule, check_import, expect_type};

pub const LOADER: Loader =
    Loader { name: "simple", recognises, component: |wasm| encode(wasm).map(Cow::from), check: check_interface };

/// The module that such contracts import from. The number is that of the WIT package's major version.
pub const MODULE: &str = "fabric_v1";

/// What the contract exports: its transactions, and optionally its initialisation. They answer 0 for success.
const INVOKE: &str = "invoke";
const INIT: &str = "init";
const REALLOC: &str = "cabi_realloc";

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
    let exports = exports(wasm).map_err(EncodeError::Parse)?;
    let (resolve, world) = contract_world();
    let functions = functions::all(&resolve, world);
    let has = |name: &str| exports.iter().any(|export| export == name);
    let mut adapter = adapter::module(&functions, adapter::Guest { init: has(INIT), realloc: has(REALLOC) });
    let mut encode = || {
        wit_component::embed_component_metadata(&mut adapter, &resolve, world, StringEncoding::UTF8)?;
        let mut encoder = ComponentEncoder::default().validate(true).module(wasm)?.adapter(MODULE, &adapter)?;
        if let Some((name, adapter)) = preview1_adapter(wasm)? {
            encoder = encoder.adapter(name, adapter)?;
        }
        encoder.encode()
    };
    encode().map_err(|error| EncodeError::World(format!("{error:#}")))
}

fn exports(wasm: &[u8]) -> wasmparser::Result<Vec<String>> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::ExportSection(exports) = payload? {
            for export in exports {
                names.push(export?.name.to_owned());
            }
        }
    }
    Ok(names)
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
    if !matches!(exports.get("memory"), Some(EntityType::Memory(_))) {
        report.add(Rule::MissingExport, "the export \"memory\" is missing");
    }
    let entry = FuncType::new([], [ValType::I32]);
    let realloc = FuncType::new([ValType::I32; 4], [ValType::I32]);
    for (name, expected, is_needed) in [(INVOKE, &entry, true), (INIT, &entry, false), (REALLOC, &realloc, false)] {
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
