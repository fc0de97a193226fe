//! The form of `configtx.yaml`: which fields there are, and of what kind. The whole file must have it, also the profiles
//! that nobody asked for; what the values mean is looked at for the chosen profile alone. Both as in Fabric.

use std::time::Duration;

use channel::duration;

use crate::yaml::{FieldError, Node};

/// What a field holds. Nothing is allowed everywhere.
enum Shape {
    Text,
    Texts,
    Bool,
    Number,
    /// A number of bytes, with a unit or without.
    Bytes,
    /// With a unit, or a number of nanoseconds.
    Duration,
    List(&'static Shape),
    /// Names of the file's author, with values of one kind.
    Map(&'static Shape),
    Struct(&'static [(&'static str, Shape)]),
}

use Shape::{Bool, Bytes, List, Map, Number, Struct, Text, Texts};

const POLICIES: Shape = Map(&Struct(&[("Type", Text), ("Rule", Text)]));

const ORGANIZATIONS: Shape = List(&Struct(&[
    ("Name", Text),
    ("ID", Text),
    ("MSPDir", Text),
    ("MSPType", Text),
    ("Policies", POLICIES),
    ("AnchorPeers", List(&Struct(&[("Host", Text), ("Port", Number)]))),
    ("OrdererEndpoints", Texts),
    ("AdminPrincipal", Text),
    ("SkipAsForeign", Bool),
]));

const APPLICATION: Shape = Struct(&[
    ("Organizations", ORGANIZATIONS),
    ("Capabilities", Map(&Bool)),
    ("Policies", POLICIES),
    ("ACLs", Map(&Text)),
]);

const RAFT: Shape = Struct(&[
    (
        "Consenters",
        List(&Struct(&[("Host", Text), ("Port", Number), ("ClientTLSCert", Text), ("ServerTLSCert", Text)])),
    ),
    (
        "Options",
        Struct(&[
            ("TickInterval", Text),
            ("ElectionTick", Bytes),
            ("HeartbeatTick", Bytes),
            ("MaxInflightBlocks", Bytes),
            ("SnapshotIntervalSize", Bytes),
        ]),
    ),
]);

const BFT_CONSENTERS: Shape = List(&Struct(&[
    ("ID", Number),
    ("Host", Text),
    ("Port", Number),
    ("MSPID", Text),
    ("Identity", Text),
    ("ClientTLSCert", Text),
    ("ServerTLSCert", Text),
]));

const BFT_OPTIONS: Shape = Struct(&[
    ("RequestBatchMaxCount", Number),
    ("RequestBatchMaxBytes", Number),
    ("RequestBatchMaxInterval", Text),
    ("IncomingMessageBufferSize", Number),
    ("RequestPoolSize", Number),
    ("RequestForwardTimeout", Text),
    ("RequestComplainTimeout", Text),
    ("RequestAutoRemoveTimeout", Text),
    ("RequestMaxBytes", Number),
    ("ViewChangeResendInterval", Text),
    ("ViewChangeTimeout", Text),
    ("LeaderHeartbeatTimeout", Text),
    ("LeaderHeartbeatCount", Number),
    ("CollectTimeout", Text),
    ("SyncOnStart", Bool),
    ("SpeedUpViewChange", Bool),
    ("LeaderRotation", Number),
    ("DecisionsPerLeader", Number),
]);

const ORDERER: Shape = Struct(&[
    ("OrdererType", Text),
    ("Addresses", Texts),
    ("BatchTimeout", Shape::Duration),
    ("BatchSize", Struct(&[("MaxMessageCount", Bytes), ("AbsoluteMaxBytes", Bytes), ("PreferredMaxBytes", Bytes)])),
    ("ConsenterMapping", BFT_CONSENTERS),
    ("EtcdRaft", RAFT),
    ("SmartBFT", BFT_OPTIONS),
    ("Organizations", ORGANIZATIONS),
    ("MaxChannels", Number),
    ("Capabilities", Map(&Bool)),
    ("Policies", POLICIES),
]);

const PROFILE: Shape = Struct(&[
    ("Consortium", Text),
    ("Application", APPLICATION),
    ("Orderer", ORDERER),
    ("Consortiums", Map(&Struct(&[("Organizations", ORGANIZATIONS)]))),
    ("Capabilities", Map(&Bool)),
    ("Policies", POLICIES),
]);

const FILE: Shape = Struct(&[
    ("Profiles", Map(&PROFILE)),
    ("Organizations", ORGANIZATIONS),
    ("Channel", PROFILE),
    ("Application", APPLICATION),
    ("Orderer", ORDERER),
    ("Capabilities", Map(&Map(&Bool))),
]);

/// Checks a whole file.
pub fn check(root: &Node) -> Result<(), FieldError> {
    check_node(root, &FILE)
}

fn check_node(node: &Node, shape: &Shape) -> Result<(), FieldError> {
    match shape {
        Text => node.text().map(drop),
        Texts => node.texts().map(drop),
        Bool => node.bool().map(drop),
        Number => node.u64().map(drop),
        Bytes => node.bytes().map(drop),
        Shape::Duration => parse_duration(node).map(drop),
        List(element) => node.list()?.iter().try_for_each(|node| check_node(node, element)),
        Map(value) => node.fields()?.iter().try_for_each(|(_, node)| check_node(node, value)),
        Struct(fields) => {
            let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
            node.only(&names)?;
            fields.iter().try_for_each(|(name, shape)| check_node(&node.get(name)?, shape))
        }
    }
}

/// A duration; nothing is zero, and a plain number counts nanoseconds.
pub fn parse_duration(node: &Node) -> Result<Duration, FieldError> {
    let parsed = match node.text()?.as_str() {
        "" => Some(Duration::ZERO),
        text => text.parse().ok().map(Duration::from_nanos).or_else(|| duration::parse(text)),
    };
    parsed.ok_or_else(|| node.wrong("a duration such as 2s or 500ms"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[test]
    fn the_whole_file_is_checked() {
        let check = |text: &str, expected: Option<&str>| {
            let document = yaml::parse(text.as_bytes()).expect("YAML");
            let error = super::check(&Node::root(&document)).err().map(|error| error.to_string());
            match expected {
                None => assert_eq!(error, None, "{text}"),
                Some(expected) => {
                    assert!(error.as_deref().is_some_and(|error| error.starts_with(expected)), "{error:?}")
                }
            }
        };
        check(
            "Profiles: {A: {Orderer: {BatchTimeout: 2s, OrdererType: odd}}, B: }\nCapabilities: {Channel: {V2_0: true}}",
            None,
        );
        check("Profile: {}", Some("Profile: expected no field of this name"));
        check(
            "Profiles: {A: {Orderer: {BatchTimeout: soon}}}",
            Some("Profiles.A.Orderer.BatchTimeout: expected a duration"),
        );
        check(
            "Orderer: {BatchSize: {MaxMessageCount: many}}",
            Some("Orderer.BatchSize.MaxMessageCount: expected a number"),
        );
        check(
            "Organizations: [{AnchorPeers: [{Host: a, Prt: 1}]}]",
            Some("Organizations[0].AnchorPeers[0].Prt: expected no"),
        );
        check(
            "Application: {Policies: {Readers: {Type: [a]}}}",
            Some("Application.Policies.Readers.Type: expected a text"),
        );
        check("Capabilities: {Channel: {V2_0: perhaps}}", Some("Capabilities.Channel.V2_0: expected true or false"));
    }
}
