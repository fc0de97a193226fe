use std::fs;
use std::io::Read;

use super::*;

/// Makes files below a new folder.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, contents) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, contents).expect("a file");
    }
    dir
}

/// The entries of an archive: name, mode, owner, contents.
fn entries(code: &[u8]) -> Vec<(String, u32, u64, String)> {
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(code));
    let entries = tar.entries().expect("an archive").map(|entry| {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a name").to_string_lossy().into_owned();
        let (mode, owner) = (entry.header().mode().expect("a mode"), entry.header().uid().expect("an owner"));
        assert_eq!(entry.header().mtime().expect("a time"), 0);
        let mut contents = String::new();
        entry.read_to_string(&mut contents).expect("contents");
        (name, mode, owner, contents)
    });
    entries.collect()
}

fn names(platform: Platform, dir: &tempfile::TempDir) -> Vec<String> {
    let code = platform.code(dir.path().to_str().expect("text")).expect("packed");
    entries(&code).into_iter().map(|(name, ..)| name).collect()
}

const INDEX: &str = r#"{"index":{"fields":["owner",{"size":"desc"}]},"ddoc":"d","name":"n","type":"json"}"#;

#[test]
fn projects_go_below_src() {
    let node = tree(&[
        ("package.json", "{}"),
        ("lib/b.js", "b"),
        ("lib/a.js", "a"),
        ("node_modules/x/index.js", "x"),
        ("lib/node_modules/y.js", "y"),
        (".git/config", ""),
        (".npmrc", "hidden"),
        ("META-INF/statedb/couchdb/indexes/i.json", INDEX),
        ("META-INF/statedb/couchdb/indexes/.swp", "no index"),
    ]);
    let expected =
        ["META-INF/statedb/couchdb/indexes/i.json", "src/.npmrc", "src/lib/a.js", "src/lib/b.js", "src/package.json"];
    let mut found = names(Platform::Node, &node);
    found.sort();
    assert_eq!(found, expected);
    let java = tree(&[
        ("build.gradle", ""),
        ("src/main/java/A.java", "class A {}"),
        ("src/main/java/A.class", ""),
        ("build/x", ""),
        ("out/x", ""),
        ("target/x", ""),
    ]);
    assert_eq!(names(Platform::Java, &java), ["src/build.gradle", "src/src/main/java/A.java"]);
}

#[test]
fn equal_contents_are_equal_packages() {
    let make = || {
        let dir = tree(&[("a", "1"), ("b/c", "2")]);
        Platform::Node.code(dir.path().to_str().expect("text")).expect("packed")
    };
    let code = make();
    assert_eq!(code, make());
    assert_eq!(
        entries(&code),
        [("src/a".into(), 0o100_644, 500, "1".into()), ("src/b/c".into(), 0o100_644, 500, "2".into())]
    );
    let package = package("basic_1.0", "NODE", "path", &code).expect("packed");
    let parsed = super::super::Package::parse(package.into()).expect("a package");
    assert_eq!(
        (&*parsed.metadata.kind, &*parsed.metadata.path, &*parsed.metadata.label),
        ("NODE", "path", "basic_1.0")
    );
    assert_eq!(parsed.code, code);
}

#[test]
fn long_names_are_kept() {
    let deep = format!("{}/{}/{}", "d".repeat(120), "e".repeat(120), "f".repeat(120));
    let dir = tree(&[(&deep, "x")]);
    assert_eq!(names(Platform::Node, &dir), [format!("src/{deep}")]);
}

