//! From messages to trees.

use bytes::Bytes;
use prost_reflect::{Cardinality, DynamicMessage, FieldDescriptor, Kind, ReflectMessage, Value};
use serde_json::{Map, Value as Json};

use super::meaning::{self, Context, Meaning};
use super::{FieldError, Protolator, check_depth, decode, scalar};

impl Protolator {
    /// A message as a tree. Fields without value are shown, except those of a `oneof`.
    pub(super) fn tree(&self, message: &DynamicMessage, context: &Context, depth: usize) -> Result<Json, FieldError> {
        check_depth(depth)?;
        if let Some(special) = scalar::well_known(message)? {
            return Ok(special);
        }
        let mut tree = Map::new();
        for field in message.descriptor().fields() {
            let in_oneof = field.containing_oneof().is_some();
            if in_oneof && !message.has_field(&field) {
                continue;
            }
            let context = if in_oneof { &Context::Declared } else { context };
            let shown = self.field(message, context, &field, depth).map_err(|error| error.within(field.name()))?;
            tree.insert(field.name().to_owned(), shown);
        }
        Ok(Json::Object(tree))
    }

    fn field(
        &self,
        message: &DynamicMessage,
        context: &Context,
        field: &FieldDescriptor,
        depth: usize,
    ) -> Result<Json, FieldError> {
        let value = message.get_field(field);
        match value.as_ref() {
            Value::Map(entries) => {
                let mut shown = Map::new();
                let Kind::Message(entry) = field.kind() else { return Ok(Json::Object(shown)) };
                let entry = entry.map_entry_value_field();
                for (key, value) in entries {
                    let key = scalar::map_key(key);
                    let meaning = meaning::of(message, context, field, &key);
                    let value = meaning.and_then(|meaning| self.value(value, &entry, context, &meaning, depth));
                    let value = value.map_err(|error| error.within(&key))?;
                    shown.insert(key, value);
                }
                Ok(Json::Object(shown))
            }
            Value::List(values) => {
                let one = |(index, value)| {
                    let meaning = meaning::of(message, context, field, "");
                    let value = meaning.and_then(|meaning| self.value(value, field, context, &meaning, depth));
                    value.map_err(|error| error.within(format!("[{index}]")))
                };
                values.iter().enumerate().map(one).collect()
            }
            // What is not there is not looked into.
            Value::Message(_) if !message.has_field(field) => Ok(Json::Null),
            Value::Bytes(bytes) if bytes.is_empty() => {
                let opaque = meaning::is_variable(field) && *context != Context::Declared
                    || matches!(meaning::of(message, context, field, ""), Ok(Meaning::Encoded(_)));
                Ok(if opaque { Json::Null } else { Json::String(String::new()) })
            }
            value => {
                let meaning = meaning::of(message, context, field, "")?;
                self.value(value, field, context, &meaning, depth)
            }
        }
    }

    /// A single value, of a field or in one that is repeated.
    fn value(
        &self,
        value: &Value,
        field: &FieldDescriptor,
        context: &Context,
        meaning: &Meaning,
        depth: usize,
    ) -> Result<Json, FieldError> {
        match (value, meaning) {
            (Value::Bytes(bytes), Meaning::Encoded(holds)) => self.encoded(bytes, holds, depth),
            (Value::Message(message), Meaning::Placed(context)) => self.tree(message, context, depth + 1),
            (Value::Message(message), _) => {
                let below = if *context == Context::Declared { Context::Declared } else { Context::None };
                self.tree(message, &below, depth + 1)
            }
            (value, _) => scalar::shown(value, &field.kind()),
        }
    }

    fn encoded(&self, bytes: &Bytes, holds: &str, depth: usize) -> Result<Json, FieldError> {
        let message = decode(self.known(holds)?, bytes.clone())?;
        self.tree(&message, &Context::None, depth + 1)
    }
}

/// Whether a field holds any number of values.
pub(super) fn is_repeated(field: &FieldDescriptor) -> bool {
    field.cardinality() == Cardinality::Repeated && !field.is_map()
}
