//! The policies of a configuration, group by group.

use std::collections::HashMap;
use std::sync::Arc;

use prost::Message;
use proto::common::{
    ConfigGroup, ImplicitMetaPolicy, Policy as PolicyProto, SignaturePolicyEnvelope, implicit_meta_policy::Rule,
    policy::PolicyType,
};

use super::{CompileError, Policy};
use crate::config::ConfigError;

/// The name of the outermost group.
pub(super) const ROOT: &str = "/Channel";

/// The policies of a group and of the groups below it (Fabric's policy manager). Names of groups and policies contain no
/// slash: whoever makes a tree has checked them.
#[derive(Debug, Default)]
pub(crate) struct PolicyTree {
    policies: HashMap<String, Arc<Policy>>,
    groups: HashMap<String, PolicyTree>,
}

impl PolicyTree {
    /// Compiles the policies of the channel group and of all groups below it.
    pub(crate) fn new(root: &ConfigGroup) -> Result<PolicyTree, ConfigError> {
        PolicyTree::compiled(ROOT, root)
    }

    /// A policy of the outermost group's tree by its absolute path, or by a path relative to the channel group.
    pub(crate) fn policy(&self, path: &str) -> Option<&Arc<Policy>> {
        self.relative(relative_path(ROOT, path)?)
    }

    /// What [`PolicyTree::policy`] looks for, as its refusal calls it.
    pub(crate) fn shown(path: &str) -> &str {
        relative_path(ROOT, path).unwrap_or(path)
    }

    /// The tree of a group below this one.
    pub(crate) fn group(&self, name: &str) -> Option<&PolicyTree> {
        self.groups.get(name)
    }

    /// A policy by its name in this group, or by a path that goes down from it (`Org1/Admins`).
    pub(crate) fn relative(&self, path: &str) -> Option<&Arc<Policy>> {
        let (group, name) = match path.rsplit_once('/') {
            Some((groups, name)) => (groups.split('/').try_fold(self, |group, next| group.groups.get(next))?, name),
            None => (self, path),
        };
        group.policies.get(name)
    }

    fn compiled(path: &str, group: &ConfigGroup) -> Result<PolicyTree, ConfigError> {
        let mut tree = PolicyTree::default();
        // Implicit policies refer downwards: the groups below come first.
        for (name, sub_group) in &group.groups {
            tree.groups.insert(name.clone(), PolicyTree::compiled(&format!("{path}/{name}"), sub_group)?);
        }
        for (name, policy) in &group.policies {
            let path_of_policy = || format!("{path}/{name}");
            let policy = policy.policy.as_ref().ok_or_else(|| ConfigError::Missing { path: path_of_policy() })?;
            let compiled = tree.compile(policy, path);
            let compiled = compiled.map_err(|source| ConfigError::Policy { path: path_of_policy(), source })?;
            tree.policies.insert(name.clone(), Arc::new(compiled));
        }
        Ok(tree)
    }

    fn compile(&self, policy: &PolicyProto, path: &str) -> Result<Policy, CompileError> {
        match PolicyType::try_from(policy.r#type) {
            Ok(PolicyType::Signature) => {
                let envelope = SignaturePolicyEnvelope::decode(policy.value.clone())?;
                match envelope.version {
                    0 => Policy::compile(&envelope),
                    version => Err(CompileError::Version(version)),
                }
            }
            Ok(PolicyType::ImplicitMeta) => self.implicit(ImplicitMetaPolicy::decode(policy.value.clone())?, path),
            _ => Err(CompileError::Type(policy.r#type)),
        }
    }

    /// A group without the sub-policy counts, and is never satisfied. Without any sub-groups the policy asks for nobody,
    /// as in Fabric.
    fn implicit(&self, meta: ImplicitMetaPolicy, path: &str) -> Result<Policy, CompileError> {
        let mut groups: Vec<&String> = self.groups.keys().collect();
        groups.sort_unstable();
        let sub_policies: Vec<Arc<Policy>> = groups
            .into_iter()
            .map(|name| {
                let wanted = relative_path(&format!("{path}/{name}"), &meta.sub_policy);
                let found = wanted.and_then(|wanted| self.groups[name].relative(wanted)).cloned();
                found.unwrap_or_else(|| Arc::new(Policy::missing(wanted.unwrap_or(&meta.sub_policy))))
            })
            .collect();
        let threshold = threshold(meta.rule, sub_policies.len()).ok_or(CompileError::Rule(meta.rule))?;
        Ok(Policy::implicit(threshold, meta.sub_policy, sub_policies))
    }
}

/// How many of `count` sub-policies a rule asks for; nothing for rules that do not exist.
pub(super) fn threshold(rule: i32, count: usize) -> Option<usize> {
    Some(match Rule::try_from(rule).ok()? {
        _ if count == 0 => 0,
        Rule::Any => 1,
        Rule::All => count,
        Rule::Majority => count / 2 + 1,
    })
}

/// What `name` is from the group at `group` on: an absolute name has to begin with that group's own path. What follows
/// the path is skipped without being looked at, as in Fabric; all nodes have to find the same policy.
pub(super) fn relative_path<'a>(group: &str, name: &'a str) -> Option<&'a str> {
    match name.starts_with('/') {
        true => name.strip_prefix(group)?.get(1..),
        false => Some(name),
    }
}
