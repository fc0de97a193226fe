//! Changes of the consensus type, which need the channel in maintenance mode.

use prost::Message;
use proto::common::{ConfigUpdate, ConfigUpdateEnvelope};
use proto::orderer::consensus_type::State;

use crate::configuration::{Configuration, consensus_type};

/// Checks the step from one configuration to the next. Entering and leaving maintenance mode must change nothing else.
pub(crate) fn check(
    current: &Configuration,
    next: &Configuration,
    update: &ConfigUpdateEnvelope,
) -> Result<(), String> {
    let now = consensus_type(&current.bundle);
    let then = consensus_type(&next.bundle);
    if now.state != then.state {
        only_consensus_type(update)?;
        let change = format!("ConsensusType.State is changing from {} to {}", name(now.state), name(then.state));
        if now.r#type != then.r#type {
            return Err(format!(
                "attempted to change ConsensusType.Type from {} to {}, but {change}",
                now.r#type, then.r#type
            ));
        }
        if now.metadata != then.metadata {
            return Err(format!("attempted to change ConsensusType.Metadata, but {change}"));
        }
    }
    if now.r#type != then.r#type {
        let change = format!("attempted to change consensus type from {} to {}", now.r#type, then.r#type);
        let normal = State::Normal as i32;
        return Err(match (now.state == normal, then.state == normal) {
            (true, _) => format!("{change}, but current config ConsensusType.State is not in maintenance mode"),
            (_, true) => format!("{change}, but next config ConsensusType.State is not in maintenance mode"),
            _ => format!("{change}, transition not supported"),
        });
    }
    Ok(())
}

fn name(state: i32) -> &'static str {
    State::try_from(state).map_or("an unknown state", |state| state.as_str_name())
}

fn only_consensus_type(update: &ConfigUpdateEnvelope) -> Result<(), String> {
    let update = ConfigUpdate::decode(update.config_update.clone()).map_err(|error| error.to_string())?;
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
