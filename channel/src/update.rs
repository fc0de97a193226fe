//! Configuration updates: from the present configuration and a signed change to the next one (Fabric
//! `common/configtx`).
//!
//! An update holds a read set, what its author saw, and a write set, what shall be. Elements carry versions; those whose
//! version differs between the sets are the change. Each existing element that changes asks for signatures by its own
//! `mod_policy`.

use std::collections::BTreeMap;
use std::sync::Arc;

use msp::Identity;
use prost::Message;
use proto::common::{
    Config, ConfigEnvelope, ConfigGroup, ConfigPolicy, ConfigUpdate, ConfigUpdateEnvelope, ConfigValue, Envelope,
    HeaderType, Payload, SignatureHeader,
};

use crate::bundle::Bundle;
use crate::config::{ConfigError, NAME_BYTES_MAX};
use crate::policy::PolicyError;
use crate::signed_data::{SignedData, signed_identities};

/// Elements with an empty `mod_policy`, which configurations of version 1.0 have, get this one.
const DEFAULT_MOD_POLICY: &str = "Admins";

/// Why an update is refused.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// Not the expected message.
    #[error("could not decode {what}")]
    Decode {
        /// The message.
        what: &'static str,
        /// What is wrong.
        #[source]
        source: prost::DecodeError,
    },
    /// Not an update at all.
    #[error("{0}")]
    NotUpdate(&'static str),
    /// Meant for another channel.
    #[error("ConfigUpdate for channel '{found}' but envelope for channel '{expected}'")]
    Channel {
        /// The channel of the update.
        found: String,
        /// This channel.
        expected: String,
    },
    /// A name breaks the rules.
    #[error("illegal characters in key: {0}")]
    Name(String),
    /// The author saw something that does not exist.
    #[error("existing config does not contain element for {0} but was in the read set")]
    ReadMissing(String),
    /// The author saw another version.
    #[error("proposed update requires that key {key} be at version {read}, but it is currently at version {current}")]
    ReadVersion {
        /// The element.
        key: String,
        /// What the author saw.
        read: u64,
        /// What is.
        current: u64,
    },
    /// Nothing changes.
    #[error("delta set was empty -- update would have no effect")]
    Empty,
    /// An element that changes has no usable `mod_policy`.
    #[error("invalid mod_policy for element {0}")]
    ModPolicy(String),
    /// New elements begin with version 0.
    #[error("attempted to set key {key} to version {version}, but key does not exist")]
    NewVersion {
        /// The element.
        key: String,
        /// Its version in the write set.
        version: u64,
    },
    /// Versions grow by one.
    #[error("attempt to set key {key} to version {version}, but key is at version {current}")]
    Version {
        /// The element.
        key: String,
        /// Its version in the write set.
        version: u64,
        /// What is.
        current: u64,
    },
    /// The policy that guards an element does not exist.
    #[error("unexpected missing policy {policy} for item {key}")]
    MissingPolicy {
        /// The policy.
        policy: String,
        /// The element.
        key: String,
    },
    /// Too few signatures.
    #[error("policy for {key} not satisfied")]
    Policy {
        /// The element.
        key: String,
        /// What is missing.
        #[source]
        source: PolicyError,
    },
    /// The write set names a member of a group without saying what it is.
    #[error("missing element at path: {0}")]
    Incomplete(String),
    /// A configuration that skips or repeats a number.
    #[error("config currently at sequence {current}, cannot validate config at sequence {found}")]
    Sequence {
        /// What is.
        current: u64,
        /// What was sent.
        found: u64,
    },
    /// The configuration is not what its update leads to.
    #[error("ConfigEnvelope LastUpdate did not produce the supplied config result")]
    Result,
    /// The configuration that the update leads to is unusable.
    #[error("the proposed configuration is not valid")]
    Config(#[source] ConfigError),
    /// Organisations keep their MSP.
    #[error("{group} org {organization} attempted to change MSP ID from {from} to {to}")]
    MspId {
        /// `application` or `orderer`.
        group: &'static str,
        /// The organisation.
        organization: String,
        /// What is.
        from: String,
        /// What was asked for.
        to: String,
    },
}

/// Computes the configuration that a transaction of type CONFIG_UPDATE leads to, and the bundle made of it. The caller
/// has checked the envelope's own signature.
pub fn propose(bundle: &Bundle, update: &Envelope) -> Result<(ConfigEnvelope, Bundle), UpdateError> {
    let config = next_config(bundle, &update_of(update)?)?;
    let next = next_bundle(bundle, config.clone())?;
    Ok((ConfigEnvelope { config: Some(config), last_update: Some(update.clone()) }, next))
}

/// Checks a configuration that an orderer sent: it must be exactly what its update leads to. Gives the bundle made of
/// it.
pub fn check(bundle: &Bundle, envelope: &ConfigEnvelope) -> Result<Bundle, UpdateError> {
    let config = envelope.config.as_ref().ok_or(UpdateError::NotUpdate("config envelope has nil config"))?;
    if config.sequence != bundle.sequence().saturating_add(1) {
        return Err(UpdateError::Sequence { current: bundle.sequence(), found: config.sequence });
    }
    let update = envelope.last_update.as_ref().ok_or(UpdateError::NotUpdate("config envelope has no update"))?;
    if next_config(bundle, &update_of(update)?)? != *config {
        return Err(UpdateError::Result);
    }
    next_bundle(bundle, config.clone())
}

fn update_of(envelope: &Envelope) -> Result<ConfigUpdateEnvelope, UpdateError> {
    let decode = |what| move |source| UpdateError::Decode { what, source };
    let payload = Payload::decode(envelope.payload.clone()).map_err(decode("the payload"))?;
    let header = proto::transaction::channel_header(envelope).map_err(decode("the channel header"))?;
    if header.r#type != HeaderType::ConfigUpdate as i32 {
        return Err(UpdateError::NotUpdate("the transaction is not of type CONFIG_UPDATE"));
    }
    ConfigUpdateEnvelope::decode(payload.data).map_err(decode("ConfigUpdateEnvelope"))
}

