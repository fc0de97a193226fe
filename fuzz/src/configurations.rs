//! A channel's configuration: blocks that hold one, and updates from one to the next.

use std::sync::LazyLock;

use bytes::Bytes;
use channel::{Bundle, update};
use prost::Message;
use proto::common::{
    Block, Config, ConfigEnvelope, ConfigGroup, ConfigUpdate, ConfigUpdateEnvelope, Envelope, HeaderType,
    SignatureHeader,
};

use crate::allocations::limited;
use crate::input::Input;

/// An input has some kilobytes, and a configuration's parts are no larger than a few times their bytes.
const ALLOCATION_BYTES_MAX: usize = 16 << 20;

/// The channel of [`BLOCK`].
pub(crate) const CHANNEL_ID: &str = "gold";

/// Block 0 of a channel by Fabric's configtxgen. Nobody has to sign as its admin, so that updates get to their end.
const BLOCK: &[u8] = include_bytes!("../../channel/tests/data/configtxgen-raft.block");

/// What an input is, by its first byte.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    /// A block.
    Block,
    /// A channel group.
    Group,
    /// A `ConfigUpdate`.
    Update,
    /// A write set; the read set is all that is there.
    WriteSet,
    /// A transaction of any type.
    Envelope,
    /// What an orderer would send.
    Result,
}

pub(crate) const PARTS: [Part; 6] =
    [Part::Block, Part::Group, Part::Update, Part::WriteSet, Part::Envelope, Part::Result];

static BUNDLE: LazyLock<Bundle> =
    LazyLock::new(|| bundle(Config { sequence: 0, channel_group: Some(channel_group()) }).expect("Fabric's channel"));

/// Reads the input as a configuration or a change to one.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let part = PARTS[usize::from(input.byte()) % PARTS.len()];
    let bytes = Bytes::copy_from_slice(input.0);
    // The channel is there before memory is watched.
    let present = &*BUNDLE;
    limited(ALLOCATION_BYTES_MAX, || match part {
        Part::Block => block(bytes),
        Part::Group => group(bytes),
        Part::Update => propose(present, &update_envelope(bytes)),
        Part::WriteSet => write_set(present, bytes),
        Part::Envelope => {
            if let Ok(envelope) = Envelope::decode(bytes) {
                propose(present, &envelope);
            }
        }
        Part::Result => {
            if let Ok(envelope) = ConfigEnvelope::decode(bytes) {
                let _ = update::check(present, &envelope).map_err(|error| error.to_string());
            }
        }
    });
}

/// The channel group in [`BLOCK`].
pub(crate) fn channel_group() -> ConfigGroup {
    let block = Block::decode(BLOCK).expect("Fabric's block");
    let envelope = Envelope::decode(block.data.unwrap_or_default().data[0].clone()).expect("Fabric's transaction");
    let payload = proto::common::Payload::decode(envelope.payload).expect("Fabric's payload");
    let config = ConfigEnvelope::decode(payload.data).expect("Fabric's configuration").config;
    config.and_then(|config| config.channel_group).expect("a group")
}

fn bundle(config: Config) -> Result<Bundle, channel::ConfigError> {
    Bundle::from_config(CHANNEL_ID, config)
}

fn block(bytes: Bytes) {
    let Ok(block) = Block::decode(bytes) else { return };
    match Bundle::from_config_block(&block) {
        Ok(bundle) => ask(&bundle),
        Err(error) => drop(error.to_string()),
    }
}

fn group(bytes: Bytes) {
    let Ok(group) = ConfigGroup::decode(bytes) else { return };
    match bundle(Config { sequence: 0, channel_group: Some(group) }) {
        Ok(bundle) => ask(&bundle),
        Err(error) => drop(error.to_string()),
    }
}

/// Asks a channel what nodes ask of it.
fn ask(bundle: &Bundle) {
    let _ = bundle.orderer_endpoints();
    let _ = bundle.consenter_identity(1);
    for resource in ["peer/Propose", "event/Block"] {
        if let Some(channel::Acl::Policy(path)) = bundle.acl(resource) {
            let _ = bundle.evaluate_identities(&path, &[]).map_err(|error| error.to_string());
        }
    }
    for path in ["/Channel/Orderer/BlockValidation", "/Channel/Application/LifecycleEndorsement", "Admins"] {
        assert_eq!(bundle.policy(path).is_some(), bundle.policy_in("/Channel", path).is_some());
        let _ = bundle.evaluate(path, &[]);
    }
}

fn write_set(present: &Bundle, bytes: Bytes) {
    let Ok(write_set) = ConfigGroup::decode(bytes) else { return };
    let read_set = present.config().channel_group.clone();
    let channel_id = CHANNEL_ID.to_owned();
    let update = ConfigUpdate { channel_id, read_set, write_set: Some(write_set), ..Default::default() };
    propose(present, &update_envelope(update.encode_to_vec().into()));
}

/// A transaction of type CONFIG_UPDATE that nobody signed.
fn update_envelope(config_update: Bytes) -> Envelope {
    let data = ConfigUpdateEnvelope { config_update, signatures: Vec::new() };
    let payload = proto::transaction::plain_payload(
        HeaderType::ConfigUpdate,
        CHANNEL_ID,
        prost_types::Timestamp::default(),
        Bytes::new(),
        SignatureHeader::default(),
        data.encode_to_vec().into(),
    );
    Envelope { payload: payload.encode_to_vec().into(), signature: Bytes::new() }
}

/// What an orderer makes of an update, its peers have to come to as well.
fn propose(present: &Bundle, envelope: &Envelope) {
    let (proposed, next) = match update::propose(present, envelope) {
        Ok(made) => made,
        Err(error) => return drop(error.to_string()),
    };
    assert_eq!(next.sequence(), present.sequence() + 1);
    let sent = ConfigEnvelope::decode(&proposed.encode_to_vec()[..]).expect("an own encoding");
    let taken = update::check(present, &sent).expect("peers come to what was proposed");
    assert_eq!(taken.config(), next.config());
    ask(&next);
}
