//! Which peers of a channel can endorse calls of chaincodes (Fabric `discovery/endorsement`).

use std::collections::BTreeMap;
use std::sync::Arc;

use ::channel::Bundle;
use ::channel::endorsers::{self, Candidate, Effort, PlanError};
use bytes::Bytes;
use ledger::Snapshot;
use msp::{Identity, Principal};
use proto::common::{MspPrincipal, SignaturePolicyEnvelope};
use proto::discovery::{EndorsementDescriptor, Layout, Peer, Peers};
use proto::protos::ChaincodeInterest;

use super::chaincodes::Chaincode;
use crate::channels::Channel;
use crate::membership::{AlivePeer, ChannelPeer, Membership, MembershipError};

/// What it takes to read one chaincode's definition, in steps of the effort.
const READ_STEPS: u64 = 2_000;
/// What it takes to answer with one peer.
pub(super) const PEER_STEPS: u64 = 1_000;

/// Why there is no answer. Fabric's texts.
#[derive(Debug, thiserror::Error)]
pub(super) enum QueryError {
    #[error("No metadata was found for chaincode {chaincode} in channel {channel_id}")]
    NoChaincode { chaincode: String, channel_id: String },
    #[error("collection {collection} doesn't exist in collection config for chaincode {chaincode}")]
    NoCollection { collection: String, chaincode: String },
    #[error("expected a static collection but got another kind instead")]
    CollectionKind,
    #[error("MemberOrgsPolicy of {0} is nil")]
    NoMembers(String),
    #[error("policy of {0} is nil")]
    NoMemberPolicy(String),
    #[error("policy not found")]
    NoPolicy,
    #[error(
        "requested to disregard chaincode {0}'s policy but key and collection policies are missing, either disable \
         DisregardNamespacePolicy or specify at least one key policy or at least one collection policy"
    )]
    NothingRegarded(String),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Membership(#[from] MembershipError),
}

/// A channel as one request sees it.
pub(super) struct View<'a> {
    channel: &'a Channel,
    bundle: Arc<Bundle>,
    snapshot: Snapshot,
    membership: &'a Membership,
}

/// A peer of the channel that may know what the calls read.
struct Authorized {
    peer: ChannelPeer,
    runs_chaincodes: bool,
}

