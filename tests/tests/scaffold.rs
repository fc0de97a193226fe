//! `peer chaincode new`: what it writes builds and passes its own test, in every language whose compiler is here.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::path::Path;
use std::process::{Command, Output};

use tests::programs;

const LANGUAGES: [&str; 12] =
    ["rust", "c", "cpp", "zig", "assemblyscript", "javascript", "typescript", "python", "go", "wat", "d", "nim"];

/// What a build script answers when its compiler is missing.
const NO_COMPILER: i32 = 3;

fn new(folder: &Path, language: &str, name: &str) -> Output {
    let mut peer = Command::new(programs::peer().unwrap());
    peer.args(["chaincode", "new", "--lang", language, name]).current_dir(folder).output().unwrap()
}

/// The programs that tests and scaffolds need in front of everything else.
fn path() -> std::ffi::OsString {
    let peer = programs::peer().unwrap();
    let profile = peer.parent().unwrap();
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let own = [profile.to_owned(), profile.join("../toolchains/bin")];
    std::env::join_paths(own.into_iter().chain(std::env::split_paths(&inherited))).unwrap()
}

#[test]
fn a_new_contract_passes_its_test_in_every_language() {
    let wanted = std::env::var("WEFT_LANGUAGES").unwrap_or_default();
    let folder = tempfile::tempdir().unwrap();
    for language in LANGUAGES {
        let name = format!("my-{language}-1");
        let made = new(folder.path(), language, &name);
        assert!(made.status.success(), "{language}: {}", String::from_utf8_lossy(&made.stderr));
        let contract = folder.path().join(&name);
        let mut test = Command::new("./test.sh");
        let done = test.current_dir(&contract).env("PATH", path()).env_remove("RUSTFLAGS").output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        let is_missing = done.status.code() == Some(NO_COMPILER);
        if is_missing && !wanted.split(',').any(|wanted| wanted == language) {
            println!("not run: {language}: {}", said.trim_end());
            continue;
        }
        assert!(done.status.success(), "{language}: {said}");
        assert!(contract.join("build").join(format!("{name}.wasm")).is_file(), "{language}: no contract was built");
    }
}

#[test]
fn bad_names_and_languages_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |language: &str, name: &str, expected: &str| {
        let output = new(folder.path(), language, name);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(expected), "{language} {name}: {said}");
    };
    refused("cobol", "a", "[possible values: ");
    refused("rust", "../a", "cannot be a contract's name");
    refused("rust", "Assets", "must begin with a lower-case letter");
    assert!(new(folder.path(), "wat", "twice").status.success());
    refused("wat", "twice", "cannot make the folder twice");
}
