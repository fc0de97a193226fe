//! `peer.discovery`.

use anyhow::ensure;
use node::config::Source;

use crate::discovery::{AuthCacheSettings, DiscoverySettings};

/// The service's settings, if it is to be there.
pub(super) fn discovery(source: &Source) -> anyhow::Result<Option<DiscoverySettings>> {
    let flag = |name: &str, default: bool| -> anyhow::Result<bool> {
        Ok(source.flag(&format!("peer.discovery.{name}"))?.unwrap_or(default))
    };
    if !flag("enabled", true)? {
        return Ok(None);
    }
    let auth_cache = flag("authCacheEnabled", true)?.then(|| auth_cache(source)).transpose()?;
    Ok(Some(DiscoverySettings { auth_cache, members_allowed: flag("orgMembersAllowedAccess", false)? }))
}

fn auth_cache(source: &Source) -> anyhow::Result<AuthCacheSettings> {
    let default = AuthCacheSettings::default();
    let entries = source.integer("peer.discovery.authCacheMaxSize")?;
    let key = "peer.discovery.authCachePurgeRetentionRatio";
    let ratio = source.text(key)?;
    let retention_ratio = ratio.as_ref().map_or(Ok(default.retention_ratio), |ratio| ratio.trim().parse());
    let retention_ratio = retention_ratio.unwrap_or(f64::NAN);
    ensure!(
        (0.0..=1.0).contains(&retention_ratio),
        "{key} (or {}): {:?} is not a number from 0 to 1",
        source.variable(key),
        ratio.unwrap_or_default()
    );
    let entries_max = entries.map_or(default.entries_max, |entries| usize::try_from(entries).unwrap_or(usize::MAX));
    Ok(AuthCacheSettings { entries_max, retention_ratio })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(yaml: &str) -> anyhow::Result<Option<DiscoverySettings>> {
        discovery(&Source::parse(yaml, "CORE", &BTreeMap::new()).expect("YAML"))
    }

    #[test]
    fn discovery_is_as_configured() {
        assert_eq!(read("").expect("read"), Some(DiscoverySettings::default()));
        assert_eq!(read("peer: {discovery: {enabled: false}}").expect("read"), None);
        let yaml = "peer: {discovery: {authCacheEnabled: false, orgMembersAllowedAccess: true}}";
        let expected = DiscoverySettings { auth_cache: None, members_allowed: true };
        assert_eq!(read(yaml).expect("read"), Some(expected));
        let yaml = "peer: {discovery: {authCacheMaxSize: 7, authCachePurgeRetentionRatio: 0.5}}";
        let cache = AuthCacheSettings { entries_max: 7, retention_ratio: 0.5 };
        assert_eq!(read(yaml).expect("read").and_then(|settings| settings.auth_cache), Some(cache));
        for ratio in ["2", "-0.1", "many", "NaN"] {
            let yaml = format!("peer: {{discovery: {{authCachePurgeRetentionRatio: {ratio}}}}}");
            let error = read(&yaml).expect_err("refused").to_string();
            assert!(error.starts_with("peer.discovery.authCachePurgeRetentionRatio "), "{error}");
        }
    }
}
