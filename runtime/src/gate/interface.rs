//! Imports and exports against what the host offers and asks for.

use host_api::names::{CONTRACT_INTERFACE, PACKAGE, PLAIN_EXPORTS, VERSION};
use wasmparser::FuncType;
use wasmparser::component_types::ComponentEntityType;
use wasmparser::types::{EntityType, Types};

use super::abi::{Abi, own_interface, type_text};
use super::{Report, Rule};
use crate::wasi;

/// A core module: functions only, by name and exact type.
pub fn check_module(types: &Types, abi: &Abi, report: &mut Report) {
    for (module, name, entity) in types.as_ref().core_imports().into_iter().flatten() {
        let offered = match own_interface(module) {
            Some(interface) => abi.imports.get(interface).and_then(|functions| functions.get(name)),
            None => abi.preview1_function(module, name),
        };
        check_import(types, (module, name, entity), offered, report);
    }
    let exports: Vec<(&str, EntityType)> = types.as_ref().core_exports().into_iter().flatten().collect();
    let find = |wanted: &dyn Fn(&str) -> bool| exports.iter().find(|(name, _)| wanted(name));
    for (function, expected) in &abi.exports {
        let canonical = format!("{PACKAGE}/{CONTRACT_INTERFACE}@{VERSION}#{function}");
        let found = find(&|name| exports_function(name, function));
        match found {
            Some((name, EntityType::Func(id))) => {
                expect_type(report, Rule::ExportType, name, types[*id].unwrap_func(), expected);
            }
            Some((name, _)) => report.add(Rule::ExportType, format!("the export {name:?} is not a function")),
            None => report
                .add(Rule::MissingExport, format!("the export {canonical:?} (or \"contract_{function}\") is missing")),
        }
    }
    for (canonical, short) in [("memory", "cm32p2_memory"), ("cabi_realloc", "cm32p2_realloc")] {
        if find(&|name| name == canonical || name == short).is_none() {
            report.add(Rule::MissingExport, format!("the export {canonical:?} is missing"));
        }
    }
}

/// One import of a core module, and what the host offers under that name.
pub fn check_import(
    types: &Types,
    (module, name, entity): (&str, &str, EntityType),
    offered: Option<&FuncType>,
    report: &mut Report,
) {
    let shown = format!("{module:?} {name:?}");
    report.imports.push(format!("{module} {name}"));
    let EntityType::Func(id) = entity else {
        report.add(Rule::UnknownImport, format!("unknown import {shown}: contracts import functions only"));
        return;
    };
    match offered {
        None => report.add(Rule::UnknownImport, format!("unknown import {shown}{}", import_hint(module, name))),
        Some(offered) => expect_type(report, Rule::ImportType, &shown, types[id].unwrap_func(), offered),
    }
}

/// A component: our interfaces and WASI, by name; the engine's linker compares their types when the component is compiled.
pub fn check_component(wasm: &[u8], types: &Types, abi: &Abi, report: &mut Report) {
    let types = types.as_ref();
    for (name, item) in top_level(wasm).0.into_iter().map(|name| (name, types.component_item_for_import(name))) {
        report.imports.push(name.to_owned());
        let Some(ComponentEntityType::Instance(instance)) = item.map(|item| item.ty) else {
            report.add(Rule::UnknownImport, format!("unknown import {name:?}: components import interfaces only"));
            continue;
        };
        if wasi::offers(name) {
            continue;
        }
        let Some(offered) = own_interface(name).and_then(|interface| abi.imports.get(interface)) else {
            report.add(Rule::UnknownImport, format!("unknown import {name:?}{}", import_hint(name, "")));
            continue;
        };
        for (function, item) in &types[instance].exports {
            if matches!(item.ty, ComponentEntityType::Func(_)) && !offered.contains_key(function.as_str()) {
                report.add(Rule::UnknownImport, format!("unknown import {function:?} of {name:?}"));
            }
        }
    }
    let exported = top_level(wasm).1;
    let contract = exported.iter().find(|name| own_interface(name) == Some(CONTRACT_INTERFACE));
    match contract.and_then(|name| types.component_item_for_export(name)).map(|item| item.ty) {
        Some(ComponentEntityType::Instance(instance)) => {
            for function in
                abi.exports.keys().filter(|function| !types[instance].exports.contains_key(function.as_str()))
            {
                report.add(Rule::MissingExport, format!("the exported contract interface lacks {function:?}"));
            }
        }
        _ => {
            let message = format!("the export \"{PACKAGE}/{CONTRACT_INTERFACE}@{VERSION}\" is missing");
            report.add(Rule::MissingExport, message);
        }
    }
}

/// Names of the outermost component's imports and exports.
fn top_level(wasm: &[u8]) -> (Vec<&str>, Vec<&str>) {
    use wasmparser::{Parser, Payload};
    let (mut imports, mut exports, mut depth) = (Vec::new(), Vec::new(), 0);
    for payload in Parser::new(0).parse_all(wasm).flatten() {
        match payload {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 1 => {
                imports.extend(section.into_iter().flatten().map(|import| import.name.name));
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                exports.extend(section.into_iter().flatten().map(|export| export.name.name));
            }
            _ => {}
        }
    }
    (imports, exports)
}

/// Whether an export is the contract interface's function, under its canonical, its short or its plain name.
fn exports_function(export: &str, function: &str) -> bool {
    let name = PLAIN_EXPORTS.iter().find(|(plain, _)| *plain == export).map_or(export, |(_, canonical)| canonical);
    let canonical = name.rsplit_once('#').or_else(|| {
        let short = name.strip_prefix("cm32p2|")?;
        short.rsplit_once('|')
    });
    canonical
        .is_some_and(|(interface, found)| own_interface(interface) == Some(CONTRACT_INTERFACE) && found == function)
}

/// Says so when a function has another type than it must have.
pub fn expect_type(report: &mut Report, rule: Rule, name: &str, found: &FuncType, expected: &FuncType) {
    if found != expected {
        let (found, expected) = (type_text(found), type_text(expected));
        report.add(rule, format!("{name} has type {found}, expected {expected}"));
    }
}

fn import_hint(module: &str, name: &str) -> &'static str {
    match (module, name) {
        ("env", "abort" | "seed" | "trace") => {
            " (AssemblyScript: build with --use abort=, as the build.sh of its kit does)"
        }
        ("env", _) => " (a function that was declared but not linked in)",
        ("wbg" | "__wbindgen_placeholder__", _) => " (a dependency was built for the browser with wasm-bindgen)",
        ("go" | "gojs", _) => " (Go: build with GOOS=wasip1, not js)",
        _ if module.starts_with(PACKAGE) => " (this peer offers version 1 of fabric:chaincode)",
        _ => "",
    }
}
