use std::time::Duration;

use super::*;

const WASM: &[u8] = b"\0asm\x01\0\0\0";

fn description(label: &str) -> Vec<u8> {
    serde_json::to_vec(&Metadata { label: label.into(), kind: "wasm".into(), ..Default::default() }).expect("JSON")
}

fn packed(files: &[(&str, &[u8])]) -> Bytes {
    archive_of(files).expect("writing to memory").into()
}

fn raw_entry(name: &[u8], kind: tar::EntryType, contents: &[u8]) -> Bytes {
    let mut header = tar::Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_size(contents.len() as u64);
    header.set_cksum();
    let mut tar = tar::Builder::new(GzBuilder::new().write(Vec::new(), Compression::default()));
    tar.append(&header, contents).expect("writing to memory");
    tar.into_inner().and_then(|gzip| gzip.finish()).expect("writing to memory").into()
}

#[test]
fn a_built_package_reads_back_and_has_a_stable_id() {
    let package = Package::build("basic_1.0", "contract.wasm", WASM).expect("good label");
    assert_eq!(Package::parse(package.bytes.clone()).expect("own package"), package);
    assert_eq!(package.contract().expect("holds a contract"), WASM);
    assert_eq!(package.id(), Package::build("basic_1.0", "contract.wasm", WASM).expect("good label").id());
    assert!(package.id().starts_with("basic_1.0:"));
    assert_eq!(package.id().len(), "basic_1.0:".len() + 64);
}

#[test]
fn what_is_not_a_package_is_named() {
    let code = packed(&[(CONTRACT_FILE, WASM)]);
    let good = description("basic");
    let cut = Package::build("basic", "", &vec![7; 4096]).expect("good label").bytes;
    let cases: Vec<(&str, Bytes, &str)> = vec![
        ("empty", Bytes::new(), "reading the package as a gzipped tar archive"),
        ("not gzip", Bytes::from_static(b"\0asm\x01\0\0\0"), "reading the package as a gzipped tar archive"),
        ("truncated", cut.slice(..cut.len() / 2), "reading metadata.json out of its archive"),
        (
            "oversize",
            vec![0; MAX_PACKAGE_BYTES + 1].into(),
            "the package has 67108865 bytes; at most 67108864 are taken",
        ),
        ("no metadata", packed(&[(CODE_FILE, &code)]), "the package must hold exactly one metadata.json"),
        ("no code", packed(&[(METADATA_FILE, &good)]), "the package must hold exactly one code.tar.gz"),
        (
            "metadata twice",
            packed(&[(METADATA_FILE, &good), (METADATA_FILE, &good)]),
            "the package must hold exactly one metadata.json",
        ),
        ("metadata not JSON", packed(&[(METADATA_FILE, b"{"), (CODE_FILE, &code)]), "understanding metadata.json"),
        (
            "metadata too long",
            packed(&[(METADATA_FILE, &vec![b' '; 70_000]), (CODE_FILE, &code)]),
            "metadata.json unpacks to more than 65536 bytes",
        ),
        (
            "bad label",
            packed(&[(METADATA_FILE, &description("../x")), (CODE_FILE, &code)]),
            "invalid label '../x'. Label must be non-empty, can only consist of alphanumerics, symbols from '.+-_', \
             and can only begin with alphanumerics",
        ),
        (
            "traversal",
            raw_entry(b"../../etc/passwd", tar::EntryType::Regular, b"x"),
            "tar entry ../../etc/passwd has a path outside of the archive",
        ),
        (
            "absolute",
            raw_entry(b"/etc/passwd", tar::EntryType::Regular, b"x"),
            "tar entry /etc/passwd has a path outside of the archive",
        ),
        (
            "link",
            raw_entry(METADATA_FILE.as_bytes(), tar::EntryType::Symlink, b""),
            "tar entry metadata.json is not a regular file",
        ),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(Package::parse(bytes).expect_err(name).to_string(), expected, "{name}");
    }
}

#[test]
fn the_contract_is_the_only_wasm_file() {
    let package = |kind: &str, files: &[(&str, &[u8])]| Package {
        metadata: Metadata { kind: kind.into(), label: "basic".into(), ..Default::default() },
        code: packed(files),
        bytes: Bytes::new(),
    };
    let with_readme = package("WASM", &[("README.md", b"hello"), ("src/basic.wasm", WASM)]);
    assert_eq!(with_readme.contract().expect("one contract"), WASM);
    let cases = [
        (
            package("golang", &[("x.wasm", WASM)]),
            "the package is of type 'golang'; this peer runs packages of type 'wasm' and 'ccaas'",
        ),
        (package("wasm", &[("x.go", b"")]), "the package must hold exactly one file *.wasm"),
        (package("wasm", &[("a.wasm", WASM), ("b.wasm", WASM)]), "the package must hold exactly one file *.wasm"),
    ];
    for (package, expected) in cases {
        assert_eq!(package.contract().expect_err(expected).to_string(), expected);
    }
}

#[test]
fn a_bomb_is_cut_off() {
    // 300 MB of zeros compress to 300 kB.
    let zeros = vec![0; 300 << 20];
    let code = packed(&[("a.wasm", &zeros)]);
    let package =
        Package { metadata: Metadata { kind: "wasm".into(), ..Default::default() }, code, bytes: Bytes::new() };
    let error = package.contract().expect_err("too large");
    assert_eq!(error.to_string(), "code.tar.gz unpacks to more than 268435456 bytes");
}

