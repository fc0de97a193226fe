//! Configuration updates.

use channel::{Bundle, update};
use msp::{Role, SigningIdentity};
use prost::Message;
use proto::common::{
    ConfigEnvelope, ConfigGroup, ConfigSignature, ConfigUpdate, ConfigUpdateEnvelope, ConfigValue, Envelope, HeaderType,
};
use proto::orderer::BatchSize;

use crate::network::{Network, Org, chain_of};

/// An update signed by `signers`.
fn envelope(channel_id: &str, read_set: ConfigGroup, write_set: ConfigGroup, signers: &[&SigningIdentity]) -> Envelope {
    let update = ConfigUpdate {
        channel_id: channel_id.to_owned(),
        read_set: Some(read_set),
        write_set: Some(write_set),
        ..Default::default()
    };
    let config_update = bytes::Bytes::from(update.encode_to_vec());
    let sign = |signer: &&SigningIdentity| {
        let signature_header = bytes::Bytes::from(signer.new_signature_header().encode_to_vec());
        let signature = signer.sign(&[&signature_header[..], &config_update[..]].concat()).expect("signed");
        ConfigSignature { signature_header, signature }
    };
    let signatures = signers.iter().map(sign).collect();
    let data = ConfigUpdateEnvelope { config_update: config_update.clone(), signatures }.encode_to_vec();
    let header = signers.first().map(|signer| signer.new_signature_header()).unwrap_or_default();
    let payload = proto::transaction::plain_payload(
        HeaderType::ConfigUpdate,
        channel_id,
        prost_types::Timestamp::default(),
        bytes::Bytes::new(),
        header,
        data.into(),
    );
    Envelope { payload: payload.encode_to_vec().into(), signature: bytes::Bytes::new() }
}

fn batch_size(version: u64, count: u32) -> ConfigValue {
    let size = BatchSize { max_message_count: count, absolute_max_bytes: 1000, preferred_max_bytes: 100 };
    ConfigValue { version, value: size.encode_to_vec().into(), mod_policy: "Admins".to_owned() }
}

/// The orderer group inside an otherwise empty channel group, both at version 0.
fn orderer_group(change: impl FnOnce(&mut ConfigGroup)) -> ConfigGroup {
    let mut orderer = ConfigGroup::default();
    change(&mut orderer);
    ConfigGroup { groups: [("Orderer".to_owned(), orderer)].into(), ..Default::default() }
}

fn new_batch_size(version: u64) -> ConfigGroup {
    orderer_group(|orderer| drop(orderer.values.insert("BatchSize".to_owned(), batch_size(version, 7))))
}

#[test]
fn a_signed_change_becomes_the_next_configuration() {
    let network = Network::new(&["Org1MSP"]);
    let bundle = network.bundle();
    let admin = network.orderer.signer("admin", Role::Admin);
    let update = envelope("mychannel", orderer_group(|_| ()), new_batch_size(1), &[&admin]);
    let (proposed, next) = update::propose(&bundle, &update).unwrap_or_else(|error| panic!("{}", chain_of(&error)));
    assert_eq!((next.sequence(), next.orderer().batch_size.max_message_count), (1, 7));
    let config = proposed.config.as_ref().expect("a configuration").channel_group.as_ref().expect("a group");
    assert_eq!(config.groups["Orderer"].values["BatchSize"].version, 1);
    assert_eq!(
        config.groups["Application"],
        bundle.config().channel_group.as_ref().expect("a group").groups["Application"]
    );

    // Receivers come to the same result, and to no other.
    assert_eq!(update::check(&bundle, &proposed).expect("right").sequence(), 1);
    let check = |expected: &str, change: fn(&mut ConfigEnvelope)| {
        let mut changed = proposed.clone();
        change(&mut changed);
        let text = chain_of(&update::check(&bundle, &changed).expect_err(expected));
        assert!(text.contains(expected), "{text:?} does not say {expected:?}");
    };
    check("did not produce the supplied config result", |envelope| {
        envelope.config.as_mut().expect("a configuration").channel_group = None;
    });
    check("config currently at sequence 0, cannot validate config at sequence 2", |envelope| {
        envelope.config.as_mut().expect("a configuration").sequence = 2;
    });
    check("config envelope has no update", |envelope| envelope.last_update = None);
    check("config envelope has nil config", |envelope| envelope.config = None);
    // It cannot be applied twice.
    let again = update::propose(&next, &update).expect_err("stale");
    assert!(
        chain_of(&again)
            .contains("attempt to set key [Value]  /Channel/Orderer/BatchSize to version 1, but key is at version 1"),
        "{again}"
    );
}

