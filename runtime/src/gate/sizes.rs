//! Where a contract's bytes are: its largest functions.

use std::collections::HashMap;

use serde::Serialize;
use wasmparser::{Encoding, KnownCustom, Name, Parser, Payload};

use crate::text;

/// A name shown at most.
const NAME_BYTES_MAX: usize = 256;

/// One function of a contract file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FunctionSize {
    /// Its name, if the file has names, else `function N`.
    pub name: String,
    /// Size of its code.
    pub bytes: usize,
}

/// The `count` largest functions of all modules in the file, the largest first. Of a broken file, those before the break.
pub fn largest_functions(wasm: &[u8], count: usize) -> Vec<FunctionSize> {
    let mut functions = Functions::default();
    for payload in Parser::new(0).parse_all(wasm) {
        let Ok(payload) = payload else { break };
        functions.payload(&payload);
    }
    let Functions { mut sizes, names, .. } = functions;
    sizes.sort_by_key(|(place, bytes)| (std::cmp::Reverse(*bytes), *place));
    let named = sizes.into_iter().take(count).map(|(place, bytes)| {
        let name = names.get(&place).map(|name| format!("{:#}", rustc_demangle::demangle(name)));
        let name = name.unwrap_or_else(|| format!("function {}", place.1));
        FunctionSize { name: text::printable(&name, NAME_BYTES_MAX), bytes }
    });
    named.collect()
}

#[derive(Default)]
struct Functions<'a> {
    modules: u32,
    /// Of the function that comes next in the module being read.
    index: u32,
    /// Module and function.
    sizes: Vec<((u32, u32), usize)>,
    names: HashMap<(u32, u32), &'a str>,
}

impl<'a> Functions<'a> {
    fn payload(&mut self, payload: &Payload<'a>) {
        match payload {
            Payload::Version { encoding: Encoding::Module, .. } => {
                self.modules += 1;
                self.index = 0;
            }
            Payload::ImportSection(imports) => {
                let imports = imports.clone().into_imports().flatten();
                self.index += imports.filter(|import| matches!(import.ty, wasmparser::TypeRef::Func(_))).count() as u32;
            }
            Payload::CodeSectionEntry(body) => {
                self.sizes.push(((self.modules, self.index), body.range().len()));
                self.index += 1;
            }
            Payload::CustomSection(section) => {
                let KnownCustom::Name(names) = section.as_known() else { return };
                for name in names.flatten() {
                    let Name::Function(names) = name else { continue };
                    let named = names.into_iter().flatten();
                    self.names.extend(named.map(|naming| ((self.modules, naming.index), naming.name)));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_come_first_with_their_names() {
        let module = wat::parse_str(
            "(module (import \"env\" \"f\" (func)) (func $small) (func $large nop nop nop nop) (func nop nop))",
        );
        let module = module.unwrap();
        let sizes = largest_functions(&module, 2);
        let names: Vec<&str> = sizes.iter().map(|size| size.name.as_str()).collect();
        assert_eq!(names, ["large", "function 3"]);
        assert!(sizes[0].bytes > sizes[1].bytes);
        for length in 0..module.len() {
            largest_functions(&module[..length], 10);
        }
    }
}
