//! What it takes to decide a policy when the signatures have been checked.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use channel::genesis::{self, Organization, Profile};
use channel::{Bundle, Policy, policy_language};
use msp::generate::{CertificateAuthority, EnrollmentRequest};
use msp::{Identity, Role, SigningIdentity};
use prost::Message;
use proto::msp::{FabricMspConfig, FabricNodeOUs, FabricOuIdentifier, MspConfig};
use proto::orderer::BatchSize;

const ORGANIZATIONS: usize = 10;
const ROUNDS: usize = 50;
const EVALUATIONS: usize = 2_000;
const TARGET_US: f64 = 5.0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let organizations = (0..ORGANIZATIONS).map(Member::new).collect::<Result<Vec<_>, _>>()?;
    let bundle = bundle(&organizations)?;
    let signers = organizations
        .iter()
        .map(|member| bundle.msps().identity(member.peer.serialized()))
        .collect::<Result<Vec<_>, _>>()?;
    let backwards: Vec<_> = signers.iter().rev().cloned().collect();
    let names: Vec<String> = organizations.iter().map(|member| format!("'{}.peer'", member.msp_id)).collect();
    let compiled = |text: String| -> Result<Arc<Policy>, Box<dyn std::error::Error>> {
        Ok(Arc::new(Policy::compile(&policy_language::parse(&text)?)?))
    };
    let all = compiled(format!("AND({})", names.join(", ")))?;
    let pairs: Vec<String> = names.chunks(2).map(|pair| format!("AND({})", pair.join(", "))).collect();
    let nested = compiled(format!("OutOf(3, {})", pairs.join(", ")))?;
    let majority = bundle.policy("/Channel/Application/Endorsement").ok_or("no such policy")?;
    let row = |what: &str, policy: &Policy, signers: &[Arc<Identity>]| {
        assert!(policy.evaluate(signers), "{what}");
        let micros = quickest(|| assert!(black_box(policy).evaluate(black_box(signers))));
        println!("bench\t{what}\t{micros:.2} us\t-\t-\t{TARGET_US} us");
    };
    row("policy: all of ten principals, signers in their order", &all, &signers);
    row("policy: all of ten principals, signers backwards", &all, &backwards);
    row("policy: ten principals in pairs, three of five pairs", &nested, &backwards);
    row("policy: majority of ten organisations", &majority, &signers);
    let lookup = quickest(|| {
        bundle.evaluate_identities(black_box("/Channel/Application/Endorsement"), &signers).expect("enough signers");
    });
    println!("bench\tpolicy: the same by its path\t{lookup:.2} us\t-\t-\t{TARGET_US} us");
    Ok(())
}

/// Others use the machine, too: the quickest round tells what it can do. In microseconds.
fn quickest(mut evaluate: impl FnMut()) -> f64 {
    let mut round = || {
        let begun = Instant::now();
        (0..EVALUATIONS).for_each(|_| evaluate());
        begun.elapsed().as_secs_f64() * 1e6 / EVALUATIONS as f64
    };
    (0..ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min)
}

/// An organisation with one peer.
struct Member {
    msp_id: String,
    ca: CertificateAuthority,
    peer: SigningIdentity,
}

impl Member {
    fn new(number: usize) -> Result<Member, Box<dyn std::error::Error>> {
        let msp_id = format!("Org{number}MSP");
        let ca = CertificateAuthority::new(&format!("ca.{msp_id}"), &msp_id)?;
        let request =
            EnrollmentRequest { common_name: "peer0".to_owned(), role: Role::Peer, sans: Vec::new(), tls: false };
        let pair = ca.issue(&request)?;
        let peer = SigningIdentity::from_pem(&msp_id, &pair.cert_pem, &pair.key_pem)?;
        Ok(Member { msp_id, ca, peer })
    }

    fn organization(&self) -> Organization {
        let certificate = Bytes::copy_from_slice(self.ca.cert_pem().as_bytes());
        let unit = |role: Role| {
            Some(FabricOuIdentifier {
                certificate: certificate.clone(),
                organizational_unit_identifier: role.as_str().to_owned(),
            })
        };
        let config = FabricMspConfig {
            name: self.msp_id.clone(),
            root_certs: vec![certificate.clone()],
            fabric_node_ous: Some(FabricNodeOUs {
                enable: true,
                client_ou_identifier: unit(Role::Client),
                peer_ou_identifier: unit(Role::Peer),
                admin_ou_identifier: unit(Role::Admin),
                orderer_ou_identifier: unit(Role::Orderer),
            }),
            ..Default::default()
        };
        Organization {
            name: self.msp_id.clone(),
            msp_id: self.msp_id.clone(),
            msp: MspConfig { r#type: 0, config: config.encode_to_vec().into() },
            endpoints: Vec::new(),
            anchor_peers: Vec::new(),
        }
    }
}

fn bundle(members: &[Member]) -> Result<Bundle, Box<dyn std::error::Error>> {
    let block = genesis::block(&Profile {
        channel_id: "bench".to_owned(),
        application: members.iter().map(Member::organization).collect(),
        orderer: members.iter().take(1).map(Member::organization).collect(),
        consensus_type: "solo".to_owned(),
        consensus_metadata: Bytes::new(),
        batch_size: BatchSize { max_message_count: 1, absolute_max_bytes: 1, preferred_max_bytes: 1 },
        batch_timeout: Duration::from_secs(1),
        channel_capability: "V2_0".to_owned(),
        orderer_capability: "V2_0".to_owned(),
        application_capability: "V2_5".to_owned(),
        timestamp: prost_types::Timestamp::default(),
        nonce: Bytes::from_static(&[0; 24]),
    });
    Ok(Bundle::from_config_block(&block)?)
}
