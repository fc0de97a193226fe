//! From trees to messages.

use std::collections::HashMap;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use serde_json::{Map, Value as Json};

use super::meaning::{self, Context, Meaning};
use super::{FieldError, Protolator, check_depth, scalar, tree, wire};

impl Protolator {
    /// Reads a tree as a message.
    pub(super) fn read(
        &self,
        descriptor: MessageDescriptor,
        context: &Context,
        json: &Json,
        depth: usize,
    ) -> Result<DynamicMessage, FieldError> {
        check_depth(depth)?;
        if let Some(special) = scalar::read_well_known(&descriptor, json)? {
            return Ok(special);
        }
        let Json::Object(tree) = json else {
            let (name, found) = (descriptor.full_name(), scalar::brief(json));
            return Err(FieldError::new(format!("expected an object, which is a message {name}, found {found}")));
        };
        let fields = fields(&descriptor, tree)?;
        let mut message = DynamicMessage::new(descriptor);
        // What a variable field holds is known when all others are.
        for last in [false, true] {
            for (field, json) in fields.iter().filter(|(field, _)| meaning::is_variable(field) == last) {
                self.read_field(&mut message, context, field, json, depth)
                    .map_err(|error| error.within(field.name()))?;
            }
        }
        Ok(message)
    }

    fn read_field(
        &self,
        message: &mut DynamicMessage,
        context: &Context,
        field: &FieldDescriptor,
        json: &Json,
        depth: usize,
    ) -> Result<(), FieldError> {
        let oneof = field.containing_oneof();
        if let Some(other) = oneof.iter().flat_map(|oneof| oneof.fields()).find(|other| message.has_field(other)) {
            return Err(FieldError::new(format!("{} is given already, and only one of them may be", other.name())));
        }
        let context = if oneof.is_some() { &Context::Declared } else { context };
        let value = if field.is_map() {
            let Kind::Message(entry) = field.kind() else { return Ok(()) };
            let Json::Object(entries) = json else {
                return Err(FieldError::new(format!("expected an object, found {}", scalar::brief(json))));
            };
            let mut map = HashMap::new();
            for (key, json) in entries {
                let within = |error: FieldError| error.within(key);
                let meaning = meaning::of(message, context, field, key).map_err(within)?;
                let value_field = entry.map_entry_value_field();
                let value = self.read_value(&value_field, context, &meaning, json, depth).map_err(within)?;
                map.insert(scalar::read_map_key(key, &entry.map_entry_key_field().kind())?, value);
            }
            Value::Map(map)
        } else if tree::is_repeated(field) {
            let Json::Array(elements) = json else {
                return Err(FieldError::new(format!("expected an array, found {}", scalar::brief(json))));
            };
            let one = |(index, json)| {
                let meaning = meaning::of(message, context, field, "");
                let value = meaning.and_then(|meaning| self.read_value(field, context, &meaning, json, depth));
                value.map_err(|error| error.within(format!("[{index}]")))
            };
            Value::List(elements.iter().enumerate().map(one).collect::<Result<_, _>>()?)
        } else {
            let meaning = meaning::of(message, context, field, "")?;
            self.read_value(field, context, &meaning, json, depth)?
        };
        message.set_field(field, value);
        Ok(())
    }

    fn read_value(
        &self,
        field: &FieldDescriptor,
        context: &Context,
        meaning: &Meaning,
        json: &Json,
        depth: usize,
    ) -> Result<Value, FieldError> {
        match (field.kind(), meaning) {
            (Kind::Bytes, Meaning::Encoded(holds)) => {
                let message = self.read(self.known(holds)?, &Context::None, json, depth + 1)?;
                Ok(Value::Bytes(wire::encode(&message).into()))
            }
            (Kind::Message(descriptor), Meaning::Placed(context)) => {
                Ok(Value::Message(self.read(descriptor, context, json, depth + 1)?))
            }
            (Kind::Message(descriptor), _) => {
                let below = if *context == Context::Declared { Context::Declared } else { Context::None };
                Ok(Value::Message(self.read(descriptor, &below, json, depth + 1)?))
            }
            (kind, _) => scalar::read(json, &kind),
        }
    }
}

/// The fields that are given. `null` is as good as nothing.
fn fields<'a>(
    descriptor: &MessageDescriptor,
    tree: &'a Map<String, Json>,
) -> Result<Vec<(FieldDescriptor, &'a Json)>, FieldError> {
    let mut fields: Vec<(FieldDescriptor, &Json)> = Vec::with_capacity(tree.len());
    for (name, json) in tree {
        let field = descriptor.get_field_by_name(name).or_else(|| descriptor.get_field_by_json_name(name));
        let field = field.ok_or_else(|| {
            FieldError::new(format!("unknown field \"{name}\": {} has none of that name", descriptor.full_name()))
        })?;
        if fields.iter().any(|(other, _)| *other == field) {
            return Err(FieldError::new(format!("duplicate field \"{name}\"")));
        }
        if !json.is_null() {
            fields.push((field, json));
        }
    }
    Ok(fields)
}
