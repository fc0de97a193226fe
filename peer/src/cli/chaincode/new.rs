//! `peer chaincode new`: a contract to begin with, in the language of one's choice.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use clap::Args;
use peer::system::SystemChaincode;

use crate::cli::print;

/// Language, path and contents of every file.
const FILES: &[(&str, &str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/scaffolds.rs"));

/// What stands for the contract's name in the files, and its form where a hyphen cannot stand.
const PLACEHOLDER: &str = "my-contract";
const PLACEHOLDER_IDENTIFIER: &str = "my_contract";

/// The longest name; it becomes part of file names.
const NAME_BYTES_MAX: usize = 64;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer chaincode new --lang go greetings && cd greetings && ./test.sh")]
pub struct Arguments {
    /// The contract's name; a folder of this name is made
    name: String,
    /// Its language
    #[arg(long, value_name = "LANGUAGE", value_parser = clap::builder::PossibleValuesParser::new(languages()))]
    lang: String,
}

/// Languages with a scaffold and a kit.
fn languages() -> BTreeSet<&'static str> {
    FILES.iter().filter(|(_, path, _)| *path == "build.sh").map(|(language, ..)| *language).collect()
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let name = arguments.name.as_str();
    check_name(name)?;
    let folder = PathBuf::from(name);
    // Anything that is there already is somebody's.
    fs::create_dir(&folder).with_context(|| format!("cannot make the folder {name}"))?;
    for (_, path, contents) in FILES.iter().filter(|(language, ..)| *language == arguments.lang) {
        let path = folder.join(named(path, name));
        let parent = path.parent().context("a file lies in a folder")?;
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        let contents = match str::from_utf8(contents) {
            Ok(text) => named(text, name).into_bytes(),
            Err(_) => contents.to_vec(),
        };
        let failed = || format!("cannot write {}", path.display());
        fs::write(&path, &contents).with_context(failed)?;
        if contents.starts_with(b"#!") {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).with_context(failed)?;
        }
    }
    print(format!(
        "The contract {name} is in the folder {name}. README.md says what to install.\n\n  cd {name}\n  ./test.sh\n"
    ))
}

fn named(text: &str, name: &str) -> String {
    text.replace(PLACEHOLDER, name).replace(PLACEHOLDER_IDENTIFIER, &name.replace('-', "_"))
}

/// Fabric's rule for names of chaincode, and what all the languages' own tools take.
fn check_name(name: &str) -> anyhow::Result<()> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let starts_well = name.starts_with(|first: char| first.is_ascii_lowercase());
    ensure!(!SystemChaincode::is_reserved(name), "{name} is the name of a system chaincode");
    ensure!(name.len() <= NAME_BYTES_MAX, "the name has more than {NAME_BYTES_MAX} letters");
    if !starts_well || !name.split(['-', '_']).all(is_word) {
        bail!(
            "{name:?} cannot be a contract's name: it must begin with a lower-case letter and consist of letters and \
             digits, with single - or _ between them"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, is_good) in [
            ("a", true),
            ("asset-transfer_2", true),
            ("", false),
            ("2a", false),
            ("Assets", false),
            ("a--b", false),
            ("a-", false),
            ("../a", false),
            ("ä", false),
        ] {
            assert_eq!(check_name(name).is_ok(), is_good, "{name:?}");
        }
    }

    #[test]
    fn every_language_has_all_that_belongs_to_it() {
        assert_eq!(languages().len(), 12, "{:?}", languages());
        for language in languages() {
            let has = |wanted: &str| FILES.iter().any(|(of, path, _)| *of == language && *path == wanted);
            for file in ["README.md", "build.sh", "test.sh"] {
                assert!(has(file), "{language} has no {file}");
            }
            assert!(FILES.iter().any(|(of, path, _)| *of == language && path.starts_with("kit/")), "{language}");
        }
    }
}
