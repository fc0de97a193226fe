//! Messages as Go prints them (`%v` of a protobuf message, one line), because Fabric's commands show responses so and
//! tests match it.

use std::fmt::Write;

use proto::protos::Response;

/// A response: `status:200 message:"..." payload:"..."`; fields with their default value are left out.
pub fn response(response: Option<&Response>) -> String {
    let Some(response) = response else { return "<nil>".to_owned() };
    let mut text = String::new();
    if response.status != 0 {
        push_field(&mut text, format_args!("status:{}", response.status));
    }
    push_bytes(&mut text, "message", response.message.as_bytes());
    push_bytes(&mut text, "payload", &response.payload);
    text
}

fn push_field(text: &mut String, field: std::fmt::Arguments<'_>) {
    if !text.is_empty() {
        text.push(' ');
    }
    write!(text, "{field}").expect("writing to a string cannot fail");
}

fn push_bytes(text: &mut String, name: &str, value: &[u8]) {
    if !value.is_empty() {
        push_field(text, format_args!("{name}:\"{}\"", escaped(value)));
    }
}

/// Valid UTF-8 stays readable; control characters and stray bytes become `\x..` and `\u....`.
fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' | '\\' => text.extend(['\\', character]),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                '\0'..' ' | '\u{7f}' => push_escape(&mut text, format_args!("\\x{:02x}", u32::from(character))),
                '\u{80}'..='\u{9f}' => push_escape(&mut text, format_args!("\\u{:04x}", u32::from(character))),
                _ => text.push(character),
            }
        }
        for byte in chunk.invalid() {
            push_escape(&mut text, format_args!("\\x{byte:02x}"));
        }
    }
    text
}

fn push_escape(text: &mut String, escape: std::fmt::Arguments<'_>) {
    text.write_fmt(escape).expect("writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn responses_print_as_go_prints_them() {
        let make = |status, message: &str, payload: &'static [u8]| Response {
            status,
            message: message.into(),
            payload: Bytes::from_static(payload),
        };
        let cases = [
            (make(200, "", b""), r#"status:200"#),
            (make(200, "", b"{\"a\":1}"), r#"status:200 payload:"{\"a\":1}""#),
            (make(500, "no 'x' \u{e9}", b""), "status:500 message:\"no 'x' \u{e9}\""),
            (
                make(200, "a\nb\t\\", b"\x00\x7f\xff\xc2\x85"),
                "status:200 message:\"a\\nb\\t\\\\\" payload:\"\\x00\\x7f\\xff\\u0085\"",
            ),
        ];
        for (value, expected) in cases {
            assert_eq!(response(Some(&value)), expected);
        }
        assert_eq!(response(None), "<nil>");
    }
}
