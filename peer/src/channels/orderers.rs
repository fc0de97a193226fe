//! How the orderers of a channel are reached.

use std::time::Duration;

use ::channel::Bundle;
use deliver::Backoff;
use node::grpc::{ClientIdentity, ClientTls, Endpoint, Keepalive};

/// Settings for all connections to orderers.
#[derive(Clone, Debug)]
pub struct OrdererConnections {
    /// Whether they speak TLS (`peer.tls.enabled`). The authorities come from the channel configuration.
    pub tls: bool,
    /// What the peer shows to orderers that ask for a certificate.
    pub client: Option<ClientIdentity>,
    /// Time to connect (`peer.deliveryclient.connTimeout`).
    pub connect_timeout: Duration,
    /// How idle connections are checked (`peer.keepalive.deliveryClient`).
    pub keepalive: Keepalive,
    /// Pauses after failures (`peer.deliveryclient.minimalReconnectInterval`, `.reConnectBackoffThreshold`).
    pub backoff: Backoff,
    /// Other addresses to use (`peer.deliveryclient.addressOverrides`).
    pub overrides: Vec<AddressOverride>,
}

impl Default for OrdererConnections {
    fn default() -> Self {
        OrdererConnections {
            tls: false,
            client: None,
            connect_timeout: Duration::from_secs(3),
            keepalive: Keepalive::CLIENT,
            backoff: Backoff::default(),
            overrides: Vec::new(),
        }
    }
}

/// Replaces the address that a channel configuration gives for an orderer.
#[derive(Clone, Debug)]
pub struct AddressOverride {
    /// The address in the configuration.
    pub from: String,
    /// The address to connect to.
    pub to: String,
    /// The authorities of its certificate (PEM); empty means those of the configuration.
    pub roots_pem: Vec<String>,
}

/// One orderer of a channel.
#[derive(Clone, Debug)]
pub struct OrdererNode {
    /// The organisation that runs it; empty where the configuration only has a list of addresses.
    pub msp_id: String,
    /// How to connect.
    pub endpoint: Endpoint,
}

impl OrdererConnections {
    /// The orderers that a configuration names.
    pub fn nodes(&self, bundle: &Bundle) -> Vec<OrdererNode> {
        let node = |orderer: ::channel::OrdererEndpoint| {
            let replaced = self.overrides.iter().find(|replaced| replaced.from == orderer.address);
            let address = replaced.map_or(orderer.address, |replaced| replaced.to.clone());
            let roots = replaced.map(|replaced| replaced.roots_pem.clone()).filter(|roots| !roots.is_empty());
            let roots_pem = roots.unwrap_or_else(|| {
                orderer.tls_roots.iter().map(|pem| String::from_utf8_lossy(pem).into_owned()).collect()
            });
            let tls = self.tls.then(|| ClientTls { roots_pem, server_name: None, identity: self.client.clone() });
            let mut endpoint = Endpoint::new(address, tls);
            endpoint.connect_timeout = self.connect_timeout;
            endpoint.keepalive = self.keepalive;
            OrdererNode { msp_id: orderer.msp_id, endpoint }
        };
        bundle.orderer_endpoints().into_iter().map(node).collect()
    }
}
