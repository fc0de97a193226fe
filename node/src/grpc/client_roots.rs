//! Which clients may connect where a node demands TLS certificates: those of its own settings and those of the members of
//! its channels, whose configurations change.

use std::collections::BTreeMap;

use bytes::Bytes;
use parking_lot::Mutex;
use rustls_pki_types::CertificateDer;

use super::{ClientAuthentication, ServerTls};

/// Keeps the authorities of a listener's clients in step with the channels.
pub struct ClientRoots {
    tls: ServerTls,
    configured: Vec<CertificateDer<'static>>,
    by_channel: Mutex<BTreeMap<String, Vec<CertificateDer<'static>>>>,
}

impl ClientRoots {
    /// For a listener that demands certificates and takes those of `configured` authorities whatever the channels say.
    pub fn new(tls: ServerTls, configured: Vec<CertificateDer<'static>>) -> Self {
        ClientRoots { tls, configured, by_channel: Mutex::default() }
    }

    /// Takes in the authorities (PEM) that the configuration of a channel now names. Clients that are connected stay so.
    pub fn follow(&self, channel: &str, roots_pem: &[Bytes]) {
        let roots = distinct(roots_pem.iter().flat_map(|pem| ClientAuthentication::usable_roots(pem)).collect());
        let mut by_channel = self.by_channel.lock();
        if by_channel.get(channel) == Some(&roots) {
            return;
        }
        by_channel.insert(channel.to_owned(), roots);
        let all = distinct(self.configured.iter().chain(by_channel.values().flatten()).cloned().collect());
        let count = all.len();
        match self.tls.set_client_authentication(&ClientAuthentication::Required(all)) {
            Ok(()) => tracing::info!(channel, "TLS clients of {count} authorities may connect"),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                tracing::error!(channel, %error, cause, "cannot take the channel's TLS authorities");
            }
        }
    }
}

fn distinct(mut roots: Vec<CertificateDer<'static>>) -> Vec<CertificateDer<'static>> {
    roots.sort_unstable_by(|one, other| one.as_ref().cmp(other.as_ref()));
    roots.dedup();
    roots
}
