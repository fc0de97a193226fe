//! `module`: a core module with canonical names, with or without WASI preview 1 imports.

use super::Loader;
use crate::encode::encode_component;
use crate::gate::check_module;
use crate::snapshot::after_start;

pub const LOADER: Loader = Loader {
    name: "module",
    recognises: wasmparser::Parser::is_core_wasm,
    component: |wasm| encode_component(after_start(wasm).as_deref().unwrap_or(wasm)).map(Into::into),
    added_memory_bytes: 0,
    check: |_, types, abi, report| check_module(types, abi, report),
};
