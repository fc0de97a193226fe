//! Contracts whose code is in their arguments: the first argument behind the function's name is a list of host calls with their
//! parameters. So each input runs without a compiler.
//!
//! A program is `flags, (call, parameters...)*, answer`. It lies in the contract's memory, where its parameters can point to.

use std::fmt::Write;

use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Resolve, Type, TypeDefKind, WorldItem};

/// How a contract talks with the host, and where its parameters come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Canonical names, any pointers and lengths.
    Canonical,
    /// Canonical names, and texts, lists and handles that are none but right: the further arguments.
    Wellformed,
    /// The simple interface, any pointers and lengths; results are kept by the host.
    Simple,
    /// The same; results are kept where the contract says.
    SimpleAllocating,
}

/// One function that can be imported.
struct Function {
    module: String,
    name: String,
    params: Vec<Param>,
    /// A pointer for the result, as the last parameter.
    writes_result: bool,
    result: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Param {
    I32,
    I64,
    /// Pointer and length of bytes.
    Bytes,
    /// Pointer to pairs of pointer and length, and how many elements of so many pairs each.
    List(u32),
    Handle,
}

/// Functions of WASI preview 1: name, and parameters (`l` is a long one). All answer with a number.
const PREVIEW1: [(&str, &str); 16] = [
    ("fd_write", "iiii"),
    ("fd_read", "iiii"),
    ("fd_seek", "ilii"),
    ("fd_fdstat_get", "ii"),
    ("fd_prestat_get", "ii"),
    ("fd_prestat_dir_name", "iii"),
    ("fd_readdir", "iiili"),
    ("path_open", "iiiiillii"),
    ("path_filestat_get", "iiiii"),
    ("random_get", "ii"),
    ("environ_get", "ii"),
    ("environ_sizes_get", "ii"),
    ("args_get", "ii"),
    ("args_sizes_get", "ii"),
    ("clock_time_get", "ili"),
    ("poll_oneoff", "iiii"),
];

/// The calls before those of the host: store a word, grow the memory.
const OWN_CALLS: usize = 2;
/// The first of them.
#[cfg(test)]
pub(crate) const STORE: u8 = 0;

/// Where a simple contract has its program, and how long that may be.
const PROGRAM: (u32, u32) = (4096, 32768);

/// The contract's bytes.
pub(crate) fn contract(kind: Kind) -> Vec<u8> {
    let text = text(kind);
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{kind:?}: {error}\n{text}"))
}

/// The number of a host function in programs.
#[cfg(test)]
pub(crate) fn call(kind: Kind, name: &str) -> u8 {
    let index = functions(kind).iter().position(|function| function.name == name).expect("there is such a function");
    (OWN_CALLS + index) as u8
}

fn functions(kind: Kind) -> Vec<Function> {
    let is_simple = matches!(kind, Kind::Simple | Kind::SimpleAllocating);
    let mut functions = of_package(is_simple);
    if is_simple {
        let own = |name: &str, params: &[Param], result| Function {
            module: "fabric_v1".to_owned(),
            name: name.to_owned(),
            params: params.to_vec(),
            writes_result: false,
            result,
        };
        functions.push(own("register_len", &[Param::I32], Some("i32")));
        functions.push(own("register_read", &[Param::I32; 2], None));
        functions.push(own("register_number", &[Param::I32], Some("i64")));
        functions.push(own("set_response", &[Param::I32; 2], None));
    }
    if kind != Kind::Wellformed {
        functions.extend(PREVIEW1.map(|(name, params)| Function {
            module: "wasi_snapshot_preview1".to_owned(),
            name: name.to_owned(),
            params: params.chars().map(|param| if param == 'l' { Param::I64 } else { Param::I32 }).collect(),
            writes_result: false,
            result: Some("i32"),
        }));
    }
    functions
}

/// The functions of the WIT package, by their canonical or their simple names.
fn of_package(is_simple: bool) -> Vec<Function> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("chaincode.wit", host_api::WIT).expect("the package is valid");
    let world = resolve.select_world(&[package], None).expect("the package has one world");
    let mut functions = Vec::new();
    for item in resolve.worlds[world].imports.values() {
        let WorldItem::Interface { id, .. } = item else { continue };
        let interface = &resolve.interfaces[*id];
        let is_prefixed = interface.name.as_deref() == Some("client-identity");
        let canonical = resolve.id_of(*id).expect("the package's interfaces have names");
        let place = |name: &str, simple: String| {
            if is_simple { ("fabric_v1".to_owned(), simple) } else { (canonical.clone(), name.to_owned()) }
        };
        for (name, function) in &interface.functions {
            let signature = resolve.wasm_signature(AbiVariant::GuestImport, function);
            let plain = name.strip_prefix("[method]").unwrap_or(name).replace(['-', '.'], "_");
            let prefix = if is_prefixed { "client_" } else { "" };
            let (module, name) = place(name, format!("{prefix}{plain}"));
            let result = match signature.results.first() {
                _ if is_simple => function.result.map(|_| "i32"),
                Some(WasmType::I64) => Some("i64"),
                result => result.map(|_| "i32"),
            };
            let params = function.params.iter().map(|param| param_of(&resolve, &param.ty)).collect();
            functions.push(Function { module, name, params, writes_result: signature.retptr && !is_simple, result });
        }
        let resources = interface.types.iter().filter(|(_, id)| resolve.types[**id].kind == TypeDefKind::Resource);
        for (name, _) in resources {
            let (module, name) = place(&format!("[resource-drop]{name}"), format!("{}_close", name.replace('-', "_")));
            functions.push(Function { module, name, params: vec![Param::Handle], writes_result: false, result: None });
        }
    }
    functions
}

