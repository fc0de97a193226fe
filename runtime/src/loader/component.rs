//! `component`: a component of the contract world.
//!
//! Those that are linked from libraries (WebAssembly/tool-conventions, DynamicLinking) have a module for each, which share a table
//! that an instance's start has to fill, for an interpreter with thousands of functions. They are joined into one module, whose
//! table the engine fills as it is used; the component is then made of it as of any module.

mod joined;
mod part;
mod shim;
#[cfg(test)]
mod tests;
mod wiring;

use std::borrow::Cow;

use wit_component::{ComponentEncoder, DecodedWasm, StringEncoding};

pub use shim::without_shim;

use super::Loader;
use crate::gate::check_component;
use joined::{Apart, Error, Joined};
use wiring::Wiring;

pub const LOADER: Loader = Loader {
    name: "component",
    recognises: wasmparser::Parser::is_component,
    component: |wasm| Ok(joined(wasm).map_or(wasm.into(), Cow::Owned)),
    added_memory_bytes: 0,
    check: check_component,
};

/// A start that fills fewer places of tables is not worth it.
const ELEMENTS_MIN: usize = 200;

/// The component with its modules joined, where there is something to gain and nothing in the way.
fn joined(component: &[u8]) -> Option<Vec<u8>> {
    match join(component) {
        Ok(joined) => joined,
        Err(reason) => {
            tracing::debug!("the component runs in parts: {reason}");
            None
        }
    }
}

fn join(component: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let text = |error: Error| error.to_string();
    let Some(wiring) = Wiring::read(component).map_err(|error| error.to_string())? else { return Ok(None) };
    let joined = Joined::read(&wiring).map_err(text)?;
    if joined.foreign_elements() < ELEMENTS_MIN {
        return Ok(None);
    }
    let mut module = joined.module().map_err(text)?;
    let decoded = wit_component::decode(component).map_err(|error| format!("{error:#}"))?;
    let DecodedWasm::Component(resolve, world) = decoded else {
        return Err(Apart("it is no component").to_string());
    };
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .and_then(|()| ComponentEncoder::default().validate(true).module(&module)?.encode())
        .map(Some)
        .map_err(|error| format!("{error:#}"))
}
