//! Forms as browsers and `curl -F` send them (`multipart/form-data`).

/// Most parts of a form.
const PARTS_MAX: usize = 64;

/// What a form holds under `name`.
pub fn field<'a>(content_type: &str, body: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let boundary = parameter(content_type, "boundary")?;
    let delimiter = format!("--{boundary}");
    let mut parts = split(body, delimiter.into_bytes());
    // Before the first delimiter stands nothing of interest.
    parts.next()?;
    parts.take(PARTS_MAX).find_map(|part| {
        let part = part.strip_prefix(b"\r\n")?;
        let end = find(part, b"\r\n\r\n")?;
        let head = std::str::from_utf8(&part[..end]).ok()?;
        let disposition = head.lines().find_map(|line| {
            let (header, value) = line.split_once(':')?;
            header.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
        })?;
        let content = &part[end + 4..];
        (parameter(disposition, "name")? == name).then(|| content.strip_suffix(b"\r\n").unwrap_or(content))
    })
}

/// A parameter of a header: `form-data; name="original"`.
fn parameter<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header.split(';').skip(1).find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
    })
}

fn split(mut rest: &[u8], delimiter: Vec<u8>) -> impl Iterator<Item = &[u8]> {
    let mut done = false;
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        match find(rest, &delimiter) {
            Some(at) => {
                let part = &rest[..at];
                rest = &rest[at + delimiter.len()..];
                Some(part)
            }
            None => {
                done = true;
                Some(rest)
            }
        }
    })
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    if pattern.is_empty() {
        return None;
    }
    bytes.windows(pattern.len()).position(|window| window == pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=XX";

    #[test]
    fn fields_are_found() {
        let body = b"--XX\r\nContent-Disposition: form-data; name=\"original\"; filename=\"a\"\r\nContent-Type: x/y\r\n\r\n\x00\r\n1\r\n--XX\r\nContent-Disposition: form-data; name=\"channel\"\r\n\r\nmychannel\r\n--XX--\r\n";
        assert_eq!(field(TYPE, body, "original"), Some(&b"\x00\r\n1"[..]));
        assert_eq!(field(TYPE, body, "channel"), Some(&b"mychannel"[..]));
        assert_eq!(field(TYPE, body, "updated"), None);
        assert_eq!(field("text/plain", body, "channel"), None);
        assert_eq!(field("multipart/form-data; boundary=", body, "channel"), None);
    }

    #[test]
    fn damaged_forms_have_no_fields() {
        for body in
            [&b""[..], b"--XX", b"--XX\r\n", b"--XX\r\n\r\n", b"--XX\r\nContent-Disposition: form-data\r\n\r\nx"]
        {
            assert_eq!(field(TYPE, body, "original"), None);
        }
    }
}
