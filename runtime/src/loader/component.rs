//! `component`: a component of the contract world, taken as it is.

use super::Loader;
use crate::gate::check_component;

pub const LOADER: Loader = Loader {
    name: "component",
    recognises: wasmparser::Parser::is_component,
    component: |wasm| Ok(wasm.into()),
    added_memory_bytes: 0,
    check: check_component,
};
