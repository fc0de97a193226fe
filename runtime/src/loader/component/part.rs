//! What is to be known of a core module before it is joined with others.

use std::collections::HashMap;

use wasmparser::{
    BinaryReaderError, ConstExpr, ElementItems, ElementKind, ExternalKind, GlobalType, KnownCustom, MemoryType, Name,
    Operator, Parser, Payload, TableType, TypeRef,
};

/// Functions that only call through a table are not longer.
const SLOT_FUNCTION_BYTES_MAX: usize = 256;

pub struct Part<'a> {
    /// Its number among the core instances.
    pub instance: u32,
    /// It only calls through a table of its own, and others now call what is there.
    pub left_out: bool,
    pub bytes: &'a [u8],
    pub types: u32,
    /// Imported functions with their types.
    pub functions: Vec<(&'a str, &'a str, u32)>,
    pub own_functions: u32,
    pub globals: Vec<(&'a str, &'a str)>,
    pub own_globals: Vec<(GlobalType, ConstExpr<'a>)>,
    pub tables: Vec<(&'a str, &'a str)>,
    pub own_tables: Vec<TableType>,
    pub memories: Vec<(&'a str, &'a str)>,
    pub own_memories: Vec<MemoryType>,
    pub exports: HashMap<&'a str, (ExternalKind, u32)>,
    /// Active segments of functions: table, offset, functions.
    pub elements: Vec<(u32, ConstExpr<'a>, Vec<u32>)>,
    pub data_segments: u32,
    /// It says which line of a source its code comes from (DWARF).
    pub has_debug_information: bool,
    /// Names of functions.
    pub names: Vec<(u32, &'a str)>,
    /// For each of its own functions that only calls through the table: the slot.
    pub slots: Vec<Option<u32>>,
}

impl<'a> Part<'a> {
    /// Reads a valid module. `None` where it has something that cannot be joined.
    pub fn read(instance: u32, bytes: &'a [u8]) -> Result<Option<Self>, BinaryReaderError> {
        let mut part = Self {
            instance,
            left_out: false,
            bytes,
            types: 0,
            functions: Vec::new(),
            own_functions: 0,
            globals: Vec::new(),
            own_globals: Vec::new(),
            tables: Vec::new(),
            own_tables: Vec::new(),
            memories: Vec::new(),
            own_memories: Vec::new(),
            exports: HashMap::new(),
            elements: Vec::new(),
            data_segments: 0,
            has_debug_information: false,
            names: Vec::new(),
            slots: Vec::new(),
        };
        for payload in Parser::new(0).parse_all(bytes) {
            if !part.section(payload?)? {
                return Ok(None);
            }
        }
        Ok(Some(part))
    }

    /// Leaves it out of the joined module.
    pub fn leave_out(&mut self) {
        self.left_out = true;
        self.types = 0;
        self.own_functions = 0;
        self.data_segments = 0;
        self.own_globals.clear();
    }

    fn section(&mut self, payload: Payload<'a>) -> Result<bool, BinaryReaderError> {
        match payload {
            Payload::TypeSection(types) => {
                for group in types {
                    self.types += group?.types().len() as u32;
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    let name = (import.module, import.name);
                    match import.ty {
                        TypeRef::Func(ty) => self.functions.push((name.0, name.1, ty)),
                        TypeRef::Global(_) => self.globals.push(name),
                        TypeRef::Table(_) => self.tables.push(name),
                        TypeRef::Memory(_) => self.memories.push(name),
                        _ => return Ok(false),
                    }
                }
            }
            Payload::FunctionSection(functions) => self.own_functions = functions.count(),
            Payload::TableSection(tables) => {
                for table in tables {
                    let table = table?;
                    if !matches!(table.init, wasmparser::TableInit::RefNull) {
                        return Ok(false);
                    }
                    self.own_tables.push(table.ty);
                }
            }
            Payload::MemorySection(memories) => self.own_memories = memories.into_iter().collect::<Result<_, _>>()?,
            Payload::GlobalSection(globals) => {
                for global in globals {
                    let global = global?;
                    self.own_globals.push((global.ty, global.init_expr));
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    self.exports.insert(export.name, (export.kind, export.index));
                }
            }
            Payload::ElementSection(elements) => {
                for element in elements {
                    let element = element?;
                    let (ElementKind::Active { table_index, offset_expr }, ElementItems::Functions(functions)) =
                        (element.kind, element.items)
                    else {
                        return Ok(false);
                    };
                    let functions = functions.into_iter().collect::<Result<_, _>>()?;
                    self.elements.push((table_index.unwrap_or(0), offset_expr, functions));
                }
            }
            Payload::DataSection(data) => self.data_segments = data.count(),
            Payload::CodeSectionEntry(body) => self.slots.push(slot(&body)),
            Payload::StartSection { .. } | Payload::TagSection(_) => return Ok(false),
            Payload::CustomSection(section) => {
                self.has_debug_information |= section.name().starts_with(".debug");
                if let KnownCustom::Name(names) = section.as_known() {
                    // Names are for people; unreadable ones are left out.
                    for name in names.into_iter().map_while(Result::ok) {
                        if let Name::Function(names) = name {
                            self.names.extend(names.into_iter().map_while(Result::ok).map(|one| (one.index, one.name)));
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(true)
    }
}

/// The slot of the table through which a function calls at its end, where it does nothing else than hand on its parameters.
fn slot(body: &wasmparser::FunctionBody<'_>) -> Option<u32> {
    if body.range().len() > SLOT_FUNCTION_BYTES_MAX {
        return None;
    }
    let operators: Vec<Operator<'_>> = body.get_operators_reader().ok()?.into_iter().collect::<Result<_, _>>().ok()?;
    let [parameters @ .., Operator::I32Const { value }, Operator::CallIndirect { table_index: 0, .. }, Operator::End] =
        &operators[..]
    else {
        return None;
    };
    let handed_on = parameters.iter().enumerate().all(
        |(index, operator)| matches!(operator, Operator::LocalGet { local_index } if *local_index == index as u32),
    );
    handed_on.then(|| value.cast_unsigned())
}
