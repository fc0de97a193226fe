//! What a contract file says about itself in custom sections.

use host_api::names::FUNCTIONS_SECTION;
use wasmparser::{Parser, Payload};

use crate::text;

/// Functions shown at most.
const FUNCTIONS_MAX: usize = 1_000;
/// A declaration shown at most.
const LINE_BYTES_MAX: usize = 512;

/// The declared functions; empty when there are none or the file is broken.
pub fn functions(wasm: &[u8]) -> Vec<String> {
    let mut functions = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let Ok(payload) = payload else { break };
        let Payload::CustomSection(section) = payload else { continue };
        if section.name() != FUNCTIONS_SECTION {
            continue;
        }
        let declared = String::from_utf8_lossy(section.data());
        let lines = declared.lines().filter(|line| !line.trim().is_empty());
        // There may be many such sections.
        let room = FUNCTIONS_MAX - functions.len();
        functions.extend(lines.take(room).map(|line| text::printable(line, LINE_BYTES_MAX)));
    }
    functions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_section_and_survives_anything_else() {
        let module =
            wat::parse_str(r#"(module (@custom "fabric:chaincode/functions" "submit A()\nevaluate B(id: String)\n"))"#);
        let module = module.unwrap();
        assert_eq!(functions(&module), ["submit A()", "evaluate B(id: String)"]);
        for length in 0..module.len() {
            functions(&module[..length]);
        }
        assert!(functions(b"not wasm").is_empty());
    }

    #[test]
    fn many_sections_give_no_more_than_one() {
        let section = format!(r#"(@custom "{FUNCTIONS_SECTION}" "{}")"#, r"f\n".repeat(700));
        let module = wat::parse_str(format!("(module {})", section.repeat(3))).unwrap();
        assert_eq!(functions(&module).len(), FUNCTIONS_MAX);
    }
}
