//! Changes of the consensus type, which need the channel in maintenance mode.

use channel::Bundle;
use prost::Message;
use proto::common::{ConfigUpdate, ConfigUpdateEnvelope, Envelope, Payload};
use proto::orderer::consensus_type::State;

/// Checks the step from one configuration to the next, which `update` asked for. Entering and leaving maintenance mode
/// must change nothing else.
pub(crate) fn check(current: &Bundle, next: &Bundle, update: &Envelope) -> Result<(), String> {
    let (now, then) = (current.orderer(), next.orderer());
    if now.maintenance != then.maintenance {
        only_consensus_type(update)?;
        let change =
            format!("ConsensusType.State is changing from {} to {}", state(now.maintenance), state(then.maintenance));
        if now.consensus_type != then.consensus_type {
            return Err(format!(
                "attempted to change ConsensusType.Type from {} to {}, but {change}",
                now.consensus_type, then.consensus_type
            ));
        }
        if now.consensus_metadata != then.consensus_metadata {
            return Err(format!("attempted to change ConsensusType.Metadata, but {change}"));
        }
    }
    if now.consensus_type != then.consensus_type {
        let change =
            format!("attempted to change consensus type from {} to {}", now.consensus_type, then.consensus_type);
        return Err(match (now.maintenance, then.maintenance) {
            (false, _) => format!("{change}, but current config ConsensusType.State is not in maintenance mode"),
            (_, false) => format!("{change}, but next config ConsensusType.State is not in maintenance mode"),
            _ => format!("{change}, transition not supported"),
        });
    }
    Ok(())
}

fn state(maintenance: bool) -> &'static str {
    if maintenance { State::Maintenance.as_str_name() } else { State::Normal.as_str_name() }
}

fn only_consensus_type(update: &Envelope) -> Result<(), String> {
    let update = Payload::decode(update.payload.clone())
        .and_then(|payload| ConfigUpdateEnvelope::decode(payload.data))
        .and_then(|update| ConfigUpdate::decode(update.config_update))
        .map_err(|error| error.to_string())?;
    let writes = update.write_set.unwrap_or_default();
    if writes.groups.is_empty() {
        return Err("config update contains no changes".to_owned());
    }
    if !writes.values.is_empty() {
        return Err("config update contains changes to values in group Channel".to_owned());
    }
    if writes.groups.len() > 1 {
        return Err("config update contains changes to more than one group".to_owned());
    }
    let group = writes.groups.get("Orderer").ok_or("update does not contain the Orderer group")?;
    if !group.groups.is_empty() {
        return Err("config update contains changes to groups within the Orderer group".to_owned());
    }
    if !group.values.contains_key("ConsensusType") {
        return Err("config update does not contain the ConsensusType value".to_owned());
    }
    if group.values.len() > 1 {
        return Err("config update contain more then just the ConsensusType value in the Orderer group".to_owned());
    }
    Ok(())
}
