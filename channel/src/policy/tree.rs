//! The policies of a configuration, by path.

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
const ROOT: &str = "/Channel";

/// Every policy of a channel, by its path (`/Channel/Application/Writers`).
#[derive(Debug, Default)]
pub(crate) struct PolicyTree(HashMap<String, Arc<Policy>>);

impl PolicyTree {
    /// Compiles the policies of the channel group and of all groups below it.
    pub(crate) fn new(root: &ConfigGroup) -> Result<PolicyTree, ConfigError> {
        let mut tree = PolicyTree::default();
        tree.add(ROOT, root)?;
        Ok(tree)
    }

    /// A policy by its absolute path, or by a path relative to the channel group.
    pub(crate) fn policy(&self, path: &str) -> Option<&Arc<Policy>> {
        match path.starts_with('/') {
            true => self.0.get(path),
            false => self.relative(ROOT, path),
        }
    }

    /// A policy as `mod_policy` of something in the group at `group` names it.
    pub(crate) fn policy_for(&self, group: &str, name: &str) -> Option<&Arc<Policy>> {
        match name.starts_with('/') {
            true => self.0.get(name),
            false => self.relative(group, name),
        }
    }

    fn relative(&self, group: &str, name: &str) -> Option<&Arc<Policy>> {
        self.0.get(&format!("{group}/{name}"))
    }

    fn add(&mut self, path: &str, group: &ConfigGroup) -> Result<(), ConfigError> {
        // Implicit policies refer downwards: the groups below come first.
        for (name, sub_group) in &group.groups {
            self.add(&format!("{path}/{name}"), sub_group)?;
        }
        for (name, policy) in &group.policies {
            let path = format!("{path}/{name}");
            let policy = policy.policy.as_ref().ok_or_else(|| ConfigError::Missing { path: path.clone() })?;
            let compiled = self
                .compile(policy, group, path.rsplit_once('/').map_or(ROOT, |(group, _)| group))
                .map_err(|source| ConfigError::Policy { path: path.clone(), source })?;
            self.0.insert(path, Arc::new(compiled));
        }
        Ok(())
    }

    fn compile(&self, policy: &PolicyProto, group: &ConfigGroup, path: &str) -> Result<Policy, CompileError> {
        match PolicyType::try_from(policy.r#type) {
            Ok(PolicyType::Signature) => {
                let envelope = SignaturePolicyEnvelope::decode(policy.value.clone())?;
                match envelope.version {
                    0 => Policy::compile(&envelope),
                    version => Err(CompileError::Version(version)),
                }
            }
            Ok(PolicyType::ImplicitMeta) => {
                let meta = ImplicitMetaPolicy::decode(policy.value.clone())?;
                self.implicit(meta, group, path)
            }
            _ => Err(CompileError::Type(policy.r#type)),
        }
    }

    /// A group without the sub-policy counts, and is never satisfied. Without any sub-groups the policy is satisfied
    /// by nobody's signature, as in Fabric.
    fn implicit(&self, meta: ImplicitMetaPolicy, group: &ConfigGroup, path: &str) -> Result<Policy, CompileError> {
        let sub_policies: Vec<Arc<Policy>> = group
            .groups
            .keys()
            .map(|name| {
                let found = self.policy_for(&format!("{path}/{name}"), &meta.sub_policy).cloned();
                found.unwrap_or_else(|| Arc::new(Policy::missing(&meta.sub_policy)))
            })
            .collect();
        let count = sub_policies.len();
        let threshold = match Rule::try_from(meta.rule).map_err(|_| CompileError::Rule(meta.rule))? {
            _ if count == 0 => 0,
            Rule::Any => 1,
            Rule::All => count,
            Rule::Majority => count / 2 + 1,
        };
        Ok(Policy::implicit(threshold, meta.sub_policy, sub_policies))
    }
}
