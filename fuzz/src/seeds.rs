//! Where the fuzzers start from: small inputs that each reach something. The tests run them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use client::package::{Metadata, Package};
use prost::Message;
use proto::protos::chaincode_message::Type;
use proto::protos::{
    ChaincodeId, ChaincodeInput, ChaincodeMessage, ChaincodeSpec, DelState, GetHistoryForKey, GetQueryResult, GetState,
    GetStateByRange, GetStateMetadata, GetStateMultiple, PutState, PutStateMetadata, QueryMetadata, QueryStateClose,
    QueryStateNext, Response, StateMetadata, WriteBatchState, WriteRecord, write_record,
};

mod configuration;

use crate::chaincode_stream::{IS_STREAM, KEY};
use crate::component_values::ANSWERS_ERROR;
use crate::host_calls::KINDS;
use crate::input::piece;
use crate::interpreter::{self, Kind, STORE};
use crate::module_gate::taken_apart;
use crate::package::PARTS;

/// All of them may be.
const BYTES_MAX: usize = 200_000;

/// By target, seeds by name.
type Seeds = BTreeMap<&'static str, BTreeMap<String, Vec<u8>>>;

/// A target by its name.
type Target = (&'static str, fn(&[u8]), fn() -> BTreeMap<String, Vec<u8>>);

const TARGETS: [Target; 12] = [
    ("module_gate", crate::module_gate::run, modules),
    ("package", crate::package::run, packages),
    ("host_calls", crate::host_calls::run, programs),
    ("compiled_cache", crate::compiled_cache::run, cache_files),
    ("component_values", crate::component_values::run, values),
    ("chaincode_stream", crate::chaincode_stream::run, streams),
    ("policies", crate::policies::run, configuration::policies),
    ("configurations", crate::configurations::run, configuration::configurations),
    ("certificates", crate::certificates::run, || owned(crate::certificates::seeds())),
    ("memberships", crate::memberships::run, || owned(crate::memberships::seeds())),
    ("discovery_requests", crate::discovery_requests::run, || owned(crate::discovery_requests::seeds())),
    ("foreign_files", crate::foreign_files::run, || owned(crate::foreign_files::seeds())),
];

#[test]
fn the_seeds_are_there_and_run() {
    let made: Seeds = TARGETS.iter().map(|(name, _, make)| (*name, make())).collect();
    if std::env::var_os("WEFT_WRITE_SEEDS").is_some() {
        write(&made);
    }
    let mut total = 0;
    for (name, run, _) in TARGETS {
        let seeds = read(&folder(name));
        let missing: Vec<&String> = made[name].keys().filter(|seed| !seeds.contains_key(*seed)).collect();
        assert!(missing.is_empty(), "WEFT_WRITE_SEEDS=1 writes what {name} lacks: {missing:?}");
        for seed in seeds.values() {
            run(seed);
            total += seed.len();
        }
    }
    assert!(total <= BYTES_MAX, "the seeds have {total} bytes");
}

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target)
}

/// Those that are there, findings of the past included.
fn read(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let files = entries.map(|entry| entry.expect("the folder can be listed").path());
    files
        .map(|file| {
            let name = file.file_name().expect("a file has a name").to_string_lossy().into_owned();
            (name, fs::read(&file).expect("seeds can be read"))
        })
        .collect()
}

fn write(seeds: &Seeds) {
    for (target, seeds) in seeds {
        fs::create_dir_all(folder(target)).expect("the folder can be made");
        for (name, bytes) in seeds {
            fs::write(folder(target).join(name), bytes).expect("seeds can be written");
        }
    }
}

fn owned(seeds: Vec<(&str, Vec<u8>)>) -> BTreeMap<String, Vec<u8>> {
    seeds.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect()
}

fn named<const N: usize>(seeds: [(&str, Vec<u8>); N]) -> BTreeMap<String, Vec<u8>> {
    seeds.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect()
}