#[test]
fn updates_that_break_a_rule_are_refused() {
    let network = Network::new(&["Org1MSP"]);
    let bundle = network.bundle();
    let admin = network.orderer.signer("admin", Role::Admin);
    let outsider = network.orgs[0].signer("admin", Role::Admin);
    let check = |update: Envelope, expected: &str| {
        let text = chain_of(&update::propose(&bundle, &update).expect_err(expected));
        assert!(text.contains(expected), "{text:?} does not say {expected:?}");
    };
    let read = || orderer_group(|_| ());
    check(
        envelope("mychannel", read(), new_batch_size(1), &[]),
        "policy for [Value]  /Channel/Orderer/BatchSize not satisfied: implicit policy evaluation failed - 0",
    );
    check(envelope("mychannel", read(), new_batch_size(1), &[&outsider]), "not satisfied");
    check(envelope("mychannel", read(), new_batch_size(2), &[&admin]), "to version 2, but key is at version 0");
    check(envelope("other", read(), new_batch_size(1), &[&admin]), "ConfigUpdate for channel 'other' but envelope for");
    check(envelope("mychannel", read(), read(), &[&admin]), "delta set was empty");
    let seen = orderer_group(|orderer| orderer.version = 3);
    check(
        envelope("mychannel", seen, new_batch_size(1), &[&admin]),
        "be at version 3, but it is currently at version 0",
    );
    let seen = orderer_group(|orderer| drop(orderer.groups.insert("X".to_owned(), ConfigGroup::default())));
    check(
        envelope("mychannel", seen, new_batch_size(1), &[&admin]),
        "does not contain element for [Group]  /Channel/Orderer/X",
    );
    let named = orderer_group(|orderer| drop(orderer.groups.insert("a/b".to_owned(), ConfigGroup::default())));
    check(envelope("mychannel", read(), named, &[&admin]), "illegal characters in key");
    let unguarded = orderer_group(|orderer| {
        let value = ConfigValue { mod_policy: String::new(), ..batch_size(1, 7) };
        orderer.values.insert("BatchSize".to_owned(), value);
    });
    check(envelope("mychannel", read(), unguarded, &[&admin]), "invalid mod_policy for element");
    let unusable = orderer_group(|orderer| drop(orderer.values.insert("BatchSize".to_owned(), batch_size(1, 0))));
    check(envelope("mychannel", read(), unusable, &[&admin]), "the batch size max message count is 0");
    let incomplete = orderer_group(|orderer| {
        orderer.version = 1;
        orderer.mod_policy = "Admins".to_owned();
        orderer.values.insert("New".to_owned(), ConfigValue { version: 1, ..Default::default() });
    });
    check(
        envelope("mychannel", read(), incomplete, &[&admin]),
        "invalid mod_policy for element [Value]  /Channel/Orderer/New",
    );
    check(Envelope::default(), "not of type CONFIG_UPDATE");
}

#[test]
fn the_policy_of_an_element_is_looked_up_where_the_element_stands() {
    let network = Network::new(&["Org1MSP", "Org2MSP"]);
    let org1 = network.orgs[0].signer("admin", Role::Admin);
    let org2 = network.orgs[1].signer("admin", Role::Admin);
    let orderer = network.orderer.signer("admin", Role::Admin);
    // Whose signature changes the batch size when that has this `mod_policy`.
    let check = |mod_policy: &str, signer: &SigningIdentity, expected: &str| {
        let config = network.changed(|root| {
            let values = &mut root.groups.get_mut("Orderer").expect("a group").values;
            values.get_mut("BatchSize").expect("a value").mod_policy = mod_policy.to_owned();
        });
        let bundle = Bundle::from_config("mychannel", config).expect("a channel");
        let update = envelope("mychannel", orderer_group(|_| ()), new_batch_size(1), &[signer]);
        let result = update::propose(&bundle, &update);
        let text = result.err().map_or("fine".to_owned(), |error| error.to_string());
        assert_eq!(text, expected, "{mod_policy}");
    };
    let unsatisfied = "policy for [Value]  /Channel/Orderer/BatchSize not satisfied";
    let missing =
        |policy: &str| format!("unexpected missing policy {policy} for item [Value]  /Channel/Orderer/BatchSize");
    check("Admins", &orderer, "fine");
    check("Admins", &org1, unsatisfied);
    check("Orderer/Admins", &orderer, "fine");
    check("/Channel/Application/Org1/Admins", &org1, "fine");
    check("/Channel/Application/Org1/Admins", &org2, unsatisfied);
    check("/Channel/Application/Org1/Admins", &orderer, unsatisfied);
    check("Org1/Admins", &org1, &missing("Org1/Admins"));
    check("/Orderer/Admins", &orderer, &missing("/Orderer/Admins"));
    check("", &orderer, &missing(""));

    // A group's own is looked up in the group itself.
    let bundle = network.bundle();
    let org = |version: u64| {
        let present = bundle.config().channel_group.as_ref().expect("a group").groups["Application"].clone();
        let mut org = present.groups["Org1"].clone();
        org.version = version;
        let application = ConfigGroup { groups: [("Org1".to_owned(), org)].into(), ..Default::default() };
        ConfigGroup { groups: [("Application".to_owned(), application)].into(), ..Default::default() }
    };
    update::propose(&bundle, &envelope("mychannel", org(0), org(1), &[&org1])).expect("its own admin");
    let error = update::propose(&bundle, &envelope("mychannel", org(0), org(1), &[&org2])).expect_err("another's");
    assert_eq!(error.to_string(), "policy for [Group]  /Channel/Application/Org1 not satisfied");
}

