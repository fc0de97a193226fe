//! Which configurations are accepted, and what a bundle says of them.

use bytes::Bytes;
use channel::{Acl, Bundle, OrdererEndpoint};
use prost::Message;
use proto::common::{
    BlockDataHashingStructure, Capabilities, Capability, ConfigGroup, ConfigValue, Consenter, HashingAlgorithm,
    OrdererAddresses, Orderers, SignaturePolicyEnvelope,
};
use proto::orderer::{BatchSize, BatchTimeout};
use proto::protos::{AcLs, ApiResource};

use crate::network::{Network, Org, chain_of};

fn set(group: &mut ConfigGroup, name: &str, message: &impl Message) {
    let value = ConfigValue { version: 0, value: message.encode_to_vec().into(), mod_policy: "Admins".to_owned() };
    group.values.insert(name.to_owned(), value);
}

fn group<'a>(root: &'a mut ConfigGroup, path: &[&str]) -> &'a mut ConfigGroup {
    path.iter().fold(root, |group, name| group.groups.get_mut(*name).expect("a group"))
}

fn capabilities(names: &[&str]) -> Capabilities {
    Capabilities { capabilities: names.iter().map(|name| ((*name).to_owned(), Capability {})).collect() }
}

#[test]
fn unusable_configurations_are_refused_with_a_reason() {
    let network = Network::new(&["Org1MSP"]);
    let refused = |reason: &str, change: fn(&mut ConfigGroup)| {
        let error = Bundle::from_config("mychannel", network.changed(change)).expect_err(reason);
        let text = chain_of(&error);
        assert!(text.contains(reason), "{text:?} does not say {reason:?}");
    };
    refused("Channel capability V9_9 is required but not supported", |root| {
        set(root, "Capabilities", &capabilities(&["V2_0", "V9_9"]));
    });
    refused("Application capability X is required but not supported", |root| {
        set(group(root, &["Application"]), "Capabilities", &capabilities(&["X", "V2_5"]));
    });
    refused(
        "Orderer Org Orderer cannot contain endpoints value until V1_4_2+ capabilities have been enabled",
        |root| {
            set(root, "Capabilities", &capabilities(&["V1_3"]));
        },
    );
    refused("/Channel/Application/ACLs: ACLs may not be specified without the required capability", |root| {
        set(group(root, &["Application"]), "Capabilities", &capabilities(&["V1_1"]));
        set(group(root, &["Application"]), "ACLs", &AcLs::default());
    });
    refused("/Channel/HashingAlgorithm: \"MD5\" is no hashing algorithm that Fabric knows", |root| {
        set(root, "HashingAlgorithm", &HashingAlgorithm { name: "MD5".to_owned() });
    });
    refused("/Channel/BlockDataHashingStructure: the width must be 4294967295", |root| {
        set(root, "BlockDataHashingStructure", &BlockDataHashingStructure { width: 2 });
    });
    refused("Orderer capability V3_0 is required but not supported", |root| {
        set(group(root, &["Orderer"]), "Capabilities", &capabilities(&["V2_0", "V3_0"]));
    });
    refused("illegal characters in key: /Channel/Application/Org_1: a name has only letters, digits", |root| {
        group(root, &["Application"]).groups.insert("Org_1".to_owned(), ConfigGroup::default());
    });
    refused("Unexpected key Deeper in /Channel/Application/Org1", |root| {
        group(root, &["Application", "Org1"]).groups.insert("Deeper".to_owned(), ConfigGroup::default());
    });
    refused("Unexpected key AnchorPeers in /Channel/Orderer/Orderer", |root| {
        set(group(root, &["Orderer", "Orderer"]), "AnchorPeers", &OrdererAddresses::default());
    });
    refused("could not decode /Channel/Orderer/KafkaBrokers", |root| {
        set(group(root, &["Orderer"]), "KafkaBrokers", &Capabilities::default());
        group(root, &["Orderer"]).values.get_mut("KafkaBrokers").expect("set").value = Bytes::from_static(&[0xff]);
    });
    refused("/Channel/OrdererAddresses: global OrdererAddresses are not allowed with V3_0 capability", |root| {
        set(root, "Capabilities", &capabilities(&["V3_0"]));
        set(root, "OrdererAddresses", &OrdererAddresses { addresses: vec!["a:1".to_owned()] });
    });
    refused("policy /Channel/Application/Org1/Admins did not compile: unknown policy type: 2", |root| {
        let policy = group(root, &["Application", "Org1"]).policies.get_mut("Admins").expect("a policy");
        policy.policy.as_mut().expect("a policy").r#type = 2;
    });
    refused("the configuration has no /Channel/Application/Org1/Admins", |root| {
        group(root, &["Application", "Org1"]).policies.get_mut("Admins").expect("a policy").policy = None;
    });
    refused("the configuration has no /Channel/Orderer", |root| drop(root.groups.remove("Orderer")));
    refused("the configuration has no /Channel/Application", |root| drop(root.groups.remove("Application")));
    refused("Unexpected key Consortiums in /Channel", |root| {
        root.groups.insert("Consortiums".to_owned(), ConfigGroup::default());
    });
    refused("Unexpected key Rubbish in /Channel/Orderer", |root| {
        set(group(root, &["Orderer"]), "Rubbish", &BatchSize::default());
    });
    refused("the batch size max message count is 0", |root| {
        let size = BatchSize { max_message_count: 0, absolute_max_bytes: 2, preferred_max_bytes: 1 };
        set(group(root, &["Orderer"]), "BatchSize", &size);
    });
    refused("preferred max bytes (3) is greater than", |root| {
        let size = BatchSize { max_message_count: 1, absolute_max_bytes: 2, preferred_max_bytes: 3 };
        set(group(root, &["Orderer"]), "BatchSize", &size);
    });
    refused("\"soon\" is no positive duration", |root| {
        set(group(root, &["Orderer"]), "BatchTimeout", &BatchTimeout { timeout: "soon".to_owned() });
    });
    refused("the configuration has no /Channel/Application/Org1/MSP", |root| {
        group(root, &["Application", "Org1"]).values.remove("MSP");
    });
    refused("could not set up the MSP of organization Org1", |root| {
        let value = group(root, &["Application", "Org1"]).values.get_mut("MSP").expect("an MSP");
        value.value = proto::msp::MspConfig { r#type: 0, config: Bytes::new() }.encode_to_vec().into();
    });
    refused("could not decode /Channel/Application/Org1/MSP", |root| {
        group(root, &["Application", "Org1"]).values.get_mut("MSP").expect("an MSP").value =
            Bytes::from_static(&[0xff]);
    });
    refused("policy /Channel/Application/Org1/Admins did not compile: Empty policy element", |root| {
        let policy = group(root, &["Application", "Org1"]).policies.get_mut("Admins").expect("a policy");
        policy.policy.as_mut().expect("a policy").value = Bytes::new();
    });
    refused("only understands messages of version 0", |root| {
        let policy = group(root, &["Application", "Org1"]).policies.get_mut("Admins").expect("a policy");
        let envelope = SignaturePolicyEnvelope { version: 1, ..Default::default() };
        policy.policy.as_mut().expect("a policy").value = envelope.encode_to_vec().into();
    });
    refused("/Channel/Orderer/Orderer/Endpoints", |root| {
        set(root, "Capabilities", &capabilities(&["V3_0"]));
        group(root, &["Orderer", "Orderer"]).values.remove("Endpoints");
    });
}

#[test]
fn channels_have_names_that_fabric_allows() {
    let network = Network::new(&["Org1MSP"]);
    let error = Bundle::from_config("My_Channel", network.changed(|_| ())).expect_err("a bad name");
    assert_eq!(error.to_string(), "bad channel ID: 'My_Channel' contains illegal characters");
}

#[test]
fn capabilities_that_are_known_are_accepted() {
    let network = Network::new(&["Org1MSP"]);
    let check = |path: &[&str], names: &[&str], expected: bool| {
        let config = network.changed(|root| {
            set(group(root, path), "Capabilities", &capabilities(names));
            if path.is_empty() {
                // Older channels have the addresses of all orderers in one place.
                set(root, "OrdererAddresses", &OrdererAddresses { addresses: vec!["a:1".to_owned()] });
                group(root, &["Orderer", "Orderer"]).values.remove("Endpoints");
            }
        });
        let bundle = Bundle::from_config("mychannel", config);
        assert_eq!(bundle.is_ok(), expected, "{path:?} {names:?}: {bundle:?}");
    };
    for names in [&[][..], &["V1_1"], &["V1_3"], &["V1_4_2"], &["V1_4_3"], &["V2_0"], &["V1_1", "V1_3", "V1_4_2"]] {
        check(&[], names, true);
    }
    for names in [&[][..], &["V1_1"], &["V1_4_2"], &["V2_0"]] {
        check(&["Orderer"], names, true);
    }
    for name in ["V1_1", "V1_2", "V1_3", "V1_4_2", "V2_0", "V2_5", "V1_1_PVTDATA_EXPERIMENTAL"] {
        check(&["Application"], &[name], true);
    }
    check(&["Application"], &[], true);
    for name in ["V3_0", "v2_0", "V1_4_3"] {
        check(&["Application"], &[name], false);
    }
    check(&["Orderer"], &["V1_3"], false);
}

#[test]
fn values_that_say_nothing_to_this_node_are_accepted() {
    let network = Network::new(&["Org1MSP"]);
    let config = network.changed(|root| {
        set(root, "HashingAlgorithm", &HashingAlgorithm { name: "SHA3_256".to_owned() });
        set(root, "Consortium", &proto::common::Consortium { name: "ours".to_owned() });
        set(root, "Orderers", &Orderers::default());
        let brokers = proto::orderer::KafkaBrokers { brokers: vec!["kafka:9092".to_owned()] };
        set(group(root, &["Orderer"]), "KafkaBrokers", &brokers);
        let consenter = Consenter { id: 7, msp_id: "OrdererMSP".to_owned(), ..Default::default() };
        set(group(root, &["Orderer"]), "Orderers", &Orderers { consenter_mapping: vec![consenter] });
    });
    let bundle = Bundle::from_config("mychannel", config).unwrap_or_else(|error| panic!("{}", chain_of(&error)));
    assert_eq!(bundle.orderer().consenters[0].id, 7);
    assert!(bundle.consenter_identity(7).is_some() && bundle.consenter_identity(0).is_none());
}

#[test]
fn two_versions_of_one_organisation_are_refused() {
    let network = Network::new(&["Org1MSP"]);
    let double = |other: Org| {
        network.changed(|root| {
            let mut copy = group(root, &["Application", "Org1"]).clone();
            set(&mut copy, "MSP", &other.msp());
            group(root, &["Application"]).groups.insert("Twin".to_owned(), copy);
        })
    };
    let error = Bundle::from_config("mychannel", double(Org::new("Org1MSP"))).expect_err("two versions");
    assert_eq!(error.to_string(), "Attempted to define two different versions of MSP: Org1MSP");
    let shared = network.changed(|root| {
        let copy = group(root, &["Application", "Org1"]).clone();
        group(root, &["Application"]).groups.insert("Twin".to_owned(), copy);
    });
    Bundle::from_config("mychannel", shared).expect("one version under two names");
}

#[test]
fn what_a_bundle_says() {
    let network = Network::new(&["Org1MSP", "Org2MSP"]);
    let bundle = network.bundle();
    assert!(bundle.has_capability("Application", "V2_0"), "V2_5 includes it");
    assert!(bundle.has_capability("Application", "V2_5"));
    assert!(bundle.has_capability("Channel", "V1_4_3"));
    assert!(!bundle.has_capability("Channel", "V3_0"));
    assert!(!bundle.has_capability("Nothing", "V2_0"));
    assert_eq!(bundle.application_org_name("Org2MSP"), Some("Org2"));
    assert_eq!(bundle.application_org_name("OrdererMSP"), None);
    let own = OrdererEndpoint {
        address: "orderer.example.com:7050".to_owned(),
        msp_id: "OrdererMSP".to_owned(),
        tls_roots: vec![network.orderer.tls_root()],
    };
    assert_eq!(bundle.orderer_endpoints(), std::slice::from_ref(&own));
    let shared = network.changed(|root| {
        group(root, &["Orderer", "Orderer"]).values.remove("Endpoints");
        set(root, "OrdererAddresses", &OrdererAddresses { addresses: vec!["a:1".to_owned()] });
    });
    let shared = Bundle::from_config("mychannel", shared).expect("a channel").orderer_endpoints();
    assert_eq!(shared, [OrdererEndpoint { address: "a:1".to_owned(), msp_id: String::new(), ..own }]);
}

#[test]
fn access_rules_of_the_channel_come_before_the_defaults() {
    let network = Network::new(&["Org1MSP"]);
    let config = network.changed(|root| {
        let acls = [("event/Block".to_owned(), ApiResource { policy_ref: "Admins".to_owned() })].into();
        set(group(root, &["Application"]), "ACLs", &AcLs { acls });
    });
    let bundle = Bundle::from_config("mychannel", config).expect("a channel");
    let check = |resource: &str, expected: Option<&str>| {
        assert_eq!(bundle.acl(resource), expected.map(|path| Acl::Policy(path.to_owned())), "{resource}");
    };
    check("event/Block", Some("/Channel/Application/Admins"));
    check("event/FilteredBlock", Some("/Channel/Application/Readers"));
    check("no/such", None);
}

proptest::proptest! {
    #[test]
    fn any_block_gives_an_answer(position in 0usize..20_000, flip in 1u8..=255, cut in 0usize..20_000) {
        use proto::common::Block;
        const GENESIS: &[u8] = include_bytes!("../data/configtxgen-mychannel.block");
        let mut bytes = GENESIS.to_vec();
        let length = bytes.len();
        bytes[position % length] ^= flip;
        for bytes in [&bytes[..], &bytes[..cut % length]] {
            if let Ok(block) = Block::decode(bytes) {
                let _ = Bundle::from_config_block(&block);
            }
        }
    }
}
