//! Values that are not messages, and the few messages that JSON has a form of its own for.

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use prost_reflect::{DynamicMessage, Kind, MapKey, MessageDescriptor, ReflectMessage, Value};
use serde_json::{Number, Value as Json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::FieldError;

const TIMESTAMP: &str = "google.protobuf.Timestamp";

/// Base64 with or without padding.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// A time as text; nothing for other messages.
pub(super) fn well_known(message: &DynamicMessage) -> Result<Option<Json>, FieldError> {
    if message.descriptor().full_name() != TIMESTAMP {
        return Ok(None);
    }
    let field = |name| message.get_field_by_name(name);
    let seconds = field("seconds").and_then(|value| value.as_i64()).unwrap_or_default();
    let nanos = field("nanos").and_then(|value| value.as_i32()).unwrap_or_default();
    let wrong =
        || FieldError::new(format!("{TIMESTAMP}: {seconds} s and {nanos} ns are no time in the years 1 to 9999"));
    let time = OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| wrong())?;
    if !(1..=9999).contains(&time.year()) || !(0..1_000_000_000).contains(&nanos) {
        return Err(wrong());
    }
    let text = time.format(&Rfc3339).map_err(|_| wrong())?;
    let text = text.trim_end_matches('Z');
    // Three, six or nine digits, or none.
    let fraction = match nanos {
        0 => String::new(),
        _ if nanos % 1_000_000 == 0 => format!(".{:03}", nanos / 1_000_000),
        _ if nanos % 1_000 == 0 => format!(".{:06}", nanos / 1_000),
        _ => format!(".{nanos:09}"),
    };
    Ok(Some(Json::String(format!("{text}{fraction}Z"))))
}

/// Reads a message that [`well_known`] writes.
pub(super) fn read_well_known(
    descriptor: &MessageDescriptor,
    json: &Json,
) -> Result<Option<DynamicMessage>, FieldError> {
    if descriptor.full_name() != TIMESTAMP {
        return Ok(None);
    }
    let wrong = || FieldError::new(format!("expected a time such as \"2026-01-02T15:04:05Z\", found {}", brief(json)));
    let time = OffsetDateTime::parse(json.as_str().ok_or_else(wrong)?, &Rfc3339).map_err(|_| wrong())?;
    let mut message = DynamicMessage::new(descriptor.clone());
    message.set_field_by_name("seconds", Value::I64(time.unix_timestamp()));
    message.set_field_by_name("nanos", Value::I32(i32::try_from(time.nanosecond()).unwrap_or_default()));
    Ok(Some(message))
}

/// A value as JSON.
pub(super) fn shown(value: &Value, kind: &Kind) -> Result<Json, FieldError> {
    let float = |value: f64| match Number::from_f64(value) {
        Some(number) => Json::Number(number),
        None if value.is_nan() => Json::String("NaN".to_owned()),
        None if value > 0.0 => Json::String("Infinity".to_owned()),
        None => Json::String("-Infinity".to_owned()),
    };
    Ok(match value {
        Value::Bool(value) => Json::Bool(*value),
        Value::I32(value) => (*value).into(),
        Value::U32(value) => (*value).into(),
        Value::I64(value) => Json::String(value.to_string()),
        Value::U64(value) => Json::String(value.to_string()),
        Value::F32(value) => float(f64::from(*value)),
        Value::F64(value) => float(*value),
        Value::String(value) => Json::String(value.clone()),
        Value::Bytes(value) => Json::String(STANDARD.encode(value)),
        Value::EnumNumber(number) => match kind {
            Kind::Enum(values) => {
                let name = values.get_value(*number).map(|value| Json::String(value.name().to_owned()));
                name.unwrap_or_else(|| (*number).into())
            }
            _ => (*number).into(),
        },
        Value::Message(_) | Value::List(_) | Value::Map(_) => {
            return Err(FieldError::new("a message where a plain value is defined"));
        }
    })
}

/// A key of a map as text.
pub(super) fn map_key(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}

