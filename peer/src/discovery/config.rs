//! What a channel's configuration says to those who want to connect: its organisations, and their orderers
//! (Fabric `discovery/support/config`).

use std::collections::BTreeMap;

use ::channel::Bundle;
use proto::discovery::{ConfigResult, Endpoint, Endpoints};

/// Why there is no answer. Clients are told only that there is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ConfigError {
    /// A group without organisations.
    #[error("key Config.ChannelGroup.Groups[{0}].Groups is nil")]
    NoOrganizations(&'static str),
    /// An address of the channel's own orderers.
    #[error("failed parsing orderer endpoint {0}")]
    Endpoint(String),
}

pub(super) fn config(bundle: &Bundle) -> Result<ConfigResult, ConfigError> {
    let orderers = bundle.orderer_organizations();
    for (name, is_empty) in
        [("Orderer", orderers.is_empty()), ("Application", bundle.application_organizations().is_empty())]
    {
        if is_empty {
            return Err(ConfigError::NoOrganizations(name));
        }
    }
    let organizations = orderers.iter().map(|organization| (&*organization.msp_id, &organization.endpoints[..]));
    let orderers = endpoints(&organizations.collect::<Vec<_>>(), &bundle.orderer().addresses)?;
    let msp_ids = bundle.orderer_organizations().iter().map(|organization| organization.msp_id.as_str());
    let msps = msp_ids.chain(bundle.application_orgs()).filter_map(|msp_id| bundle.msps().msp(msp_id));
    Ok(ConfigResult { msps: msps.map(|msp| (msp.id().to_owned(), msp.config().clone())).collect(), orderers })
}

/// The organisations' own orderers; where none has any, each has those of the channel.
fn endpoints(
    organizations: &[(&str, &[String])],
    shared: &[String],
) -> Result<BTreeMap<String, Endpoints>, ConfigError> {
    let have_own = organizations.iter().any(|(_, own)| !own.is_empty());
    let mut all = BTreeMap::new();
    for (msp_id, own) in organizations {
        let mut endpoint = Vec::new();
        for address in if have_own { own.iter() } else { shared.iter() } {
            match parse(address) {
                Some(parsed) => endpoint.push(parsed),
                None if have_own => {
                    tracing::warn!(target: "discovery.config", "Failed parsing endpoint {address} for {msp_id}");
                }
                None => return Err(ConfigError::Endpoint(address.clone())),
            }
        }
        all.insert((*msp_id).to_owned(), Endpoints { endpoint });
    }
    Ok(all)
}

/// `host:port`, an IPv6 address in brackets.
fn parse(address: &str) -> Option<Endpoint> {
    let (host, port) = address.rsplit_once(':')?;
    let host = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.strip_suffix(']')?,
        None => host,
    };
    if host.contains(['[', ']']) || (host.contains(':') && !address.starts_with('[')) {
        return None;
    }
    // Fabric's port is a signed number of 32 bits, sent as one without a sign.
    Some(Endpoint { host: host.to_owned(), port: port.parse::<i32>().ok()? as u32 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (address, expected) in [
            ("orderer.example.com:7050", Some(("orderer.example.com", 7050))),
            ("[::1]:7050", Some(("::1", 7050))),
            (":7050", Some(("", 7050))),
            ("::1:7050", None),
            ("[::1:7050", None),
            ("orderer", None),
            ("orderer:", None),
            ("orderer:port", None),
            ("orderer:99999999999", None),
            ("[orderer]:1", Some(("orderer", 1))),
        ] {
            let expected = expected.map(|(host, port)| Endpoint { host: host.to_owned(), port });
            assert_eq!(parse(address), expected, "{address}");
        }
    }

    #[test]
    fn own_orderers_come_before_shared_ones() {
        let text = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
        let (none, own, bad) = (text(&[]), text(&["a:1", "b"]), text(&["b"]));
        type Ports = Result<Vec<(String, Vec<u32>)>, ConfigError>;
        let ports = |organizations: &[(&str, &[String])], shared: &[&str]| -> Ports {
            let all = endpoints(organizations, &text(shared))?;
            let ports = |endpoints: &Endpoints| endpoints.endpoint.iter().map(|endpoint| endpoint.port).collect();
            Ok(all.iter().map(|(msp_id, endpoints)| (msp_id.clone(), ports(endpoints))).collect())
        };
        let mixed = ports(&[("A", &own[..]), ("B", &none[..])], &["c:3"]);
        assert_eq!(mixed, Ok(vec![("A".to_owned(), vec![1]), ("B".to_owned(), vec![])]));
        let shared = ports(&[("A", &none[..]), ("B", &none[..])], &["c:3", "d:4"]);
        assert_eq!(shared, Ok(vec![("A".to_owned(), vec![3, 4]), ("B".to_owned(), vec![3, 4])]));
        let refused = ports(&[("A", &none[..])], &["c"]);
        assert_eq!(refused, Err(ConfigError::Endpoint("c".to_owned())));
        let only_bad = ports(&[("A", &bad[..])], &["c:3"]);
        assert_eq!(only_bad, Ok(vec![("A".to_owned(), vec![])]));
    }
}
