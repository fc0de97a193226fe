//! Joins the contract's module and the adapter into one core module with the canonical names of the contract world.
//!
//! Functions are numbered anew: imports of the host, other imports of the contract, the adapter, the contract's own.

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, DataCountSection, DataSection, ElementSection, EntityType, ExportKind, ExportSection, FunctionSection,
    ImportSection, MemorySection, Module, TableSection, TypeSection,
};
use wasmparser::{Parser, Payload, ValType};

use super::adapter::{self, Calls, Part};
use super::code;
use super::functions::Function;
use super::guest::{Guest, Import};
use super::{MEMORY, START};

/// Why a module could not be joined.
pub type Error = reencode::Error<NoInvoke>;

/// The module has no function to call, which the gate would have said.
#[derive(Debug, thiserror::Error)]
#[error("the export \"invoke\" is missing")]
pub struct NoInvoke;

const PAGE_BYTES: u64 = 64 * 1024;

/// The joined module. `functions` are all that contracts may import.
///
/// # Errors
/// The module cannot be read, or has no function to call; the gate lets neither through.
pub fn join(wasm: &[u8], functions: &[Function]) -> Result<Vec<u8>, Error> {
    let guest = Guest::read(wasm)?;
    let used: Vec<&Function> = functions.iter().filter(|function| guest.uses(&function.name)).collect();
    let mut numbers = Numbers::new(&guest, &used);
    let number =
        |index: Option<u32>, numbers: &mut Numbers| index.map(|index| numbers.function_index(index)).transpose();
    let invoke = number(guest.invoke, &mut numbers)?.ok_or(Error::UserError(NoInvoke))?;
    let init = number(guest.init, &mut numbers)?.unwrap_or(invoke);
    let realloc = number(guest.realloc, &mut numbers)?;
    let start = number(guest.start, &mut numbers)?;
    let calls = Calls::new(numbers.first_part, invoke, init, realloc);
    let parts = adapter::all(&used, &calls);
    debug_assert_eq!(parts.len() as u32, numbers.parts, "functions were numbered before they were made");

    let mut sections = Sections::default();
    sections.read(wasm, &mut numbers)?;
    sections.add_imports(&used);
    sections.read_imports(wasm, &mut numbers)?;
    for (index, part) in (numbers.first_part..).zip(&parts) {
        if let Some(name) = &part.export {
            sections.exports.export(name, ExportKind::Func, index);
        }
    }
    if let Some(start) = start {
        sections.exports.export(START, ExportKind::Func, start);
    }
    let block = first_block(&guest);
    sections.add_memory(&guest, block.is_some());
    sections.finish(wasm, &parts, block.unwrap_or((0, 0)), &mut numbers)
}

/// A page behind the contract's memory for the host's results: begin and end. Only where nobody can notice it: a contract
/// that looks at the size of its memory may take all of it for its own.
fn first_block(guest: &Guest) -> Option<(u64, u64)> {
    let memory = guest.memory.filter(|_| guest.realloc.is_none() && !guest.reads_memory_size)?;
    let begin = memory.initial * PAGE_BYTES;
    (begin + PAGE_BYTES < u64::from(u32::MAX)).then_some((begin, begin + PAGE_BYTES))
}

/// Old numbers of functions and globals to new ones.
struct Numbers {
    /// By the contract's imports.
    imports: Vec<u32>,
    /// The adapter's first function, and how many it has.
    first_part: u32,
    parts: u32,
}

impl Numbers {
    /// The order is that of [`adapter::all`].
    fn new(guest: &Guest, used: &[&Function]) -> Self {
        let others = guest.imports.iter().filter(|import| matches!(import, Import::Other)).count();
        let (used_count, own_count) = (used.len() as u32, adapter::OWN_FUNCTIONS.len() as u32);
        let first_part = used_count + others as u32;
        let own = adapter::OWN_FUNCTIONS.iter().map(|(name, ..)| *name);
        let names: Vec<&str> = used.iter().map(|function| function.name.as_str()).chain(own).collect();
        let mut next_other = used_count;
        let number = |import: &Import| match import {
            // Unknown names were refused by the gate.
            Import::Simple(name) => {
                let place = names.iter().position(|known| known == name).unwrap_or_default();
                first_part + Calls::FIRST + place as u32
            }
            Import::Other => {
                next_other += 1;
                next_other - 1
            }
        };
        let imports = guest.imports.iter().map(number).collect();
        Numbers { imports, first_part, parts: Calls::FIRST + used_count + own_count + 4 }
    }
}

