//! Organisations and configurations for the tests.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use channel::genesis::{self, Organization, Profile};
use channel::{Bundle, SignedData};
use msp::generate::{CertificateAuthority, EnrollmentRequest};
use msp::{Identity, Role, SigningIdentity};
use prost::Message;
use proto::common::{Block, Config, ConfigEnvelope, ConfigGroup, Envelope, Payload};
use proto::msp::{FabricMspConfig, FabricNodeOUs, FabricOuIdentifier, MspConfig};
use proto::orderer::BatchSize;

/// An organisation that can issue identities.
pub struct Org {
    pub msp_id: String,
    ca: CertificateAuthority,
    tls_ca: CertificateAuthority,
}

impl Org {
    pub fn new(msp_id: &str) -> Org {
        let authority = |prefix: &str| CertificateAuthority::new(&format!("{prefix}.{msp_id}"), msp_id).expect("a CA");
        Org { msp_id: msp_id.to_owned(), ca: authority("ca"), tls_ca: authority("tlsca") }
    }

    pub fn signer(&self, name: &str, role: Role) -> SigningIdentity {
        let request = EnrollmentRequest { common_name: name.to_owned(), role, sans: Vec::new(), tls: false };
        let pair = self.ca.issue(&request).expect("a certificate");
        SigningIdentity::from_pem(&self.msp_id, &pair.cert_pem, &pair.key_pem).expect("an identity")
    }

    pub fn tls_root(&self) -> Bytes {
        Bytes::copy_from_slice(self.tls_ca.cert_pem().as_bytes())
    }

    pub fn msp(&self) -> MspConfig {
        let unit = |role: Role| {
            Some(FabricOuIdentifier {
                certificate: Bytes::copy_from_slice(self.ca.cert_pem().as_bytes()),
                organizational_unit_identifier: role.as_str().to_owned(),
            })
        };
        let config = FabricMspConfig {
            name: self.msp_id.clone(),
            root_certs: vec![Bytes::copy_from_slice(self.ca.cert_pem().as_bytes())],
            tls_root_certs: vec![self.tls_root()],
            fabric_node_ous: Some(FabricNodeOUs {
                enable: true,
                client_ou_identifier: unit(Role::Client),
                peer_ou_identifier: unit(Role::Peer),
                admin_ou_identifier: unit(Role::Admin),
                orderer_ou_identifier: unit(Role::Orderer),
            }),
            ..Default::default()
        };
        MspConfig { r#type: 0, config: config.encode_to_vec().into() }
    }

    pub fn group(&self, endpoints: &[&str]) -> Organization {
        Organization {
            name: self.msp_id.trim_end_matches("MSP").to_owned(),
            msp_id: self.msp_id.clone(),
            msp: self.msp(),
            endpoints: endpoints.iter().map(|endpoint| (*endpoint).to_owned()).collect(),
            anchor_peers: Vec::new(),
        }
    }
}

/// A channel of some organisations, and one that orders.
pub struct Network {
    pub orgs: Vec<Org>,
    pub orderer: Org,
}

impl Network {
    pub fn new(orgs: &[&str]) -> Network {
        Network { orgs: orgs.iter().map(|name| Org::new(name)).collect(), orderer: Org::new("OrdererMSP") }
    }

    pub fn genesis(&self) -> Block {
        genesis::block(&Profile {
            channel_id: "mychannel".to_owned(),
            application: self.orgs.iter().map(|org| org.group(&[])).collect(),
            orderer: vec![self.orderer.group(&["orderer.example.com:7050"])],
            consensus_type: "solo".to_owned(),
            consensus_metadata: Bytes::new(),
            batch_size: BatchSize {
                max_message_count: 500,
                absolute_max_bytes: 10 << 20,
                preferred_max_bytes: 2 << 20,
            },
            batch_timeout: Duration::from_millis(200),
            channel_capability: "V2_0".to_owned(),
            orderer_capability: "V2_0".to_owned(),
            application_capability: "V2_5".to_owned(),
            timestamp: prost_types::Timestamp { seconds: 1_700_000_000, nanos: 0 },
            nonce: Bytes::from_static(&[7; 24]),
        })
    }

    pub fn bundle(&self) -> Bundle {
        Bundle::from_config_block(&self.genesis()).unwrap_or_else(|error| panic!("{}", chain_of(&error)))
    }

    /// The first configuration with a change made to its channel group.
    pub fn changed(&self, change: impl FnOnce(&mut ConfigGroup)) -> Config {
        let mut config = config_of(&self.genesis());
        change(config.channel_group.as_mut().expect("a channel group"));
        config
    }
}

pub fn config_of(block: &Block) -> Config {
    let envelope = Envelope::decode(block.data.as_ref().expect("data").data[0].clone()).expect("an envelope");
    let payload = Payload::decode(envelope.payload).expect("a payload");
    ConfigEnvelope::decode(payload.data).expect("a configuration").config.expect("a configuration")
}

pub fn signed(signer: &SigningIdentity, message: &'static [u8]) -> SignedData {
    SignedData {
        identity: signer.serialized().clone(),
        message: Bytes::from_static(message),
        signature: signer.sign(message).expect("signed"),
    }
}

pub fn identity(bundle: &Bundle, signer: &SigningIdentity) -> Arc<Identity> {
    bundle.msps().identity(signer.serialized()).expect("a valid identity")
}

pub fn chain_of(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text += ": ";
        text += &cause.to_string();
        source = cause.source();
    }
    text
}
