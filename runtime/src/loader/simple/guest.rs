//! What the contract's module has that matters for joining it with the adapter.

use wasmparser::{BinaryReaderError, ExternalKind, MemoryType, Operator, Parser, Payload, TypeRef};

use super::{INIT, INVOKE, MEMORY, MODULE, REALLOC, START};

/// One import, in the order of the module.
pub enum Import {
    /// A function of the simple interface.
    Simple(String),
    /// Any other function.
    Other,
}

/// The facts.
#[derive(Default)]
pub struct Guest {
    pub imports: Vec<Import>,
    /// Exported functions by their index in the module.
    pub invoke: Option<u32>,
    pub init: Option<u32>,
    pub realloc: Option<u32>,
    pub start: Option<u32>,
    pub memory: Option<MemoryType>,
    /// Whether it looks at the size of its memory.
    pub reads_memory_size: bool,
}

impl Guest {
    pub fn read(wasm: &[u8]) -> Result<Self, BinaryReaderError> {
        let mut guest = Self::default();
        let mut memories = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        if matches!(import.ty, TypeRef::Func(_)) {
                            let is_simple = import.module == MODULE;
                            let name = || Import::Simple(import.name.to_owned());
                            guest.imports.push(if is_simple { name() } else { Import::Other });
                        }
                    }
                }
                Payload::MemorySection(section) => memories = section.into_iter().collect::<Result<_, _>>()?,
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        guest.export(export.name, export.kind, export.index);
                        if export.name == MEMORY {
                            guest.memory = memories.get(export.index as usize).copied();
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    for operator in body.get_operators_reader()? {
                        guest.reads_memory_size |= matches!(operator?, Operator::MemorySize { .. });
                    }
                }
                _ => {}
            }
        }
        Ok(guest)
    }

    fn export(&mut self, name: &str, kind: ExternalKind, index: u32) {
        if kind != ExternalKind::Func {
            return;
        }
        match name {
            INVOKE => self.invoke = Some(index),
            INIT => self.init = Some(index),
            REALLOC => self.realloc = Some(index),
            START => self.start = Some(index),
            _ => {}
        }
    }

    /// Functions of the simple interface that it uses.
    pub fn uses(&self, name: &str) -> bool {
        self.imports.iter().any(|import| matches!(import, Import::Simple(used) if used == name))
    }
}
