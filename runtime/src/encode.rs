//! Core modules become components here, in process, so that contract writers need no Wasm tools beside their compiler.

use std::borrow::Cow;

use host_api::names::{PLAIN_EXPORTS, WORLD};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasm_encoder::{ExportKind, ExportSection, RawSection};
use wasmparser::{ExternalKind, Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::{Resolve, WorldId};

/// Custom sections with this prefix tell which world a module was made for.
const WORLD_SECTION_PREFIX: &str = "component-type";

/// Why a core module makes no component.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// Not a readable module.
    #[error("cannot read the module: {0}")]
    Parse(wasmparser::BinaryReaderError),
    /// The module does not meet the contract world; the cause says what is missing or different.
    #[error("cannot make a component of the module: {0}")]
    World(String),
}

/// Turns a core module with the canonical names of the world `fabric:chaincode` (see [`host_api::names::PLAIN_EXPORTS`] for
/// the plain ones) into a component. WASI preview 1 imports are adapted to preview 2.
///
/// # Errors
/// The module cannot be read, or does not meet the world.
pub fn encode_component(core: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let facts = Facts::read(core).map_err(EncodeError::Parse)?;
    let mut module =
        if facts.plain_exports { rename_exports(core).map_err(EncodeError::Parse)?.into() } else { Cow::from(core) };
    if !facts.names_its_world {
        let (resolve, world) = contract_world();
        wit_component::embed_component_metadata(module.to_mut(), &resolve, world, StringEncoding::UTF8)
            .map_err(|error| EncodeError::World(format!("{error:#}")))?;
    }
    let encode = || {
        let mut encoder = ComponentEncoder::default().validate(true).module(&module)?;
        if let Some((name, adapter)) = preview1_adapter(core)? {
            encoder = encoder.adapter(name, adapter)?;
        }
        encoder.encode()
    };
    encode().map_err(|error| EncodeError::World(format!("{error:#}")))
}

/// The name and the bytes of the adapter for WASI preview 1, where the module needs it.
pub fn preview1_adapter(core: &[u8]) -> wasmparser::Result<Option<(&'static str, &'static [u8])>> {
    let adapter = (WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER);
    Ok(Facts::read(core)?.imports_preview1.then_some(adapter))
}

/// The parsed WIT package and its world.
pub fn contract_world() -> (Resolve, WorldId) {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("chaincode.wit", host_api::WIT).expect("the package in host-api is valid");
    let world = resolve.select_world(&[package], Some(WORLD)).expect("the package has this world");
    (resolve, world)
}

#[derive(Default)]
struct Facts {
    names_its_world: bool,
    imports_preview1: bool,
    plain_exports: bool,
}

impl Facts {
    fn read(core: &[u8]) -> wasmparser::Result<Self> {
        let mut facts = Self::default();
        for payload in Parser::new(0).parse_all(core) {
            match payload? {
                Payload::CustomSection(section) => {
                    facts.names_its_world |= section.name().starts_with(WORLD_SECTION_PREFIX);
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        facts.imports_preview1 |= import?.module == WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME;
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        facts.plain_exports |= canonical(export?.name).is_some();
                    }
                }
                _ => {}
            }
        }
        Ok(facts)
    }
}

fn canonical(plain: &str) -> Option<&'static str> {
    PLAIN_EXPORTS.iter().find(|(name, _)| *name == plain).map(|(_, canonical)| *canonical)
}

/// A copy of the module whose plain exports have their canonical names.
fn rename_exports(core: &[u8]) -> wasmparser::Result<Vec<u8>> {
    let mut module = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(core) {
        let payload = payload?;
        if let Payload::ExportSection(exports) = payload {
            let mut renamed = ExportSection::new();
            for export in exports {
                let export = export?;
                let kind = match export.kind {
                    ExternalKind::Func | ExternalKind::FuncExact => ExportKind::Func,
                    ExternalKind::Table => ExportKind::Table,
                    ExternalKind::Memory => ExportKind::Memory,
                    ExternalKind::Global => ExportKind::Global,
                    ExternalKind::Tag => ExportKind::Tag,
                };
                renamed.export(canonical(export.name).unwrap_or(export.name), kind, export.index);
            }
            module.section(&renamed);
        } else if let Some((id, range)) = payload.as_section() {
            module.section(&RawSection { id, data: &core[range] });
        }
    }
    Ok(module.finish())
}