#[test]
fn a_package_without_its_end_is_refused() {
    let package = Package::build("basic_1.0", "", b"\0asm").expect("a package").bytes;
    for cut in 1..20 {
        Package::parse(package.slice(..package.len() - cut)).expect_err("cut");
    }
}

#[test]
fn a_service_says_where_it_is() {
    let service = |connection: &str| {
        let code = packed(&[("connection.json", connection.as_bytes())]);
        let metadata: &[u8] = br#"{"type":"ccaas","label":"basic_1.0"}"#;
        Package::parse(packed(&[(METADATA_FILE, metadata), (CODE_FILE, &code)])).expect("a package")
    };
    let server = service(r#"{"address":"basic:9999","dial_timeout":"10s","tls_required":false}"#).server();
    let expected = ChaincodeServer { address: "basic:9999".into(), dial_timeout: Duration::from_secs(10), tls: None };
    assert_eq!(server.expect("a server"), expected);
    let pem = |text: &str| format!("-----BEGIN {text}-----\nAAAA\n-----END {text}-----\n");
    let (root_cert, client_cert, client_key) = (pem("ROOT"), pem("CERTIFICATE"), pem("KEY"));
    let tls = serde_json::json!({
        "address": "a:1", "tls_required": true, "client_auth_required": true,
        "root_cert": root_cert, "client_cert": client_cert, "client_key": client_key,
    });
    let tls = service(&tls.to_string()).server().expect("a server").tls;
    assert_eq!(tls, Some(ServerTls { root_cert, client: Some((client_cert, client_key)) }));
    for (connection, expected) in [
        ("", "understanding connection.json"),
        ("{}", "understanding connection.json"),
        (r#"{"address":""}"#, "connection.json: chaincode address not provided"),
        (r#"{"address":"{{.address}}"}"#, "is a template"),
        (r#"{"address":"a"}"#, "the address 'a' is not host:port"),
        (r#"{"address":"a:0"}"#, "the address 'a:0' is not host:port"),
        (r#"{"address":"a:99999"}"#, "the address 'a:99999' is not host:port"),
        (r#"{"address":"not an address\n:1"}"#, "the address 'not an address\\n:1' is not host:port"),
        (r#"{"address":"a:1","tls_required":true,"root_cert":"garbage"}"#, "connection.json: root_cert is not PEM"),
        (r#"{"address":"a:1","dial_timeout":"soon"}"#, "connection.json: dial_timeout 'soon'"),
        (r#"{"address":"a:1","tls_required":true}"#, "connection.json: root_cert not provided"),
    ] {
        let error = service(connection).server().expect_err("refused").to_string();
        assert!(error.contains(expected), "{connection}: {error}");
    }
    let package = service("{}");
    assert!(package.is_service());
    assert!(matches!(package.contract(), Err(PackageError::NoContract)));
}

#[test]
fn contents_are_laid_out_as_they_were_packed() {
    let gzip = GzBuilder::new().write(Vec::new(), Compression::default());
    let mut tar = tar::Builder::new(gzip);
    for (name, kind, mode, contents) in [
        ("empty/", tar::EntryType::Directory, 0o755, &b""[..]),
        ("src/bin/start.sh", tar::EntryType::Regular, 0o4755, b"#!"),
        ("META-INF/statedb/couchdb/indexes/index.json", tar::EntryType::Regular, 0o044, b"{}"),
    ] {
        let mut header = tar::Header::new_ustar();
        header.set_path(name).expect("a name");
        header.set_entry_type(kind);
        header.set_size(contents.len() as u64);
        header.set_mode(mode);
        header.set_cksum();
        tar.append(&header, contents).expect("appended");
    }
    let code = tar.into_inner().and_then(flate2::write::GzEncoder::finish).expect("packed");
    let metadata: &[u8] = br#"{"type":"golang","label":"basic_1.0","more":[1]}"#;
    let package = Package::parse(packed(&[(METADATA_FILE, metadata), (CODE_FILE, &code)])).expect("a package");
    assert_eq!(package.description().expect("there"), metadata);
    let dir = tempfile::tempdir().expect("temporary directory");
    package.unpack(dir.path()).expect("unpacked");
    assert!(dir.path().join("empty").is_dir());
    let mode = |name: &str| {
        use std::os::unix::fs::PermissionsExt;
        dir.path().join(name).metadata().expect("there").permissions().mode() & 0o7777
    };
    assert_eq!(mode("src/bin/start.sh") & 0o4700, 0o700);
    assert_eq!(mode("META-INF/statedb/couchdb/indexes/index.json") & 0o600, 0o600);
    assert_eq!(std::fs::read(dir.path().join("src/bin/start.sh")).expect("there"), b"#!");

    let sly = |name: &str, kind| {
        let code = raw_entry(name.as_bytes(), kind, b"x");
        Package { metadata: Metadata::default(), code, bytes: Bytes::new() }
    };
    for (name, kind) in [
        ("../outside", tar::EntryType::Regular),
        ("/outside", tar::EntryType::Regular),
        ("../outside", tar::EntryType::Directory),
        ("link", tar::EntryType::Symlink),
        ("link", tar::EntryType::Link),
    ] {
        let inside = dir.path().join("inside");
        std::fs::create_dir_all(&inside).expect("created");
        sly(name, kind).unpack(&inside).expect_err(name);
        assert_eq!(std::fs::read_dir(&inside).expect("listed").count(), 0, "{name}");
        assert!(!dir.path().join("outside").exists(), "{name}");
    }
}
