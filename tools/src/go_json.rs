//! JSON as Go's `encoding/json` writes it: fields in the order of the struct, `<`, `>` and `&` escaped, and texts made of
//! any bytes, of which those that are not UTF-8 become `\ufffd` one by one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A value with its fields in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`, which is also what Go writes for a list that was never begun.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(u64),
    /// A text, in any bytes.
    Text(Vec<u8>),
    /// A list.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// A text.
    pub fn text(text: impl Into<Vec<u8>>) -> Json {
        Json::Text(text.into())
    }

    /// Bytes, which Go writes in base64.
    pub fn bytes(bytes: &[u8]) -> Json {
        Json::text(STANDARD.encode(bytes))
    }

    /// A list that Go never began if it has no element.
    pub fn list(elements: Vec<Json>) -> Json {
        if elements.is_empty() { Json::Null } else { Json::List(elements) }
    }

    /// An object.
    pub fn object<const N: usize>(fields: [(&str, Json); N]) -> Json {
        Json::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Without what Go's `omitempty` leaves out: nothing, false, 0, and empty texts, lists and maps. Empty structs stay,
    /// so that maps have to be given as such.
    pub fn sparse<const N: usize>(fields: [(&str, Json); N]) -> Json {
        let is_empty = |value: &Json| match value {
            Json::Null | Json::Bool(false) | Json::Number(0) => true,
            Json::Text(text) => text.is_empty(),
            Json::List(elements) => elements.is_empty(),
            _ => false,
        };
        let fields = fields.into_iter().filter(|(_, value)| !is_empty(value));
        Json::Object(fields.map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Indented with tabs, as `MarshalIndent` does it, without a line end.
    pub fn indented(&self) -> String {
        let mut output = String::new();
        self.put(Some(0), &mut output);
        output
    }

    /// In one line, without its end.
    pub fn compact(&self) -> String {
        let mut output = String::new();
        self.put(None, &mut output);
        output
    }

    fn put(&self, depth: Option<usize>, output: &mut String) {
        let below = depth.map(|depth| depth + 1);
        match self {
            Json::Null => output.push_str("null"),
            Json::Bool(value) => output.push_str(if *value { "true" } else { "false" }),
            Json::Number(value) => output.push_str(&value.to_string()),
            Json::Text(text) => put_text(text, output),
            Json::List(elements) if elements.is_empty() => output.push_str("[]"),
            Json::Object(fields) if fields.is_empty() => output.push_str("{}"),
            Json::List(elements) => {
                output.push('[');
                for (index, value) in elements.iter().enumerate() {
                    separate(index, below, output);
                    value.put(below, output);
                }
                line(depth, output);
                output.push(']');
            }
            Json::Object(fields) => {
                output.push('{');
                for (index, (name, value)) in fields.iter().enumerate() {
                    separate(index, below, output);
                    put_text(name.as_bytes(), output);
                    output.push_str(if depth.is_some() { ": " } else { ":" });
                    value.put(below, output);
                }
                line(depth, output);
                output.push('}');
            }
        }
    }
}

fn separate(index: usize, depth: Option<usize>, output: &mut String) {
    if index > 0 {
        output.push(',');
    }
    line(depth, output);
}

fn line(depth: Option<usize>, output: &mut String) {
    if let Some(depth) = depth {
        output.push('\n');
        output.extend(std::iter::repeat_n('\t', depth));
    }
}

fn put_text(text: &[u8], output: &mut String) {
    output.push('"');
    for chunk in text.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '"' => output.push_str("\\\""),
                '\\' => output.push_str("\\\\"),
                '\u{8}' => output.push_str("\\b"),
                '\u{c}' => output.push_str("\\f"),
                '\n' => output.push_str("\\n"),
                '\r' => output.push_str("\\r"),
                '\t' => output.push_str("\\t"),
                '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                    output.push_str(&format!("\\u{:04x}", u32::from(letter)));
                }
                letter => output.push(letter),
            }
        }
        output.extend(std::iter::repeat_n("\\ufffd", chunk.invalid().len()));
    }
    output.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let check = |text: &[u8], expected: &str| assert_eq!(Json::text(text).compact(), expected);
        check(b"a\"\\\n\t\x08\x0c\x01\x7f/", "\"a\\\"\\\\\\n\\t\\b\\f\\u0001\x7f/\"");
        check("<&>é\u{2028}\u{fffd}".as_bytes(), "\"\\u003c\\u0026\\u003eé\\u2028\u{fffd}\"");
        // What is cut off is as many bytes as there are, not one.
        check(b"\xe2\x82x\xff\xc0\x80", r#""\ufffd\ufffdx\ufffd\ufffd\ufffd""#);
    }

    #[test]
    fn layout() {
        let value = Json::object([
            ("b", Json::List(vec![Json::Number(1), Json::Null])),
            ("a", Json::Object(Vec::new())),
            ("c", Json::List(Vec::new())),
            ("d", Json::Bool(true)),
        ]);
        assert_eq!(value.compact(), r#"{"b":[1,null],"a":{},"c":[],"d":true}"#);
        let expected = "{\n\t\"b\": [\n\t\t1,\n\t\tnull\n\t],\n\t\"a\": {},\n\t\"c\": [],\n\t\"d\": true\n}";
        assert_eq!(value.indented(), expected);
        let sparse = Json::sparse([("a", Json::text("")), ("b", Json::Number(0)), ("c", Json::object([]))]);
        assert_eq!(sparse.compact(), r#"{"c":{}}"#);
    }
}