#[test]
fn services_and_programs_lie_at_the_root() {
    let dir = tree(&[("connection.json", r#"{"address":"a:1"}"#), ("META-INF/statedb/couchdb/indexes/i.json", INDEX)]);
    assert_eq!(names(Platform::Service, &dir), ["META-INF/statedb/couchdb/indexes/i.json", "connection.json"]);
    let file = dir.path().join("connection.json");
    let code = Platform::Service.code(file.to_str().expect("text")).expect("packed");
    assert_eq!(entries(&code).len(), 1);
    let empty = tree(&[("other.json", "{}")]);
    let error = Platform::Service.code(empty.path().to_str().expect("text")).expect_err("no connection").to_string();
    assert!(error.contains("holds no connection.json"), "{error}");

    use std::os::unix::fs::PermissionsExt;
    let program = empty.path().join("chaincode");
    fs::write(&program, "#!").expect("a file");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).expect("a program");
    let code = Platform::Binary.code(program.to_str().expect("text")).expect("packed");
    assert_eq!(entries(&code), [("chaincode".into(), 0o100_755, 500, "#!".into())]);
}

#[test]
fn bad_sources_are_named() {
    let empty = tree(&[]);
    let path = empty.path().to_str().expect("text");
    let error = Platform::Node.code(path).expect_err("empty").to_string();
    assert_eq!(error, format!("no source files found in '{path}'"));
    let error = Platform::Node.code("/no/such/folder").expect_err("nothing").to_string();
    assert_eq!(error, "cannot read /no/such/folder");
    let bad = tree(&[("META-INF/other/x.json", "{}")]);
    let error = Platform::Java.code(bad.path().to_str().expect("text")).expect_err("bad").to_string();
    assert_eq!(error, "metadata file path must begin with META-INF/statedb, found: META-INF/other/");
}

#[test]
fn index_files_are_checked_as_in_fabric() {
    let at = |name: &str| check_index_file(name, INDEX.as_bytes()).map_err(|error| error.to_string());
    assert_eq!(at("META-INF/statedb/couchdb/indexes/a.json"), Ok(()));
    assert_eq!(at("META-INF/statedb/couchdb/collections/c-1_A/indexes/a.json"), Ok(()));
    for (name, expected) in [
        ("META-INF/x.json", "metadata file path must begin with META-INF/statedb, found: META-INF/"),
        (
            "META-INF/statedb/x.json",
            "metadata file path must include a database and index directory: META-INF/statedb/",
        ),
        (
            "META-INF/statedb/leveldb/indexes/x.json",
            "database name [leveldb] is not supported, valid options: [couchdb]",
        ),
        (
            "META-INF/statedb/couchdb/other/x.json",
            "metadata file path does not have an indexes directory: META-INF/statedb/couchdb/other/",
        ),
    ] {
        assert_eq!(at(name), Err(expected.to_owned()));
    }
    for (contents, expected) in [
        ("[]", "is not a valid JSON"),
        ("{}", "Index definition must include a \"fields\" definition"),
        (r#"{"index":[]}"#, "Invalid entry, \"index\" must be a JSON"),
        (r#"{"index":{"fields":1}}"#, "Expecting a JSON array of fields"),
        (r#"{"index":{"fields":[{"a":"up"}]}}"#, "Sort must be either \"asc\" or \"desc\".  \"up\" was found."),
        (r#"{"index":{"fields":[{"a":1}]}}"#, "Invalid field definition, fields must be in the form"),
        (r#"{"index":{"other":[]}}"#, "Invalid Entry.  Entry other"),
        (r#"{"index":{"fields":[]},"type":"text"}"#, "Index type must be json"),
        (r#"{"index":{"fields":[]},"name":1}"#, "Invalid entry, \"name\" must be a string"),
        (r#"{"index":{"fields":[]},"more":1}"#, "Invalid Entry.  Entry more"),
    ] {
        let error = check_index_file("META-INF/statedb/couchdb/indexes/a.json", contents.as_bytes());
        let error = error.expect_err(contents).to_string();
        assert!(error.ends_with(expected) || error.contains(expected), "{contents}: {error}");
    }
}

#[test]
fn only_known_platforms_have_names() {
    for (name, expected) in [
        ("golang", Some(Platform::Golang)),
        ("Node", Some(Platform::Node)),
        ("JAVA", Some(Platform::Java)),
        ("ccaas", Some(Platform::Service)),
        ("binary", Some(Platform::Binary)),
        ("wasm", None),
        ("rust", None),
        ("", None),
    ] {
        assert_eq!(Platform::from_name(name), expected, "{name}");
    }
}
