//! Where `protos.Admin` is served: on the peer's main listener, or on one of its own as in Fabric 1.4.

use anyhow::Context;
use node::config::Source;
use node::grpc::{Server, ServerOptions};

use super::Listen;

const KEY: &str = "peer.adminService.listenAddress";

/// The listener of `peer.adminService.listenAddress`; none where that is not set or has the port of the main listener.
pub(super) fn listen(source: &Source, peer_address: &str) -> anyhow::Result<Option<Listen>> {
    let Some(address) = source.text(KEY)?.filter(|address| !address.is_empty()) else { return Ok(None) };
    let port = |address: &str, key: &str| -> anyhow::Result<String> {
        let (_, port) = address.rsplit_once(':').with_context(|| format!("{key}: '{address}' is not host:port"))?;
        Ok(port.to_owned())
    };
    let own_port = port(&address, KEY)?;
    // Port 0 is any free one, so never the same.
    if own_port != "0" && own_port == port(peer_address, "peer.listenAddress")? {
        return Ok(None);
    }
    Ok(Some(Listen { address, setting: format!("{KEY} ({})", source.variable(KEY)) }))
}

/// Opens the listener, with all that the main one's `options` say but the address.
pub(super) async fn bind(listen: Option<&Listen>, options: &ServerOptions) -> anyhow::Result<Option<Server>> {
    let Some(Listen { address, setting }) = listen else { return Ok(None) };
    let options = ServerOptions { address: address.clone(), setting: setting.clone(), ..options.clone() };
    let server = Server::bind(options).await?;
    tracing::info!(target: "nodeCmd", "Creating gRPC server for admin service on {}", server.address());
    Ok(Some(server))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn another_port_is_another_listener() {
        for (address, expected) in [
            ("", None),
            ("0.0.0.0:7051", None),
            ("127.0.0.1:7055", Some("127.0.0.1:7055")),
            ("127.0.0.1:0", Some("127.0.0.1:0")),
        ] {
            let yaml = format!("peer: {{adminService: {{listenAddress: '{address}'}}}}");
            let source = Source::parse(&yaml, "CORE", &BTreeMap::new()).expect("YAML");
            let listen = listen(&source, "127.0.0.1:7051").expect(address);
            assert_eq!(listen.map(|listen| listen.address).as_deref(), expected, "{address}");
        }
        let source = Source::parse("peer: {adminService: {listenAddress: here}}", "CORE", &BTreeMap::new());
        let error = listen(&source.expect("YAML"), "127.0.0.1:7051").expect_err("refused").to_string();
        assert_eq!(error, "peer.adminService.listenAddress: 'here' is not host:port");
    }
}
