//! `peer.handlers`: parts of Fabric that are chosen by name. This peer has Fabric's own ones; a plug-in that it does not have
//! refuses the start.

use std::collections::BTreeMap;

use anyhow::{bail, ensure};
use node::config::Source;

use crate::endorser::{AuthFilters, DEFAULT_TIME_WINDOW};

const AUTH_FILTERS: &str = "peer.handlers.authFilters";
const DECORATORS: &str = "peer.handlers.decorators";

/// An entry: what it is called, and the library that a plug-in comes from.
#[derive(serde::Deserialize)]
struct Entry {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    library: Option<String>,
}

impl Entry {
    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    fn refuse_library(&self, key: &str) -> anyhow::Result<()> {
        match self.library.as_deref().filter(|library| !library.is_empty()) {
            Some(library) => bail!(
                "{key}: '{}' is to come from the library {library}, but this peer loads no libraries; take the entry's \
                 library away to use the built-in handler",
                self.name()
            ),
            None => Ok(()),
        }
    }
}

/// Checks in front of proposals: those that are named, all of Fabric's where nothing is.
pub(super) fn filters(source: &Source) -> anyhow::Result<AuthFilters> {
    let window = source.duration("peer.authentication.timewindow")?.unwrap_or(DEFAULT_TIME_WINDOW);
    let named: Option<Vec<Entry>> = source.decoded(AUTH_FILTERS, "a list of filters with names")?;
    let Some(named) = named else {
        return Ok(AuthFilters { expiration: true, time_window: Some(window) });
    };
    let mut filters = AuthFilters { expiration: false, time_window: None };
    for filter in named {
        filter.refuse_library(AUTH_FILTERS)?;
        match filter.name() {
            "DefaultAuth" => {}
            "ExpirationCheck" => filters.expiration = true,
            "TimeWindowCheck" => filters.time_window = Some(window),
            other => bail!(
                "{AUTH_FILTERS}: there is no filter named '{other}'; there are DefaultAuth, ExpirationCheck and \
                 TimeWindowCheck"
            ),
        }
    }
    Ok(filters)
}

/// Refuses decorators and plug-ins for endorsement and validation that this peer does not have. What it has is what it
/// does anyway.
pub(super) fn check(source: &Source) -> anyhow::Result<()> {
    let decorators: Option<Vec<Entry>> = source.decoded(DECORATORS, "a list of decorators with names")?;
    for decorator in decorators.unwrap_or_default() {
        decorator.refuse_library(DECORATORS)?;
        let name = decorator.name();
        ensure!(
            name == "DefaultDecorator",
            "{DECORATORS}: there is no decorator named '{name}'; there is DefaultDecorator"
        );
    }
    plugins(source, "peer.handlers.endorsers", "escc", "DefaultEndorsement")?;
    plugins(source, "peer.handlers.validators", "vscc", "DefaultValidation")
}

fn plugins(source: &Source, key: &str, default_id: &str, default_name: &str) -> anyhow::Result<()> {
    let entries: Option<BTreeMap<String, Option<Entry>>> =
        source.decoded(key, "a group of plug-ins, each with a name and perhaps a library")?;
    for (id, entry) in entries.unwrap_or_default() {
        let Some(entry) = entry else { continue };
        entry.refuse_library(&format!("{key}.{id}"))?;
        let name = entry.name();
        ensure!(
            id.eq_ignore_ascii_case(default_id) && (name.is_empty() || name == default_name),
            "{key}.{id}: there is no plug-in named '{name}' for it; there is {default_id} with {default_name}"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn source(yaml: &str) -> Source {
        Source::parse(yaml, "CORE", &BTreeMap::new()).expect("YAML")
    }

    #[test]
    fn filters_are_chosen_by_name() {
        let all = AuthFilters { expiration: true, time_window: Some(DEFAULT_TIME_WINDOW) };
        let short = AuthFilters { expiration: false, time_window: Some(Duration::from_secs(60)) };
        for (yaml, expected) in [
            ("{}", all),
            (
                "peer: {handlers: {authFilters: [{name: DefaultAuth}]}}",
                AuthFilters { expiration: false, time_window: None },
            ),
            ("peer: {authentication: {timewindow: 1m}, handlers: {authFilters: [{name: TimeWindowCheck}]}}", short),
        ] {
            assert_eq!(filters(&source(yaml)).expect(yaml), expected);
        }
        for (entry, expected) in [
            ("{name: Mine}", "there is no filter named 'Mine'"),
            ("{name: Mine, library: /opt/lib/filter.so}", "'Mine' is to come from the library /opt/lib/filter.so"),
        ] {
            let yaml = format!("peer: {{handlers: {{authFilters: [{entry}]}}}}");
            let error = filters(&source(&yaml)).expect_err("refused").to_string();
            assert!(error.starts_with(AUTH_FILTERS) && error.contains(expected), "{error}");
        }
    }

    #[test]
    fn plug_ins_that_there_are_not_are_refused_by_name() {
        for handlers in [
            "",
            "decorators: [{name: DefaultDecorator}]",
            "endorsers: {escc: {name: DefaultEndorsement, library: }}",
            "validators: {vscc: {name: DefaultValidation, library: ''}}",
            "endorsers: {escc: }",
        ] {
            check(&source(&format!("peer: {{handlers: {{{handlers}}}}}"))).expect(handlers);
        }
        for (handlers, expected) in [
            ("decorators: [{name: Mine}]", "peer.handlers.decorators: there is no decorator named 'Mine'"),
            ("decorators: [{name: Mine, library: d.so}]", "'Mine' is to come from the library d.so"),
            ("endorsers: {escc: {name: Mine}}", "peer.handlers.endorsers.escc: there is no plug-in named 'Mine'"),
            ("endorsers: {mine: {name: DefaultEndorsement}}", "peer.handlers.endorsers.mine: there is no plug-in"),
            ("validators: {vscc: {name: DefaultValidation, library: v.so}}", "peer.handlers.validators.vscc: 'Def"),
        ] {
            let error = check(&source(&format!("peer: {{handlers: {{{handlers}}}}}"))).expect_err("refused");
            assert!(error.to_string().contains(expected), "{handlers}: {error}");
        }
    }
}
