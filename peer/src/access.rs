//! Who may do what: each resource is bound to a channel policy or to a role in the peer's own organisation.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use ::channel::acl::{Acl, LocalRole};
use ::channel::{Bundle, PolicyError, SignedData};
use bytes::Bytes;
use msp::{Identity, IdentityError, MspSet};

use crate::channels::Channel;
use crate::text;

/// Why access was denied, in Fabric's words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct AccessDenied(String);

/// Checks a resource of a channel for an author whose signature has been verified.
pub fn check_channel(channel: &Channel, resource: &str, author: &Arc<Identity>) -> Result<(), AccessDenied> {
    let bundle = channel.bundle();
    let policy = match bundle.acl(resource) {
        Some(Acl::Policy(policy)) => policy,
        Some(Acl::Open) => return Ok(()),
        Some(Acl::Local(_)) | None => return Err(AccessDenied(format!("Unmapped policy for {resource}"))),
    };
    bundle.evaluate_identities(&policy, std::slice::from_ref(author)).map_err(|error| {
        tracing::warn!(
            target: "aclmgmt",
            channel = channel.id(),
            resource,
            policy,
            error = text::chain(&error),
            "access denied"
        );
        denied(&bundle, resource, &policy, &error)
    })
}

/// Fabric's words depend on whether the channel's configuration names the policy, or the peer's defaults do.
fn denied(bundle: &Bundle, resource: &str, policy: &str, error: &PolicyError) -> AccessDenied {
    let reason = match error {
        PolicyError::Missing(_) if bundle.has_own_acl(resource) => format!("policy {policy} not found"),
        _ => text::chain(error),
    };
    AccessDenied(match bundle.has_own_acl(resource) {
        true => format!("failed evaluating policy on signed data during check policy [{policy}]: [{reason}]"),
        false => format!(
            "Failed evaluating policy on signed data during check policy on channel [{}] with policy [{policy}]: \
             [{reason}]",
            bundle.channel_id()
        ),
    })
}

/// The same for an author given by its serialized identity, which the channel has to know. The signature must have
/// been verified with that identity's key. Gives the identity as the channel knows it.
pub fn check_channel_as(channel: &Channel, resource: &str, author: &Bytes) -> Result<Arc<Identity>, AccessDenied> {
    let identity = channel
        .bundle()
        .msps()
        .identity(author)
        .map_err(|error| AccessDenied(format!("the channel does not know the creator: {}", text::chain(&error))))?;
    check_channel(channel, resource, &identity)?;
    Ok(identity)
}

/// Checks a role in the peer's own organisation for an author whose signature has been verified.
pub fn check_local(local: &MspSet, role: LocalRole, author: &Bytes) -> Result<(), AccessDenied> {
    let identity = local.identity(author).map_err(|error| {
        let cause = unknown_text(local, &error);
        let role = role_name(role);
        AccessDenied(format!(
            "Failed deserializing proposal creator during channelless check policy with policy [{role}]: [{cause}]"
        ))
    })?;
    if role == LocalRole::Members || identity.is_admin() {
        return Ok(());
    }
    Err(AccessDenied(format!(
        "Failed verifying that proposal's creator satisfies local MSP principal during channelless check policy with \
         policy [Admins]: [{}]",
        no_admin_text(identity.msp_id())
    )))
}

/// Checks a resource that a role in the peer's own organisation guards, for a signed request: validity at `now`, role and
/// signature at once (Fabric `core/policy/policy.go`, `CheckPolicyNoChannelBySignedData`).
pub fn check_local_signed(
    local: &MspSet,
    resource: &str,
    request: &SignedData,
    now: SystemTime,
) -> Result<(), AccessDenied> {
    let Some(Acl::Local(role)) = ::channel::acl::lookup(resource, &BTreeMap::new()) else {
        return Err(AccessDenied(format!("Unmapped channelless policy for {resource}")));
    };
    let name = role_name(role);
    let identity = local.identity(&request.identity).map_err(|error| {
        let cause = unknown_text(local, &error);
        AccessDenied(format!(
            "failed deserializing signed data identity during channelless check policy with policy [{name}]: [{cause}]"
        ))
    })?;
    if identity.expires_at() < now {
        return Err(AccessDenied("client identity expired".to_owned()));
    }
    if role == LocalRole::Admins && !identity.is_admin() {
        let cause = no_admin_text(identity.msp_id());
        tracing::warn!(target: "policies", resource, "{cause}");
        return Err(AccessDenied(format!(
            "failed verifying that the signed data identity satisfies local MSP principal during channelless check \
             policy with policy [{name}]: [{cause}]"
        )));
    }
    identity.verify(&request.message, &request.signature).map_err(|error| AccessDenied(text::chain(&error)))
}

/// Why an identity is none of the peer's organisation.
fn unknown_text(local: &MspSet, error: &IdentityError) -> String {
    match (error, local.msps()) {
        // A peer has one organisation of its own; it and the stranger's are told, as in Fabric.
        (IdentityError::UnknownMsp(msp_id), [own]) => format!("expected MSP ID {}, received {msp_id}", own.id()),
        _ => text::chain(error),
    }
}

fn no_admin_text(msp_id: &str) -> String {
    format!(
        "The identity is not an admin under this MSP [{msp_id}]: The identity does not contain OU [ADMIN], MSP: [{msp_id}]"
    )
}

fn role_name(role: LocalRole) -> &'static str {
    match role {
        LocalRole::Admins => "Admins",
        LocalRole::Members => "Members",
    }
}

/// Checks a resource of a channel for a signed request: signature and policy at once.
pub fn check_signed(bundle: &Bundle, resource: &str, request: &SignedData) -> Result<(), AccessDenied> {
    let policy = match bundle.acl(resource) {
        Some(Acl::Policy(policy)) => policy,
        Some(Acl::Open) => return Ok(()),
        Some(Acl::Local(_)) | None => return Err(AccessDenied(format!("Unmapped policy for {resource}"))),
    };
    let checked = bundle.evaluate(&policy, std::slice::from_ref(request));
    checked.map_err(|error| denied(bundle, resource, &policy, &error))
}

#[cfg(test)]
mod tests {
    use msp::Msp;
    use msp::generate::{Organization, OrganizationKind};
    use prost::Message;
    use proto::msp::SerializedIdentity;

    use super::*;

    #[test]
    fn strangers_are_told_both_organisations() {
        let dir = tempfile::tempdir().expect("a directory");
        let own =
            Organization::create(dir.path(), OrganizationKind::Peer, "org1.example.com").expect("an organisation");
        let local = MspSet::new(vec![Msp::from_dir(&own.msp_dir(), "Org1MSP").expect("an MSP")]);
        let stranger = SerializedIdentity { mspid: "Org2MSP".to_owned(), id_bytes: Bytes::from_static(b"any") };
        let error = check_local(&local, LocalRole::Admins, &stranger.encode_to_vec().into()).expect_err("refused");
        assert!(
            error.to_string().ends_with("with policy [Admins]: [expected MSP ID Org1MSP, received Org2MSP]"),
            "{error}"
        );
    }
}
