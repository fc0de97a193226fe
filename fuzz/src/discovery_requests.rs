//! What clients ask a peer's discovery service, and the policies that they name in it.

use channel::endorsers::{Candidate, Effort, plan};
use peer::discovery::CheckedRequest;
use prost::Message;
use proto::common::{MspPrincipal, SignaturePolicyEnvelope};
use proto::discovery::query::Query;
use proto::discovery::{Request, SignedRequest};

use crate::allocations::limited;

/// Requests are no larger than their bytes, and combinations are paid for.
const ALLOCATION_BYTES_MAX: usize = 16 << 20;

/// Some milliseconds.
const STEPS: u64 = 500_000;

/// Those who might endorse. The last one does not run anything.
const CANDIDATES: [Candidate; 4] = {
    let runs = Candidate { runs_chaincodes: true };
    [runs, runs, runs, Candidate { runs_chaincodes: false }]
};

/// Reads the input as a request, and looks for endorsers by the policies in it.
pub fn run(data: &[u8]) {
    limited(ALLOCATION_BYTES_MAX, || {
        let signed = SignedRequest { payload: bytes::Bytes::copy_from_slice(data), ..Default::default() };
        let Ok(request) = Request::decode(signed.payload.clone()) else {
            assert!(CheckedRequest::parse(signed).is_err());
            return;
        };
        let is_named = request.authentication.is_some_and(|author| !author.client_identity.is_empty());
        assert!(is_named || CheckedRequest::parse(signed.clone()).is_err());
        drop(CheckedRequest::parse(signed));
        for query in request.queries {
            if let Some(Query::CcQuery(query)) = query.query {
                let calls = query.interests.iter().flat_map(|interest| &interest.chaincodes);
                endorsers(&calls.flat_map(|call| &call.key_policies).collect::<Vec<_>>());
            }
        }
    });
}

fn endorsers(policies: &[&SignaturePolicyEnvelope]) {
    // Whom a principal describes is a matter of its last byte.
    let satisfying = |principal: &MspPrincipal| {
        let bits = principal.principal.last().copied().unwrap_or_default();
        (0..CANDIDATES.len()).filter(|candidate| bits >> candidate & 1 != 0).collect()
    };
    let (first, others) = policies.split_at(policies.len().min(2));
    let planned = plan(first, others, &CANDIDATES, satisfying, &mut Effort::new(STEPS));
    assert_eq!(
        planned,
        plan(first, others, &CANDIDATES, satisfying, &mut Effort::new(STEPS)),
        "a plan is the same each time"
    );
    let Ok(plan) = planned else { return };
    assert!(!plan.layouts.is_empty());
    for (group, count) in plan.layouts.iter().flatten() {
        let peers = &plan.groups[group];
        assert!(*count > 0 && peers.len() >= *count as usize, "a layout that cannot be fulfilled");
        assert!(peers.iter().all(|peer| CANDIDATES[*peer].runs_chaincodes));
    }
}

/// Requests of clients.
#[cfg(test)]
pub(crate) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    use bytes::Bytes;
    use proto::discovery::{AuthInfo, ChaincodeQuery, ConfigQuery, PeerMembershipQuery};
    use proto::protos::{ChaincodeCall, ChaincodeInterest};

    let authentication =
        AuthInfo { client_identity: Bytes::from_static(b"me"), client_tls_cert_hash: Bytes::from_static(b"hash") };
    let request = |queries: Vec<Query>| {
        let query = |query| proto::discovery::Query { channel: "mychannel".to_owned(), query: Some(query) };
        let queries = queries.into_iter().map(query).collect();
        Request { authentication: Some(authentication.clone()), queries }.encode_to_vec()
    };
    let endorsers = |policies: &[&str]| {
        let policies = policies.iter().map(|policy| channel::policy_language::parse(policy).expect("a policy"));
        let call = ChaincodeCall { name: "basic".to_owned(), key_policies: policies.collect(), ..Default::default() };
        Query::CcQuery(ChaincodeQuery { interests: vec![ChaincodeInterest { chaincodes: vec![call] }] })
    };
    // The roles of peer (3) and client (2) describe the first two and the second of the candidates.
    vec![
        ("config", request(vec![Query::ConfigQuery(ConfigQuery {})])),
        ("peers", request(vec![Query::PeerQuery(PeerMembershipQuery::default()), endorsers(&["OR('A.peer')"])])),
        ("merged", request(vec![endorsers(&["OutOf(2,'A.peer','B.client','C.peer')", "AND('A.peer','C.peer')"])])),
        ("keys", request(vec![endorsers(&["OR('A.peer','B.peer')", "AND('A.member')", "OR('A.peer','A.client')"])])),
        ("combinations", request(vec![endorsers(&[&format!("OutOf(9{})", ",'A.peer'".repeat(18))])])),
    ]
}
