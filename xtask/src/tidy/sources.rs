//! Sizes of files and functions, and stubs, found in the parsed source.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Lines of a file without its test modules.
const FILE_LINES_MAX: usize = 800;
/// From a function's signature to its closing brace.
const FUNCTION_LINES_MAX: usize = 100;

const SKIPPED_FOLDERS: &[&str] = &["target", "generated", "node_modules", ".git"];
const STUBS: &[&str] = &["todo", "unimplemented"];

/// Every finding, with its place.
pub fn findings(root: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    collect(root, &mut files)?;
    files.sort();
    let mut findings = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        let parsed = syn::parse_file(&text).with_context(|| format!("parsing {name}"))?;
        findings.extend(findings_of(&parsed, text.lines().count()).into_iter().map(|found| format!("{name}{found}")));
    }
    Ok(findings)
}

fn findings_of(file: &syn::File, lines: usize) -> Vec<String> {
    let mut scan = Scan { findings: Vec::new(), test_lines: 0 };
    scan.visit_file(file);
    let production = lines - scan.test_lines.min(lines);
    if production > FILE_LINES_MAX {
        scan.findings.push(format!(": {production} lines without tests, {FILE_LINES_MAX} are allowed"));
    }
    scan.findings
}

struct Scan {
    findings: Vec<String>,
    test_lines: usize,
}

impl Scan {
    fn function(&mut self, signature: &syn::Signature, whole: Span) {
        let lines = line_count(whole);
        if lines > FUNCTION_LINES_MAX {
            let line = signature.span().start().line;
            self.findings
                .push(format!(":{line}: `{}` has {lines} lines, {FUNCTION_LINES_MAX} are allowed", signature.ident));
        }
    }
}

impl<'ast> Visit<'ast> for Scan {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.content.is_some() && is_for_tests(&module.attrs) {
            self.test_lines += line_count(module.span());
        }
        visit::visit_item_mod(self, module);
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.function(
            &function.sig,
            function.sig.span().join(function.block.span()).unwrap_or_else(|| function.span()),
        );
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.function(
            &function.sig,
            function.sig.span().join(function.block.span()).unwrap_or_else(|| function.span()),
        );
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_macro(&mut self, used: &'ast syn::Macro) {
        if let Some(name) = used.path.segments.last().map(|segment| segment.ident.to_string())
            && STUBS.contains(&name.as_str())
        {
            self.findings.push(format!(":{}: {name}!", used.span().start().line));
        }
        visit::visit_macro(self, used);
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|argument| argument.is_ident("test"))
    })
}

fn line_count(span: Span) -> usize {
    span.end().line + 1 - span.start().line
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let entry = entry?;
        let path = entry.path();
        let name = entry.file_name();
        if entry.file_type()?.is_dir() {
            if !SKIPPED_FOLDERS.iter().any(|skipped| name == *skipped) {
                collect(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        findings_of(&syn::parse_file(text).unwrap(), text.lines().count())
    }

    #[test]
    fn long_functions_and_files_are_found_and_tests_do_not_count() {
        let long = format!("fn long() {{\n{}}}\n", "    work();\n".repeat(FUNCTION_LINES_MAX));
        assert_eq!(found(&long), [":1: `long` has 102 lines, 100 are allowed"]);
        let constants = "const A: u8 = 1;\n".repeat(FILE_LINES_MAX + 1);
        assert_eq!(found(&constants), [": 801 lines without tests, 800 are allowed"]);
        assert!(found(&format!("#[cfg(test)]\nmod tests {{\n{constants}}}\n")).is_empty());
    }

    #[test]
    fn stubs_are_found() {
        // Texts that the check reads, no code of ours.
        assert_eq!(found("fn a() {\n    todo!()\n}"), [":2: todo!"]);
        assert_eq!(found("fn a() {\n    std::unimplemented!()\n}"), [":2: unimplemented!"]);
    }
}
