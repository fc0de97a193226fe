//! Results as Fabric's commands print them in JSON: Go's encoding of the messages' structs, which leaves out fields
//! with default values, keeps the fields' order, and shows a `oneof` under the name of its Go field.

mod policy;

use std::collections::BTreeMap;

use base64::Engine;
use bytes::Bytes;
use proto::common::BlockchainInfo;
use proto::lifecycle::{self, chaincode_source, query_installed_chaincodes_result};
use proto::protos::{CollectionConfigPackage, collection_config};
use serde::{Serialize, Serializer};

/// One line.
pub fn compact(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).expect("these structs have only string keys");
    escape_html(json)
}

/// Indented with tabs, with a line end.
pub fn indented(value: &impl Serialize) -> String {
    let mut output = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"\t");
    let mut serializer = serde_json::Serializer::with_formatter(&mut output, formatter);
    value.serialize(&mut serializer).expect("these structs have only string keys");
    output.push(b'\n');
    escape_html(String::from_utf8(output).expect("JSON is UTF-8"))
}

/// Go escapes what could end a script element. Outside of strings these characters do not occur.
fn escape_html(json: String) -> String {
    if !json.contains(['<', '>', '&']) {
        return json;
    }
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn base64<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&base64::engine::general_purpose::STANDARD.encode(bytes))
}

/// Output of `calculatepackageid`.
#[derive(Serialize)]
pub struct PackageId {
    /// `label:hash`.
    pub package_id: String,
}

/// Output of `channel getinfo`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChainInfo {
    #[serde(skip_serializing_if = "is_default")]
    height: u64,
    #[serde(skip_serializing_if = "is_default", serialize_with = "base64")]
    current_block_hash: Bytes,
    #[serde(skip_serializing_if = "is_default", serialize_with = "base64")]
    previous_block_hash: Bytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    bootstrapping_snapshot_info: Option<SnapshotInfo>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SnapshotInfo {
    #[serde(skip_serializing_if = "is_default")]
    last_block_in_snapshot: u64,
}

impl From<BlockchainInfo> for ChainInfo {
    fn from(info: BlockchainInfo) -> Self {
        let snapshot = info.bootstrapping_snapshot_info;
        Self {
            height: info.height,
            current_block_hash: info.current_block_hash,
            previous_block_hash: info.previous_block_hash,
            bootstrapping_snapshot_info: snapshot
                .map(|snapshot| SnapshotInfo { last_block_in_snapshot: snapshot.last_block_in_snapshot }),
        }
    }
}

/// Output of `queryinstalled`.
#[derive(Serialize)]
pub struct Installed {
    #[serde(skip_serializing_if = "is_default")]
    installed_chaincodes: Vec<InstalledChaincode>,
}

#[derive(PartialEq, Serialize)]
struct InstalledChaincode {
    #[serde(skip_serializing_if = "is_default")]
    package_id: String,
    #[serde(skip_serializing_if = "is_default")]
    label: String,
    #[serde(skip_serializing_if = "is_default")]
    references: BTreeMap<String, References>,
}

#[derive(PartialEq, Serialize)]
struct References {
    #[serde(skip_serializing_if = "is_default")]
    chaincodes: Vec<Reference>,
}

#[derive(PartialEq, Serialize)]
struct Reference {
    #[serde(skip_serializing_if = "is_default")]
    name: String,
    #[serde(skip_serializing_if = "is_default")]
    version: String,
}

impl From<lifecycle::QueryInstalledChaincodesResult> for Installed {
    fn from(result: lifecycle::QueryInstalledChaincodesResult) -> Self {
        let references = |references: query_installed_chaincodes_result::References| References {
            chaincodes: references
                .chaincodes
                .into_iter()
                .map(|chaincode| Reference { name: chaincode.name, version: chaincode.version })
                .collect(),
        };
        let chaincode = |chaincode: query_installed_chaincodes_result::InstalledChaincode| InstalledChaincode {
            package_id: chaincode.package_id,
            label: chaincode.label,
            references: chaincode.references.into_iter().map(|(channel, used)| (channel, references(used))).collect(),
        };
        Self { installed_chaincodes: result.installed_chaincodes.into_iter().map(chaincode).collect() }
    }
}

/// Output of `checkcommitreadiness`.
#[derive(Serialize)]
pub struct Readiness {
    #[serde(skip_serializing_if = "is_default")]
    approvals: BTreeMap<String, bool>,
    #[serde(skip_serializing_if = "is_default")]
    mismatches: BTreeMap<String, Mismatches>,
}

#[derive(PartialEq, Serialize)]
struct Mismatches {
    #[serde(skip_serializing_if = "is_default")]
    items: Vec<String>,
}

