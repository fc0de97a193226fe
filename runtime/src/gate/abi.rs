//! What the host offers and asks for, as tables made from the WIT package and the WASI adapter.

use std::collections::BTreeMap;

use host_api::names::{CONTRACT_INTERFACE, PACKAGE};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasmparser::{ExternalKind, FuncType, ValType, Validator, WasmFeatures};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Function, WorldItem, WorldKey};

use crate::encode::contract_world;

/// The functions of every interface with their core types.
pub struct Abi {
    /// Interface name without package and version, to functions a contract may import.
    pub imports: BTreeMap<String, BTreeMap<String, FuncType>>,
    /// Functions of the contract interface a contract must export.
    pub exports: BTreeMap<String, FuncType>,
    /// Functions of `wasi_snapshot_preview1`.
    preview1: BTreeMap<String, FuncType>,
}

impl Abi {
    pub fn new() -> Self {
        let (resolve, world) = contract_world();
        let world = &resolve.worlds[world];
        let functions = |key: &WorldKey, item: &WorldItem, variant: AbiVariant| {
            let (WorldKey::Interface(id), WorldItem::Interface { .. }) = (key, item) else { return None };
            let interface = &resolve.interfaces[*id];
            let mut functions: BTreeMap<String, FuncType> = interface
                .functions
                .iter()
                .map(|(name, function)| (name.clone(), core_type(&resolve, function, variant)))
                .collect();
            for (name, id) in &interface.types {
                if matches!(resolve.types[*id].kind, wit_parser::TypeDefKind::Resource) {
                    functions.insert(format!("[resource-drop]{name}"), FuncType::new([ValType::I32], []));
                }
            }
            Some((interface.name.clone().unwrap_or_default(), functions))
        };
        let imports = world.imports.iter().filter_map(|(key, item)| functions(key, item, AbiVariant::GuestImport));
        let mut exports = world.exports.iter().filter_map(|(key, item)| functions(key, item, AbiVariant::GuestExport));
        Self {
            imports: imports.collect(),
            exports: exports.find(|(name, _)| name == CONTRACT_INTERFACE).map(|(_, f)| f).unwrap_or_default(),
            preview1: preview1(),
        }
    }
}

impl Abi {
    /// The type of a function of WASI preview 1, when the import is one.
    pub fn preview1_function(&self, module: &str, name: &str) -> Option<&FuncType> {
        (module == WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME).then(|| self.preview1.get(name)).flatten()
    }
}

fn core_type(resolve: &wit_parser::Resolve, function: &Function, variant: AbiVariant) -> FuncType {
    let signature = resolve.wasm_signature(variant, function);
    let core = |types: &[WasmType]| -> Vec<ValType> {
        types
            .iter()
            .map(|ty| match ty {
                WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
                WasmType::F32 => ValType::F32,
                WasmType::F64 => ValType::F64,
                WasmType::I32 | WasmType::Pointer | WasmType::Length => ValType::I32,
            })
            .collect()
    };
    FuncType::new(core(&signature.params), core(&signature.results))
}

/// The adapter's own exports are what it adapts.
fn preview1() -> BTreeMap<String, FuncType> {
    let adapter = WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER;
    let types = Validator::new_with_features(WasmFeatures::all())
        .validate_all(adapter)
        .expect("the adapter is part of this build and valid");
    let mut functions = BTreeMap::new();
    for payload in wasmparser::Parser::new(0).parse_all(adapter).flatten() {
        let wasmparser::Payload::ExportSection(exports) = payload else { continue };
        for export in exports.into_iter().flatten().filter(|export| export.kind == ExternalKind::Func) {
            let id = types.as_ref().core_function_at(export.index);
            functions.insert(export.name.to_owned(), types[id].unwrap_func().clone());
        }
    }
    functions
}

/// The interface in an import or export such as `fabric:chaincode/state@1.2.0`, when this host's version serves it.
///
/// The short form of newer tools is `cm32p2|fabric:chaincode/state@1`.
pub fn own_interface(name: &str) -> Option<&str> {
    let name = name.strip_prefix("cm32p2|").unwrap_or(name);
    let (interface, version) = name.strip_prefix(PACKAGE)?.strip_prefix('/')?.split_once('@')?;
    let major = version.split('.').next()?;
    (major == "1").then_some(interface)
}

/// A type as text: `(i32, i32) -> i32`.
pub fn type_text(ty: &FuncType) -> String {
    let list = |types: &[ValType]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match ty.results() {
        [] => format!("({})", list(ty.params())),
        [one] => format!("({}) -> {one}", list(ty.params())),
        many => format!("({}) -> ({})", list(ty.params()), list(many)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_world() {
        let abi = Abi::new();
        assert_eq!(type_text(&abi.imports["state"]["put-state"]), "(i32, i32, i32, i32, i32)");
        assert!(abi.imports["state"].contains_key("[method]state-iterator.next"));
        assert!(abi.imports["state"].contains_key("[resource-drop]history-iterator"));
        assert_eq!(
            abi.imports.keys().collect::<Vec<_>>(),
            ["chaincodes", "client-identity", "crypto", "diagnostics", "private-data", "state", "transaction"]
        );
        assert_eq!(type_text(&abi.exports["invoke"]), "(i32, i32, i32, i32) -> i32");
        assert_eq!(type_text(&abi.preview1["fd_write"]), "(i32, i32, i32, i32) -> i32");
    }

    #[test]
    fn versions_of_the_first_major_are_ours() {
        for (name, interface) in [
            ("fabric:chaincode/state@1.0.0", Some("state")),
            ("fabric:chaincode/state@1.7.3", Some("state")),
            ("cm32p2|fabric:chaincode/state@1", Some("state")),
            ("fabric:chaincode/state@2.0.0", None),
            ("fabric:chaincode/state", None),
            ("other:chaincode/state@1.0.0", None),
        ] {
            assert_eq!(own_interface(name), interface, "{name}");
        }
    }
}
