//! The module that called through the shim, with the shim's functions and table.

use wasm_encoder::reencode::{Reencode, utils};
use wasm_encoder::{
    CodeSection, ExportSection, FunctionSection, ImportSection, Module, SectionId, TableSection, TypeSection,
};
use wasmparser::{
    CodeSectionReader, ExportSectionReader, FunctionSectionReader, Import, ImportSectionReader, Parser, Payload,
    TableSectionReader, TypeRef, TypeSectionReader,
};

use super::{Apart, Error, Plan};

/// Writes it.
pub fn merged(plan: &Plan<'_>) -> Result<Vec<u8>, Error> {
    let mut module = Module::new();
    let mut merge = Merge { plan, of_shim: false, has_table: false };
    merge.parse_core_module(&mut module, Parser::new(0), plan.main.part.bytes)?;
    Ok(module.finish())
}

struct Merge<'a, 'p> {
    plan: &'p Plan<'a>,
    /// What is being written is the shim's.
    of_shim: bool,
    has_table: bool,
}

impl Merge<'_, '_> {
    /// Does something with each section of the shim.
    fn shim(&mut self, mut work: impl FnMut(&mut Self, Payload<'_>) -> Result<(), Error>) -> Result<(), Error> {
        self.of_shim = true;
        for payload in Parser::new(0).parse_all(self.plan.shim.part.bytes) {
            work(self, payload?)?;
        }
        self.of_shim = false;
        Ok(())
    }

    fn shim_table(&mut self, tables: &mut TableSection) -> Result<(), Error> {
        self.has_table = true;
        self.shim(|merge, payload| match payload {
            Payload::TableSection(section) => utils::parse_table_section(merge, tables, section),
            _ => Ok(()),
        })
    }
}

impl Reencode for Merge<'_, '_> {
    type Error = Apart;

    fn type_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(if self.of_shim { self.plan.main.part.types + index } else { index })
    }

    fn table_index(&mut self, index: u32) -> Result<u32, Error> {
        let main = &self.plan.main.part;
        Ok(if self.of_shim { (main.tables.len() + main.own_tables.len()) as u32 + index } else { index })
    }

    fn function_index(&mut self, index: u32) -> Result<u32, Error> {
        let plan = self.plan;
        if self.of_shim {
            return Ok(plan.imports_left + index);
        }
        let own = || plan.imports_left + plan.shim.part.own_functions + index - plan.imports.len() as u32;
        Ok(plan.imports.get(index as usize).copied().unwrap_or_else(own))
    }

    fn parse_type_section(&mut self, types: &mut TypeSection, section: TypeSectionReader<'_>) -> Result<(), Error> {
        utils::parse_type_section(self, types, section)?;
        self.shim(|merge, payload| match payload {
            Payload::TypeSection(section) => utils::parse_type_section(merge, types, section),
            _ => Ok(()),
        })
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), Error> {
        let mut functions = 0..;
        for import in section.into_imports() {
            let import: Import<'_> = import?;
            let stays = match import.ty {
                TypeRef::Func(_) => functions
                    .next()
                    .and_then(|index: usize| self.plan.imports.get(index))
                    .is_some_and(|number| *number < self.plan.imports_left),
                _ => true,
            };
            if stays {
                utils::parse_import(self, imports, import)?;
            }
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        self.shim(|merge, payload| match payload {
            Payload::FunctionSection(section) => utils::parse_function_section(merge, functions, section),
            _ => Ok(()),
        })?;
        utils::parse_function_section(self, functions, section)
    }

    fn parse_table_section(&mut self, tables: &mut TableSection, section: TableSectionReader<'_>) -> Result<(), Error> {
        utils::parse_table_section(self, tables, section)?;
        self.shim_table(tables)
    }

    /// For modules without a table of their own.
    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        _after: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Result<(), Error> {
        use SectionId::{Custom, Function, Import, Table, Type};
        if !self.has_table && !matches!(before, Some(Custom | Type | Import | Function | Table)) {
            let mut tables = TableSection::new();
            self.shim_table(&mut tables)?;
            module.section(&tables);
        }
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: ExportSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_export_section(self, exports, section)?;
        self.shim(|merge, payload| match payload {
            Payload::ExportSection(section) => utils::parse_export_section(merge, exports, section),
            _ => Ok(()),
        })
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, section: CodeSectionReader<'_>) -> Result<(), Error> {
        self.shim(|merge, payload| match payload {
            Payload::CodeSectionEntry(body) => utils::parse_function_body(merge, code, body),
            _ => Ok(()),
        })?;
        utils::parse_code_section(self, code, section)
    }
}
