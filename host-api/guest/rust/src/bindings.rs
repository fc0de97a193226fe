//! Generated from the WIT package.
#![allow(missing_docs, clippy::all)]

wit_bindgen::generate!({
    path: "wit",
    world: "chaincode",
    pub_export_macro: true,
    default_bindings_module: "fabric_contract::bindings",
});
