//! What `bytes` fields hold. It follows from the field, from other fields of the message, or from the place of the
//! message in a configuration.

use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, ReflectMessage};
use proto::common::{ChannelHeader, HeaderType};

use super::FieldError;

/// The place of a message, where its type alone does not tell what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Context {
    /// Nothing special.
    None,
    /// A group of a configuration.
    Group(Group),
    /// A value of a group, by its key.
    Value(Group, String),
    /// Reads and writes of one namespace, in the key-value model.
    Namespace,
    /// Hashed reads and writes of one collection, in the key-value model.
    Collection,
    /// Below a `oneof`: shown as declared, all the way down.
    Declared,
}

/// The groups of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The root.
    Channel,
    /// Consortiums of an ordering service's own channel, before Fabric 3.
    Consortiums,
    /// One consortium.
    Consortium,
    /// An organisation of a consortium.
    ConsortiumOrg,
    /// The ordering service.
    Orderer,
    /// An organisation that orders.
    OrdererOrg,
    /// The organisations that run contracts.
    Application,
    /// One of them.
    ApplicationOrg,
}

/// What a field is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// What its definition says.
    Declared,
    /// Messages at a special place.
    Placed(Context),
    /// A message of this type, encoded.
    Encoded(&'static str),
}

/// Fields that always hold the same type.
const ENCODED: [(&str, &str, &str); 15] = [
    ("common.BlockData", "data", "common.Envelope"),
    ("common.ConfigSignature", "signature_header", "common.SignatureHeader"),
    ("common.ConfigUpdateEnvelope", "config_update", "common.ConfigUpdate"),
    ("common.Envelope", "payload", "common.Payload"),
    ("common.Header", "channel_header", "common.ChannelHeader"),
    ("common.Header", "signature_header", "common.SignatureHeader"),
    ("common.SignatureHeader", "creator", "msp.SerializedIdentity"),
    ("protos.ChaincodeAction", "results", "rwset.TxReadWriteSet"),
    ("protos.ChaincodeAction", "events", "protos.ChaincodeEvent"),
    ("protos.ChaincodeActionPayload", "chaincode_proposal_payload", "protos.ChaincodeProposalPayload"),
    ("protos.ChaincodeEndorsedAction", "proposal_response_payload", "protos.ProposalResponsePayload"),
    ("protos.ChaincodeProposalPayload", "input", "protos.ChaincodeInvocationSpec"),
    ("protos.ProposalResponsePayload", "extension", "protos.ChaincodeAction"),
    ("protos.TransactionAction", "header", "common.SignatureHeader"),
    ("protos.TransactionAction", "payload", "protos.ChaincodeActionPayload"),
];

/// Fields whose type depends on other fields of the message, which must be known first.
const VARIABLE: [(&str, &str); 6] = [
    ("common.Payload", "data"),
    ("common.ChannelHeader", "extension"),
    ("common.Policy", "value"),
    ("common.MSPPrincipal", "principal"),
    ("msp.MSPConfig", "config"),
    ("orderer.ConsensusType", "metadata"),
];

/// Whether the other fields of a message must be read before `field`.
pub(super) fn is_variable(field: &FieldDescriptor) -> bool {
    VARIABLE.contains(&(field.parent_message().full_name(), field.name()))
}

/// What `field` of `message` is; `key` is that of an entry, if the field is a map.
pub(super) fn of(
    message: &DynamicMessage,
    context: &Context,
    field: &FieldDescriptor,
    key: &str,
) -> Result<Meaning, FieldError> {
    let descriptor = message.descriptor();
    let (name, field) = (descriptor.full_name(), field.name());
    match context {
        Context::Declared => return Ok(Meaning::Declared),
        Context::Group(group) => return in_group(*group, field, key),
        Context::Value(group, key) => {
            return match field {
                "value" => value_type(*group, key).map(Meaning::Encoded),
                _ => Ok(Meaning::Declared),
            };
        }
        Context::Namespace if field == "rwset" => return Ok(Meaning::Encoded("kvrwset.KVRWSet")),
        Context::Namespace if field == "collection_hashed_rwset" => return Ok(Meaning::Placed(Context::Collection)),
        Context::Collection if field == "rwset" => return Ok(Meaning::Encoded("kvrwset.HashedRWSet")),
        Context::None | Context::Namespace | Context::Collection => {}
    }
    if let Some((_, _, holds)) = ENCODED.iter().find(|(owner, of, _)| (*owner, *of) == (name, field)) {
        return Ok(Meaning::Encoded(holds));
    }
    match (name, field) {
        ("common.Config", "channel_group") | ("common.ConfigUpdate", "read_set" | "write_set") => {
            Ok(Meaning::Placed(Context::Group(Group::Channel)))
        }
        ("common.ConfigUpdate", "isolated_data") => Err(FieldError::new(format!("Unknown map key: {key}"))),
        ("rwset.TxReadWriteSet", "ns_rwset") if number(message, "data_model") == 0 => {
            Ok(Meaning::Placed(Context::Namespace))
        }
        _ => match VARIABLE.contains(&(name, field)) {
            true => variable(message, name).map(Meaning::Encoded),
            false => Ok(Meaning::Declared),
        },
    }
}

fn in_group(group: Group, field: &str, key: &str) -> Result<Meaning, FieldError> {
    match field {
        "groups" => sub_group(group, key).map(|group| Meaning::Placed(Context::Group(group))),
        "values" if group == Group::Consortiums => {
            Err(FieldError::new("Consortiums currently support no config values"))
        }
        "values" => Ok(Meaning::Placed(Context::Value(group, key.to_owned()))),
        _ => Ok(Meaning::Declared),
    }
}

