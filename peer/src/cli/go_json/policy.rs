//! Policies of collections in Go's encoding.

use bytes::Bytes;
use proto::common::{self, signature_policy};
use proto::protos::{self, application_policy, collection_policy_config};
use serde::Serialize;

use super::{OneOf, base64, is_default};

/// A signature policy with the principals that it names.
#[derive(PartialEq, Serialize)]
pub struct Envelope {
    #[serde(skip_serializing_if = "is_default")]
    version: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<OneOf<Rule>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    identities: Vec<Principal>,
}

#[derive(PartialEq, Serialize)]
enum Rule {
    SignedBy(i32),
    NOutOf(NOutOf),
}

#[derive(PartialEq, Serialize)]
struct NOutOf {
    #[serde(skip_serializing_if = "is_default")]
    n: i32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<OneOf<Rule>>,
}

#[derive(PartialEq, Serialize)]
struct Principal {
    #[serde(skip_serializing_if = "is_default")]
    principal_classification: i32,
    #[serde(skip_serializing_if = "is_default", serialize_with = "base64")]
    principal: Bytes,
}

impl From<common::SignaturePolicyEnvelope> for Envelope {
    fn from(policy: common::SignaturePolicyEnvelope) -> Self {
        let principal = |principal: common::MspPrincipal| Principal {
            principal_classification: principal.principal_classification,
            principal: principal.principal,
        };
        Envelope {
            version: policy.version,
            rule: policy.rule.map(rule),
            identities: policy.identities.into_iter().map(principal).collect(),
        }
    }
}

fn rule(policy: common::SignaturePolicy) -> OneOf<Rule> {
    let inner = policy.r#type.map(|rule_type| match rule_type {
        signature_policy::Type::SignedBy(index) => Rule::SignedBy(index),
        signature_policy::Type::NOutOf(out_of) => {
            Rule::NOutOf(NOutOf { n: out_of.n, rules: out_of.rules.into_iter().map(rule).collect() })
        }
    });
    OneOf { inner }
}

/// Who is in a collection.
#[derive(PartialEq, Serialize)]
pub struct Members {
    #[serde(rename = "Payload")]
    payload: Option<MembersPolicy>,
}

#[derive(PartialEq, Serialize)]
enum MembersPolicy {
    SignaturePolicy(Envelope),
}

impl From<protos::CollectionPolicyConfig> for Members {
    fn from(config: protos::CollectionPolicyConfig) -> Self {
        let payload = config.payload.map(|collection_policy_config::Payload::SignaturePolicy(policy)| {
            MembersPolicy::SignaturePolicy(policy.into())
        });
        Members { payload }
    }
}

/// Who endorses writes to a collection.
#[derive(PartialEq, Serialize)]
pub enum Endorsement {
    /// In its own words.
    SignaturePolicy(Envelope),
    /// As a policy of the channel says.
    ChannelConfigPolicyReference(String),
}

/// An endorsement policy.
pub fn endorsement(policy: protos::ApplicationPolicy) -> OneOf<Endorsement> {
    let inner = policy.r#type.map(|policy| match policy {
        application_policy::Type::SignaturePolicy(policy) => Endorsement::SignaturePolicy(policy.into()),
        application_policy::Type::ChannelConfigPolicyReference(name) => Endorsement::ChannelConfigPolicyReference(name),
    });
    OneOf { inner }
}
