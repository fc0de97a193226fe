//! Encoding, the same for equal messages: fields by number, map entries by key, and entries with both key and value as
//! Go writes them.

use prost::encoding::{WireType, encode_key, encode_varint};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, ReflectMessage, Value};

/// Encodes a message. Fields that its definition does not know are left out.
pub(super) fn encode(message: &DynamicMessage) -> Vec<u8> {
    let mut fields: Vec<FieldDescriptor> = message.descriptor().fields().collect();
    fields.sort_by_key(FieldDescriptor::number);
    let mut output = Vec::new();
    for field in fields.into_iter().filter(|field| message.has_field(field)) {
        put_field(&field, &message.get_field(&field), &mut output);
    }
    output
}

fn put_field(field: &FieldDescriptor, value: &Value, output: &mut Vec<u8>) {
    match value {
        Value::Map(entries) => {
            let Kind::Message(entry) = field.kind() else { return };
            let mut entries: Vec<(&MapKey, &Value)> = entries.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            for (key, value) in entries {
                let mut encoded = Vec::new();
                put(&entry.map_entry_key_field(), &Value::from(key.clone()), &mut encoded);
                put(&entry.map_entry_value_field(), value, &mut encoded);
                put_bytes(field.number(), &encoded, output);
            }
        }
        Value::List(values) if field.is_packed() => {
            let mut encoded = Vec::new();
            for value in values {
                put_content(&field.kind(), value, &mut encoded);
            }
            put_bytes(field.number(), &encoded, output);
        }
        Value::List(values) => values.iter().for_each(|value| put(field, value, output)),
        value => put(field, value, output),
    }
}

/// One value with its number.
fn put(field: &FieldDescriptor, value: &Value, output: &mut Vec<u8>) {
    let kind = field.kind();
    encode_key(field.number(), wire_type(&kind), output);
    put_content(&kind, value, output);
}

fn put_bytes(number: u32, bytes: &[u8], output: &mut Vec<u8>) {
    encode_key(number, WireType::LengthDelimited, output);
    encode_varint(bytes.len() as u64, output);
    output.extend_from_slice(bytes);
}

fn wire_type(kind: &Kind) -> WireType {
    match kind {
        Kind::String | Kind::Bytes | Kind::Message(_) => WireType::LengthDelimited,
        Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => WireType::SixtyFourBit,
        Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => WireType::ThirtyTwoBit,
        _ => WireType::Varint,
    }
}

fn put_content(kind: &Kind, value: &Value, output: &mut Vec<u8>) {
    let delimited = |bytes: &[u8], output: &mut Vec<u8>| {
        encode_varint(bytes.len() as u64, output);
        output.extend_from_slice(bytes);
    };
    match (value, kind) {
        (Value::I32(value), Kind::Sint32) => {
            encode_varint(u64::from(((value << 1) ^ (value >> 31)) as u32), output);
        }
        (Value::I64(value), Kind::Sint64) => encode_varint(((value << 1) ^ (value >> 63)) as u64, output),
        (Value::I32(value), Kind::Sfixed32) => output.extend_from_slice(&value.to_le_bytes()),
        (Value::I64(value), Kind::Sfixed64) => output.extend_from_slice(&value.to_le_bytes()),
        (Value::U32(value), Kind::Fixed32) => output.extend_from_slice(&value.to_le_bytes()),
        (Value::U64(value), Kind::Fixed64) => output.extend_from_slice(&value.to_le_bytes()),
        (Value::F32(value), _) => output.extend_from_slice(&value.to_le_bytes()),
        (Value::F64(value), _) => output.extend_from_slice(&value.to_le_bytes()),
        (Value::Bool(value), _) => encode_varint(u64::from(*value), output),
        // Negative numbers have ten bytes.
        (Value::I32(value), _) | (Value::EnumNumber(value), _) => encode_varint(i64::from(*value) as u64, output),
        (Value::I64(value), _) => encode_varint(*value as u64, output),
        (Value::U32(value), _) => encode_varint(u64::from(*value), output),
        (Value::U64(value), _) => encode_varint(*value, output),
        (Value::String(value), _) => delimited(value.as_bytes(), output),
        (Value::Bytes(value), _) => delimited(value, output),
        (Value::Message(value), _) => delimited(&encode(value), output),
        // Lists and maps are taken apart before.
        (Value::List(_) | Value::Map(_), _) => {}
    }
}