fn next_bundle(bundle: &Bundle, config: Config) -> Result<Bundle, UpdateError> {
    let next = Bundle::from_config(bundle.channel_id(), config).map_err(UpdateError::Config)?;
    let application = |bundle: &Bundle| -> BTreeMap<String, String> {
        bundle.application_organizations().iter().map(|org| (org.name.clone(), org.msp_id.clone())).collect()
    };
    let orderer = |bundle: &Bundle| -> BTreeMap<String, String> {
        bundle.orderer_organizations().iter().map(|org| (org.name.clone(), org.msp_id.clone())).collect()
    };
    for (group, old, new) in
        [("application", application(bundle), application(&next)), ("orderer", orderer(bundle), orderer(&next))]
    {
        for (organization, from) in old {
            if let Some(to) = new.get(&organization).filter(|to| **to != from) {
                return Err(UpdateError::MspId { group, organization, from, to: to.clone() });
            }
        }
    }
    Ok(next)
}

fn next_config(bundle: &Bundle, envelope: &ConfigUpdateEnvelope) -> Result<Config, UpdateError> {
    let update = ConfigUpdate::decode(envelope.config_update.clone())
        .map_err(|source| UpdateError::Decode { what: "ConfigUpdate", source })?;
    if update.channel_id != bundle.channel_id() {
        return Err(UpdateError::Channel { found: update.channel_id, expected: bundle.channel_id().to_owned() });
    }
    let current = Elements::of(bundle.config().channel_group.as_ref())?;
    let read = Elements::of(update.read_set.as_ref())?;
    for (key, element) in &read.0 {
        let existing = current.0.get(key).ok_or_else(|| UpdateError::ReadMissing(key.clone()))?;
        if existing.version() != element.version() {
            let (read, current) = (element.version(), existing.version());
            return Err(UpdateError::ReadVersion { key: key.clone(), read, current });
        }
    }
    let mut change = Elements::of(update.write_set.as_ref())?;
    change.0.retain(|key, element| read.0.get(key).is_none_or(|seen| seen.version() != element.version()));
    authorize(bundle, &current, &change, &signers(bundle, envelope)?)?;
    let mut all = current;
    all.0.extend(change.0);
    let channel_group = all.group("/Channel")?;
    Ok(Config { sequence: bundle.sequence() + 1, channel_group: Some(channel_group) })
}

/// The identities that signed an update. Signatures cover their own header and the update.
fn signers(bundle: &Bundle, envelope: &ConfigUpdateEnvelope) -> Result<Vec<Arc<Identity>>, UpdateError> {
    let mut signed = Vec::with_capacity(envelope.signatures.len());
    for signature in &envelope.signatures {
        let header = SignatureHeader::decode(signature.signature_header.clone())
            .map_err(|source| UpdateError::Decode { what: "a signature header", source })?;
        let message = [&signature.signature_header[..], &envelope.config_update[..]].concat().into();
        signed.push(SignedData { identity: header.creator, message, signature: signature.signature.clone() });
    }
    Ok(signed_identities(bundle.msps(), &signed))
}