fn sub_group(group: Group, key: &str) -> Result<Group, FieldError> {
    match (group, key) {
        (Group::Channel, "Consortiums") => Ok(Group::Consortiums),
        (Group::Channel, "Orderer") => Ok(Group::Orderer),
        (Group::Channel, "Application") => Ok(Group::Application),
        (Group::Channel, _) => Err(FieldError::new(format!("unknown channel group sub-group '{key}'"))),
        (Group::Consortiums, _) => Ok(Group::Consortium),
        (Group::Consortium, _) => Ok(Group::ConsortiumOrg),
        (Group::Orderer, _) => Ok(Group::OrdererOrg),
        (Group::Application, _) => Ok(Group::ApplicationOrg),
        (Group::ConsortiumOrg | Group::OrdererOrg | Group::ApplicationOrg, _) => {
            Err(FieldError::new("the group of an organization does not support sub-groups"))
        }
    }
}

fn value_type(group: Group, key: &str) -> Result<&'static str, FieldError> {
    Ok(match (group, key) {
        (Group::Channel, "HashingAlgorithm") => "common.HashingAlgorithm",
        (Group::Channel, "BlockDataHashingStructure") => "common.BlockDataHashingStructure",
        (Group::Channel, "OrdererAddresses") => "common.OrdererAddresses",
        (Group::Channel, "Consortium") => "common.Consortium",
        (Group::Channel | Group::Orderer | Group::Application, "Capabilities") => "common.Capabilities",
        (Group::Consortium, "ChannelCreationPolicy") => "common.Policy",
        (Group::ConsortiumOrg | Group::OrdererOrg | Group::ApplicationOrg, "MSP") => "msp.MSPConfig",
        (Group::Orderer, "ConsensusType") => "orderer.ConsensusType",
        (Group::Orderer, "BatchSize") => "orderer.BatchSize",
        (Group::Orderer, "BatchTimeout") => "orderer.BatchTimeout",
        (Group::Orderer, "KafkaBrokers") => "orderer.KafkaBrokers",
        (Group::Orderer, "ChannelRestrictions") => "orderer.ChannelRestrictions",
        (Group::Orderer, "Orderers") => "common.Orderers",
        (Group::OrdererOrg, "Endpoints") => "common.OrdererAddresses",
        (Group::Application, "ACLs") => "protos.ACLs",
        (Group::ApplicationOrg, "AnchorPeers") => "protos.AnchorPeers",
        _ => return Err(FieldError::new(format!("unknown {group:?} ConfigValue name: {key}"))),
    })
}

/// The type of the variable field of a message of type `name`.
fn variable(message: &DynamicMessage, name: &str) -> Result<&'static str, FieldError> {
    match name {
        "common.Payload" => payload_type(message),
        "common.ChannelHeader" => match number(message, "type") == HeaderType::EndorserTransaction as i32 {
            true => Ok("protos.ChaincodeHeaderExtension"),
            false => Err(FieldError::new("channel header extension only valid for endorser transactions")),
        },
        "common.Policy" => match number(message, "type") {
            1 => Ok("common.SignaturePolicyEnvelope"),
            3 => Ok("common.ImplicitMetaPolicy"),
            other => Err(FieldError::new(format!("unable to decode policy type: {other}"))),
        },
        "common.MSPPrincipal" => match number(message, "principal_classification") {
            0 => Ok("common.MSPRole"),
            1 => Ok("common.OrganizationUnit"),
            2 => Ok("msp.SerializedIdentity"),
            other => Err(FieldError::new(format!("unable to decode MSP type: {other}"))),
        },
        "msp.MSPConfig" => match number(message, "type") {
            0 => Ok("msp.FabricMSPConfig"),
            1 => Ok("msp.IdemixMSPConfig"),
            other => Err(FieldError::new(format!("unable to decode MSP type: {other}"))),
        },
        _ => Ok(match text(message, "type").as_str() {
            "etcdraft" => "etcdraft.ConfigMetadata",
            "BFT" => "orderer.smartbft.Options",
            _ => "google.protobuf.Empty",
        }),
    }
}

fn payload_type(message: &DynamicMessage) -> Result<&'static str, FieldError> {
    let header = message.get_field_by_name("header");
    let header = header.as_ref().and_then(|header| header.as_message());
    if !message.has_field_by_name("header") {
        return Err(FieldError::new("cannot determine payload type when header is missing"));
    }
    let encoded = header.and_then(|header| header.get_field_by_name("channel_header")?.as_bytes().cloned());
    let header = ChannelHeader::decode(encoded.unwrap_or_default())
        .map_err(|error| FieldError::new(format!("corrupt channel header: {error}")))?;
    match HeaderType::try_from(header.r#type) {
        Ok(HeaderType::Config) => Ok("common.ConfigEnvelope"),
        Ok(HeaderType::OrdererTransaction) => Ok("common.Envelope"),
        Ok(HeaderType::ConfigUpdate) => Ok("common.ConfigUpdateEnvelope"),
        Ok(HeaderType::Message) => Ok("common.ConfigValue"),
        Ok(HeaderType::EndorserTransaction) => Ok("protos.Transaction"),
        _ => Err(FieldError::new(format!("decoding type {} is unimplemented", header.r#type))),
    }
}

fn number(message: &DynamicMessage, field: &str) -> i32 {
    let value = message.get_field_by_name(field);
    value.and_then(|value| value.as_i32().or_else(|| value.as_enum_number())).unwrap_or_default()
}

fn text(message: &DynamicMessage, field: &str) -> String {
    let value = message.get_field_by_name(field);
    value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