const WAT_SIMPLE: &str = r#"(module
    (@custom "fabric:chaincode/functions" "submit A(id: String)\nevaluate B()\n")
    (import "fabric_v1" "get_states" (func $get (param i32 i32) (result i32)))
    (import "fabric_v1" "register_read" (func $read (param i32 i32)))
    (import "fabric_v1" "set_response" (func $respond (param i32 i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    (memory (export "memory") 1 4) (table 2 funcref) (elem (i32.const 0) $f) (global $g (mut i32) (i32.const 0))
    (data (i32.const 0) "key" "value") (data (i32.const 32) "\00\00\00\00\03\00\00\00")
    (func $f (export "_initialize"))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "init") (result i32) (i32.const 0))
    (func (export "invoke") (result i32)
        (drop (call $random (i32.const 0) (i32.const 8)))
        (drop (call $get (i32.const 32) (i32.const 1)))
        (call $read (i32.const 0) (i32.const 64))
        (call $respond (i32.const 64) (memory.size))
        (i32.const 0)))"#;

const WAT_MODULE: &str = r#"(module
    (import "fabric:chaincode/state@1.0.0" "get-state" (func (param i32 i32 i32)))
    (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "fabric:chaincode/contract@1.0.0#init") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "contract_invoke") (param i32 i32 i32 i32) (result i32) (local i64 f64) unreachable))"#;

fn modules() -> BTreeMap<String, Vec<u8>> {
    let wasm = |text: &str| wat::parse_str(text).expect("the text is right");
    let module = wasm(WAT_MODULE);
    let component =
        runtime::encode_component(&wasm(&WAT_MODULE.replace(
            r#"(import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))"#,
            "",
        )));
    let component = component.expect("the module is a contract");
    named([
        ("simple_parts", taken_apart(&wasm(WAT_SIMPLE))),
        ("module_parts", taken_apart(&module)),
        ("component_parts", taken_apart(&component)),
        ("simple", wasm(WAT_SIMPLE)),
        ("module", module),
        ("component", component),
        ("interpreter", interpreter::contract(Kind::SimpleAllocating)),
        ("nested", wasm("(component (component (core module (func)) (core instance (instantiate 0))))")),
        ("empty", wasm("(module)")),
        ("text", b"(module)".to_vec()),
    ])
}

