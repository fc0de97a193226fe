//! The page that says which check passes in which language. A run must find what the page says about the languages that it ran.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::contracts::LANGUAGES;

/// By language, the checks in their order and whether they passed.
static RESULTS: Mutex<BTreeMap<String, Vec<(String, bool)>>> = Mutex::new(BTreeMap::new());

const PASSED: &str = "yes";
const FAILED: &str = "**no**";
const NOT_RUN: &str = "not run";

const HEAD: &str = "\
# What each language can do

Every language has a contract with the same functions (`chaincodes/conformance`), and one list of checks is for all of them. This page
is what a run of `cargo xtask test` found; a run that finds something else fails. `WEFT_WRITE_LANGUAGES=1 cargo xtask test` writes it
anew, and keeps the columns of languages whose compilers are not there.

";

/// Remembers what the checks of a language gave.
pub fn record(language: &str, results: impl Iterator<Item = (String, bool)>) {
    RESULTS.lock().expect("no test panics here").insert(language.to_owned(), results.collect());
}

/// Compares the page with what was found; writes it where that is asked for.
pub fn compare() -> Result<(), String> {
    let results = RESULTS.lock().expect("no test panics here");
    let Some(any) = results.values().next() else { return Ok(()) };
    let page = page();
    let written = std::fs::read_to_string(&page).unwrap_or_default();
    let mut text = HEAD.to_owned();
    let mut row = |cells: Vec<&str>| writeln!(text, "| {} |", cells.join(" | ")).expect("a string takes all");
    row(std::iter::once("check").chain(LANGUAGES).collect());
    row(std::iter::repeat_n("---", LANGUAGES.len() + 1).collect());
    for (index, (check, _)) in any.iter().enumerate() {
        let name = printable(check);
        let cell = |(column, language): (usize, &&str)| match results.get(*language) {
            Some(results) => if results[index].1 { PASSED } else { FAILED }.to_owned(),
            None => old_cell(&written, &name, column + 1).unwrap_or_else(|| NOT_RUN.to_owned()),
        };
        let cells: Vec<String> = LANGUAGES.iter().enumerate().map(cell).collect();
        row(std::iter::once(name.as_str()).chain(cells.iter().map(String::as_str)).collect());
    }
    if text == written {
        return Ok(());
    }
    if std::env::var_os("WEFT_WRITE_LANGUAGES").is_some() {
        return std::fs::write(&page, text).map_err(|error| format!("{}: {error}", page.display()));
    }
    Err(format!("{} does not say what this run found; WEFT_WRITE_LANGUAGES=1 writes it anew", page.display()))
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../host-api/LANGUAGES.md")
}

fn old_cell(page: &str, check: &str, column: usize) -> Option<String> {
    let row =
        page.lines().find(|line| line.strip_prefix("| ").is_some_and(|row| row.starts_with(&format!("{check} |"))))?;
    row.trim_matches('|').split('|').nth(column).map(|cell| cell.trim().to_owned())
}

/// A name that does not end its cell or its line.
fn printable(name: &str) -> String {
    name.replace('|', "/").chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
