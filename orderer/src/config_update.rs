//! From a request to change a channel's configuration to the transaction that changes it.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use channel::{Bundle, update};
use msp::{SignError, SigningIdentity};
use prost::Message;
use proto::common::{ConfigEnvelope, Envelope, HeaderType, Payload};

use crate::filters;
use crate::maintenance;
use crate::rejection::{Rejection, chain_of};

/// A change that was checked against one configuration.
pub(crate) struct ConfigChange {
    /// The transaction, signed by the orderer.
    pub(crate) envelope: Envelope,
    /// The configuration it leads to.
    pub(crate) next: Arc<Bundle>,
}

/// Applies `envelope`, a message of type `CONFIG_UPDATE`, to the configuration `bundle`.
pub(crate) fn apply(
    bundle: &Bundle,
    envelope: &Envelope,
    signer: &SigningIdentity,
    now: SystemTime,
) -> Result<ConfigChange, Rejection> {
    let failed_check = |stage| move |source| Rejection::UpdateCheck { stage, source: Box::new(source) };
    filters::check(bundle, envelope, now).map_err(failed_check("initial"))?;
    let channel_id = bundle.channel_id();
    let failed = |reason: String| Rejection::Update { channel_id: channel_id.to_owned(), reason };
    let proposed = update::propose(bundle, envelope);
    let (proposed, next) = proposed.map_err(|error| failed(chain_of(&error)))?;
    let signed = signed_config(channel_id, &proposed, signer, now);
    let signed = signed.map_err(|error| Rejection::Unavailable(chain_of(&error)))?;
    // The transaction is larger than the request, and it is the orderer that now signs.
    filters::check(bundle, &signed, now).map_err(failed_check("final"))?;
    maintenance::check(bundle, &next, envelope).map_err(Rejection::Transition)?;
    Ok(ConfigChange { envelope: signed, next: Arc::new(next) })
}

/// Repeats [`apply`] for a transaction that was made under an older configuration.
pub(crate) fn reapply(
    bundle: &Bundle,
    envelope: &Envelope,
    signer: &SigningIdentity,
    now: SystemTime,
) -> Result<ConfigChange, Rejection> {
    let request = Payload::decode(envelope.payload.clone())
        .and_then(|payload| ConfigEnvelope::decode(payload.data))
        .map_err(Rejection::Unreadable)?
        .last_update
        .unwrap_or_default();
    apply(bundle, &request, signer, now)
}

fn signed_config(
    channel_id: &str,
    config: &ConfigEnvelope,
    signer: &SigningIdentity,
    now: SystemTime,
) -> Result<Envelope, SignError> {
    let payload = proto::transaction::plain_payload(
        HeaderType::Config,
        channel_id,
        now.into(),
        Bytes::new(),
        signer.new_signature_header(),
        config.encode_to_vec().into(),
    );
    let payload = Bytes::from(payload.encode_to_vec());
    let signature = signer.sign(&payload)?;
    Ok(Envelope { payload, signature })
}