impl Readiness {
    /// Mismatches are shown, with what to check, only on inspection.
    pub fn new(result: lifecycle::CheckCommitReadinessResult, inspect: bool) -> Self {
        let described = |item: String| match item.as_str() {
            "ChaincodeParameters" => item + " (Check the Sequence, ChaincodeName)",
            "EndorsementInfo" => item + " (Check the Version, InitRequired, EndorsementPlugin)",
            "ValidationInfo" => item + " (Check the ValidationParameter, ValidationPlugin)",
            "Collections" => item + " (Check the Collections)",
            _ => item,
        };
        let mismatches = result.mismatches.into_iter().filter(|_| inspect);
        let mismatches = mismatches.map(|(organization, mismatches)| {
            (organization, Mismatches { items: mismatches.items.into_iter().map(described).collect() })
        });
        Self { approvals: result.approvals, mismatches: mismatches.collect() }
    }
}

/// Output of `queryapproved -n` and `querycommitted -n`; with a name, an entry of the lists without `-n`.
#[derive(Default, PartialEq, Serialize)]
pub struct Definition {
    #[serde(skip_serializing_if = "is_default")]
    name: String,
    #[serde(skip_serializing_if = "is_default")]
    sequence: i64,
    #[serde(skip_serializing_if = "is_default")]
    version: String,
    #[serde(skip_serializing_if = "is_default")]
    endorsement_plugin: String,
    #[serde(skip_serializing_if = "is_default")]
    validation_plugin: String,
    #[serde(skip_serializing_if = "is_default", serialize_with = "base64")]
    validation_parameter: Bytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    collections: Option<Collections>,
    #[serde(skip_serializing_if = "is_default")]
    init_required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<OneOf<Source>>,
    #[serde(skip_serializing_if = "is_default")]
    approvals: BTreeMap<String, bool>,
}

#[derive(PartialEq, Serialize)]
struct OneOf<T> {
    #[serde(rename = "Type")]
    inner: Option<T>,
}

#[derive(PartialEq, Serialize)]
enum Source {
    Unavailable(Empty),
    LocalPackage(LocalPackage),
}

#[derive(PartialEq, Serialize)]
struct Empty {}

#[derive(PartialEq, Serialize)]
struct LocalPackage {
    #[serde(skip_serializing_if = "is_default")]
    package_id: String,
}

#[derive(PartialEq, Serialize)]
struct Collections {
    #[serde(skip_serializing_if = "is_default")]
    config: Vec<Collection>,
}

#[derive(PartialEq, Serialize)]
struct Collection {
    #[serde(rename = "Payload")]
    payload: Option<StaticCollection>,
}

#[derive(PartialEq, Serialize)]
enum StaticCollection {
    StaticCollectionConfig(CollectionFields),
}

/// The fields of a collection.
#[derive(PartialEq, Serialize)]
struct CollectionFields {
    #[serde(skip_serializing_if = "is_default")]
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    member_orgs_policy: Option<policy::Members>,
    #[serde(skip_serializing_if = "is_default")]
    required_peer_count: i32,
    #[serde(skip_serializing_if = "is_default")]
    maximum_peer_count: i32,
    #[serde(skip_serializing_if = "is_default")]
    block_to_live: u64,
    #[serde(skip_serializing_if = "is_default")]
    member_only_read: bool,
    #[serde(skip_serializing_if = "is_default")]
    member_only_write: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    endorsement_policy: Option<OneOf<policy::Endorsement>>,
}

fn collections(package: CollectionConfigPackage) -> Collections {
    let fields = |collection: proto::protos::CollectionConfig| {
        let payload = collection.payload.map(|collection_config::Payload::StaticCollectionConfig(config)| {
            StaticCollection::StaticCollectionConfig(CollectionFields {
                name: config.name,
                member_orgs_policy: config.member_orgs_policy.map(policy::Members::from),
                required_peer_count: config.required_peer_count,
                maximum_peer_count: config.maximum_peer_count,
                block_to_live: config.block_to_live,
                member_only_read: config.member_only_read,
                member_only_write: config.member_only_write,
                endorsement_policy: config.endorsement_policy.map(policy::endorsement),
            })
        });
        Collection { payload }
    };
    Collections { config: package.config.into_iter().map(fields).collect() }
}

fn source(source: lifecycle::ChaincodeSource) -> OneOf<Source> {
    let inner = source.r#type.map(|source| match source {
        chaincode_source::Type::Unavailable(_) => Source::Unavailable(Empty {}),
        chaincode_source::Type::LocalPackage(local) => {
            Source::LocalPackage(LocalPackage { package_id: local.package_id })
        }
    });
    OneOf { inner }
}

/// Copies the fields that all definitions of `_lifecycle` have.
macro_rules! definition {
    ($from:ident, $($field:ident: $value:expr),*) => {
        Definition {
            sequence: $from.sequence,
            version: $from.version,
            endorsement_plugin: $from.endorsement_plugin,
            validation_plugin: $from.validation_plugin,
            validation_parameter: $from.validation_parameter,
            collections: $from.collections.map(collections),
            init_required: $from.init_required,
            $($field: $value,)*
            ..Definition::default()
        }
    };
}

