//! Who orders, and how that may change.

use bytes::Bytes;
use channel::consensus::{self, check_raft, check_step};
use channel::{Bundle, update};
use msp::{Role, SigningIdentity};
use prost::Message;
use proto::common::policy::PolicyType;
use proto::common::{
    Block, BlockMetadataIndex, Capabilities, Capability, Config, ConfigEnvelope, ConfigGroup, ConfigUpdate,
    ConfigUpdateEnvelope, ConfigValue, Envelope, HeaderType, IdentifierHeader, Metadata, MetadataSignature, Orderers,
    Policy,
};
use proto::etcdraft::{ConfigMetadata, Consenter};
use proto::msp::SerializedIdentity;
use proto::orderer::ConsensusType;
use proto::smartbft::{self, options::Rotation};

use crate::network::{Network, chain_of, config_of};

const RAFT: &[u8] = include_bytes!("../data/configtxgen-raft.block");
const BFT: &[u8] = include_bytes!("../data/configtxgen-bft.block");

/// A configuration by configtxgen with changes to its orderer group.
fn bundle(block: &'static [u8], change: impl FnOnce(&mut ConfigGroup)) -> Bundle {
    let mut config = config_of(&Block::decode(block).expect("a block"));
    let root = config.channel_group.as_mut().expect("a group");
    change(root.groups.get_mut("Orderer").expect("a group"));
    Bundle::from_config("gold", config).unwrap_or_else(|error| panic!("{}", chain_of(&error)))
}

fn change_type(orderer: &mut ConfigGroup, change: impl FnOnce(&mut ConsensusType)) {
    let value = orderer.values.get_mut("ConsensusType").expect("a value");
    let mut consensus = ConsensusType::decode(value.value.clone()).expect("a type");
    change(&mut consensus);
    value.value = consensus.encode_to_vec().into();
}

fn with_metadata(change: impl FnOnce(&mut ConfigMetadata)) -> Bundle {
    bundle(RAFT, |orderer| {
        change_type(orderer, |consensus| {
            let mut metadata = ConfigMetadata::decode(consensus.metadata.clone()).expect("metadata");
            change(&mut metadata);
            consensus.metadata = metadata.encode_to_vec().into();
        });
    })
}

fn newcomer(name: &str) -> Consenter {
    let certificate = Bytes::from(format!("-----BEGIN CERTIFICATE-----\n{name}"));
    Consenter { host: name.to_owned(), port: 1, client_tls_cert: certificate.clone(), server_tls_cert: certificate }
}

#[test]
fn one_raft_consenter_may_change_at_a_time() {
    let now = with_metadata(|_| ());
    let check = |expected: Result<(), (usize, usize)>, change: fn(&mut Vec<Consenter>)| {
        let next = with_metadata(|metadata| change(&mut metadata.consenters));
        let found = check_step(&now, &next).map_err(|error| error.to_string());
        let expected = expected.map_err(|(added, removed)| {
            format!(
                "update of more than one consenter at a time is not supported, requested changes: add {added} node(s), \
                 remove {removed} node(s)"
            )
        });
        assert_eq!(found, expected);
    };
    check(Ok(()), |_| ());
    check(Ok(()), |consenters| consenters.rotate_left(1));
    check(Ok(()), |consenters| consenters.push(newcomer("a")));
    check(Ok(()), |consenters| drop(consenters.pop()));
    // New certificates in the place of old ones.
    check(Ok(()), |consenters| consenters[1] = newcomer("a"));
    // Another address is no other consenter.
    check(Ok(()), |consenters| consenters.iter_mut().for_each(|consenter| consenter.port += 100));
    check(Err((2, 0)), |consenters| consenters.extend([newcomer("a"), newcomer("b")]));
    check(Err((0, 2)), |consenters| consenters.truncate(1));
    check(Err((2, 1)), |consenters| {
        consenters[0] = newcomer("a");
        consenters.push(newcomer("b"));
    });
    check(Err((1, 2)), |consenters| {
        consenters.truncate(2);
        consenters[0] = newcomer("a");
    });
}

