//! `tests/fabric/expected.toml`: every spec of Fabric's suite, and what it must do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

/// What a spec must do.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    /// It passes.
    Pass,
    /// It fails, for the reason that is written down.
    Fail,
    /// It is left out, because what it needs cannot be had, or because too much of it is missing to learn from its failure.
    NotRun,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    suite: String,
    name: String,
    expect: Expectation,
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    spec: Vec<Spec>,
}

/// The whole list.
#[derive(Debug)]
pub struct Expected {
    suites: BTreeMap<String, BTreeMap<String, Expectation>>,
}

impl Expected {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<Expected> {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        Expected::parse(&text).with_context(|| format!("in {}", path.display()))
    }

    /// Refuses a spec that is listed twice, and one that need not pass without a reason.
    pub fn parse(text: &str) -> Result<Expected> {
        let file: File = toml::from_str(text)?;
        let mut suites: BTreeMap<String, BTreeMap<String, Expectation>> = BTreeMap::new();
        for spec in file.spec {
            let has_reason = spec.reason.is_some_and(|reason| !reason.trim().is_empty());
            ensure!(
                spec.expect == Expectation::Pass || has_reason,
                "{}: no reason is given for: {}",
                spec.suite,
                spec.name
            );
            let specs = suites.entry(spec.suite.clone()).or_default();
            ensure!(
                specs.insert(spec.name.clone(), spec.expect).is_none(),
                "{}: listed twice: {}",
                spec.suite,
                spec.name
            );
        }
        Ok(Expected { suites })
    }

    /// The chosen suites, or all in which something must pass.
    pub fn suites<'a>(&'a self, only: &'a [String]) -> Result<Vec<&'a str>> {
        if let Some(unknown) = only.iter().find(|suite| !self.suites.contains_key(*suite)) {
            bail!(
                "no suite `{unknown}` is listed; there are {}",
                self.suites.keys().cloned().collect::<Vec<_>>().join(", ")
            );
        }
        let chosen = self.suites.iter().filter(|(suite, specs)| match only {
            [] => specs.values().any(|expect| *expect == Expectation::Pass),
            only => only.contains(suite),
        });
        Ok(chosen.map(|(suite, _)| suite.as_str()).collect())
    }

    /// What a spec must do, if it is listed.
    pub fn of(&self, suite: &str, name: &str) -> Option<Expectation> {
        self.suites.get(suite)?.get(name).copied()
    }

    /// Specs that are left out.
    pub fn not_run<'a>(&'a self, suite: &str) -> impl Iterator<Item = &'a str> {
        self.specs(suite, |expect| expect == Expectation::NotRun).into_iter()
    }

    /// Specs that must run.
    pub fn must_run<'a>(&'a self, suite: &str) -> impl Iterator<Item = &'a str> {
        self.specs(suite, |expect| expect != Expectation::NotRun).into_iter()
    }

    fn specs(&self, suite: &str, wanted: impl Fn(Expectation) -> bool) -> BTreeSet<&str> {
        let specs = self.suites.get(suite).into_iter().flatten();
        specs.filter(|(_, expect)| wanted(**expect)).map(|(name, _)| name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_listed_wrongly_is_refused() {
        for (text, expected) in [
            ("[[spec]]\nsuite = 's'\nname = 'n'\nexpect = 'fail'", "no reason"),
            ("[[spec]]\nsuite = 's'\nname = 'n'\nexpect = 'not-run'\nreason = ' '", "no reason"),
            ("[[spec]]\nsuite = 's'\nname = 'n'\nexpect = 'perhaps'", "perhaps"),
            ("spec = [{suite='s',name='n',expect='pass'},{suite='s',name='n',expect='pass'}]", "listed twice"),
        ] {
            let error = format!("{:#}", Expected::parse(text).expect_err("refused"));
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn the_list_in_the_tree_can_be_read() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fabric/expected.toml");
        let expected = Expected::read(&path).expect("read");
        assert!(expected.suites(&[]).expect("suites").contains(&"configtxlator"));
        assert!(expected.suites(&["none".to_owned()]).is_err());
    }
}