#[test]
fn empty_mod_policies_are_filled_in_when_something_else_changes() {
    let network = Network::new(&["Org1MSP"]);
    let config = network.changed(|root| {
        root.mod_policy.clear();
        root.groups
            .get_mut("Application")
            .expect("a group")
            .policies
            .get_mut("Readers")
            .expect("a policy")
            .mod_policy
            .clear();
    });
    let bundle = Bundle::from_config("mychannel", config).expect("a channel");
    let admin = network.orderer.signer("admin", Role::Admin);
    let update = envelope("mychannel", orderer_group(|_| ()), new_batch_size(1), &[&admin]);
    let (proposed, _) = update::propose(&bundle, &update).unwrap_or_else(|error| panic!("{}", chain_of(&error)));
    let root = proposed.config.and_then(|config| config.channel_group).expect("a group");
    assert_eq!((root.mod_policy.as_str(), root.version), ("Admins", 0));
    assert_eq!(root.groups["Application"].policies["Readers"].mod_policy, "Admins");
}

/// A change of the application group's members: what is there now, and the group with its version raised.
fn raised(bundle: &Bundle, change: impl FnOnce(&mut ConfigGroup)) -> (ConfigGroup, ConfigGroup) {
    let present = bundle.config().channel_group.as_ref().expect("a channel group").groups["Application"].clone();
    let mut application = present.clone();
    application.version += 1;
    change(&mut application);
    let root =
        |application| ConfigGroup { groups: [("Application".to_owned(), application)].into(), ..Default::default() };
    (root(present), root(application))
}

#[test]
fn organisations_join_and_leave() {
    let network = Network::new(&["Org1MSP"]);
    let bundle = network.bundle();
    let (first, second) = (network.orgs[0].signer("admin", Role::Admin), Org::new("Org2MSP"));
    let (read_set, write_set) = raised(&bundle, |application| {
        let newcomer = Network { orgs: vec![second], orderer: Org::new("XMSP") };
        let config = newcomer.changed(|_| ()).channel_group.expect("a group");
        application.groups.insert("Org2".to_owned(), config.groups["Application"].groups["Org2"].clone());
    });
    let update = envelope("mychannel", read_set, write_set, &[&first]);
    let (_, two) = update::propose(&bundle, &update).unwrap_or_else(|error| panic!("{}", chain_of(&error)));
    assert_eq!(two.application_orgs().collect::<Vec<_>>(), ["Org1MSP", "Org2MSP"]);

    // One of two is no majority any more.
    let (read_set, write_set) = raised(&two, |application| drop(application.groups.remove("Org2")));
    let update = envelope("mychannel", read_set, write_set, &[&first]);
    let text = chain_of(&update::propose(&two, &update).expect_err("one of two"));
    assert!(text.contains("policy for [Group]  /Channel/Application not satisfied"), "{text}");
}

#[test]
fn an_organisation_keeps_its_msp_id() {
    let network = Network::new(&["Org1MSP"]);
    let bundle = network.bundle();
    let admin = network.orgs[0].signer("admin", Role::Admin);
    let mut read_set = ConfigGroup::default();
    let empty = ConfigGroup { groups: [("Org1".to_owned(), ConfigGroup::default())].into(), ..Default::default() };
    read_set.groups.insert("Application".to_owned(), empty);
    let mut write_set = read_set.clone();
    let org = write_set.groups.get_mut("Application").and_then(|group| group.groups.get_mut("Org1")).expect("a group");
    let value = Org::new("EvilMSP").msp().encode_to_vec().into();
    org.values.insert("MSP".to_owned(), ConfigValue { version: 1, value, mod_policy: "Admins".to_owned() });
    let update = envelope("mychannel", read_set, write_set, &[&admin]);
    let error = update::propose(&bundle, &update).expect_err("another id");
    assert_eq!(error.to_string(), "application org Org1 attempted to change MSP ID from Org1MSP to EvilMSP");
}

proptest::proptest! {
    #[test]
    fn any_update_gives_an_answer(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        use std::sync::OnceLock;
        static BUNDLE: OnceLock<Bundle> = OnceLock::new();
        let bundle = BUNDLE.get_or_init(|| Network::new(&["Org1MSP"]).bundle());
        let payload = proto::transaction::plain_payload(
            HeaderType::ConfigUpdate,
            "mychannel",
            prost_types::Timestamp::default(),
            bytes::Bytes::new(),
            Default::default(),
            bytes.clone().into(),
        );
        let _ = update::propose(bundle, &Envelope { payload: payload.encode_to_vec().into(), signature: bytes::Bytes::new() });
        let _ = update::propose(bundle, &Envelope { payload: bytes.into(), signature: bytes::Bytes::new() });
    }
}
