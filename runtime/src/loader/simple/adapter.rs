//! The adapter: for each function that the contract uses one that calls the host and puts the result's parts into registers,
//! and the two functions of the contract interface, which call those of the contract.
//!
//! The host's results are kept in blocks of the contract's own memory, which the contract's allocator gives or which are
//! added to it. The space of a result is used again for the next one.

use host_api::names::{CONTRACT_INTERFACE, PACKAGE, VERSION};
use wasm_encoder::Function as Body;
use wasmparser::ValType;

use super::REALLOC;
use super::code;
use super::functions::Function;

const I32: ValType = ValType::I32;

/// Functions that stand for none of the world: name, parameters, results.
pub const OWN_FUNCTIONS: [(&str, &[ValType], &[ValType]); 4] = [
    ("register_len", &[I32], &[I32]),
    ("register_read", &[I32, I32], &[]),
    ("register_number", &[I32], &[ValType::I64]),
    ("set_response", &[I32, I32], &[]),
];

/// WASI's adapter takes memory for good, which must not come from the space of results.
const REALLOC_FOR_WASI: &str = "cabi_realloc_adapter";

/// Indices, in the joined module, of functions that the adapter calls.
pub struct Calls {
    /// Space in the current block: size and alignment to pointer.
    pub reserve: u32,
    /// A new current block of at least so many bytes.
    pub new_block: u32,
    pub guest_invoke: u32,
    pub guest_init: u32,
    pub guest_realloc: Option<u32>,
}

impl Calls {
    /// Functions that [`all`] puts in front of the others.
    pub const FIRST: u32 = 2;

    pub fn new(first: u32, guest_invoke: u32, guest_init: u32, guest_realloc: Option<u32>) -> Self {
        Calls { new_block: first, reserve: first + 1, guest_invoke, guest_init, guest_realloc }
    }
}

/// A function of the adapter.
pub struct Part {
    /// Its name for the host, when it has one.
    pub export: Option<String>,
    pub params: Vec<ValType>,
    pub results: Vec<ValType>,
    pub body: Body,
}

/// All of them. The function that stands for `used[n]` calls the import `n` of the joined module.
pub fn all(used: &[&Function], calls: &Calls) -> Vec<Part> {
    let internal = |params: &[ValType], results: &[ValType], body| Part {
        export: None,
        params: params.to_vec(),
        results: results.to_vec(),
        body,
    };
    let mut parts =
        vec![internal(&[I32], &[], code::new_block(calls)), internal(&[I32; 2], &[I32], code::reserve(calls))];
    for (import, function) in used.iter().enumerate() {
        let results: &[ValType] = if function.result.is_some() { &[I32] } else { &[] };
        parts.push(internal(&function.params, results, code::function(function, import as u32, calls)));
    }
    let own = [code::register_len(), code::register_read(), code::register_number(), code::set_response()];
    for ((_, params, results), body) in OWN_FUNCTIONS.iter().zip(own) {
        parts.push(internal(params, results, body));
    }
    let exported = |name: String, body| Part { export: Some(name), ..internal(&[I32; 4], &[I32], body) };
    parts.push(exported(REALLOC.to_owned(), code::realloc(calls)));
    parts.push(exported(REALLOC_FOR_WASI.to_owned(), code::permanent(calls)));
    for (name, guest) in [("init", calls.guest_init), ("invoke", calls.guest_invoke)] {
        let name = format!("{PACKAGE}/{CONTRACT_INTERFACE}@{VERSION}#{name}");
        parts.push(exported(name, code::entry(guest, calls)));
    }
    parts
}