impl<'a> View<'a> {
    pub(super) fn new(channel: &'a Channel, bundle: Arc<Bundle>, membership: &'a Membership) -> View<'a> {
        View { channel, bundle, snapshot: channel.ledger().snapshot(), membership }
    }

    pub(super) fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// The combinations of peers that can endorse the calls together.
    pub(super) fn descriptor(
        &self,
        interest: &ChaincodeInterest,
        effort: &mut Effort,
    ) -> Result<EndorsementDescriptor, QueryError> {
        let chaincodes = self.chaincodes(interest, effort)?;
        let members = self.authorized(interest, &chaincodes)?;
        let alive = self.membership.alive();
        let peers: Vec<(&AlivePeer, &Authorized)> = alive
            .iter()
            .filter_map(|alive| Some((alive, members.iter().find(|member| member.peer.pki_id == alive.pki_id)?)))
            .collect();
        let (policies, key_policies) = demands(interest, &chaincodes)?;
        let candidates: Vec<Candidate> =
            peers.iter().map(|(_, member)| Candidate { runs_chaincodes: member.runs_chaincodes }).collect();
        let identities: Vec<Option<Arc<Identity>>> =
            peers.iter().map(|(alive, _)| self.bundle.msps().identity(&alive.identity).ok()).collect();
        let satisfying = |principal: &MspPrincipal| {
            let Ok(principal) = Principal::parse(principal) else { return Vec::new() };
            let fits = |identity: &Option<Arc<Identity>>| identity.as_ref().is_some_and(|one| one.matches(&principal));
            identities.iter().enumerate().filter(|(_, identity)| fits(identity)).map(|(position, _)| position).collect()
        };
        let plan = endorsers::plan(&policies, &key_policies, &candidates, satisfying, effort)?;
        let mut endorsers_by_groups = BTreeMap::new();
        for (group, positions) in &plan.groups {
            effort.spend(positions.len() as u64 * PEER_STEPS)?;
            let endorsers = positions.iter().filter_map(|position| peers.get(*position));
            let peers = endorsers.map(|(alive, member)| Peer {
                state_info: Some(member.peer.state_info.clone()),
                membership_info: Some(alive.alive.clone()),
                identity: alive.identity.clone(),
            });
            endorsers_by_groups.insert(group_name(*group), Peers { peers: peers.collect() });
        }
        let layouts = plan.layouts.iter().map(|layout| Layout {
            quantities_by_group: layout.iter().map(|(group, count)| (group_name(*group), *count)).collect(),
        });
        let chaincode = interest.chaincodes.first().map(|call| call.name.clone()).unwrap_or_default();
        Ok(EndorsementDescriptor { chaincode, endorsers_by_groups, layouts: layouts.collect() })
    }

    /// The peers of the channel that run the chaincodes and have the collections that are read; without a filter all.
    pub(super) fn members(
        &self,
        filter: Option<&ChaincodeInterest>,
        effort: &mut Effort,
    ) -> Result<Vec<ChannelPeer>, QueryError> {
        let Some(interest) = filter.filter(|interest| !interest.chaincodes.is_empty()) else {
            return Ok(self.membership.on_channel(self.channel)?);
        };
        let chaincodes = self.chaincodes(interest, effort)?;
        let authorized = self.authorized(interest, &chaincodes)?;
        Ok(authorized.into_iter().filter(|member| member.runs_chaincodes).map(|member| member.peer).collect())
    }

    fn chaincodes(&self, interest: &ChaincodeInterest, effort: &mut Effort) -> Result<Vec<Chaincode>, QueryError> {
        let mut chaincodes = Vec::new();
        for call in &interest.chaincodes {
            effort.spend(READ_STEPS + READ_STEPS * call.collection_names.len() as u64)?;
            let chaincode = Chaincode::read(&self.bundle, &self.snapshot, call);
            chaincodes.push(chaincode.ok_or_else(|| QueryError::NoChaincode {
                chaincode: call.name.clone(),
                channel_id: self.channel.id().to_owned(),
            })?);
        }
        Ok(chaincodes)
    }

    fn authorized(
        &self,
        interest: &ChaincodeInterest,
        chaincodes: &[Chaincode],
    ) -> Result<Vec<Authorized>, QueryError> {
        let calls = || interest.chaincodes.iter().zip(chaincodes);
        let mut readers: Vec<Vec<Principal>> = Vec::new();
        for (call, chaincode) in calls().filter(|(call, _)| !call.collection_names.is_empty() && !call.no_private_reads)
        {
            let parsed = |principals: &Vec<MspPrincipal>| {
                principals.iter().filter_map(|principal| Principal::parse(principal).ok()).collect()
            };
            readers.extend(chaincode.readers(call)?.iter().map(parsed));
        }
        let known: BTreeMap<proto::Digest, Bytes> =
            self.membership.alive().into_iter().map(|alive| (alive.pki_id, alive.identity)).collect();
        let is_reader = |peer: &ChannelPeer| {
            readers.is_empty() || {
                let identity = known.get(&peer.pki_id).and_then(|identity| self.bundle.msps().identity(identity).ok());
                let reads = |identity: &Identity| {
                    readers.iter().all(|principals| principals.iter().any(|principal| identity.matches(principal)))
                };
                identity.is_some_and(|identity| reads(&identity))
            }
        };
        let runs_chaincodes = |peer: &ChannelPeer| {
            calls().all(|(call, chaincode)| {
                let mut announced = peer.chaincodes.iter();
                announced.any(|announced| announced.name == call.name && announced.version == chaincode.version)
            })
        };
        let peers = self.membership.on_channel(self.channel)?.into_iter().filter(is_reader);
        Ok(peers.map(|peer| Authorized { runs_chaincodes: runs_chaincodes(&peer), peer }).collect())
    }
}

/// The policies that endorsements of the calls have to satisfy, and those of single keys.
pub(super) type Demands<'a> = (Vec<&'a SignaturePolicyEnvelope>, Vec<&'a SignaturePolicyEnvelope>);

pub(super) fn demands<'a>(
    interest: &'a ChaincodeInterest,
    chaincodes: &'a [Chaincode],
) -> Result<Demands<'a>, QueryError> {
    let mut all = Vec::new();
    for (call, chaincode) in interest.chaincodes.iter().zip(chaincodes) {
        let policies = chaincode.policies(&call.collection_names);
        match (policies.len(), call.disregard_namespace_policy) {
            (0, _) => return Err(QueryError::NoPolicy),
            (_, false) => all.extend(policies),
            (1, true) if call.key_policies.is_empty() => return Err(QueryError::NothingRegarded(call.name.clone())),
            // Fabric takes the first one for the chaincode's.
            (_, true) => all.extend(policies.into_iter().skip(1)),
        }
    }
    Ok((all, interest.chaincodes.iter().flat_map(|call| &call.key_policies).collect()))
}

fn group_name(group: usize) -> String {
    format!("G{group}")
}
