//! Alternative names of a certificate, and the names for which an authority may issue, matched as Go's verifier does.

use std::net::IpAddr;

use x509_parser::extensions::{GeneralName, NameConstraints as ParsedConstraints};

/// A name for which a certificate holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AlternativeName {
    Dns(String),
    Email(String),
    Uri(String),
    /// 4 or 16 bytes.
    Ip(Vec<u8>),
}

/// What an authority may issue for, or may not.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Subtree {
    Dns(String),
    Email(String),
    Uri(String),
    Ip { network: Vec<u8>, mask: Vec<u8> },
}

/// The names for which an authority, and those below it, may issue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NameConstraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
}

impl AlternativeName {
    /// `None` for kinds that no rule speaks of; an error for names that are malformed.
    pub(crate) fn parse(name: &GeneralName<'_>) -> Result<Option<AlternativeName>, String> {
        match name {
            GeneralName::DNSName(host) => Ok(Some(AlternativeName::Dns((*host).to_owned()))),
            GeneralName::RFC822Name(mailbox) => Ok(Some(AlternativeName::Email((*mailbox).to_owned()))),
            GeneralName::URI(uri) => Ok(Some(AlternativeName::Uri((*uri).to_owned()))),
            GeneralName::IPAddress(address) if matches!(address.len(), 4 | 16) => {
                Ok(Some(AlternativeName::Ip(address.to_vec())))
            }
            GeneralName::IPAddress(address) => Err(format!("an IP address has {} bytes", address.len())),
            GeneralName::Invalid(..) => Err("an alternative name is malformed".to_owned()),
            _ => Ok(None),
        }
    }

    fn text(&self) -> String {
        match self {
            AlternativeName::Dns(name) | AlternativeName::Email(name) | AlternativeName::Uri(name) => name.clone(),
            AlternativeName::Ip(address) => hex::encode(address),
        }
    }

    fn is_of_kind(&self, subtree: &Subtree) -> bool {
        matches!(
            (self, subtree),
            (AlternativeName::Dns(_), Subtree::Dns(_))
                | (AlternativeName::Email(_), Subtree::Email(_))
                | (AlternativeName::Uri(_), Subtree::Uri(_))
        ) || matches!((self, subtree), (AlternativeName::Ip(_), Subtree::Ip { .. }))
    }
}

impl NameConstraints {
    /// Also tells whether there were kinds of names that nobody here understands.
    pub(crate) fn parse(parsed: &ParsedConstraints<'_>) -> Result<(NameConstraints, bool), String> {
        let mut foreign = false;
        let mut subtrees = |list: &Option<Vec<x509_parser::extensions::GeneralSubtree<'_>>>| {
            let mut known = Vec::new();
            for subtree in list.iter().flatten() {
                match Subtree::parse(&subtree.base)? {
                    Some(subtree) => known.push(subtree),
                    None => foreign = true,
                }
            }
            Ok::<_, String>(known)
        };
        let constraints = NameConstraints {
            permitted: subtrees(&parsed.permitted_subtrees)?,
            excluded: subtrees(&parsed.excluded_subtrees)?,
        };
        Ok((constraints, foreign))
    }

    /// The first name for which there may be no certificate.
    pub(crate) fn refused(&self, names: &[AlternativeName]) -> Option<String> {
        names.iter().find(|name| !self.allow(name)).map(AlternativeName::text)
    }

    fn allow(&self, name: &AlternativeName) -> bool {
        // Where there are constraints, names must be such that they can be looked at.
        let readable = match name {
            AlternativeName::Uri(uri) => host_of(uri).is_some(),
            AlternativeName::Email(mailbox) => mailbox_parts(mailbox).is_some(),
            AlternativeName::Dns(_) | AlternativeName::Ip(_) => true,
        };
        let mut permitted = self.permitted.iter().filter(|subtree| name.is_of_kind(subtree)).peekable();
        readable
            && (permitted.peek().is_none() || permitted.any(|subtree| subtree.contains(name, false)))
            && !self.excluded.iter().any(|subtree| subtree.contains(name, true))
    }
}

impl Subtree {
    fn parse(base: &GeneralName<'_>) -> Result<Option<Subtree>, String> {
        match base {
            GeneralName::DNSName(host) => Ok(Some(Subtree::Dns((*host).to_owned()))),
            GeneralName::RFC822Name(mailbox) => Ok(Some(Subtree::Email((*mailbox).to_owned()))),
            GeneralName::URI(host) => Ok(Some(Subtree::Uri((*host).to_owned()))),
            GeneralName::IPAddress(bytes) if matches!(bytes.len(), 8 | 32) => {
                let (network, mask) = bytes.split_at(bytes.len() / 2);
                let ones = mask.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
                // Ones before zeros.
                if !ones.is_sorted_by(|a, b| a >= b) {
                    return Err("an IP constraint has an invalid mask".to_owned());
                }
                Ok(Some(Subtree::Ip { network: network.to_vec(), mask: mask.to_vec() }))
            }
            GeneralName::IPAddress(bytes) => Err(format!("an IP constraint has {} bytes", bytes.len())),
            GeneralName::Invalid(..) => Err("a name constraint is malformed".to_owned()),
            _ => Ok(None),
        }
    }