/// Reads a key of a map.
pub(super) fn read_map_key(key: &str, kind: &Kind) -> Result<MapKey, FieldError> {
    let value = read(&Json::String(key.to_owned()), kind)?;
    match value {
        Value::Bool(key) => Ok(MapKey::Bool(key)),
        Value::I32(key) => Ok(MapKey::I32(key)),
        Value::I64(key) => Ok(MapKey::I64(key)),
        Value::U32(key) => Ok(MapKey::U32(key)),
        Value::U64(key) => Ok(MapKey::U64(key)),
        Value::String(key) => Ok(MapKey::String(key)),
        _ => Err(FieldError::new(format!("'{key}' is no key"))),
    }
}

/// Reads a value that is no message.
pub(super) fn read(json: &Json, kind: &Kind) -> Result<Value, FieldError> {
    let wrong = |expected: &str| FieldError::new(format!("expected {expected}, found {}", brief(json)));
    Ok(match kind {
        Kind::Bool => match json {
            Json::Bool(value) => Value::Bool(*value),
            Json::String(text) if text == "true" => Value::Bool(true),
            Json::String(text) if text == "false" => Value::Bool(false),
            _ => return Err(wrong("true or false")),
        },
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
            let number = whole(json).and_then(|number| i32::try_from(number).ok());
            Value::I32(number.ok_or_else(|| wrong("a whole number of 32 bits"))?)
        }
        Kind::Uint32 | Kind::Fixed32 => {
            let number = whole(json).and_then(|number| u32::try_from(number).ok());
            Value::U32(number.ok_or_else(|| wrong("a whole number of 32 bits that is not negative"))?)
        }
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            let number = whole(json).and_then(|number| i64::try_from(number).ok());
            Value::I64(number.ok_or_else(|| wrong("a whole number of 64 bits"))?)
        }
        Kind::Uint64 | Kind::Fixed64 => {
            let number = whole(json).and_then(|number| u64::try_from(number).ok());
            Value::U64(number.ok_or_else(|| wrong("a whole number of 64 bits that is not negative"))?)
        }
        Kind::Float => Value::F32(float(json).ok_or_else(|| wrong("a number"))? as f32),
        Kind::Double => Value::F64(float(json).ok_or_else(|| wrong("a number"))?),
        Kind::String => Value::String(json.as_str().ok_or_else(|| wrong("a text"))?.to_owned()),
        Kind::Bytes => {
            let text = json.as_str().ok_or_else(|| wrong("base64"))?;
            let alphabet = if text.contains(['-', '_']) { &alphabet::URL_SAFE } else { &alphabet::STANDARD };
            let bytes = GeneralPurpose::new(alphabet, LENIENT).decode(text);
            Value::Bytes(Bytes::from(bytes.map_err(|_| wrong("base64"))?))
        }
        Kind::Enum(values) => {
            let named = json.as_str().and_then(|name| values.get_value_by_name(name)).map(|value| value.number());
            let number = json.as_i64().and_then(|number| i32::try_from(number).ok());
            let names = || {
                let names: Vec<String> = values.values().map(|value| value.name().to_owned()).collect();
                format!("one of {}", names.join(", "))
            };
            Value::EnumNumber(named.or(number).ok_or_else(|| wrong(&names()))?)
        }
        Kind::Message(_) => return Err(wrong("an object")),
    })
}

/// A whole number, also as text or with an exponent.
fn whole(json: &Json) -> Option<i128> {
    let text = match json {
        Json::Number(number) => number.to_string(),
        Json::String(text) => text.clone(),
        _ => return None,
    };
    if let Ok(number) = text.parse::<i128>() {
        return Some(number);
    }
    let number = text.parse::<f64>().ok()?;
    // Beyond this a float does not say which number is meant.
    (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i128)
}

fn float(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            text => text.parse().ok(),
        },
        _ => None,
    }
}

/// What stands there, short enough for an error.
pub(super) fn brief(json: &Json) -> String {
    const SHOWN: usize = 40;
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(value) => value.to_string(),
        Json::String(text) if text.chars().count() > SHOWN => {
            format!("{:?}..", text.chars().take(SHOWN).collect::<String>())
        }
        Json::String(text) => format!("{text:?}"),
        Json::Array(_) => "an array".to_owned(),
        Json::Object(_) => "an object".to_owned(),
    }
}