fn param_of(resolve: &Resolve, ty: &Type) -> Param {
    let Type::Id(id) = ty else {
        return match ty {
            Type::String => Param::Bytes,
            Type::S64 | Type::U64 => Param::I64,
            _ => Param::I32,
        };
    };
    match &resolve.types[*id].kind {
        TypeDefKind::Type(ty) => param_of(resolve, ty),
        TypeDefKind::List(Type::U8) => Param::Bytes,
        TypeDefKind::List(element) => match param_of(resolve, element) {
            Param::List(pairs) => Param::List(pairs),
            _ => Param::List(1),
        },
        // Records of parameters have two texts or lists.
        TypeDefKind::Record(record) => Param::List(record.fields.len() as u32),
        TypeDefKind::Handle(_) => Param::Handle,
        _ => Param::I32,
    }
}

fn text(kind: Kind) -> String {
    let functions = functions(kind);
    let (mut imports, mut calls) = (String::new(), String::new());
    for (index, function) in functions.iter().enumerate() {
        let Function { module, name, params, writes_result, result } = function;
        let types = |param: &Param| match param {
            Param::I32 | Param::Handle => "i32",
            Param::I64 => "i64",
            Param::Bytes | Param::List(_) => "i32 i32",
        };
        let types: Vec<&str> = params.iter().map(types).chain(writes_result.then_some("i32")).collect();
        let result_type = result.map(|ty| format!("(result {ty})")).unwrap_or_default();
        let given: Vec<String> = params
            .iter()
            .map(|param| value(kind, *param))
            .chain(
                writes_result
                    .then(|| if kind == Kind::Wellformed { "(i32.const 64)" } else { "(call $value)" }.to_owned()),
            )
            .collect();
        writeln!(imports, "(import {module:?} {name:?} (func $f{index} (param {}) {result_type}))", types.join(" "))
            .expect("a text takes all");
        let call = format!("(call $f{index} {})", given.join(" "));
        let call = match result {
            Some("i64") => format!("(global.set $last (i32.wrap_i64 {call}))"),
            Some(_) => format!("(global.set $last {call})"),
            // Handles lie behind the tag of a result.
            None if kind == Kind::Wellformed && *writes_result => {
                format!("{call} (global.set $last (i32.load (i32.const 68)))")
            }
            None => call,
        };
        let number = OWN_CALLS + index;
        writeln!(calls, "(if (i32.eq (local.get $call) (i32.const {number})) (then {call} (return)))")
            .expect("a text takes all");
    }
    let count = OWN_CALLS + functions.len();
    let entry = match kind {
        Kind::Canonical | Kind::Wellformed => CANONICAL_ENTRY.to_owned(),
        Kind::Simple | Kind::SimpleAllocating => simple_entry(&functions),
    };
    // What is to be right must not be overwritten.
    let store = match kind {
        Kind::Wellformed => "",
        _ => "(i32.store (i32.and (call $value) (i32.const 0xfffc)) (call $word))",
    };
    let allocates = kind != Kind::Simple;
    let realloc = if allocates { REALLOC } else { "" };
    format!(
        r#"(module {imports}
  (memory (export "memory") 2)
  (global $at (mut i32) (i32.const 0))
  (global $end (mut i32) (i32.const 0))
  (global $last (mut i32) (i32.const 0))
  (global $flags (mut i32) (i32.const 0))
  (global $args (mut i32) (i32.const 0))
  (global $count (mut i32) (i32.const 0))
  (global $heap (mut i32) (i32.const 65536))
  {READERS} {realloc}
  (func $step (local $call i32)
    (local.set $call (i32.rem_u (call $byte) (i32.const {count})))
    (if (i32.eqz (local.get $call)) (then {store} (return)))
    (if (i32.eq (local.get $call) (i32.const 1)) (then
      (drop (memory.grow (i32.and (call $byte) (i32.const 3)))) (return)))
    {calls})
  (func $run
    (global.set $flags (call $byte))
    (loop $next
      (if (i32.lt_u (global.get $at) (global.get $end)) (then (call $step) (br $next)))))
  {entry})"#
    )
}

/// Code for a parameter.
fn value(kind: Kind, param: Param) -> String {
    match (kind, param) {
        (Kind::Wellformed, Param::Bytes) => "(call $bytes) (i32.load offset=4 (global.get $pair))".to_owned(),
        (Kind::Wellformed, Param::List(pairs)) => {
            format!("(global.get $args) (i32.div_u (global.get $count) (i32.const {pairs}))")
        }
        (Kind::Wellformed, Param::I32) => "(i32.rem_u (call $byte) (i32.const 3))".to_owned(),
        (Kind::Wellformed, Param::Handle) => "(global.get $last)".to_owned(),
        (_, Param::I64) => "(i64.extend_i32_u (call $value))".to_owned(),
        (_, Param::I32 | Param::Handle) => "(call $value)".to_owned(),
        (_, Param::Bytes | Param::List(_)) => "(call $value) (call $value)".to_owned(),
    }
}

