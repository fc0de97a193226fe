//! Sizes and counts, of a module or of every module inside a component.

use wasmparser::{BinaryReaderError, Encoding, FromReader, FunctionBody, Parser, Payload, SectionLimited};

use super::{Report, Rule, Usage};
use crate::limits::*;

/// Wasm's page.
const PAGE_BYTES: u64 = 64 * 1024;

/// Adds findings; false when the file could not be read to its end, or has so many entries that validating it is too much.
pub fn check(wasm: &[u8], memory_bytes: usize, report: &mut Report) -> bool {
    let mut walk = Walk { memory_bytes, report, modules: 0, depth: Vec::new(), imported_functions: 0, too_many: false };
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.and_then(|payload| walk.payload(&payload)) {
            Ok(()) => {}
            Err(error) if error.message().contains("unexpected end") => {
                report.add(Rule::Truncated, format!("the file is truncated: {error}"));
                return false;
            }
            Err(error) => {
                report.add(Rule::Invalid, format!("not a valid Wasm file: {error}"));
                return false;
            }
        }
    }
    !walk.too_many
}

struct Walk<'a> {
    memory_bytes: usize,
    report: &'a mut Report,
    modules: usize,
    /// The module or component being read, and those around it.
    depth: Vec<Encoding>,
    imported_functions: u32,
    too_many: bool,
}

impl Walk<'_> {
    fn payload(&mut self, payload: &Payload<'_>) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::Version { encoding, .. } => {
                self.depth.push(*encoding);
                if *encoding == Encoding::Module {
                    self.modules += 1;
                    self.imported_functions = 0;
                    self.at_most("modules", self.modules as u64, MODULES_MAX as u64);
                }
            }
            Payload::End(_) => {
                self.depth.pop();
            }
            Payload::TypeSection(types) => {
                self.at_most("types", types.count().into(), TYPES_MAX as u64);
                for ty in types.clone().into_iter_err_on_gc_types() {
                    let ty = ty?;
                    self.at_most("parameters of a function", ty.params().len() as u64, PARAMS_MAX as u64);
                    self.at_most("results of a function", ty.results().len() as u64, RESULTS_MAX as u64);
                }
            }
            Payload::ImportSection(imports) => {
                let mut count = 0;
                for import in imports.clone().into_imports() {
                    let import = import?;
                    count += 1;
                    self.imported_functions += u32::from(matches!(import.ty, wasmparser::TypeRef::Func(_)));
                    self.name(import.module);
                    self.name(import.name);
                }
                self.at_most("imports", count, IMPORTS_MAX as u64);
            }
            Payload::FunctionSection(section) => self.entries("functions", section, FUNCTIONS_MAX)?,
            Payload::TableSection(tables) => {
                self.at_most("tables of a module", tables.count().into(), TABLES_PER_MODULE.into());
                for table in tables.clone() {
                    self.at_most("elements of a table", table?.ty.initial, TABLE_ELEMENTS_MAX as u64);
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories.clone() {
                    let bytes = memory?.initial.saturating_mul(PAGE_BYTES);
                    self.at_most("bytes of initial memory", bytes, self.memory_bytes as u64);
                }
            }
            Payload::GlobalSection(section) => self.entries("globals", section, GLOBALS_MAX)?,
            Payload::ExportSection(exports) => {
                self.at_most("exports", exports.count().into(), EXPORTS_MAX as u64);
                for export in exports.clone() {
                    self.name(export?.name);
                }
            }
            Payload::ElementSection(section) => self.entries("element segments", section, ELEMENT_SEGMENTS_MAX)?,
            Payload::DataSection(section) => self.entries("data segments", section, DATA_SEGMENTS_MAX)?,
            Payload::CoreTypeSection(section) => self.entries("types", section, TYPES_MAX)?,
            Payload::ComponentTypeSection(section) => self.entries("types", section, TYPES_MAX)?,
            Payload::ComponentImportSection(section) => self.entries("imports", section, IMPORTS_MAX)?,
            Payload::ComponentExportSection(section) => self.entries("exports", section, EXPORTS_MAX)?,
            Payload::ComponentCanonicalSection(section) => self.entries("functions", section, FUNCTIONS_MAX)?,
            Payload::CodeSectionStart { size, .. } => {
                self.at_most("bytes of code", (*size).into(), CODE_BYTES_MAX as u64);
            }
            Payload::CodeSectionEntry(body) => self.body(body)?,
            Payload::StartSection { func, .. } => self.start(*func),
            Payload::ComponentStartSection { .. } => self.report.add(Rule::StartFunction, START),
            _ => {}
        }
        Ok(())
    }

    /// Component tools generate a tiny module that starts another module's `_initialize`; that start function is an import.
    fn start(&mut self, function: u32) {
        let inside_component = self.depth.len() > 1;
        if !(inside_component && function < self.imported_functions) {
            self.report.add(Rule::StartFunction, START);
        }
    }

    fn body(&mut self, body: &FunctionBody<'_>) -> Result<(), BinaryReaderError> {
        self.at_most("bytes of one function", body.range().len() as u64, FUNCTION_BYTES_MAX as u64);
        let mut locals: u64 = 0;
        for group in body.get_locals_reader()? {
            locals += u64::from(group?.0);
        }
        self.at_most("local variables of one function", locals, LOCALS_MAX.into());
        Ok(())
    }

    /// The validator makes room for as many entries as a section says that it has, so they must be there, and not too many.
    fn entries<'a, T: FromReader<'a>>(
        &mut self,
        what: &'static str,
        section: &SectionLimited<'a, T>,
        max: usize,
    ) -> Result<(), BinaryReaderError> {
        self.at_most(what, section.count().into(), max as u64);
        if section.count() as usize > max {
            self.too_many = true;
            return Ok(());
        }
        section.clone().into_iter().try_for_each(|entry| entry.map(drop))
    }

    fn name(&mut self, name: &str) {
        self.at_most("bytes of a name", name.len() as u64, NAME_BYTES_MAX as u64);
    }

    fn at_most(&mut self, what: &'static str, count: u64, max: u64) {
        match self.report.usage.iter_mut().find(|usage| usage.what == what) {
            Some(usage) => usage.used = usage.used.max(count),
            None => self.report.usage.push(Usage { what, used: count, limit: max }),
        }
        if count > max {
            self.report.add(Rule::Limit, format!("{count} {what}, the limit is {max}"));
        }
    }
}

const START: &str = "the module has a start function; nothing may run before the peer calls the contract";