fn packages() -> BTreeMap<String, Vec<u8>> {
    let part = |part: usize, bytes: &[u8]| [&[part as u8], bytes].concat();
    assert_eq!(PARTS.len(), 6, "the parts below have numbers");
    let package = Package::build("basic_1.0", "contract.wasm", b"\0asm\x01\0\0\0").expect("the label is right");
    let tar = |files: &[(&str, tar::EntryType, &[u8])]| {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, kind, contents) in files {
            let mut header = tar::Header::new_ustar();
            header.set_entry_type(*kind);
            header.set_mode(0o644);
            header.set_size(contents.len() as u64);
            tar.append_data(&mut header, name, *contents).expect("memory takes all");
        }
        tar.into_inner().expect("memory takes all")
    };
    let (file, folder) = (tar::EntryType::Regular, tar::EntryType::Directory);
    let metadata = Metadata { label: "a".to_owned(), kind: "ccaas".to_owned(), ..Metadata::default() };
    let metadata = serde_json_text(&metadata);
    let connection = br#"{"address":"host:7052","dial_timeout":"10s","tls_required":true,"root_cert":"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}"#;
    let long = "d/".repeat(70) + "contract.wasm";
    named([
        ("package", part(0, &package.bytes)),
        ("outer", part(1, &tar(&[("metadata.json", file, metadata.as_bytes()), ("code.tar.gz", file, &package.code)]))),
        ("inner_wasm", part(2, &[&[0][..], &tar(&[("src/", folder, b""), ("src/a.wasm", file, b"\0asm")])].concat())),
        ("inner_long_name", part(2, &[&[0][..], &tar(&[(&long, file, b"x")])].concat())),
        ("inner_server", part(2, &[&[1][..], &tar(&[("connection.json", file, connection)])].concat())),
        (
            "inner_other",
            part(2, &[&[2][..], &tar(&[("a/b/c", file, b"1"), ("a/d", tar::EntryType::Link, b"")])].concat()),
        ),
        ("metadata", part(3, br#"{"path":"p","type":"wasm","label":"a-1","limits":{"fuel":1000}}"#)),
        ("connection", part(4, connection)),
        ("legacy", part(5, include_bytes!("../../client/src/legacy_package/data/plain.cds"))),
        ("legacy_signed", part(5, include_bytes!("../../client/src/legacy_package/data/signed.cds"))),
    ])
}

fn serde_json_text(metadata: &Metadata) -> String {
    format!(r#"{{"path":"","type":"{}","label":"{}"}}"#, metadata.kind, metadata.label)
}

/// Calls with parameters that mean something; the fuzzer finds the others.
fn programs() -> BTreeMap<String, Vec<u8>> {
    let mut seeds = BTreeMap::new();
    for (number, kind) in KINDS.into_iter().enumerate() {
        let is_simple = kind != Kind::Canonical;
        let call = |canonical: &str, simple: &str| interpreter::call(kind, if is_simple { simple } else { canonical });
        let start = |flags: u8| vec![number as u8, flags];
        // Kind 6 of a parameter: eight times the next byte; kind 0: the next byte; kind 3: the next four.
        let result: &[u8] = if is_simple { &[] } else { &[6, 16] };
        let text =
            [[STORE, 6, 32, b'a', b'b', b'c', 0].as_slice(), &[STORE, 6, 33, 0, 1, 0, 0], &[STORE, 0, 12, 1, 0, 0, 0]]
                .concat();
        let key: &[u8] = &[6, 32, 0, 1];
        let list: &[u8] = &[6, 33, 0, 1];
        let calls: [(&str, &str, &[&[u8]]); 9] = [
            ("get-state", "get_state", &[key]),
            ("put-state", "put_state", &[key, key]),
            ("get-states", "get_states", &[list]),
            ("put-states", "put_states", &[list]),
            ("get-state-by-range", "get_state_by_range", &[&[0, 0, 0, 0], &[0, 0, 0, 0]]),
            ("get-private-data", "get_private_data", &[key, key]),
            ("create-composite-key", "create_composite_key", &[key, list]),
            ("invoke-chaincode", "invoke_chaincode", &[key, list, key]),
            ("hash", "hash", &[&[0, 0], key]),
        ];
        let mut all = [start(0), text.clone()].concat();
        for (canonical, simple, params) in calls {
            let one = [&[call(canonical, simple)][..], &params.concat(), result].concat();
            seeds.insert(format!("{kind:?}_{canonical}"), [start(0), text.clone(), one.clone()].concat());
            all.extend(one);
        }
        seeds.insert(format!("{kind:?}_all"), all);
        // Far too long, outside of memory, at its end; an allocator that lies.
        let get = call("get-state", "get_state");
        for (name, params) in [
            ("long", [6, 32, 3, 0xff, 0xff, 0xff, 0x7f].as_slice()),
            ("outside", &[3, 0xff, 0xff, 0xff, 0xff, 0, 8]),
            ("end", &[4, 4, 0, 4]),
        ] {
            seeds.insert(
                format!("{kind:?}_{name}"),
                [&start(0), [&[get][..], params, result].concat().as_slice()].concat(),
            );
        }
        let lies = [&start(1), text.as_slice(), &[get], key, result, &[3, 0xf0, 0xff, 0xff, 0xff]].concat();
        seeds.insert(format!("{kind:?}_lies"), lies);
        let wasi = [
            &start(0),
            &[interpreter::call(kind, "random_get"), 6, 64, 0, 16][..],
            &[interpreter::call(kind, "fd_write"), 0, 1, 6, 33, 0, 1, 6, 40],
        ]
        .concat();
        seeds.insert(format!("{kind:?}_wasi"), wasi);
    }
    seeds
}

fn cache_files() -> BTreeMap<String, Vec<u8>> {
    named([
        ("unchanged", Vec::new()),
        ("cut", vec![0, 100, 0]),
        ("longer", vec![1, 132, 7]),
        ("header", vec![3, 8, 1]),
        ("magic", [b"WEFTCC02".as_slice(), &[7; 32]].concat()),
    ])
}

fn values() -> BTreeMap<String, Vec<u8>> {
    let certificate = pem::parse(include_str!("../../runtime/tests/data/client.pem")).expect("the file is right");
    let certificate = certificate.contents();
    let input = |program: &[u8], args: &[&[u8]]| {
        let many = |pieces: &[&[u8]]| -> Vec<u8> { pieces.iter().flat_map(|bytes| piece(bytes)).collect() };
        let mut seed = [many(&[program, b"f"]), vec![args.len() as u8], many(args)].concat();
        // Transient fields, decorations, ids, time, and who.
        seed.extend(
            [&[1][..], &many(&[b"name", b"secret"]), &[1], &many(&[b"d", b"1"]), &many(&[b"tx", b"channel"])].concat(),
        );
        seed.extend(
            [&[1, 0, 0, 0, 2, 0, 0, 0][..], &many(&[b"creator", b"Org1MSP", certificate, b"signed", b"nonce"])]
                .concat(),
        );
        // The ledger, and what other chaincodes answer.
        seed.extend([&[2][..], &many(&[b"", b"a", b"1"]), &many(&[b"c", b"b", b"2"])].concat());
        seed.extend([&[200, 0, 0, 0][..], &many(&[b"fine", b"payload"])].concat());
        seed
    };
    let call = |name: &str| interpreter::call(Kind::Wellformed, name);
    let args: &[&[u8]] = &[b"a", b"b", "\u{e4}\u{10ffff}".as_bytes(), b"\xff\xfe"];
    // Whatever a function takes, the first arguments will do; numbers and places of arguments are zeros.
    let names = [
        "get-states",
        "put-states",
        "create-composite-key",
        "split-composite-key",
        "get-state-by-range",
        "put-state",
        "args",
        "transient",
        "decorations",
        "id",
        "subject",
        "attributes",
        "invoke-chaincode",
        "set-event",
        "verify",
        "log",
        "get-history-for-key",
        "get-private-data-multiple",
        "put-private-data-multiple",
        "binding",
        "tx-timestamp",
    ];
    let mut seeds: BTreeMap<String, Vec<u8>> =
        names.iter().map(|name| ((*name).to_owned(), input(&[&[0, call(name)][..], &[0; 4]].concat(), args))).collect();
    let range = [
        0,
        call("get-state-by-range"),
        0,
        0,
        call("[method]state-iterator.next"),
        call("[resource-drop]state-iterator"),
    ];
    seeds.insert("iterator".to_owned(), input(&range, &[b""]));
    seeds.insert("error".to_owned(), input(&[ANSWERS_ERROR], args));
    seeds.insert("echo".to_owned(), input(&[0], &[b"payload"]));
    seeds
}

fn streams() -> BTreeMap<String, Vec<u8>> {
    let request = |kind: Type, payload: Vec<u8>| [&[kind as u8][..], &piece(&payload)].concat();
    let completed = request(Type::Completed, bytes(&Response { status: 200, ..Default::default() }));
    let call = |requests: &[Vec<u8>]| [&[0][..], &requests.concat(), &completed].concat();
    let (key, collection) = (KEY.to_owned(), "_implicit_org_Org1MSP".to_owned());
    let get = GetState { key: key.clone(), ..Default::default() };
    let private = GetState { key: key.clone(), collection: collection.clone() };
    let value = Bytes::from_static(b"v");
    let metadata = Some(StateMetadata { metakey: "VALIDATION_PARAMETER".to_owned(), value: value.clone() });
    let range = GetStateByRange { start_key: "key0".to_owned(), end_key: "key9".to_owned(), ..Default::default() };
    let page = QueryMetadata { page_size: 3, bookmark: "key2".to_owned() };
    let paged = GetStateByRange { metadata: page.encode_to_vec().into(), ..range.clone() };
    let record = |kind: write_record::Type, collection: &str| WriteRecord {
        key: key.clone(),
        value: value.clone(),
        collection: collection.to_owned(),
        metadata: metadata.clone(),
        r#type: kind.into(),
    };
    let batch = WriteBatchState {
        rec: vec![record(write_record::Type::PutState, ""), record(write_record::Type::PurgePrivateData, &collection)],
    };
    let next = request(Type::QueryStateNext, bytes(&QueryStateNext { id: "1".to_owned() }));
    let close = request(Type::QueryStateClose, bytes(&QueryStateClose { id: "1".to_owned() }));
    let other = ChaincodeSpec {
        chaincode_id: Some(ChaincodeId { name: "other/mychannel".to_owned(), ..Default::default() }),
        input: Some(ChaincodeInput { args: vec![value.clone()], ..Default::default() }),
        ..Default::default()
    };
    let whole = ChaincodeMessage {
        r#type: Type::GetState.into(),
        payload: bytes(&get).into(),
        txid: "tx".to_owned(),
        channel_id: "mychannel".to_owned(),
        ..Default::default()
    };
    named([
        ("get", call(&[request(Type::GetState, bytes(&get)), request(Type::GetPrivateDataHash, bytes(&private))])),
        ("get_private", call(&[request(Type::GetState, bytes(&private))])),
        (
            "get_many",
            call(&[request(
                Type::GetStateMultiple,
                bytes(&GetStateMultiple { keys: vec![key.clone(), "none".to_owned()], ..Default::default() }),
            )]),
        ),
        (
            "get_metadata",
            call(&[request(
                Type::GetStateMetadata,
                bytes(&GetStateMetadata { key: key.clone(), ..Default::default() }),
            )]),
        ),
        (
            "put",
            call(&[request(
                Type::PutState,
                bytes(&PutState { key: key.clone(), value: value.clone(), collection: String::new() }),
            )]),
        ),
        ("delete", call(&[request(Type::DelState, bytes(&DelState { key: key.clone(), ..Default::default() }))])),
        ("purge", call(&[request(Type::PurgePrivateData, bytes(&DelState { key: key.clone(), collection }))])),
        (
            "put_metadata",
            call(&[request(
                Type::PutStateMetadata,
                bytes(&PutStateMetadata { key: key.clone(), metadata: metadata.clone(), ..Default::default() }),
            )]),
        ),
        ("batch", call(&[request(Type::WriteBatchState, bytes(&batch))])),
        ("range", call(&[request(Type::GetStateByRange, bytes(&range)), next.clone(), close.clone()])),
        ("page", call(&[request(Type::GetStateByRange, bytes(&paged))])),
        (
            "query",
            call(&[request(
                Type::GetQueryResult,
                bytes(&GetQueryResult { query: "{}".to_owned(), ..Default::default() }),
            )]),
        ),
        ("history", call(&[request(Type::GetHistoryForKey, bytes(&GetHistoryForKey { key })), next, close])),
        ("other", call(&[request(Type::InvokeChaincode, bytes(&other))])),
        ("whole", call(&[[&[0][..], &piece(&whole.encode_to_vec())].concat()])),
        ("error", [&[0][..], &request(Type::Error, b"failed".to_vec())].concat()),
        (
            "stream",
            stream(&[
                &registration("basic:1"),
                &whole,
                &ChaincodeMessage { r#type: Type::Keepalive.into(), ..Default::default() },
            ]),
        ),
        ("stream_nameless", stream(&[&registration("")])),
        ("stream_long", [&[IS_STREAM, 3, 0][..], &(100_u32 << 20).to_be_bytes(), b"x"].concat()),
    ])
}

fn bytes(message: &impl Message) -> Vec<u8> {
    message.encode_to_vec()
}

fn registration(name: &str) -> ChaincodeMessage {
    let id = ChaincodeId { name: name.to_owned(), ..Default::default() };
    ChaincodeMessage { r#type: Type::Register.into(), payload: id.encode_to_vec().into(), ..Default::default() }
}

/// Messages as gRPC frames: not compressed, length, bytes.
fn stream(messages: &[&ChaincodeMessage]) -> Vec<u8> {
    let mut seed = vec![IS_STREAM, 7];
    for message in messages {
        let bytes = message.encode_to_vec();
        seed.push(0);
        seed.extend((bytes.len() as u32).to_be_bytes());
        seed.extend(bytes);
    }
    seed
}
