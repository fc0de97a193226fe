//! The reference page of the interface between contract and peer, from the WIT package and its comments.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use wit_bindgen_core::wit_parser::{Docs, Function, Handle, Interface, Resolve, Type, TypeDefKind, TypeId, WorldItem};

use super::Files;

pub const WIT: &str = "host-api/wit/chaincode.wit";
const PAGE: &str = "host-api/REFERENCE.md";

pub fn generate(root: &Path, files: &mut Files) -> Result<()> {
    let text = std::fs::read_to_string(root.join(WIT)).context("reading the WIT package")?;
    let mut resolve = Resolve::default();
    let package = resolve.push_str(WIT, &text)?;
    let world = resolve.select_world(&[package], None)?;
    let mut page = Page { resolve: &resolve, text: String::new() };
    page.head(package);
    for (heading, items) in
        [("The peer offers", &resolve.worlds[world].imports), ("The contract offers", &resolve.worlds[world].exports)]
    {
        page.line(&format!("# {heading}\n"));
        for item in items.values() {
            if let WorldItem::Interface { id, .. } = item {
                page.interface(&resolve.interfaces[*id]);
            }
        }
    }
    files.insert(PAGE.into(), format!("{}\n", page.text.trim_end()).into_bytes());
    Ok(())
}

struct Page<'a> {
    resolve: &'a Resolve,
    text: String,
}

impl Page<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn head(&mut self, package: wit_bindgen_core::wit_parser::PackageId) {
        let package = &self.resolve.packages[package];
        self.line(&format!("<!-- Made from {WIT} by `cargo xtask codegen`. -->\n"));
        self.line(&format!("# {}\n", package.name));
        self.docs(&package.docs, "");
    }

    fn docs(&mut self, docs: &Docs, indent: &str) {
        let Some(contents) = docs.contents.as_deref().filter(|contents| !contents.trim().is_empty()) else { return };
        for line in contents.trim().lines() {
            let line = format!("{indent}{line}");
            self.line(line.trim_end());
        }
        self.line("");
    }

    fn interface(&mut self, interface: &Interface) {
        self.line(&format!("## {}\n", interface.name.as_deref().unwrap_or_default()));
        self.docs(&interface.docs, "");
        for (name, id) in &interface.types {
            self.definition(name, *id);
        }
        for function in interface.functions.values() {
            let signature = self.signature(function);
            self.line(&format!("- `{}: {signature}`\n", function.name));
            self.docs(&function.docs, "  ");
        }
    }

    fn definition(&mut self, name: &str, id: TypeId) {
        let definition = &self.resolve.types[id];
        let parts: Vec<(String, &Docs)> = match &definition.kind {
            TypeDefKind::Record(record) => {
                let part = |field: &wit_bindgen_core::wit_parser::Field| {
                    format!("{}: {}", field.name, self.type_text(&field.ty))
                };
                record.fields.iter().map(|field| (part(field), &field.docs)).collect()
            }
            TypeDefKind::Enum(cases) => cases.cases.iter().map(|case| (case.name.clone(), &case.docs)).collect(),
            // A type of another interface.
            TypeDefKind::Type(_) => return,
            _ => Vec::new(),
        };
        let kind = definition.kind.as_str();
        self.line(&format!("- {kind} `{name}`\n"));
        self.docs(&definition.docs, "  ");
        for (part, docs) in parts {
            self.line(&format!("  - `{part}`"));
            if docs.contents.is_some() {
                self.line("");
                self.docs(docs, "    ");
            }
        }
        self.line("");
    }

    fn signature(&self, function: &Function) -> String {
        let parameter = |parameter: &wit_bindgen_core::wit_parser::Param| {
            format!("{}: {}", parameter.name, self.type_text(&parameter.ty))
        };
        let parameters: Vec<String> = function.params.iter().map(parameter).collect();
        let mut text = format!("func({})", parameters.join(", "));
        if let Some(result) = &function.result {
            // Writing to a string cannot fail.
            let _ = write!(text, " -> {}", self.type_text(result));
        }
        text
    }

    fn type_text(&self, ty: &Type) -> String {
        let Type::Id(id) = ty else { return format!("{ty:?}").to_lowercase() };
        let definition = &self.resolve.types[*id];
        if let Some(name) = &definition.name {
            return name.clone();
        }
        let optional = |ty: &Option<Type>| ty.as_ref().map_or_else(|| "_".to_owned(), |ty| self.type_text(ty));
        match &definition.kind {
            TypeDefKind::List(ty) => format!("list<{}>", self.type_text(ty)),
            TypeDefKind::Option(ty) => format!("option<{}>", self.type_text(ty)),
            TypeDefKind::Result(result) => format!("result<{}, {}>", optional(&result.ok), optional(&result.err)),
            TypeDefKind::Tuple(tuple) => {
                let types: Vec<String> = tuple.types.iter().map(|ty| self.type_text(ty)).collect();
                format!("tuple<{}>", types.join(", "))
            }
            TypeDefKind::Handle(Handle::Own(id)) => self.type_text(&Type::Id(*id)),
            TypeDefKind::Handle(Handle::Borrow(id)) => format!("borrow<{}>", self.type_text(&Type::Id(*id))),
            other => other.as_str().to_owned(),
        }
    }
}