fn authorize(
    bundle: &Bundle,
    current: &Elements<'_>,
    change: &Elements<'_>,
    signers: &[Arc<Identity>],
) -> Result<(), UpdateError> {
    if change.0.is_empty() {
        return Err(UpdateError::Empty);
    }
    for (key, element) in &change.0 {
        let mod_policy = element.mod_policy();
        let path = mod_policy.strip_prefix('/').unwrap_or(mod_policy);
        if mod_policy.is_empty() || !path.split('/').all(is_name) {
            return Err(UpdateError::ModPolicy(key.clone()));
        }
        let version = element.version();
        let Some(existing) = current.0.get(key) else {
            match version {
                0 => continue,
                _ => return Err(UpdateError::NewVersion { key: key.clone(), version }),
            }
        };
        if Some(version) != existing.version().checked_add(1) {
            return Err(UpdateError::Version { key: key.clone(), version, current: existing.version() });
        }
        let guard = bundle.policies().policy_for(&existing.group, existing.mod_policy());
        let guard = guard
            .ok_or_else(|| UpdateError::MissingPolicy { policy: existing.mod_policy().to_owned(), key: key.clone() })?;
        guard.check(signers).map_err(|source| UpdateError::Policy { key: key.clone(), source })?;
    }
    Ok(())
}

/// Names of elements: letters, digits, dots and dashes; neither `.` nor `..`.
fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    !name.is_empty() && name.len() <= NAME_BYTES_MAX && name != "." && name != ".." && name.bytes().all(allowed)
}

/// One element of a configuration, with the path of the group in which its `mod_policy` is looked up: for a group
/// itself, else the group around it.
struct Element<'a> {
    group: String,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Group(&'a ConfigGroup),
    Value(&'a ConfigValue),
    Policy(&'a ConfigPolicy),
}

impl Element<'_> {
    fn version(&self) -> u64 {
        match self.kind {
            Kind::Group(group) => group.version,
            Kind::Value(value) => value.version,
            Kind::Policy(policy) => policy.version,
        }
    }

    fn mod_policy(&self) -> &str {
        match self.kind {
            Kind::Group(group) => &group.mod_policy,
            Kind::Value(value) => &value.mod_policy,
            Kind::Policy(policy) => &policy.mod_policy,
        }
    }
}

/// All elements of a configuration by kind and path, `[Value]  /Channel/Orderer/BatchSize`.
struct Elements<'a>(BTreeMap<String, Element<'a>>);

impl<'a> Elements<'a> {
    fn of(root: Option<&'a ConfigGroup>) -> Result<Elements<'a>, UpdateError> {
        let mut elements = Elements(BTreeMap::new());
        if let Some(root) = root {
            elements.add("/Channel".to_owned(), root)?;
        }
        Ok(elements)
    }

    fn add(&mut self, path: String, group: &'a ConfigGroup) -> Result<(), UpdateError> {
        let named = |prefix: &str, name: &str| match is_name(name) {
            true => Ok(format!("{prefix}{path}/{name}")),
            false => Err(UpdateError::Name(format!("{prefix}{path}/{name}"))),
        };
        for (name, value) in &group.values {
            let element = Element { group: path.clone(), kind: Kind::Value(value) };
            self.0.insert(named("[Value]  ", name)?, element);
        }
        for (name, policy) in &group.policies {
            let element = Element { group: path.clone(), kind: Kind::Policy(policy) };
            self.0.insert(named("[Policy] ", name)?, element);
        }
        for (name, sub_group) in &group.groups {
            self.add(named("", name)?, sub_group)?;
        }
        self.0.insert(format!("[Group]  {path}"), Element { group: path, kind: Kind::Group(group) });
        Ok(())
    }

    /// Puts the group at `path` together. Its members are those that the group names; members that it names without
    /// changing them come from the present configuration.
    fn group(&self, path: &str) -> Result<ConfigGroup, UpdateError> {
        let find = |key: String| self.0.get(&key).map(|element| &element.kind).ok_or(UpdateError::Incomplete(key));
        let Kind::Group(group) = find(format!("[Group]  {path}"))? else {
            return Err(UpdateError::Incomplete(path.to_owned()));
        };
        let mut whole =
            ConfigGroup { version: group.version, mod_policy: group.mod_policy.clone(), ..Default::default() };
        for name in group.groups.keys() {
            whole.groups.insert(name.clone(), self.group(&format!("{path}/{name}"))?);
        }
        for name in group.values.keys() {
            if let Kind::Value(value) = find(format!("[Value]  {path}/{name}"))? {
                whole.values.insert(name.clone(), (*value).clone());
            }
        }
        for name in group.policies.keys() {
            if let Kind::Policy(policy) = find(format!("[Policy] {path}/{name}"))? {
                whole.policies.insert(name.clone(), (*policy).clone());
            }
        }
        if self.0.contains_key("[Value]  /Channel/Orderer/Capabilities") {
            let empty = [&mut whole.mod_policy]
                .into_iter()
                .chain(whole.values.values_mut().map(|value| &mut value.mod_policy))
                .chain(whole.policies.values_mut().map(|policy| &mut policy.mod_policy));
            empty.filter(|policy| policy.is_empty()).for_each(|policy| policy.push_str(DEFAULT_MOD_POLICY));
        }
        Ok(whole)
    }
}
