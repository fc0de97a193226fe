//! JSON as it came, with tabs and line ends.

use serde::de::IgnoredAny;

/// Indents a document; the order of its fields stays, and so does what follows it.
pub fn indent(json: &[u8]) -> Result<String, serde_json::Error> {
    serde_json::from_slice::<IgnoredAny>(json)?;
    // Valid JSON is UTF-8, except in strings that nobody has looked at.
    let text = String::from_utf8_lossy(json);
    let (document, rest) = text.split_at(text.trim_end().len());
    let mut output = String::new();
    let mut depth = 0usize;
    let mut in_string = false;
    let mut escaped = false;
    let mut opened = false;
    let line = |depth: usize, output: &mut String| {
        output.push('\n');
        output.extend(std::iter::repeat_n('\t', depth));
    };
    for letter in document.trim_start().chars() {
        if in_string {
            output.push(letter);
            in_string = escaped || letter != '"';
            escaped = !escaped && letter == '\\';
            continue;
        }
        if letter.is_ascii_whitespace() {
            continue;
        }
        let closing = matches!(letter, '}' | ']');
        if opened && !closing {
            line(depth, &mut output);
        }
        if closing {
            depth = depth.saturating_sub(1);
            if !opened {
                line(depth, &mut output);
            }
        }
        opened = matches!(letter, '{' | '[');
        depth += usize::from(opened);
        in_string = letter == '"';
        output.push(letter);
        match letter {
            ',' => line(depth, &mut output),
            ':' => output.push(' '),
            _ => {}
        }
    }
    Ok(output + rest)
}

#[cfg(test)]
mod tests {
    use super::indent;

    #[test]
    fn order_stays() {
        let json = r#"{"b":[1,{"x":"{\",:"}],"a":{},"c":[]}"#.to_owned() + "\n";
        let expected =
            "{\n\t\"b\": [\n\t\t1,\n\t\t{\n\t\t\t\"x\": \"{\\\",:\"\n\t\t}\n\t],\n\t\"a\": {},\n\t\"c\": []\n}\n";
        assert_eq!(indent(json.as_bytes()).expect("JSON"), expected);
        assert!(indent(b"404 page not found").is_err());
    }
}
