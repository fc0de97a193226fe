//! From a request to change a channel's configuration to the transaction that changes it.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use channel::{Bundle, validate_update};
use msp::SigningIdentity;
use prost::Message;
use proto::common::{ConfigEnvelope, ConfigUpdateEnvelope, Envelope, HeaderType, Payload};

use crate::configuration::Configuration;
use crate::filters;
use crate::maintenance;
use crate::rejection::{Rejection, chain_of};

/// A change that was checked against one configuration.
pub(crate) struct ConfigChange {
    /// The transaction, signed by the orderer.
    pub(crate) envelope: Envelope,
    /// The configuration it leads to.
    pub(crate) next: Configuration,
}

/// Applies `envelope`, a message of type `CONFIG_UPDATE`, to `configuration`.
pub(crate) fn apply(
    configuration: &Configuration,
    envelope: &Envelope,
    signer: &SigningIdentity,
    now: SystemTime,
) -> Result<ConfigChange, Rejection> {
    let failed_check = |stage| move |source| Rejection::UpdateCheck { stage, source: Box::new(source) };
    filters::check(configuration, envelope, now).map_err(failed_check("initial"))?;
    let channel_id = configuration.bundle.channel_id();
    let failed = |reason: String| Rejection::Update { channel_id: channel_id.to_owned(), reason };
    let update = Payload::decode(envelope.payload.clone())
        .and_then(|payload| ConfigUpdateEnvelope::decode(payload.data))
        .map_err(|error| failed(error.to_string()))?;
    let mut proposed = validate_update(&configuration.bundle, &update).map_err(|error| failed(chain_of(&error)))?;
    proposed.last_update = Some(envelope.clone());
    let config = proposed.config.clone().unwrap_or_default();
    let bundle = Bundle::from_config(channel_id, config).map_err(|error| failed(chain_of(&error)))?;
    let next = Configuration::new(Arc::new(bundle));
    let signed = signed_config(channel_id, &proposed, signer, now);
    // The transaction is larger than the request, and it is the orderer that now signs.
    filters::check(configuration, &signed, now).map_err(failed_check("final"))?;
    maintenance::check(configuration, &next, &update).map_err(Rejection::Transition)?;
    Ok(ConfigChange { envelope: signed, next })
}

/// Repeats [`apply`] for a transaction that was made under an older configuration.
pub(crate) fn reapply(
    configuration: &Configuration,
    envelope: &Envelope,
    signer: &SigningIdentity,
    now: SystemTime,
) -> Result<ConfigChange, Rejection> {
    let request = Payload::decode(envelope.payload.clone())
        .and_then(|payload| ConfigEnvelope::decode(payload.data))
        .map_err(Rejection::Unreadable)?
        .last_update
        .unwrap_or_default();
    apply(configuration, &request, signer, now)
}

fn signed_config(channel_id: &str, config: &ConfigEnvelope, signer: &SigningIdentity, now: SystemTime) -> Envelope {
    let payload = proto::transaction::plain_payload(
        HeaderType::Config,
        channel_id,
        now.into(),
        Bytes::new(),
        signer.new_signature_header(),
        config.encode_to_vec().into(),
    );
    let payload = Bytes::from(payload.encode_to_vec());
    let signature = signer.sign(&payload);
    Envelope { payload, signature }
}
