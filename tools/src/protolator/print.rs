//! JSON as Go prints it: indented with tabs, keys sorted, and what could end a script element escaped.

use serde_json::Value as Json;

/// A tree with a line end.
pub(super) fn indented(tree: &Json) -> String {
    let mut output = String::new();
    put(tree, 0, &mut output);
    output.push('\n');
    output
}

fn put(tree: &Json, depth: usize, output: &mut String) {
    match tree {
        Json::Object(fields) if !fields.is_empty() => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            output.push('{');
            for (index, (name, value)) in fields.into_iter().enumerate() {
                begin(index, depth, output);
                put_text(name, output);
                output.push_str(": ");
                put(value, depth + 1, output);
            }
            end(depth, output);
            output.push('}');
        }
        Json::Array(elements) if !elements.is_empty() => {
            output.push('[');
            for (index, value) in elements.iter().enumerate() {
                begin(index, depth, output);
                put(value, depth + 1, output);
            }
            end(depth, output);
            output.push(']');
        }
        Json::String(text) => put_text(text, output),
        other => output.push_str(&other.to_string()),
    }
}

fn begin(index: usize, depth: usize, output: &mut String) {
    if index > 0 {
        output.push(',');
    }
    end(depth + 1, output);
}

fn end(depth: usize, output: &mut String) {
    output.push('\n');
    output.extend(std::iter::repeat_n('\t', depth));
}

fn put_text(text: &str, output: &mut String) {
    let quoted = Json::String(text.to_owned()).to_string();
    for letter in quoted.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => output.push_str(&format!("\\u{:04x}", letter as u32)),
            letter => output.push(letter),
        }
    }
}