impl From<lifecycle::QueryApprovedChaincodeDefinitionResult> for Definition {
    fn from(result: lifecycle::QueryApprovedChaincodeDefinitionResult) -> Self {
        definition!(result, source: result.source.map(source))
    }
}

impl From<lifecycle::QueryChaincodeDefinitionResult> for Definition {
    fn from(result: lifecycle::QueryChaincodeDefinitionResult) -> Self {
        definition!(result, approvals: result.approvals)
    }
}

/// Output of `queryapproved` without a name.
#[derive(Serialize)]
pub struct AllApproved {
    #[serde(skip_serializing_if = "is_default")]
    approved_chaincode_definitions: Vec<Definition>,
}

impl From<lifecycle::QueryApprovedChaincodeDefinitionsResult> for AllApproved {
    fn from(result: lifecycle::QueryApprovedChaincodeDefinitionsResult) -> Self {
        let approved = result.approved_chaincode_definitions.into_iter();
        let approved = approved.map(|one| definition!(one, name: one.name, source: one.source.map(source)));
        Self { approved_chaincode_definitions: approved.collect() }
    }
}

/// Output of `querycommitted` without a name.
#[derive(Serialize)]
pub struct AllCommitted {
    #[serde(skip_serializing_if = "is_default")]
    chaincode_definitions: Vec<Definition>,
}

impl From<lifecycle::QueryChaincodeDefinitionsResult> for AllCommitted {
    fn from(result: lifecycle::QueryChaincodeDefinitionsResult) -> Self {
        let committed = result.chaincode_definitions.into_iter();
        Self { chaincode_definitions: committed.map(|one| definition!(one, name: one.name)).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_look_like_gos_encoding() {
        let info = BlockchainInfo {
            height: 3,
            current_block_hash: Bytes::from_static(b"\xff\xfe"),
            previous_block_hash: Bytes::new(),
            ..Default::default()
        };
        assert_eq!(compact(&ChainInfo::from(info)), r#"{"height":3,"currentBlockHash":"//4="}"#);
        assert_eq!(indented(&Installed { installed_chaincodes: vec![] }), "{}\n");
        let id = PackageId { package_id: "a<b".into() };
        assert_eq!(indented(&id), "{\n\t\"package_id\": \"a\\u003cb\"\n}\n");
        let local = chaincode_source::Type::LocalPackage(chaincode_source::Local { package_id: "basic:ab".into() });
        let approved = lifecycle::QueryApprovedChaincodeDefinitionResult {
            sequence: 1,
            version: "1.0".into(),
            source: Some(lifecycle::ChaincodeSource { r#type: Some(local) }),
            ..Default::default()
        };
        assert_eq!(
            compact(&Definition::from(approved)),
            r#"{"sequence":1,"version":"1.0","source":{"Type":{"LocalPackage":{"package_id":"basic:ab"}}}}"#
        );
    }

    #[test]
    fn collections_are_shown_with_their_policies() {
        let text = r#"[{"name":"c","policy":"OR('Org1MSP.member')","endorsementPolicy":{"channelConfigPolicy":"P"}}]"#;
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("collections.json");
        std::fs::write(&file, text).expect("a file");
        let package = crate::cli::policy::collections(&file).expect("collections");
        let expected = concat!(
            r#"{"config":[{"Payload":{"StaticCollectionConfig":{"name":"c","member_orgs_policy":{"Payload":{"#,
            r#""SignaturePolicy":{"rule":{"Type":{"NOutOf":{"n":1,"rules":[{"Type":{"SignedBy":0}}]}}},"#,
            r#""identities":[{"principal":"CgdPcmcxTVNQ"}]}}},"maximum_peer_count":1,"#,
            r#""endorsement_policy":{"Type":{"ChannelConfigPolicyReference":"P"}}}}}]}"#
        );
        assert_eq!(compact(&collections(package)), expected);
    }

    #[test]
    fn mismatches_are_described_on_inspection() {
        let result = lifecycle::CheckCommitReadinessResult {
            approvals: [("Org1MSP".to_owned(), false)].into(),
            mismatches: [(
                "Org1MSP".to_owned(),
                lifecycle::check_commit_readiness_result::Mismatches { items: vec!["Collections".into()] },
            )]
            .into(),
        };
        let quiet = r#"{"approvals":{"Org1MSP":false}}"#;
        assert_eq!(compact(&Readiness::new(result.clone(), false)), quiet);
        let full = r#"{"approvals":{"Org1MSP":false},"mismatches":{"Org1MSP":{"items":["Collections (Check the Collections)"]}}}"#;
        assert_eq!(compact(&Readiness::new(result, true)), full);
    }
}
