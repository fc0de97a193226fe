//! Configuration updates: from the present configuration and a signed change to the next one (Fabric
//! `common/configtx`).
//!
//! An update holds a read set, what its author saw, and a write set, what shall be. Elements carry versions; those whose
//! version differs between the sets are the change. Each existing element that changes asks for signatures by its own
//! `mod_policy`.

mod change;
mod error;

use std::collections::BTreeMap;
use std::sync::Arc;

use msp::Identity;
use prost::Message;
use proto::common::{
    Config, ConfigEnvelope, ConfigUpdate, ConfigUpdateEnvelope, Envelope, HeaderType, Payload, SignatureHeader,
};

use crate::bundle::Bundle;
use crate::consensus;
use crate::signed_data::{SignedData, signed_identities};

use change::Change;
pub use error::UpdateError;

/// Computes the configuration that a transaction of type CONFIG_UPDATE leads to, and the bundle made of it, as an orderer
/// does. The caller has checked the envelope's own signature.
pub fn propose(bundle: &Bundle, update: &Envelope) -> Result<(ConfigEnvelope, Bundle), UpdateError> {
    let config = next_config(bundle, &update_of(update)?)?;
    let next = next_bundle(bundle, config.clone())?;
    consensus::check_step(bundle, &next).map_err(UpdateError::Consensus)?;
    Ok((ConfigEnvelope { config: Some(config), last_update: Some(update.clone()) }, next))
}

/// Checks a configuration that an orderer sent: it must be exactly what its update leads to. Gives the bundle made of
/// it.
pub fn check(bundle: &Bundle, envelope: &ConfigEnvelope) -> Result<Bundle, UpdateError> {
    let config = envelope.config.as_ref().ok_or(UpdateError::NotUpdate("config envelope has nil config"))?;
    if config.sequence != next_sequence(bundle) {
        return Err(UpdateError::Sequence { current: bundle.sequence(), found: config.sequence });
    }
    let update = envelope.last_update.as_ref().ok_or(UpdateError::NotUpdate("config envelope has no update"))?;
    if next_config(bundle, &update_of(update)?)? != *config {
        return Err(UpdateError::Result);
    }
    next_bundle(bundle, config.clone())
}

/// Numbers of configurations begin anew behind the last one, as Fabric counts.
fn next_sequence(bundle: &Bundle) -> u64 {
    bundle.sequence().wrapping_add(1)
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
    let next = Bundle::from_config(bundle.channel_id(), config);
    let next = next.map_err(UpdateError::Config)?;
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
    let current = bundle.config().channel_group.as_ref();
    let change = Change::new(current, update.read_set.as_ref(), update.write_set.as_ref())?;
    change.authorize(bundle.policies(), &signers(bundle, envelope)?)?;
    Ok(Config { sequence: next_sequence(bundle), channel_group: Some(change.result()?) })
}

/// The identities that signed an update. Signatures cover their own header and the update.
fn signers(bundle: &Bundle, envelope: &ConfigUpdateEnvelope) -> Result<Vec<Arc<Identity>>, UpdateError> {
    let mut signed = Vec::with_capacity(envelope.signatures.len().min(16));
    for signature in &envelope.signatures {
        let header = SignatureHeader::decode(signature.signature_header.clone())
            .map_err(|source| UpdateError::Decode { what: "a signature header", source })?;
        let message = [&signature.signature_header[..], &envelope.config_update[..]].concat().into();
        signed.push(SignedData { identity: header.creator, message, signature: signature.signature.clone() });
    }
    Ok(signed_identities(bundle.msps(), &signed))
}