/// An update of the Raft channel to another consensus type; nobody has to sign it.
fn update_of_type(change: impl FnOnce(&mut ConsensusType)) -> Envelope {
    let root = config_of(&Block::decode(RAFT).expect("a block")).channel_group.expect("a group");
    let mut orderer = root.groups["Orderer"].clone();
    orderer.groups.clear();
    orderer.policies.clear();
    orderer.values.retain(|name, _| name == "ConsensusType");
    orderer.values.get_mut("ConsensusType").expect("a value").version = 1;
    change_type(&mut orderer, change);
    let around = |orderer| ConfigGroup { groups: [("Orderer".to_owned(), orderer)].into(), ..Default::default() };
    let update = ConfigUpdate {
        channel_id: "gold".to_owned(),
        read_set: Some(around(ConfigGroup::default())),
        write_set: Some(around(orderer)),
        ..Default::default()
    };
    let data = ConfigUpdateEnvelope { config_update: update.encode_to_vec().into(), signatures: Vec::new() };
    let payload = proto::transaction::plain_payload(
        HeaderType::ConfigUpdate,
        "gold",
        prost_types::Timestamp::default(),
        Bytes::new(),
        Default::default(),
        data.encode_to_vec().into(),
    );
    Envelope { payload: payload.encode_to_vec().into(), signature: Bytes::new() }
}

fn change_consenters(consensus: &mut ConsensusType, change: fn(&mut Vec<Consenter>)) {
    let mut metadata = ConfigMetadata::decode(consensus.metadata.clone()).expect("metadata");
    change(&mut metadata.consenters);
    consensus.metadata = metadata.encode_to_vec().into();
}

#[test]
fn orderers_refuse_what_peers_would_take() {
    let now = bundle(RAFT, |_| ());
    let one = update_of_type(|consensus| change_consenters(consensus, |consenters| drop(consenters.pop())));
    let (_, next) = update::propose(&now, &one).unwrap_or_else(|error| panic!("{}", chain_of(&error)));
    let metadata = ConfigMetadata::decode(next.orderer().consensus_metadata.clone()).expect("metadata");
    assert_eq!(metadata.consenters.len(), 2);

    let two = update_of_type(|consensus| change_consenters(consensus, |consenters| consenters.truncate(1)));
    let error = update::propose(&now, &two).expect_err("two consenters go");
    let expected = "consensus metadata update for channel config update is invalid: update of more than one consenter at \
                    a time is not supported, requested changes: add 0 node(s), remove 2 node(s)";
    assert_eq!(chain_of(&error), expected);
    // What was ordered nevertheless is the channel's configuration: its peers have to stay with each other.
    let mut config = now.config().clone();
    let root = config.channel_group.as_mut().expect("a group");
    let orderer = root.groups.get_mut("Orderer").expect("a group");
    change_type(orderer, |consensus| change_consenters(consensus, |consenters| consenters.truncate(1)));
    orderer.values.get_mut("ConsensusType").expect("a value").version = 1;
    let ordered = ConfigEnvelope {
        config: Some(Config { sequence: 1, channel_group: config.channel_group }),
        last_update: Some(two),
    };
    update::check(&now, &ordered).unwrap_or_else(|error| panic!("{}", chain_of(&error)));
}

