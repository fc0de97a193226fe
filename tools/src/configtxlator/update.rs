//! The update that leads from one configuration to another.

use std::collections::BTreeMap;

use proto::common::{Config, ConfigGroup, ConfigPolicy, ConfigUpdate, ConfigValue};

/// Why there is no update.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComputeError {
    /// The first configuration is empty.
    #[error("no channel group included for original config")]
    Original,
    /// The second configuration is empty.
    #[error("no channel group included for updated config")]
    Updated,
    /// They are the same.
    #[error("no differences detected between original and updated config")]
    Same,
}

/// Computes the update of the channel `channel_id`: what its author saw and what shall be, both without the parts that
/// stay as they are.
pub fn compute(original: &Config, updated: &Config, channel_id: &str) -> Result<ConfigUpdate, ComputeError> {
    let original = original.channel_group.as_ref().ok_or(ComputeError::Original)?;
    let updated = updated.channel_group.as_ref().ok_or(ComputeError::Updated)?;
    let change = group(original, updated);
    if !change.changed {
        return Err(ComputeError::Same);
    }
    Ok(ConfigUpdate {
        channel_id: channel_id.to_owned(),
        read_set: Some(change.read),
        write_set: Some(change.write),
        ..Default::default()
    })
}

struct GroupChange {
    read: ConfigGroup,
    write: ConfigGroup,
    changed: bool,
}

/// The members of one kind that a group has.
struct Members<T> {
    read: BTreeMap<String, T>,
    write: BTreeMap<String, T>,
    /// Those that stay as they are, by version only.
    same: BTreeMap<String, T>,
    /// Whether there are more or fewer of them, which changes the group itself.
    others: bool,
}

impl<T: Clone> Members<T> {
    fn new() -> Members<T> {
        Members { read: BTreeMap::new(), write: BTreeMap::new(), same: BTreeMap::new(), others: false }
    }

    fn is_unchanged(&self) -> bool {
        self.read.is_empty() && self.write.is_empty()
    }

    fn with_same(mut self) -> Members<T> {
        self.read.extend(self.same.clone());
        self.write.extend(std::mem::take(&mut self.same));
        self
    }
}

/// A value or a policy.
trait Leaf: Clone {
    fn version(&self) -> u64;
    fn same_as(&self, other: &Self) -> bool;
    /// What a set says of an element that stays.
    fn only_version(version: u64) -> Self;
    fn at_version(&self, version: u64) -> Self;
}

impl Leaf for ConfigValue {
    fn version(&self) -> u64 {
        self.version
    }

    fn same_as(&self, other: &Self) -> bool {
        self.mod_policy == other.mod_policy && self.value == other.value
    }

    fn only_version(version: u64) -> Self {
        ConfigValue { version, ..Default::default() }
    }

    fn at_version(&self, version: u64) -> Self {
        ConfigValue { version, ..self.clone() }
    }
}

impl Leaf for ConfigPolicy {
    fn version(&self) -> u64 {
        self.version
    }

    fn same_as(&self, other: &Self) -> bool {
        self.mod_policy == other.mod_policy && self.policy == other.policy
    }

    fn only_version(version: u64) -> Self {
        ConfigPolicy { version, ..Default::default() }
    }

    fn at_version(&self, version: u64) -> Self {
        ConfigPolicy { version, ..self.clone() }
    }
}

fn leaves<T: Leaf>(original: &BTreeMap<String, T>, updated: &BTreeMap<String, T>) -> Members<T> {
    let mut members = Members::new();
    for (name, before) in original {
        match updated.get(name) {
            None => members.others = true,
            Some(after) if before.same_as(after) => {
                members.same.insert(name.clone(), T::only_version(before.version()));
            }
            Some(after) => {
                members.write.insert(name.clone(), after.at_version(before.version().wrapping_add(1)));
            }
        }
    }
    for (name, after) in updated.iter().filter(|(name, _)| !original.contains_key(*name)) {
        members.others = true;
        members.write.insert(name.clone(), after.at_version(0));
    }
    members
}

fn groups(original: &BTreeMap<String, ConfigGroup>, updated: &BTreeMap<String, ConfigGroup>) -> Members<ConfigGroup> {
    let mut members = Members::new();
    for (name, before) in original {
        let Some(after) = updated.get(name) else {
            members.others = true;
            continue;
        };
        let change = group(before, after);
        if change.changed {
            members.read.insert(name.clone(), change.read);
            members.write.insert(name.clone(), change.write);
        } else {
            members.same.insert(name.clone(), change.read);
        }
    }
    for (name, after) in updated.iter().filter(|(name, _)| !original.contains_key(*name)) {
        members.others = true;
        let write = group(&ConfigGroup::default(), after).write;
        members.write.insert(name.clone(), ConfigGroup { version: 0, mod_policy: after.mod_policy.clone(), ..write });
    }
    members
}

fn group(original: &ConfigGroup, updated: &ConfigGroup) -> GroupChange {
    let policies = leaves(&original.policies, &updated.policies);
    let values = leaves(&original.values, &updated.values);
    let groups = groups(&original.groups, &updated.groups);
    let version = original.version;
    let itself = policies.others || values.others || groups.others || original.mod_policy != updated.mod_policy;
    if !itself {
        let changed = !(policies.is_unchanged() && values.is_unchanged() && groups.is_unchanged());
        let set = |groups, values, policies| match changed {
            true => ConfigGroup { version, groups, values, policies, ..Default::default() },
            false => ConfigGroup { version, ..Default::default() },
        };
        let read = set(groups.read, values.read, policies.read);
        let write = set(groups.write, values.write, policies.write);
        return GroupChange { read, write, changed };
    }
    let (policies, values, groups) = (policies.with_same(), values.with_same(), groups.with_same());
    let read = ConfigGroup {
        version,
        groups: groups.read,
        values: values.read,
        policies: policies.read,
        ..Default::default()
    };
    let write = ConfigGroup {
        version: version.wrapping_add(1),
        groups: groups.write,
        values: values.write,
        policies: policies.write,
        mod_policy: updated.mod_policy.clone(),
    };
    GroupChange { read, write, changed: true }
}
