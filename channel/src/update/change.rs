//! What an update changes: three trees of groups, walked side by side.

use std::sync::Arc;

use msp::Identity;
use proto::common::{ConfigGroup, ConfigPolicy, ConfigValue};

use super::error::UpdateError;
use crate::name;
use crate::policy::PolicyTree;

/// Elements with an empty `mod_policy`, which configurations of version 1.0 have, get this one in the next
/// configuration. (Fabric does so for channels whose orderers have a capability, which all bundles here have.)
const DEFAULT_MOD_POLICY: &str = "Admins";

/// The present configuration, what the author saw of it, and what shall be; from the channel group on.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    current: Option<&'a ConfigGroup>,
    read: Option<&'a ConfigGroup>,
    write: Option<&'a ConfigGroup>,
}

impl<'a> Change<'a> {
    /// Checks the names in both sets, and that the author saw what is.
    pub(super) fn new(
        current: Option<&'a ConfigGroup>,
        read: Option<&'a ConfigGroup>,
        write: Option<&'a ConfigGroup>,
    ) -> Result<Change<'a>, UpdateError> {
        for set in [read, write].into_iter().flatten() {
            name::check_all(set).map_err(|bad| UpdateError::Name { key: bad.key, reason: bad.reason })?;
        }
        if let Some(read) = read {
            check_read(read, current, &mut Path::root())?;
        }
        Ok(Change { current, read, write })
    }

    /// Checks the versions of what changes, and whether `signers` may change it. `policies` are those of the present
    /// configuration.
    pub(super) fn authorize(&self, policies: &PolicyTree, signers: &[Arc<Identity>]) -> Result<(), UpdateError> {
        let mut authorization = Authorization { root: policies, signers, path: Path::root(), changes: 0 };
        if let Some(write) = self.write {
            authorization.group(write, *self, Some(policies))?;
        }
        match authorization.changes {
            0 => Err(UpdateError::Empty),
            _ => Ok(()),
        }
    }

    /// The channel group with the change made.
    pub(super) fn result(&self) -> Result<ConfigGroup, UpdateError> {
        self.group(&mut Path::root())
    }

    /// The same for a group below.
    fn below(&self, name: &str) -> Change<'a> {
        let group = |group: Option<&'a ConfigGroup>| group.and_then(|group| group.groups.get(name));
        Change { current: group(self.current), read: group(self.read), write: group(self.write) }
    }

    /// Puts a group together. Its members are those that the group itself names, which is how members go; those that it
    /// names without changing them come from the present configuration.
    fn group(&self, path: &mut Path<'a>) -> Result<ConfigGroup, UpdateError> {
        let Some(group) = changed(self.write, self.read).or(self.current) else {
            return Err(UpdateError::Incomplete(path.key(GROUP)));
        };
        let mut whole =
            ConfigGroup { version: group.version, mod_policy: guarded(&group.mod_policy), ..Default::default() };
        for name in group.groups.keys() {
            path.0.push(name);
            whole.groups.insert(name.clone(), self.below(name).group(path)?);
            path.0.pop();
        }
        let member = |set: Option<&'a ConfigGroup>, name: &str| set.and_then(|group| group.values.get(name));
        for name in group.values.keys() {
            let value = changed(member(self.write, name), member(self.read, name)).or(member(self.current, name));
            let value = value.ok_or_else(|| UpdateError::Incomplete(path.key_of(VALUE, name)))?;
            let value = ConfigValue { mod_policy: guarded(&value.mod_policy), ..value.clone() };
            whole.values.insert(name.clone(), value);
        }
        let member = |set: Option<&'a ConfigGroup>, name: &str| set.and_then(|group| group.policies.get(name));
        for name in group.policies.keys() {
            let policy = changed(member(self.write, name), member(self.read, name)).or(member(self.current, name));
            let policy = policy.ok_or_else(|| UpdateError::Incomplete(path.key_of(POLICY, name)))?;
            let policy = ConfigPolicy { mod_policy: guarded(&policy.mod_policy), ..policy.clone() };
            whole.policies.insert(name.clone(), policy);
        }
        Ok(whole)
    }
}

fn guarded(mod_policy: &str) -> String {
    if mod_policy.is_empty() { DEFAULT_MOD_POLICY.to_owned() } else { mod_policy.to_owned() }
}

/// What groups, values and policies have in common.
trait Element {
    fn version(&self) -> u64;
    fn mod_policy(&self) -> &str;
}

macro_rules! elements {
    ($($element:ty),*) => {$(
        impl Element for $element {
            fn version(&self) -> u64 {
                self.version
            }

            fn mod_policy(&self) -> &str {
                &self.mod_policy
            }
        }
    )*};
}

elements!(ConfigGroup, ConfigValue, ConfigPolicy);

/// An element of the write set, when it is part of the change: the author did not see it, or saw another version.
fn changed<'a, E: Element>(write: Option<&'a E>, read: Option<&E>) -> Option<&'a E> {
    write.filter(|write| read.is_none_or(|read| read.version() != write.version()))
}