#[test]
fn raft_metadata_that_cannot_work_is_refused() {
    let check = |expected: &str, change: fn(&mut ConfigMetadata)| {
        let settings = with_metadata(|_| ()).orderer().consensus_metadata.clone();
        let mut metadata = ConfigMetadata::decode(settings).expect("metadata");
        change(&mut metadata);
        assert_eq!(check_raft(&metadata).err().map_or("fine".to_owned(), |error| error.to_string()), expected);
    };
    check("fine", |_| ());
    check("invalid new config metadata: no options", |metadata| metadata.options = None);
    check(
        "invalid new config metadata: none of HeartbeatTick (0), ElectionTick (10) and MaxInflightBlocks (5) can be zero",
        |metadata| metadata.options.as_mut().expect("options").heartbeat_tick = 0,
    );
    check("invalid new config metadata: ElectionTick (1) must be greater than HeartbeatTick (1)", |metadata| {
        metadata.options.as_mut().expect("options").election_tick = 1;
    });
    check("invalid new config metadata: TickInterval \"often\" is no duration such as 500ms", |metadata| {
        metadata.options.as_mut().expect("options").tick_interval = "often".to_owned();
    });
    check("invalid new config metadata: TickInterval cannot be zero", |metadata| {
        metadata.options.as_mut().expect("options").tick_interval = "0s".to_owned();
    });
    check("invalid new config metadata: empty consenter set", |metadata| metadata.consenters.clear());
    check(
        "invalid new config metadata: consenter o2.ord.example.com:7052 has no server TLS certificate in PEM",
        |metadata| metadata.consenters[1].server_tls_cert = Bytes::from_static(b"no PEM"),
    );
    check(
        "invalid new config metadata: duplicate consenter: o3.ord.example.com:7053 has a TLS certificate of another one",
        |metadata| metadata.consenters[2].client_tls_cert = metadata.consenters[0].server_tls_cert.clone(),
    );
}

