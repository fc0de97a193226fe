//! Who may do what: each resource is bound to a channel policy or to a role in the peer's own organisation.

use std::sync::Arc;

use ::channel::acl::{Acl, LocalRole};
use bytes::Bytes;
use msp::{Identity, MspSet};

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
        let error = text::chain(&error);
        tracing::warn!(target: "aclmgmt", channel = channel.id(), resource, policy, error, "access denied");
        AccessDenied(format!(
            "Failed evaluating policy on signed data during check policy on channel [{}] with policy [{policy}]: \
             [{error}]",
            channel.id()
        ))
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
        AccessDenied(format!(
            "Failed deserializing proposal creator during channelless check policy with policy [{}]: [{}]",
            role_name(role),
            text::chain(&error)
        ))
    })?;
    if role == LocalRole::Members || identity.is_admin() {
        return Ok(());
    }
    let msp_id = identity.msp_id();
    Err(AccessDenied(format!(
        "Failed verifying that proposal's creator satisfies local MSP principal during channelless check policy with \
         policy [Admins]: [The identity is not an admin under this MSP [{msp_id}]: The identity does not contain OU \
         [ADMIN], MSP: [{msp_id}]]"
    )))
}

fn role_name(role: LocalRole) -> &'static str {
    match role {
        LocalRole::Admins => "Admins",
        LocalRole::Members => "Members",
    }
}

/// Checks a resource of a channel for a signed request: signature and policy at once.
pub fn check_signed(
    bundle: &::channel::Bundle,
    resource: &str,
    request: &::channel::SignedData,
) -> Result<(), AccessDenied> {
    let policy = match bundle.acl(resource) {
        Some(Acl::Policy(policy)) => policy,
        Some(Acl::Open) => return Ok(()),
        Some(Acl::Local(_)) | None => return Err(AccessDenied(format!("Unmapped policy for {resource}"))),
    };
    bundle.evaluate(&policy, std::slice::from_ref(request)).map_err(|error| {
        AccessDenied(format!(
            "Failed evaluating policy on signed data during check policy on channel [{}] with policy [{policy}]: [{}]",
            bundle.channel_id(),
            text::chain(&error)
        ))
    })
}
