//! Connections: how those of clients are kept, and those to orderers made.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context, ensure};
use deliver::Backoff;
use node::config::Source;
use node::grpc::{ClientIdentity, Keepalive, MESSAGE_SIZE_MAX, MessageSizes, PING_INTERVAL_MIN};

use super::tls::read_text;
use crate::channels::{AddressOverride, OrdererConnections};

/// Time a new connection has for its TLS handshake; Fabric's default for `peer.connectiontimeout`.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);

/// How connections of clients are kept.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionSettings {
    /// `peer.keepalive`
    pub keepalive: Keepalive,
    /// `peer.keepalive.minInterval`
    pub ping_interval_min: Duration,
    /// `peer.connectiontimeout`
    pub handshake_timeout: Duration,
    /// `peer.maxRecvMsgSize`, `peer.maxSendMsgSize`
    pub sizes: MessageSizes,
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        let (keepalive, sizes) = (Keepalive::SERVER, MessageSizes::default());
        ConnectionSettings {
            keepalive,
            ping_interval_min: PING_INTERVAL_MIN,
            handshake_timeout: HANDSHAKE_TIMEOUT,
            sizes,
        }
    }
}

impl ConnectionSettings {
    pub(super) fn from_source(source: &Source) -> anyhow::Result<Self> {
        let size = |key: &str| -> anyhow::Result<usize> {
            let size = source.size(key)?.map_or(MESSAGE_SIZE_MAX, |size| usize::try_from(size).unwrap_or(usize::MAX));
            ensure!(size > 0, "{key} is 0: no message would be small enough");
            Ok(size)
        };
        Ok(ConnectionSettings {
            keepalive: keepalive(source, "peer.keepalive", Keepalive::SERVER)?,
            ping_interval_min: source.duration("peer.keepalive.minInterval")?.unwrap_or(PING_INTERVAL_MIN),
            handshake_timeout: source.duration("peer.connectiontimeout")?.unwrap_or(HANDSHAKE_TIMEOUT),
            sizes: MessageSizes { receive_max: size("peer.maxRecvMsgSize")?, send_max: size("peer.maxSendMsgSize")? },
        })
    }
}

fn keepalive(source: &Source, group: &str, default: Keepalive) -> anyhow::Result<Keepalive> {
    let time = |name: &str, default| -> anyhow::Result<Duration> {
        let key = format!("{group}.{name}");
        let time = source.duration(&key)?.unwrap_or(default);
        ensure!(!time.is_zero(), "{key} is 0: connections would be checked without end");
        Ok(time)
    };
    Ok(Keepalive { interval: time("interval", default.interval)?, timeout: time("timeout", default.timeout)? })
}

/// One entry of `peer.deliveryclient.addressOverrides`.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Override {
    from: String,
    to: String,
    #[serde(default)]
    ca_certs_file: Option<String>,
}

/// `peer.deliveryclient`, for connections that speak TLS or do not, and show `client`.
pub(super) fn orderers(
    source: &Source,
    tls: bool,
    client: Option<ClientIdentity>,
) -> anyhow::Result<OrdererConnections> {
    let default = OrdererConnections::default();
    let key = "peer.deliveryclient.addressOverrides";
    let entries: Option<Vec<Override>> = source.decoded(key, "a list of overrides with from, to and caCertsFile")?;
    let mut overrides = Vec::new();
    for Override { from, to, ca_certs_file } in entries.unwrap_or_default() {
        let roots = ca_certs_file.filter(|file| !file.is_empty() && tls);
        let roots = roots.map(|file| read_text(&source.directory().join(file), key)).transpose()?;
        overrides.push(AddressOverride { from, to, roots_pem: roots.into_iter().collect() });
    }
    let pause = |key: &str, default| -> anyhow::Result<Duration> {
        let pause = source.duration(key)?.unwrap_or(default);
        ensure!(!pause.is_zero(), "{key} is 0: there would be no pause between attempts");
        Ok(pause)
    };
    if source.duration("peer.deliveryclient.reconnectTotalTimeThreshold")?.is_some() {
        tracing::info!(
            target: "deliveryClient",
            "peer is a static leader, ignoring peer.deliveryclient.reconnectTotalTimeThreshold"
        );
    }
    Ok(OrdererConnections {
        tls,
        client,
        connect_timeout: source.duration("peer.deliveryclient.connTimeout")?.unwrap_or(default.connect_timeout),
        keepalive: keepalive(source, "peer.keepalive.deliveryClient", Keepalive::CLIENT)?,
        backoff: Backoff {
            first: pause("peer.deliveryclient.minimalReconnectInterval", default.backoff.first)?,
            longest: pause("peer.deliveryclient.reConnectBackoffThreshold", default.backoff.longest)?,
        },
        overrides,
    })
}

