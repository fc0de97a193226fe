//! A compiled component meets the host functions.

use wasmtime::Engine;
use wasmtime::component::types::{ComponentFunc, ComponentItem, Type};
use wasmtime::component::{Component, Linker};

use crate::host::CallState;
use crate::host::bindings::ChaincodePre;
use crate::wasi;

/// Links `component` and checks the types of everything it imports and of what it exports as a contract.
///
/// # Errors
/// A text that names what does not fit.
pub fn link(
    engine: &Engine,
    linker: &Linker<CallState>,
    component: &Component,
) -> Result<ChaincodePre<CallState>, String> {
    let text = |error: wasmtime::Error| format!("{error:#}");
    check_contract_types(engine, component)?;
    let mut linker = linker.clone();
    wasi::add_to_linker(&mut linker, engine, component).map_err(text)?;
    ChaincodePre::new(linker.instantiate_pre(component).map_err(text)?).map_err(text)
}

/// The generated code finds exports by name and looks at their types in the first call; a peer wants to know at installation.
fn check_contract_types(engine: &Engine, component: &Component) -> Result<(), String> {
    for (name, item) in component.component_type().exports(engine) {
        let ComponentItem::ComponentInstance(instance) = item.ty else { continue };
        if !name.starts_with(host_api::names::PACKAGE) {
            continue;
        }
        for (function, item) in instance.exports(engine) {
            if let ComponentItem::ComponentFunc(ty) = item.ty
                && !is_contract_function(&ty)
            {
                return Err(format!(
                    "{function:?} of {name:?} must have type func(string, list<list<u8>>) -> result<list<u8>, string>"
                ));
            }
        }
    }
    Ok(())
}

fn is_contract_function(ty: &ComponentFunc) -> bool {
    let bytes = |ty: &Type| matches!(ty, Type::List(list) if matches!(list.ty(), Type::U8));
    let params: Vec<Type> = ty.params().map(|(_, ty)| ty).collect();
    let results: Vec<Type> = ty.results().collect();
    let takes = matches!(params.as_slice(), [Type::String, Type::List(args)] if bytes(&args.ty()));
    let gives = matches!(results.as_slice(), [Type::Result(result)]
        if result.ok().as_ref().is_some_and(bytes) && matches!(result.err(), Some(Type::String)));
    takes && gives
}