/// The kinds of elements, as keys begin with them.
const GROUP: &str = "[Group]  ";
const VALUE: &str = "[Value]  ";
const POLICY: &str = "[Policy] ";

/// Where a walk is. Keys are only written when something is wrong: paths in hostile updates are long.
struct Path<'a>(Vec<&'a str>);

impl<'a> Path<'a> {
    fn root() -> Path<'a> {
        Path(vec!["", "Channel"])
    }

    fn key(&self, kind: &str) -> String {
        format!("{kind}{}", self.0.join("/"))
    }

    fn key_of(&self, kind: &str, name: &str) -> String {
        format!("{kind}{}/{name}", self.0.join("/"))
    }
}

/// Checks that everything in the read set is there, in the same version.
fn check_read<'a>(
    read: &'a ConfigGroup,
    current: Option<&ConfigGroup>,
    path: &mut Path<'a>,
) -> Result<(), UpdateError> {
    let current = same(read, current, || path.key(GROUP))?;
    for (name, value) in &read.values {
        same(value, current.values.get(name), || path.key_of(VALUE, name))?;
    }
    for (name, policy) in &read.policies {
        same(policy, current.policies.get(name), || path.key_of(POLICY, name))?;
    }
    for (name, group) in &read.groups {
        path.0.push(name);
        check_read(group, current.groups.get(name), path)?;
        path.0.pop();
    }
    Ok(())
}

fn same<'a, E: Element>(read: &E, current: Option<&'a E>, key: impl Fn() -> String) -> Result<&'a E, UpdateError> {
    let current = current.ok_or_else(|| UpdateError::ReadMissing(key()))?;
    match (read.version(), current.version()) {
        (read, version) if read == version => Ok(current),
        (read, current) => Err(UpdateError::ReadVersion { key: key(), read, current }),
    }
}

/// A walk through the write set.
struct Authorization<'a> {
    root: &'a PolicyTree,
    signers: &'a [Arc<Identity>],
    path: Path<'a>,
    changes: usize,
}

impl<'a> Authorization<'a> {
    /// `policies` are those of the group, where the present configuration has it.
    fn group(
        &mut self,
        write: &'a ConfigGroup,
        at: Change<'a>,
        policies: Option<&PolicyTree>,
    ) -> Result<(), UpdateError> {
        self.element(at.write, at.read, at.current, policies, |path| path.key(GROUP))?;
        for name in write.values.keys() {
            let value = |group: Option<&'a ConfigGroup>| group.and_then(|group| group.values.get(name));
            let key = |path: &Path<'_>| path.key_of(VALUE, name);
            self.element(value(at.write), value(at.read), value(at.current), policies, key)?;
        }
        for name in write.policies.keys() {
            let policy = |group: Option<&'a ConfigGroup>| group.and_then(|group| group.policies.get(name));
            let key = |path: &Path<'_>| path.key_of(POLICY, name);
            self.element(policy(at.write), policy(at.read), policy(at.current), policies, key)?;
        }
        for (name, group) in &write.groups {
            self.path.0.push(name);
            self.group(group, at.below(name), policies.and_then(|policies| policies.group(name)))?;
            self.path.0.pop();
        }
        Ok(())
    }

