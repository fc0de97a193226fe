//! The report that ginkgo, the suite's test framework, writes as JSON.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

/// What a spec came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// After so many seconds.
    Passed(f64),
    /// The first line of the reason.
    Failed(String),
    /// It was not asked for.
    Skipped,
}

const NANOSECONDS: f64 = 1e9;

/// Outcomes by the whole name of the spec: the texts of its containers and its own, with spaces between.
pub fn outcomes(text: &str) -> Result<BTreeMap<String, Outcome>> {
    let suites: Value = serde_json::from_str(text)?;
    let suites = suites.as_array().context("no list of suites")?;
    let reports = suites.iter().flat_map(|suite| suite["SpecReports"].as_array().into_iter().flatten());
    let specs = reports.filter(|report| report["LeafNodeType"] == "It");
    Ok(specs.map(|spec| (name(spec), outcome(spec))).collect())
}

fn name(spec: &Value) -> String {
    let containers = spec["ContainerHierarchyTexts"].as_array().into_iter().flatten();
    let texts = containers.chain([&spec["LeafNodeText"]]).filter_map(Value::as_str);
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

fn outcome(spec: &Value) -> Outcome {
    match spec["State"].as_str() {
        Some("passed") => Outcome::Passed(spec["RunTime"].as_f64().unwrap_or(0.0) / NANOSECONDS),
        Some("skipped" | "pending") => Outcome::Skipped,
        state => {
            let message = spec["Failure"]["Message"].as_str().and_then(|message| message.lines().next());
            Outcome::Failed(message.or(state).unwrap_or("without a word").to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_have_the_names_of_their_containers() {
        let text = r#"[{"SpecReports":[
            {"LeafNodeType":"SynchronizedBeforeSuite","LeafNodeText":"","State":"passed"},
            {"LeafNodeType":"It","ContainerHierarchyTexts":["A","when b"],"LeafNodeText":"does c","State":"passed","RunTime":2000000000},
            {"LeafNodeType":"It","ContainerHierarchyTexts":["A"],"LeafNodeText":"d","State":"failed","Failure":{"Message":"no\nmore"}},
            {"LeafNodeType":"It","ContainerHierarchyTexts":null,"LeafNodeText":"e","State":"skipped"},
            {"LeafNodeType":"It","ContainerHierarchyTexts":["A"],"LeafNodeText":"f","State":"timedout"}]}]"#;
        let expected = [
            ("A d", Outcome::Failed("no".to_owned())),
            ("A f", Outcome::Failed("timedout".to_owned())),
            ("A when b does c", Outcome::Passed(2.0)),
            ("e", Outcome::Skipped),
        ];
        let expected: BTreeMap<String, Outcome> =
            expected.into_iter().map(|(name, outcome)| (name.to_owned(), outcome)).collect();
        assert_eq!(outcomes(text).expect("read"), expected);
        assert!(outcomes("{}").is_err());
    }
}