#[test]
fn metadata_of_other_types_is_refused() {
    let now = with_metadata(|_| ());
    let next = bundle(RAFT, |orderer| {
        change_type(orderer, |consensus| consensus.metadata = Bytes::from_static(b"\xff"));
    });
    let error = check_step(&now, &next).expect_err("no metadata");
    let expected = "could not decode the etcdraft metadata of the new configuration in /Channel/Orderer/ConsensusType";
    assert_eq!(error.to_string(), expected);
    // Channels without metadata, and those of other consenters, are not asked.
    let next = bundle(RAFT, |orderer| change_type(orderer, |consensus| consensus.metadata = Bytes::new()));
    check_step(&now, &next).expect("nothing to check");
    let next = bundle(RAFT, |orderer| change_type(orderer, |consensus| consensus.r#type = "solo".to_owned()));
    check_step(&now, &next).expect("nothing to check");
}

#[test]
fn bft_channels_ask_a_quorum_of_their_consenters_for_each_block() {
    let now = bundle(BFT, |_| ());
    let check = |expected: &str, change: fn(&mut ConfigGroup)| {
        let result = check_step(&now, &bundle(BFT, change));
        assert_eq!(result.err().map_or("fine".to_owned(), |error| error.to_string()), expected);
    };
    check("fine", |_| ());
    let quorum = |quorum: usize, consenters: usize| {
        format!(
            "/Channel/Orderer/BlockValidation must be a signature policy of {quorum} out of the {consenters} consenters \
             in /Channel/Orderer/Orderers"
        )
    };
    check(&quorum(3, 4), |orderer| {
        let policy = orderer.policies["Writers"].policy.clone();
        orderer.policies.get_mut("BlockValidation").expect("a policy").policy = policy;
    });
    check(&quorum(3, 4), |orderer| drop(orderer.policies.remove("BlockValidation")));
    check(&quorum(2, 3), |orderer| {
        let value = orderer.values.get_mut("Orderers").expect("a value");
        let mut orderers = proto::common::Orderers::decode(value.value.clone()).expect("orderers");
        orderers.consenter_mapping.pop();
        value.value = orderers.encode_to_vec().into();
    });
    check("invalid new config metadata: empty consenter set", |orderer| drop(orderer.values.remove("Orderers")));
    check("leader rotation must be turned off or be unspecified", |orderer| {
        change_type(orderer, |consensus| {
            let mut options = smartbft::Options::decode(consensus.metadata.clone()).expect("options");
            options.leader_rotation = Rotation::On as i32;
            consensus.metadata = options.encode_to_vec().into();
        });
    });
    for (consenters, quorum) in [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (7, 5), (10, 7)] {
        assert_eq!(consensus::quorum(consenters), quorum, "{consenters}");
    }
}

/// The network's channel with BFT consenters, numbered from 1 on.
fn bft_bundle(network: &Network, signers: &[SigningIdentity], capability: &str) -> Bundle {
    let config = network.changed(|root| {
        let value =
            |message: Vec<u8>| ConfigValue { version: 0, value: message.into(), mod_policy: "Admins".to_owned() };
        let capabilities = [(capability.to_owned(), Capability {})].into();
        root.values.insert("Capabilities".to_owned(), value(Capabilities { capabilities }.encode_to_vec()));
        let consenters: Vec<_> = (1..=4)
            .zip(signers)
            .map(|(id, signer)| {
                let identity = SerializedIdentity::decode(signer.serialized().clone()).expect("an identity");
                proto::common::Consenter {
                    id,
                    msp_id: identity.mspid,
                    identity: identity.id_bytes,
                    ..Default::default()
                }
            })
            .collect();
        let policy = Policy {
            r#type: PolicyType::Signature as i32,
            value: consensus::block_validation(&consenters).encode_to_vec().into(),
        };
        let orderer = root.groups.get_mut("Orderer").expect("a group");
        orderer.policies.get_mut("BlockValidation").expect("a policy").policy = Some(policy);
        let orderers = Orderers { consenter_mapping: consenters };
        orderer.values.insert("Orderers".to_owned(), value(orderers.encode_to_vec()));
    });
    Bundle::from_config("mychannel", config).unwrap_or_else(|error| panic!("{}", chain_of(&error)))
}

#[test]
fn signatures_of_bft_consenters_name_their_numbers() {
    let network = Network::new(&["Org1MSP"]);
    let name = |number| format!("orderer{number}");
    let signers: Vec<_> = (1..=4).map(|number| network.orderer.signer(&name(number), Role::Orderer)).collect();
    let bundle = bft_bundle(&network, &signers, "V3_0");
    // By number and key: who it says it is, and who it is.
    let check = |bundle: &Bundle, signed_by: &[(u32, usize)], expected: bool| {
        let mut block = proto::block::new(7, Bytes::from_static(&[1; 32]), vec![Bytes::from_static(b"data")]);
        let header = proto::block::header_der(block.header.as_ref().expect("a header"));
        let value = Bytes::from_static(b"value");
        let sign = |(identifier, key): &(u32, usize)| {
            let header_bytes =
                IdentifierHeader { identifier: *identifier, nonce: Bytes::from_static(b"n") }.encode_to_vec();
            let signature = signers[*key].sign(&[&value[..], &header_bytes, &header].concat()).expect("signed");
            MetadataSignature { identifier_header: header_bytes.into(), signature, ..Default::default() }
        };
        let metadata = Metadata { signatures: signed_by.iter().map(sign).collect(), value: value.clone() };
        proto::block::set_metadata(&mut block, BlockMetadataIndex::Signatures, metadata.encode_to_vec().into());
        let signed = bundle.block_signatures(&block).expect("signatures");
        let result = bundle.evaluate("/Channel/Orderer/BlockValidation", &signed);
        assert_eq!(result.is_ok(), expected, "{signed_by:?}: {result:?}");
    };
    check(&bundle, &[(1, 0), (2, 1), (3, 2)], true);
    check(&bundle, &[(4, 3), (2, 1), (1, 0), (3, 2)], true);
    check(&bundle, &[(1, 0), (2, 1)], false);
    check(&bundle, &[(1, 0), (2, 1), (2, 1)], false);
    // With another's key, and with a number that nobody has.
    check(&bundle, &[(1, 0), (2, 1), (3, 3)], false);
    check(&bundle, &[(1, 0), (2, 1), (5, 2)], false);
    // Numbers mean nothing before Channel V3_0.
    check(&bft_bundle(&network, &signers, "V2_0"), &[(1, 0), (2, 1), (3, 2)], false);
}
