//! `module`: a core module with canonical names, with or without WASI preview 1 imports.

use super::Loader;
use crate::encode::encode_component;

pub const LOADER: Loader = Loader {
    name: "module",
    recognises: wasmparser::Parser::is_core_wasm,
    component: |wasm| encode_component(wasm).map(Into::into),
};
