//! The adapter's module: for each function one that calls the host and puts the result's parts into registers, and the two
//! functions of the contract interface, which call those of the contract.
//!
//! The host's results are kept in blocks of the contract's own memory, which the contract's allocator gives or which are
//! added with `memory.grow`. The space of a result is used again for the next one.

use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, FunctionSection, GlobalSection, GlobalType, ImportSection,
    MemoryType, Module, TypeSection,
};
use wasmparser::ValType;

use super::code;
use super::functions::Function;
use super::{INIT, INVOKE, REALLOC};

const I32: ValType = ValType::I32;

/// Functions that stand for none of the world: name, parameters, results.
pub const OWN_FUNCTIONS: [(&str, &[ValType], &[ValType]); 4] = [
    ("register_len", &[I32], &[I32]),
    ("register_read", &[I32, I32], &[]),
    ("register_number", &[I32], &[ValType::I64]),
    ("set_response", &[I32, I32], &[]),
];

/// What the contract's module exports.
#[derive(Clone, Copy)]
pub struct Guest {
    pub init: bool,
    pub realloc: bool,
}

/// Indices of functions that the code calls.
pub struct Calls {
    /// Space in the current block: size and alignment to pointer.
    pub reserve: u32,
    /// A new current block of at least so many bytes.
    pub new_block: u32,
    pub guest_realloc: Option<u32>,
}

/// The adapter, as `wit_component` wants it: with the contract's memory, without data and tables.
pub fn module(functions: &[Function], guest: Guest) -> Vec<u8> {
    let mut parts = Parts::default();
    let memory = MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };
    parts.imports.import("env", "memory", memory);
    for function in functions {
        let mut params = function.params.clone();
        params.extend(function.result.as_ref().map(|_| I32));
        parts.import(&function.import.0, &function.import.1, &params, &[]);
    }
    let guest_invoke = parts.import("__main_module__", INVOKE, &[], &[I32]);
    let guest_init = if guest.init { parts.import("__main_module__", INIT, &[], &[I32]) } else { guest_invoke };
    let guest_realloc = guest.realloc.then(|| parts.import("__main_module__", REALLOC, &[I32; 4], &[I32]));

    let new_block = parts.imported;
    let calls = Calls { reserve: new_block + 1, new_block, guest_realloc };
    parts.define(None, &[I32], &[], &code::new_block(&calls));
    parts.define(None, &[I32; 2], &[I32], &code::reserve(&calls));
    for (index, function) in functions.iter().enumerate() {
        let results: &[ValType] = if function.result.is_some() { &[I32] } else { &[] };
        parts.define(Some(&function.name), &function.params, results, &code::function(function, index as u32, &calls));
    }
    let own = [code::register_len(), code::register_read(), code::register_number(), code::set_response()];
    for ((name, params, results), body) in OWN_FUNCTIONS.iter().zip(own) {
        parts.define(Some(name), params, results, &body);
    }
    // The host asks these two for room: for results, and for the arguments of the contract's functions.
    for name in ["cabi_import_realloc", "cabi_export_realloc"] {
        parts.define(Some(name), &[I32; 4], &[I32], &code::realloc(&calls));
    }
    for (name, guest) in [("init", guest_init), ("invoke", guest_invoke)] {
        let name = format!(
            "{}/{}@{}#{name}",
            host_api::names::PACKAGE,
            host_api::names::CONTRACT_INTERFACE,
            host_api::names::VERSION
        );
        parts.define(Some(&name), &[I32; 4], &[I32], &code::entry(guest, &calls));
    }
    parts.finish()
}

/// Sections in the making.
#[derive(Default)]
struct Parts {
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    exports: ExportSection,
    code: CodeSection,
    imported: u32,
}

impl Parts {
    fn ty(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let list = |types: &[ValType]| types.iter().map(|ty| code::val_type(*ty)).collect::<Vec<_>>();
        self.types.ty().function(list(params), list(results));
        self.types.len() - 1
    }

    fn import(&mut self, module: &str, name: &str, params: &[ValType], results: &[ValType]) -> u32 {
        let ty = self.ty(params, results);
        self.imports.import(module, name, EntityType::Function(ty));
        self.imported += 1;
        self.imported - 1
    }

    fn define(&mut self, export: Option<&str>, params: &[ValType], results: &[ValType], body: &wasm_encoder::Function) {
        let ty = self.ty(params, results);
        let index = self.imported + self.functions.len();
        self.functions.function(ty);
        self.code.function(body);
        if let Some(name) = export {
            self.exports.export(name, ExportKind::Func, index);
        }
    }

    fn finish(self) -> Vec<u8> {
        let mut globals = GlobalSection::new();
        for _ in 0..code::GLOBALS {
            let ty = GlobalType { val_type: wasm_encoder::ValType::I32, mutable: true, shared: false };
            globals.global(ty, &wasm_encoder::ConstExpr::i32_const(0));
        }
        let mut module = Module::new();
        module.section(&self.types).section(&self.imports).section(&self.functions);
        module.section(&globals).section(&self.exports).section(&self.code);
        module.finish()
    }
}
