//! Which clients may connect where the peer demands TLS certificates: those of its own settings and those of the members of
//! its channels, whose configurations change.

use std::collections::BTreeMap;

use ::channel::Bundle;
use node::grpc::{ClientAuthentication, ServerTls};
use parking_lot::Mutex;
use rustls_pki_types::CertificateDer;

use crate::text;

/// Keeps the authorities of a listener's clients in step with the channels.
pub struct ClientRoots {
    tls: ServerTls,
    /// `peer.tls.clientRootCAs.files`
    configured: Vec<CertificateDer<'static>>,
    by_channel: Mutex<BTreeMap<String, Vec<CertificateDer<'static>>>>,
}

impl ClientRoots {
    /// For a listener that demands certificates and takes those of `configured` authorities whatever the channels say.
    pub fn new(tls: ServerTls, configured: Vec<CertificateDer<'static>>) -> Self {
        ClientRoots { tls, configured, by_channel: Mutex::default() }
    }

    /// Takes in the configuration of a channel that is now in force. Clients that are connected stay so.
    pub(crate) fn follow(&self, bundle: &Bundle) {
        let pem = bundle.all_tls_roots();
        let roots = distinct(pem.iter().flat_map(|pem| ClientAuthentication::usable_roots(pem)).collect());
        let mut by_channel = self.by_channel.lock();
        if by_channel.get(bundle.channel_id()) == Some(&roots) {
            return;
        }
        by_channel.insert(bundle.channel_id().to_owned(), roots);
        let all = distinct(self.configured.iter().chain(by_channel.values().flatten()).cloned().collect());
        let (channel, count) = (bundle.channel_id(), all.len());
        match self.tls.set_client_authentication(&ClientAuthentication::Required(all)) {
            Ok(()) => tracing::info!(target: "peer", channel, "TLS clients of {count} authorities may connect"),
            Err(error) => {
                let error = text::chain(&error);
                tracing::error!(target: "peer", channel, error, "cannot take the channel's TLS authorities");
            }
        }
    }
}

fn distinct(mut roots: Vec<CertificateDer<'static>>) -> Vec<CertificateDer<'static>> {
    roots.sort_unstable_by(|one, other| one.as_ref().cmp(other.as_ref()));
    roots.dedup();
    roots
}