/// `peer.address`; with `peer.addressAutoDetect` its host is the first address of this machine that others can reach.
pub(super) fn external_address(source: &Source) -> anyhow::Result<String> {
    let address = source.text("peer.address")?.unwrap_or_else(|| "0.0.0.0:7051".to_owned());
    if !source.flag("peer.addressAutoDetect")?.unwrap_or(false) {
        return Ok(address);
    }
    let (_, port) = address.rsplit_once(':').with_context(|| format!("peer.address: '{address}' is not host:port"))?;
    let interfaces = if_addrs::get_if_addrs().context("peer.addressAutoDetect: listing this machine's addresses")?;
    let mut addresses = interfaces.iter().filter(|interface| !interface.is_loopback()).map(|interface| interface.ip());
    let host = addresses.find(IpAddr::is_ipv4);
    let host = host.context("peer.addressAutoDetect: this machine has no IPv4 address that others can reach")?;
    Ok(format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn source(yaml: &str) -> Source {
        Source::parse(yaml, "CORE", &BTreeMap::new()).expect("YAML")
    }

    #[test]
    fn connections_are_as_configured() {
        let yaml = "peer: {keepalive: {interval: 60s, timeout: 5s, minInterval: 7s}, maxRecvMsgSize: 1000, connectiontimeout: 2s}";
        let settings = ConnectionSettings::from_source(&source(yaml)).expect("read");
        assert_eq!(settings.keepalive.interval, Duration::from_secs(60));
        assert_eq!(settings.keepalive.timeout, Duration::from_secs(5));
        assert_eq!(settings.ping_interval_min, Duration::from_secs(7));
        assert_eq!(settings.sizes, MessageSizes { receive_max: 1000, send_max: MESSAGE_SIZE_MAX });
        assert_eq!(settings.handshake_timeout, Duration::from_secs(2));
        for (yaml, key) in [
            ("peer: {keepalive: {interval: 0s}}", "peer.keepalive.interval"),
            ("peer: {maxSendMsgSize: 0}", "peer.maxSendMsgSize"),
        ] {
            let error = ConnectionSettings::from_source(&source(yaml)).expect_err("refused").to_string();
            assert!(error.starts_with(key), "{error}");
        }
    }

    #[test]
    fn orderers_are_reached_as_configured() {
        let yaml = "peer:\n  keepalive: {deliveryClient: {interval: 61s}}\n  deliveryclient:\n    connTimeout: 4s\n    \
                    minimalReconnectInterval: 200ms\n    reConnectBackoffThreshold: 30s\n    addressOverrides:\n    - \
                    {from: 'a:7050', to: 'b:7050', caCertsFile: ca.pem}\n";
        let orderers = orderers(&source(yaml), false, None).expect("read");
        assert_eq!(
            (orderers.connect_timeout, orderers.keepalive.interval),
            (Duration::from_secs(4), Duration::from_secs(61))
        );
        assert_eq!(orderers.backoff.first, Duration::from_millis(200));
        assert_eq!(orderers.backoff.longest, Duration::from_secs(30));
        let [one] = &orderers.overrides[..] else { panic!("one override") };
        assert_eq!((&*one.from, &*one.to, one.roots_pem.len()), ("a:7050", "b:7050", 0));
        let zero = "peer: {deliveryclient: {minimalReconnectInterval: 0s}}";
        assert!(super::orderers(&source(zero), false, None).is_err());
    }

    #[test]
    fn the_machines_address_replaces_the_host() {
        assert_eq!(external_address(&source("peer: {address: 'peer0:7051'}")).expect("read"), "peer0:7051");
        // A machine without network has no such address, and says so.
        match external_address(&source("peer: {address: 'peer0:7051', addressAutoDetect: true}")) {
            Ok(address) => assert!(address.ends_with(":7051") && !address.starts_with("peer0"), "{address}"),
            Err(error) => assert!(error.to_string().starts_with("peer.addressAutoDetect"), "{error}"),
        }
    }
}
