//! Forms that carry a file, as clients of channel participation send them (RFC 7578).

use bytes::Bytes;

/// Most parts that are looked at; a right form has one.
const PARTS_MAX: usize = 16;

/// A part of a form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) is_file: bool,
    pub(super) content: Bytes,
}

/// The boundary that a `Content-Type` names.
pub(super) fn boundary(content_type: &str) -> Option<&str> {
    let parameters = content_type.split(';').skip(1).map(str::trim);
    let value =
        parameters.filter_map(|pair| pair.split_once('=')).find(|(name, _)| name.eq_ignore_ascii_case("boundary"));
    value.map(|(_, value)| value.trim_matches('"')).filter(|value| !value.is_empty())
}

/// The parts of a form. Nothing where it is not one.
pub(super) fn parts(body: &Bytes, boundary: &str) -> Option<Vec<Part>> {
    let delimiter = format!("--{boundary}");
    let mut rest = body.clone();
    let start = find(&rest, delimiter.as_bytes())?;
    rest = rest.slice(start + delimiter.len()..);
    let delimiter = format!("\r\n{delimiter}");
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        if parts.len() == PARTS_MAX || !rest.starts_with(b"\r\n") {
            return None;
        }
        let head_end = find(&rest, b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&rest[2.min(head_end)..head_end]).into_owned();
        rest = rest.slice(head_end + 4..);
        let length = find(&rest, delimiter.as_bytes())?;
        let content = rest.slice(..length);
        rest = rest.slice(length + delimiter.len()..);
        parts.push(Part { name: parameter(&head, "name")?, is_file: parameter(&head, "filename").is_some(), content });
    }
    Some(parts)
}

/// A parameter of the `Content-Disposition` among a part's headers.
fn parameter(head: &str, name: &str) -> Option<String> {
    let disposition = head.lines().find_map(|line| {
        let (header, value) = line.split_once(':')?;
        header.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let mut parameters = disposition.split(';').skip(1).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = parameters.find(|(found, _)| found.eq_ignore_ascii_case(name))?;
    Some(value.trim_matches('"').to_owned())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(body: &'static str) -> Option<Vec<(String, bool, Bytes)>> {
        let parts = parts(&Bytes::from_static(body.as_bytes()), "b")?;
        Some(parts.into_iter().map(|part| (part.name, part.is_file, part.content)).collect())
    }

    #[test]
    fn forms_are_taken_apart() {
        let form = "--b\r\nContent-Disposition: form-data; name=\"config-block\"; filename=\"x.block\"\r\nContent-Type: a/b\r\n\r\n\
                    one\r\n--bb\r\n--b\r\ncontent-disposition: form-data; name=note\r\n\r\n\r\n--b--\r\n";
        let expected = [
            ("config-block".to_owned(), true, Bytes::from_static(b"one\r\n--b")),
            ("note".to_owned(), false, Bytes::new()),
        ];
        // A boundary inside of the content ends it, which is why clients choose one that is not in it.
        assert_eq!(names(form), None);
        let form = "--b\r\nContent-Disposition: form-data; name=\"config-block\"; filename=\"x.block\"\r\nContent-Type: a/b\r\n\r\n\
                    one\r\n--B\r\n--b\r\ncontent-disposition: form-data; name=note\r\n\r\n\r\n--b--\r\n";
        let [file, note] = expected;
        assert_eq!(names(form), Some(vec![(file.0, true, Bytes::from_static(b"one\r\n--B")), note]));
        for bad in
            ["", "--b", "--b\r\n", "--b\r\n\r\n", "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", "--bx"]
        {
            assert_eq!(names(bad), None, "{bad:?}");
        }
        assert_eq!(names("--b--"), Some(Vec::new()));
    }

    #[test]
    fn boundaries_are_found() {
        for (content_type, expected) in [
            ("multipart/form-data; boundary=abc", Some("abc")),
            ("multipart/form-data; charset=x; Boundary=\"a b\"", Some("a b")),
            ("multipart/form-data", None),
            ("multipart/form-data; boundary=", None),
        ] {
            assert_eq!(boundary(content_type), expected, "{content_type}");
        }
    }
}
