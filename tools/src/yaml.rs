//! YAML as Fabric's tools take it: anchors and merge keys, keys in any case, fields left empty, and numbers where a text
//! is meant or the other way round. Mistakes are told with the place of the field.

use serde::Deserialize;
use serde::de::Error;
use serde_yaml_ng::Value;

/// What is wrong with a field.
#[derive(Debug, thiserror::Error)]
#[error("{path}: expected {expected}, found {found}")]
pub struct FieldError {
    /// Where: `PeerOrgs[0].Template.Count`.
    pub path: String,
    /// What should stand there.
    pub expected: &'static str,
    /// What stands there.
    pub found: String,
}

/// Parses the first document and resolves its merge keys (`<<: *Defaults`).
pub fn parse(text: &[u8]) -> Result<Value, serde_yaml_ng::Error> {
    let Some(document) = serde_yaml_ng::Deserializer::from_slice(text).next() else { return Ok(Value::Null) };
    let mut value = Value::deserialize(document)?;
    merge(&mut value)?;
    Ok(value)
}

/// Resolves merge keys from the inside out, since what is merged can have some of its own.
fn merge(value: &mut Value) -> Result<(), serde_yaml_ng::Error> {
    match value {
        Value::Sequence(values) => values.iter_mut().try_for_each(merge),
        Value::Mapping(fields) => {
            fields.values_mut().try_for_each(merge)?;
            let sources = match fields.remove("<<") {
                None => return Ok(()),
                Some(Value::Sequence(sources)) => sources,
                Some(source) => vec![source],
            };
            for source in sources {
                let Value::Mapping(source) = source else {
                    return Err(serde_yaml_ng::Error::custom(
                        "what '<<' merges must be a mapping or a list of mappings",
                    ));
                };
                for (key, value) in source {
                    fields.entry(key).or_insert(value);
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A value of a document, with its place.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    path: String,
    value: &'a Value,
}

impl<'a> Node<'a> {
    /// The whole document.
    pub fn root(value: &'a Value) -> Node<'a> {
        Node { path: String::new(), value }
    }

    /// Where it stands.
    pub fn path(&self) -> &str {
        if self.path.is_empty() { "the document" } else { &self.path }
    }

    /// Whether nothing is given here.
    pub fn is_null(&self) -> bool {
        self.value.is_null()
    }

    fn error(&self, expected: &'static str) -> FieldError {
        let found = match self.value {
            Value::Null => "nothing".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Number(value) => value.to_string(),
            Value::String(value) => format!("'{value}'"),
            Value::Sequence(_) => "a list".to_owned(),
            Value::Mapping(_) => "a mapping".to_owned(),
            Value::Tagged(value) => format!("the tag {}", value.tag),
        };
        FieldError { path: self.path().to_owned(), expected, found }
    }

    fn below(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The fields of a mapping, in order. Nothing has none.
    pub fn fields(&self) -> Result<Vec<(String, Node<'a>)>, FieldError> {
        let mapping = match self.value {
            Value::Null => return Ok(Vec::new()),
            Value::Mapping(mapping) => mapping,
            _ => return Err(self.error("a mapping")),
        };
        let mut fields = Vec::with_capacity(mapping.len());
        for (key, value) in mapping {
            let key = scalar(key).ok_or_else(|| self.error("a mapping whose keys are texts"))?;
            let path = self.below(&key);
            fields.push((key, Node { path, value }));
        }
        Ok(fields)
    }

    /// A field of a mapping; nothing if it is not there.
    pub fn get(&self, name: &str) -> Result<Node<'a>, FieldError> {
        let found = self.fields()?.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        Ok(found.map_or_else(|| Node { path: self.below(name), value: &Value::Null }, |(_, node)| node))
    }

    /// Refuses fields that are not among `known`: a misspelt name would be passed over.
    pub fn only(&self, known: &[&str]) -> Result<(), FieldError> {
        for (key, node) in self.fields()? {
            if !known.iter().any(|name| name.eq_ignore_ascii_case(&key)) {
                let found = format!("one; the fields are {}", known.join(", "));
                return Err(FieldError { path: node.path, expected: "no field of this name", found });
            }
        }
        Ok(())
    }

    /// The elements of a list. Nothing has none.
    pub fn list(&self) -> Result<Vec<Node<'a>>, FieldError> {
        match self.value {
            Value::Null => Ok(Vec::new()),
            Value::Sequence(values) => {
                let node = |(index, value)| Node { path: format!("{}[{index}]", self.path), value };
                Ok(values.iter().enumerate().map(node).collect())
            }
            _ => Err(self.error("a list")),
        }
    }

    /// A text; nothing is the empty one.
    pub fn text(&self) -> Result<String, FieldError> {
        match self.value {
            Value::Null => Ok(String::new()),
            value => scalar(value).ok_or_else(|| self.error("a text")),
        }
    }

    /// A list of texts, or one text of the form `[a, b]`, which is how environment variables give lists.
    pub fn texts(&self) -> Result<Vec<String>, FieldError> {
        let Value::String(text) = self.value else { return self.list()?.iter().map(Node::text).collect() };
        match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            Some("") => Ok(Vec::new()),
            Some(list) => Ok(list.split(',').map(|one| one.trim().to_owned()).collect()),
            None => Ok(vec![text.clone()]),
        }
    }

    /// A truth value; nothing is false.
    pub fn bool(&self) -> Result<bool, FieldError> {
        match self.text()?.as_str() {
            "" | "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
            _ => Err(self.error("true or false")),
        }
    }

    /// A whole number that is not negative; nothing is 0.
    pub fn u64(&self) -> Result<u64, FieldError> {
        let text = self.text()?;
        match text.as_str() {
            "" => Ok(0),
            text => text.parse().map_err(|_| self.error("a whole number")),
        }
    }

    /// A whole number below 2^32; nothing is 0.
    pub fn u32(&self) -> Result<u32, FieldError> {
        u32::try_from(self.u64()?).map_err(|_| self.error("a whole number below 4294967296"))
    }

    /// A number of bytes such as `512 KB` or `10mb`, below 2^32; nothing is 0.
    pub fn bytes(&self) -> Result<u32, FieldError> {
        const EXPECTED: &str = "a number of bytes below 4 GB, such as 524288 or 512 KB";
        let text = self.text()?.to_ascii_lowercase();
        let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        if text.is_empty() {
            return Ok(0);
        }
        let shift = match unit.trim_start().trim_end_matches('b') {
            "" if unit.is_empty() => 0,
            "k" => 10,
            "m" => 20,
            "g" => 30,
            _ => return Err(self.error(EXPECTED)),
        };
        let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift));
        bytes.and_then(|bytes| u32::try_from(bytes).ok()).ok_or_else(|| self.error(EXPECTED))
    }

    /// An error about this field.
    pub fn wrong(&self, expected: &'static str) -> FieldError {
        self.error(expected)
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(value) => Some(value.to_string()),
        Value::String(value) => Some(value.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let value = parse(b"A: &a { n: 7, s: 10 MB, t: 1 }\nb: { <<: *a, x: [p, 2] }\ne: \"[p, q]\"").expect("YAML");
        let root = Node::root(&value);
        let b = root.get("B").expect("there");
        assert_eq!((b.get("N").unwrap().u64().unwrap(), b.get("s").unwrap().bytes().unwrap()), (7, 10 << 20));
        assert!(b.get("t").unwrap().bool().unwrap());
        assert_eq!(b.get("x").unwrap().texts().unwrap(), ["p", "2"]);
        assert_eq!(root.get("e").unwrap().texts().unwrap(), ["p", "q"]);
        assert!(root.get("none").unwrap().get("deeper").unwrap().is_null());
        let error = b.get("x").unwrap().list().unwrap()[0].u32().expect_err("a text");
        assert_eq!(error.to_string(), "b.x[0]: expected a whole number, found 'p'");
        assert!(b.only(&["n", "S", "x"]).is_err());
    }

    #[test]
    fn merged_mappings_can_merge() {
        let text = "a: &a { x: 1, y: 1 }\nb: &b { <<: *a, y: 2 }\nc: { <<: [*b, { z: 3 }], x: 0 }\nd: { <<: 5 }";
        assert!(parse(text.as_bytes()).is_err());
        let value = parse(text.rsplit_once('\n').expect("lines").0.as_bytes()).expect("YAML");
        let c = Node::root(&value).get("c").expect("there");
        let number = |name| c.get(name).expect("a mapping").u64().expect("a number");
        assert_eq!((number("x"), number("y"), number("z")), (0, 2, 3));
        assert_eq!(c.fields().expect("a mapping").len(), 3);
    }

    #[test]
    fn sizes() {
        let cases =
            [("1", Some(1)), ("2k", Some(2048)), ("1 KB", Some(1024)), ("4g", None), ("b", None), ("1 x", None)];
        for (text, expected) in cases {
            let value = Value::String(text.to_owned());
            assert_eq!(Node::root(&value).bytes().ok(), expected, "{text}");
        }
    }
}