    /// `wide`: a name with an asterisk is contained if one of those that it stands for is.
    fn contains(&self, name: &AlternativeName, wide: bool) -> bool {
        match (self, name) {
            (Subtree::Dns(domain), AlternativeName::Dns(host)) => contains_host(domain, host, wide),
            (Subtree::Uri(domain), AlternativeName::Uri(uri)) => {
                host_of(uri).is_some_and(|host| contains_host(domain, host, wide))
            }
            (Subtree::Email(domain), AlternativeName::Email(mailbox)) => {
                let Some((local, host)) = mailbox_parts(mailbox) else { return false };
                match domain.rsplit_once('@') {
                    Some((user, domain)) => user == local && domain.eq_ignore_ascii_case(host),
                    None => contains_host(domain, host, wide),
                }
            }
            (Subtree::Ip { network, mask }, AlternativeName::Ip(address)) => {
                let masked = |bytes: &[u8]| -> Vec<u8> { bytes.iter().zip(mask).map(|(a, b)| a & b).collect() };
                address.len() == network.len() && masked(address) == masked(network)
            }
            _ => false,
        }
    }
}

/// `example.com` contains itself and what is below it, `.example.com` only that, and nothing contains all.
fn contains_host(domain: &str, host: &str, wide: bool) -> bool {
    let (domain, host) = (domain.to_ascii_lowercase(), host.to_ascii_lowercase());
    let below = |name: &str| match host.strip_suffix(name) {
        Some(rest) => rest.is_empty() || name.starts_with('.') || rest.ends_with('.'),
        None => false,
    };
    let behind_first_label = |name: &str| name.find('.').map(|at| name[at..].to_owned());
    let by_asterisk = || {
        wide && host.starts_with('*')
            && behind_first_label(&host)
                .is_some_and(|rest| behind_first_label(&domain).is_some_and(|parent| parent == rest))
    };
    domain.is_empty() || below(&domain) || by_asterisk()
}

/// The host of a URI, if it has one that is no address.
fn host_of(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    (!host.is_empty() && !host.starts_with('[') && host.parse::<IpAddr>().is_err()).then_some(host)
}

fn mailbox_parts(mailbox: &str) -> Option<(&str, &str)> {
    mailbox.rsplit_once('@').filter(|(local, host)| !local.is_empty() && !host.is_empty())
}

/// Whether a common name could be meant as a host's, by the lenient rules of old verifiers.
pub(crate) fn is_host_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let label = |(index, label): (usize, &str)| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':');
        (index == 0 && label == "*") || (!label.is_empty() && !label.starts_with('-') && label.bytes().all(allowed))
    };
    !name.is_empty() && name.split('.').enumerate().all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(subtree: Subtree, name: AlternativeName, permitted: bool, allowed_if_excluded: bool) {
        let rules = |permitted: &[&Subtree], excluded: &[&Subtree]| NameConstraints {
            permitted: permitted.iter().map(|subtree| (*subtree).clone()).collect(),
            excluded: excluded.iter().map(|subtree| (*subtree).clone()).collect(),
        };
        assert_eq!(rules(&[&subtree], &[]).allow(&name), permitted, "{subtree:?} for {name:?}");
        assert_eq!(rules(&[], &[&subtree]).allow(&name), allowed_if_excluded, "all but {subtree:?} for {name:?}");
    }

    #[test]
    fn names_are_inside_or_outside() {
        let dns = |domain: &str, host: &str, inside| {
            check(Subtree::Dns(domain.to_owned()), AlternativeName::Dns(host.to_owned()), inside, !inside);
        };
        dns("example.com", "example.com", true);
        dns("example.com", "A.EXAMPLE.com", true);
        dns("example.com", "notexample.com", false);
        dns(".example.com", "example.com", false);
        dns(".example.com", "a.example.com", true);
        dns("", "anything", true);
        dns("example.com", "com", false);
        let wide = AlternativeName::Dns("*.example.com".to_owned());
        check(Subtree::Dns("a.example.com".to_owned()), wide, false, false);
        let email = |domain: &str, mailbox: &str, inside| {
            check(Subtree::Email(domain.to_owned()), AlternativeName::Email(mailbox.to_owned()), inside, !inside);
        };
        email("example.com", "a@b.example.com", true);
        email("a@example.com", "a@EXAMPLE.com", true);
        email("a@example.com", "b@example.com", false);
        check(Subtree::Email(String::new()), AlternativeName::Email("nobody".to_owned()), false, false);
        let uri = |text: &str, permitted, if_excluded| {
            check(
                Subtree::Uri("example.com".to_owned()),
                AlternativeName::Uri(text.to_owned()),
                permitted,
                if_excluded,
            );
        };
        uri("https://user@a.example.com:80/path", true, false);
        uri("https://example.org", false, true);
        uri("https://10.0.0.1", false, false);
        uri("urn:a", false, false);
        let ip = |address: &[u8], inside| {
            let subtree = Subtree::Ip { network: vec![10, 1, 2, 3], mask: vec![255, 255, 0, 0] };
            check(subtree, AlternativeName::Ip(address.to_vec()), inside, !inside);
        };
        ip(&[10, 1, 9, 9], true);
        ip(&[10, 2, 0, 0], false);
        ip(&[0; 16], false);
        // Constraints of one kind say nothing of another.
        check(Subtree::Dns("a".to_owned()), AlternativeName::Ip(vec![0; 4]), true, true);
    }

    #[test]
    fn common_names_that_look_like_hosts() {
        for (name, expected) in [
            ("a.b", true),
            ("*.b", true),
            ("a.", true),
            ("", false),
            ("User 1", false),
            ("-a", false),
            ("a..b", false),
            ("a@b", false),
        ] {
            assert_eq!(is_host_name(name), expected, "{name}");
        }
    }
}