    /// Checks one element of the write set, if it is part of the change.
    fn element<E: Element>(
        &mut self,
        write: Option<&E>,
        read: Option<&E>,
        current: Option<&E>,
        policies: Option<&PolicyTree>,
        key: impl Fn(&Path<'_>) -> String,
    ) -> Result<(), UpdateError> {
        let Some(element) = changed(write, read) else { return Ok(()) };
        self.changes += 1;
        let key = || key(&self.path);
        name::check_policy_path(element.mod_policy())
            .map_err(|reason| UpdateError::ModPolicy { key: key(), reason })?;
        let version = element.version();
        let Some(existing) = current else {
            return match version {
                0 => Ok(()),
                _ => Err(UpdateError::NewVersion { key: key(), version }),
            };
        };
        if version != existing.version().wrapping_add(1) {
            return Err(UpdateError::Version { key: key(), version, current: existing.version() });
        }
        let mod_policy = existing.mod_policy();
        let guard = match mod_policy.starts_with('/') {
            true => self.root.policy(mod_policy),
            false => policies.and_then(|policies| policies.relative(mod_policy)),
        };
        let guard = guard.ok_or_else(|| UpdateError::MissingPolicy { policy: mod_policy.to_owned(), key: key() })?;
        guard.check(self.signers).map_err(|source| UpdateError::Policy { key: key(), source })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// One element of a configuration by itself.
    #[derive(Clone, Debug, PartialEq)]
    enum Flat {
        Group(ConfigGroup),
        Value(ConfigValue),
        Policy(ConfigPolicy),
    }

    impl Flat {
        fn version(&self) -> u64 {
            match self {
                Flat::Group(group) => group.version,
                Flat::Value(value) => value.version,
                Flat::Policy(policy) => policy.version,
            }
        }
    }

    /// A configuration as Fabric's rules speak of it: its elements by kind and path.
    fn flat(group: &ConfigGroup, path: &str, all: &mut BTreeMap<String, Flat>) {
        all.insert(format!("{GROUP}{path}"), Flat::Group(group.clone()));
        for (name, value) in &group.values {
            all.insert(format!("{VALUE}{path}/{name}"), Flat::Value(value.clone()));
        }
        for (name, policy) in &group.policies {
            all.insert(format!("{POLICY}{path}/{name}"), Flat::Policy(policy.clone()));
        }
        for (name, group) in &group.groups {
            flat(group, &format!("{path}/{name}"), all);
        }
    }

    fn elements(group: &ConfigGroup) -> BTreeMap<String, Flat> {
        let mut all = BTreeMap::new();
        flat(group, "/Channel", &mut all);
        all
    }

    /// The group at `path` with all that it names.
    fn whole(all: &BTreeMap<String, Flat>, path: &str) -> Option<ConfigGroup> {
        let Flat::Group(mut group) = all.get(&format!("{GROUP}{path}"))?.clone() else { return None };
        for (name, sub_group) in &mut group.groups {
            *sub_group = whole(all, &format!("{path}/{name}"))?;
        }
        for (name, value) in &mut group.values {
            let Flat::Value(found) = all.get(&format!("{VALUE}{path}/{name}"))? else { return None };
            *value = found.clone();
        }
        for (name, policy) in &mut group.policies {
            let Flat::Policy(found) = all.get(&format!("{POLICY}{path}/{name}"))? else { return None };
            *policy = found.clone();
        }
        Some(group)
    }

    /// What an update leads to by the rules over elements, and how many change; nothing when the read set is not there.
    fn expected(current: &ConfigGroup, read: &ConfigGroup, write: &ConfigGroup) -> Option<(ConfigGroup, usize)> {
        let (mut all, read, mut change) = (elements(current), elements(read), elements(write));
        let seen = |(key, element): (&String, &Flat)| all.get(key).map(Flat::version) == Some(element.version());
        if !read.iter().all(seen) {
            return None;
        }
        change.retain(|key, element| read.get(key).map(Flat::version) != Some(element.version()));
        let count = change.len();
        all.extend(change);
        whole(&all, "/Channel").map(|group| (group, count))
    }

    fn group() -> impl Strategy<Value = ConfigGroup> {
        let version = 0u64..2;
        let value = (version.clone(), 0u8..2).prop_map(|(version, byte)| ConfigValue {
            version,
            value: bytes::Bytes::copy_from_slice(&[byte]),
            mod_policy: "P".to_owned(),
        });
        let policy =
            version.clone().prop_map(|version| ConfigPolicy { version, policy: None, mod_policy: "P".to_owned() });
        let values = proptest::collection::btree_map("[ab]", value, 0..3);
        let policies = proptest::collection::btree_map("[ab]", policy, 0..2);
        let one = move |groups: BTreeMap<String, ConfigGroup>| {
            (version.clone(), values.clone(), policies.clone()).prop_map(move |(version, values, policies)| {
                ConfigGroup { version, groups: groups.clone(), values, policies, mod_policy: "P".to_owned() }
            })
        };
        let leaf = one.clone()(BTreeMap::new());
        leaf.prop_recursive(2, 8, 2, move |inner| {
            let one = one.clone();
            proptest::collection::btree_map("[ab]", inner, 0..3).prop_flat_map(one)
        })
    }

    /// A part of a group with its versions, so that read sets are right more often than never.
    fn part(group: &ConfigGroup, keep: &mut impl FnMut() -> bool) -> ConfigGroup {
        let mut part = group.clone();
        part.values.retain(|_, _| keep());
        part.policies.retain(|_, _| keep());
        part.groups.retain(|_, _| keep());
        part.groups.values_mut().for_each(|group| *group = self::part(group, keep));
        part
    }

    proptest! {
        #[test]
        fn walking_trees_does_what_the_rules_over_elements_say(
            current in group(),
            write in group(),
            strange in group(),
            is_strange in 0u8..8,
            mut kept in any::<u64>(),
        ) {
            let mut keep = || {
                kept = kept.rotate_right(1);
                kept & 1 == 0
            };
            let read = if is_strange == 0 { strange } else { part(&current, &mut keep) };
            let change = Change::new(Some(&current), Some(&read), Some(&write));
            let found = change.as_ref().ok().map(|change| {
                let mut authorization = Authorization { root: &PolicyTree::default(), signers: &[], path: Path::root(), changes: 0 };
                // Nobody may change what exists here, so the walk is asked about what is new only.
                let new = Change { current: None, ..*change };
                let walked = authorization.group(&write, new, None);
                (change.result().expect("what was read is there"), walked.is_ok().then_some(authorization.changes))
            });
            let expected = expected(&current, &read, &write);
            prop_assert_eq!(found.as_ref().map(|(group, _)| group), expected.as_ref().map(|(group, _)| group));
            if let (Some((_, Some(changes))), Some((_, count))) = (found, expected) {
                prop_assert_eq!(changes, count);
            }
        }
    }
}
