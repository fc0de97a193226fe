//! What the configuration says about metrics.

use std::time::Duration;

use crate::config::{Source, ValueError};

/// Fabric's default for `metrics.statsd.writeInterval`.
const DEFAULT_WRITE_INTERVAL: Duration = Duration::from_secs(10);

/// The shortest interval between two reports.
const WRITE_INTERVAL_MIN: Duration = Duration::from_millis(100);

/// Who gets the metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Nobody: nothing is counted.
    Disabled,
    /// Whoever asks the operations endpoint.
    Prometheus,
    /// A StatsD server, to which the node reports.
    Statsd(StatsdSettings),
}

/// A StatsD server and how it is reported to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatsdSettings {
    /// TCP rather than UDP.
    pub tcp: bool,
    /// `host:port`
    pub address: String,
    /// Time between two reports.
    pub write_interval: Duration,
    /// What names begin with; a dot follows unless it is empty.
    pub prefix: String,
}

/// Settings of metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsSettings {
    /// Who gets them.
    pub provider: Provider,
}

/// The names of the keys; those of peers are `metrics.provider` and so on.
#[derive(Clone, Copy, Debug)]
pub struct MetricsKeys {
    /// `disabled`, `prometheus` or `statsd`
    pub provider: &'static str,
    /// `udp` or `tcp`
    pub network: &'static str,
    /// `host:port` of the StatsD server
    pub address: &'static str,
    /// Time between two reports
    pub write_interval: &'static str,
    /// What names begin with
    pub prefix: &'static str,
}

impl MetricsKeys {
    /// The keys of `core.yaml`.
    pub const PEER: MetricsKeys = MetricsKeys {
        provider: "metrics.provider",
        network: "metrics.statsd.network",
        address: "metrics.statsd.address",
        write_interval: "metrics.statsd.writeInterval",
        prefix: "metrics.statsd.prefix",
    };

    /// The keys of `orderer.yaml`.
    pub const ORDERER: MetricsKeys = MetricsKeys {
        provider: "Metrics.Provider",
        network: "Metrics.Statsd.Network",
        address: "Metrics.Statsd.Address",
        write_interval: "Metrics.Statsd.WriteInterval",
        prefix: "Metrics.Statsd.Prefix",
    };
}

impl MetricsSettings {
    /// Reads the settings. A provider that there is not means none, with a warning, as in Fabric.
    pub fn from_source(source: &Source, keys: &MetricsKeys) -> Result<Self, ValueError> {
        let provider = source.text(keys.provider)?.unwrap_or_else(|| "disabled".to_owned());
        let provider = match provider.as_str() {
            "disabled" => Provider::Disabled,
            "prometheus" => Provider::Prometheus,
            "statsd" => Provider::Statsd(Self::statsd(source, keys)?),
            other => {
                tracing::warn!(target: "operations.runner", "Unknown provider type: {other}; metrics disabled");
                Provider::Disabled
            }
        };
        Ok(MetricsSettings { provider })
    }

    fn statsd(source: &Source, keys: &MetricsKeys) -> Result<StatsdSettings, ValueError> {
        let network = source.text(keys.network)?.unwrap_or_else(|| "udp".to_owned());
        let tcp = match network.as_str() {
            "udp" | "udp4" | "udp6" => false,
            "tcp" | "tcp4" | "tcp6" => true,
            other => return Err(source.error(keys.network, other, "udp or tcp")),
        };
        let interval = source.duration(keys.write_interval)?.unwrap_or(DEFAULT_WRITE_INTERVAL);
        if interval < WRITE_INTERVAL_MIN {
            return Err(source.error(keys.write_interval, &format!("{interval:?}"), "a duration of at least 100ms"));
        }
        Ok(StatsdSettings {
            tcp,
            address: source.text(keys.address)?.unwrap_or_else(|| "127.0.0.1:8125".to_owned()),
            write_interval: interval,
            prefix: source.text(keys.prefix)?.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(yaml: &str) -> Result<Provider, String> {
        let source = Source::parse(yaml, "CORE", &BTreeMap::new()).expect("YAML");
        let settings = MetricsSettings::from_source(&source, &MetricsKeys::PEER);
        settings.map(|settings| settings.provider).map_err(|error| error.to_string())
    }

    #[test]
    fn providers() {
        let statsd = StatsdSettings {
            tcp: true,
            address: "stats:8125".to_owned(),
            write_interval: Duration::from_secs(5),
            prefix: "org1".to_owned(),
        };
        let text = "metrics: {provider: statsd, statsd: {network: tcp, address: 'stats:8125', writeInterval: 5s, prefix: org1}}";
        for (yaml, expected) in [
            ("{}", Provider::Disabled),
            ("metrics: {provider: prometheus}", Provider::Prometheus),
            ("metrics: {provider: pigeons}", Provider::Disabled),
            (text, Provider::Statsd(statsd)),
        ] {
            assert_eq!(read(yaml), Ok(expected), "{yaml}");
        }
        for (yaml, key) in [
            ("metrics: {provider: statsd, statsd: {network: unix}}", "metrics.statsd.network"),
            ("metrics: {provider: statsd, statsd: {writeInterval: 0s}}", "metrics.statsd.writeInterval"),
        ] {
            assert!(read(yaml).expect_err("refused").starts_with(key), "{yaml}");
        }
    }
}
