//! The kinds of contract files. Each loader knows its own bytes and turns them into a component of the contract world; all that
//! follows knows components only. A new kind is one file here and one line in [`LOADERS`].

mod component;
mod module;
mod simple;

use std::borrow::Cow;

use wasmparser::types::Types;

use crate::encode::EncodeError;
use crate::gate::{Abi, Report};

/// Makes a component of a file, which may be the file itself.
type ToComponent = fn(&[u8]) -> Result<Cow<'_, [u8]>, EncodeError>;

/// One kind of contract file.
pub struct Loader {
    /// Its name in reports.
    pub name: &'static str,
    /// Whether a file is of this kind, judged by its first bytes.
    pub recognises: fn(&[u8]) -> bool,
    /// The component.
    pub component: ToComponent,
    /// Memory that it adds to the contract's, in bytes.
    pub added_memory_bytes: usize,
    /// Compares the imports and exports of a valid file with what the host offers and asks for.
    pub check: fn(&[u8], &Types, &Abi, &mut Report),
}

/// All kinds. The first that recognises a file takes it.
pub const LOADERS: &[Loader] = &[component::LOADER, simple::LOADER, module::LOADER];

/// The loader for a file.
pub fn for_bytes(wasm: &[u8]) -> Option<&'static Loader> {
    LOADERS.iter().find(|loader| (loader.recognises)(wasm))
}

/// The component that is compiled for a file that the gate has accepted.
///
/// # Errors
/// The file is of no known kind, or makes no component.
pub fn component(wasm: &[u8]) -> Result<Cow<'_, [u8]>, EncodeError> {
    let loader = for_bytes(wasm).ok_or_else(|| EncodeError::World("it is not a contract file".to_owned()))?;
    let component = (loader.component)(wasm)?;
    Ok(component::without_shim(&component).map_or(component, Cow::Owned))
}
