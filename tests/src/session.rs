//! A client of a test network, for what the command line cannot do: many transactions at once, and wrong ones.

use std::sync::Arc;

use anyhow::{Context, Result};
use bytes::Bytes;
use client::dev_network::{Node, User};
use client::{Call, Client, Orderer, Peer, SignedCall, Submitted};
use msp::SigningIdentity;
use node::grpc::{ClientTls, Endpoint};

use crate::Network;

/// A connected client.
#[derive(Clone)]
pub struct Session {
    /// Signs and waits.
    pub client: Client,
    /// The peer.
    pub peer: Peer,
    /// The orderer.
    pub orderer: Orderer,
    /// The network's channel.
    pub channel_id: String,
}

impl Session {
    /// Connects as the organisation's ordinary user.
    pub async fn open(network: &Network) -> Result<Session> {
        let info = network.info();
        Self::open_as(network, identity(&info.user)?).await
    }

    /// Connects as somebody.
    pub async fn open_as(network: &Network, identity: SigningIdentity) -> Result<Session> {
        let info = network.info();
        Ok(Session {
            client: Client::new(Arc::new(identity)),
            peer: Peer::connect(&endpoint(&info.peer, &info.user)?).await?,
            orderer: Orderer::connect(&endpoint(&info.orderer, &info.user)?).await?,
            channel_id: info.channel_id.clone(),
        })
    }

    /// A call of a chaincode on the network's channel.
    pub fn call(&self, chaincode: &str, args: &[&str]) -> Call {
        let (function, args) = args.split_first().map_or(("", &[][..]), |(function, args)| (*function, args));
        let args = args.iter().map(|arg| Bytes::copy_from_slice(arg.as_bytes()));
        Call::new(&self.channel_id, chaincode, function, args)
    }

    /// A signed call.
    pub fn signed(&self, chaincode: &str, args: &[&str]) -> SignedCall {
        SignedCall::new(&self.client.identity, self.call(chaincode, args)).expect("a key in this process signs")
    }

    /// Endorses, orders and waits for the commit.
    pub async fn submit(&self, chaincode: &str, args: &[&str]) -> Result<Submitted, client::SubmitError> {
        let call = self.signed(chaincode, args);
        self.client.submit(std::slice::from_ref(&self.peer), &self.orderer, &call, true, |_| ()).await
    }
}

/// Loads an identity of the network.
pub fn identity(user: &User) -> Result<SigningIdentity> {
    SigningIdentity::from_msp_dir(&user.msp_dir, &user.msp_id)
        .with_context(|| format!("loading the identity in {}", user.msp_dir.display()))
}

fn endpoint(node: &Node, user: &User) -> Result<Endpoint> {
    let tls = match &node.tls_ca_file {
        None => None,
        Some(file) => Some(ClientTls {
            roots_pem: vec![std::fs::read_to_string(file)?],
            server_name: node.tls_server_name.clone(),
            identity: user.tls_identity()?,
        }),
    };
    Ok(Endpoint::new(node.address.clone(), tls))
}