fn simple_entry(functions: &[Function]) -> String {
    let index = |name: &str| {
        functions.iter().position(|function| function.name == name).expect("the interface has such a function")
    };
    let (args, len, read) = (index("args"), index("register_len"), index("register_read"));
    let (program, room) = PROGRAM;
    format!(
        r#"(func (export "invoke") (result i32) (local $size i32)
    (drop (call $f{args}))
    (local.set $size (call $f{len} (i32.const 1)))
    (if (i32.gt_u (local.get $size) (i32.const {room})) (then (return (i32.const 1))))
    (call $f{read} (i32.const 1) (i32.const {program}))
    (global.set $at (i32.const {program}))
    (global.set $end (i32.add (i32.const {program}) (local.get $size)))
    (call $run)
    (call $value))"#
    )
}

/// Reading the program.
const READERS: &str = r#"
  (global $pair (mut i32) (i32.const 0))
  (func $byte (result i32)
    (if (result i32) (i32.lt_u (global.get $at) (global.get $end))
      (then
        (i32.load8_u (global.get $at))
        (global.set $at (i32.add (global.get $at) (i32.const 1))))
      (else (i32.const 0))))
  (func $word (result i32)
    (i32.or
      (i32.or (call $byte) (i32.shl (call $byte) (i32.const 8)))
      (i32.or (i32.shl (call $byte) (i32.const 16)) (i32.shl (call $byte) (i32.const 24)))))
  ;; Any number, most often one that means something: a place in the program, a handle, a place near the end of memory.
  (func $value (result i32) (local $kind i32)
    (local.set $kind (i32.and (call $byte) (i32.const 7)))
    (if (i32.eq (local.get $kind) (i32.const 1)) (then (return (i32.add (global.get $at) (call $byte)))))
    (if (i32.eq (local.get $kind) (i32.const 2)) (then (return (global.get $last))))
    (if (i32.eq (local.get $kind) (i32.const 3)) (then (return (call $word))))
    (if (i32.eq (local.get $kind) (i32.const 4)) (then
      (return (i32.sub (i32.shl (memory.size) (i32.const 16)) (call $byte)))))
    (if (i32.eq (local.get $kind) (i32.const 5)) (then (return (i32.shl (call $byte) (i32.const 16)))))
    (if (i32.eq (local.get $kind) (i32.const 6)) (then (return (i32.shl (call $byte) (i32.const 3)))))
    (call $byte))
  ;; The address of one of the further arguments; its length is behind it in the list.
  (func $bytes (result i32)
    (if (i32.eqz (global.get $count)) (then
      (global.set $pair (i32.const 128)) (return (i32.const 0))))
    (global.set $pair (i32.add (global.get $args) (i32.shl (i32.rem_u (call $byte) (global.get $count)) (i32.const 3))))
    (i32.load (global.get $pair)))"#;

/// The contract's allocator, which may lie.
const REALLOC: &str = r#"
  (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32) (local $at i32)
    (if (i32.and (global.get $flags) (i32.const 1)) (then (return (call $value))))
    (local.set $at (global.get $heap))
    (global.set $heap (i32.and (i32.add (i32.add (global.get $heap) (local.get $size)) (i32.const 7)) (i32.const -8)))
    (block $enough (loop $grow
      (br_if $enough (i32.le_u (global.get $heap) (i32.shl (memory.size) (i32.const 16))))
      (br_if $grow (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))
      unreachable))
    (local.get $at))"#;

/// The flags say how it answers: by any pointer, or with an ok or an error that lies where the program's end says.
const CANONICAL_ENTRY: &str = r#"
  (func (export "contract_init") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "contract_invoke") (param i32 i32) (param $args i32) (param $count i32) (result i32)
    (if (i32.eqz (local.get $count)) (then unreachable))
    (global.set $at (i32.load (local.get $args)))
    (global.set $end (i32.add (global.get $at) (i32.load offset=4 (local.get $args))))
    (global.set $args (i32.add (local.get $args) (i32.const 8)))
    (global.set $count (i32.sub (local.get $count) (i32.const 1)))
    (call $run)
    (if (i32.and (global.get $flags) (i32.const 2)) (then (return (global.get $last))))
    (i32.store (i32.const 16) (i32.and (i32.shr_u (global.get $flags) (i32.const 2)) (i32.const 1)))
    (if (i32.and (global.get $flags) (i32.const 8))
      (then (i32.store (i32.const 20) (global.get $last)) (i32.store (i32.const 24) (global.get $at)))
      (else
        (i32.store (i32.const 20) (call $bytes))
        (i32.store (i32.const 24) (i32.load offset=4 (global.get $pair)))))
    (i32.const 16))"#;