impl Reencode for Numbers {
    type Error = NoInvoke;

    fn function_index(&mut self, index: u32) -> Result<u32, Error> {
        let own = |imports: usize| self.first_part + self.parts + (index - imports as u32);
        Ok(self.imports.get(index as usize).copied().unwrap_or_else(|| own(self.imports.len())))
    }

    fn global_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(code::GLOBALS + index)
    }
}

/// Sections in the making.
#[derive(Default)]
struct Sections {
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    tables: TableSection,
    memories: MemorySection,
    exports: ExportSection,
    elements: ElementSection,
    data_count: Option<u32>,
    data: DataSection,
}

impl Sections {
    /// What comes before the adapter's own, or has nothing of it.
    fn read(&mut self, wasm: &[u8], numbers: &mut Numbers) -> Result<(), Error> {
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(section) => numbers.parse_type_section(&mut self.types, section)?,
                Payload::TableSection(section) => numbers.parse_table_section(&mut self.tables, section)?,
                Payload::ElementSection(section) => numbers.parse_element_section(&mut self.elements, section)?,
                Payload::DataCountSection { count, .. } => self.data_count = Some(count),
                Payload::DataSection(section) => numbers.parse_data_section(&mut self.data, section)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn ty(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let list = |types: &[ValType]| types.iter().map(|ty| code::val_type(*ty)).collect::<Vec<_>>();
        self.types.ty().function(list(params), list(results));
        self.types.len() - 1
    }

    fn add_imports(&mut self, used: &[&Function]) {
        for function in used {
            let mut params = function.params.clone();
            params.extend(function.result.as_ref().map(|_| ValType::I32));
            let ty = self.ty(&params, &[]);
            self.imports.import(&function.import.0, &function.import.1, EntityType::Function(ty));
        }
    }

    /// The contract's imports from elsewhere.
    fn read_imports(&mut self, wasm: &[u8], numbers: &mut Numbers) -> Result<(), Error> {
        for payload in Parser::new(0).parse_all(wasm) {
            let Payload::ImportSection(section) = payload? else { continue };
            for import in section.into_imports() {
                let import = import?;
                if import.module != super::MODULE {
                    numbers.parse_import(&mut self.imports, import)?;
                }
            }
        }
        Ok(())
    }

    /// The contract's memory, with a page more for the first block.
    fn add_memory(&mut self, guest: &Guest, with_block: bool) {
        let Some(memory) = guest.memory else { return };
        let more = u64::from(with_block);
        self.memories.memory(wasm_encoder::MemoryType {
            minimum: memory.initial + more,
            maximum: memory.maximum.map(|maximum| maximum + more),
            memory64: memory.memory64,
            shared: memory.shared,
            page_size_log2: memory.page_size_log2,
        });
        self.exports.export(MEMORY, ExportKind::Memory, 0);
    }

    fn finish(
        mut self,
        wasm: &[u8],
        parts: &[Part],
        block: (u64, u64),
        numbers: &mut Numbers,
    ) -> Result<Vec<u8>, Error> {
        let (mut globals, mut bodies) = (code::globals(block.0 as i32, block.1 as i32), CodeSection::new());
        for part in parts {
            let ty = self.ty(&part.params, &part.results);
            self.functions.function(ty);
            bodies.function(&part.body);
        }
        let mut module = Module::new();
        let mut custom = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::FunctionSection(section) => numbers.parse_function_section(&mut self.functions, section)?,
                Payload::GlobalSection(section) => numbers.parse_global_section(&mut globals, section)?,
                Payload::CodeSectionEntry(body) => numbers.parse_function_body(&mut bodies, body)?,
                // Positions in the code, which others have now.
                Payload::CustomSection(section) if section.name().starts_with(".debug") => {}
                Payload::CustomSection(section) => custom.push(section),
                _ => {}
            }
        }
        module.section(&self.types).section(&self.imports).section(&self.functions).section(&self.tables);
        module.section(&self.memories).section(&globals).section(&self.exports).section(&self.elements);
        if let Some(count) = self.data_count {
            module.section(&DataCountSection { count });
        }
        module.section(&bodies).section(&self.data);
        for section in custom {
            numbers.parse_custom_section(&mut module, section)?;
        }
        Ok(module.finish())
    }
}
