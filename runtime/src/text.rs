//! Texts that reach clients. They are the same at every peer, so they name no address, path or version of the host.

use crate::limits::Limits;

/// A fault of the contract itself.
pub const FAULT: &str = "chaincode failed";
/// Prefix of the message a contract gave when it aborted.
pub const PANIC: &str = "chaincode panicked: ";
/// The native stack ran out.
pub const STACK: &str = "chaincode exceeded its stack limit";
/// The name of the function is not text.
pub const FUNCTION_NOT_UTF8: &str = "the function name is not valid UTF-8";

/// Out of fuel.
pub fn fuel(limits: &Limits) -> String {
    format!("chaincode exceeded its fuel limit of {}", limits.fuel)
}

/// Out of linear memory.
pub fn memory(limits: &Limits) -> String {
    format!("chaincode exceeded its memory limit of {} bytes", limits.memory_bytes)
}

/// Too many host calls.
pub fn host_calls(limits: &Limits) -> String {
    format!("chaincode exceeded its limit of {} calls to the peer", limits.host_calls)
}

/// Too much data moved.
pub fn host_bytes(limits: &Limits) -> String {
    format!("chaincode exceeded its limit of {} bytes exchanged with the peer", limits.host_bytes)
}

/// The response is too large.
pub fn response(size: usize) -> String {
    format!("the response of {size} bytes is larger than the limit of {} bytes", host_api::limits::RESPONSE_BYTES_MAX)
}

/// Something the contract handed over is too large.
pub fn too_large(what: &str, size: usize, max: usize) -> String {
    format!("the {what} of {size} bytes is larger than the limit of {max} bytes")
}

/// Shortens `text` to at most `max` bytes without cutting a character in two.
pub fn cut(text: &mut String, max: usize) {
    if text.len() > max {
        text.truncate(text.floor_char_boundary(max));
    }
}

/// Characters that change the direction or the lines of what follows them, and those that XML does not have.
const MISLEADING: [char; 14] = [
    '\u{2028}', '\u{2029}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}',
    '\u{2068}', '\u{2069}', '\u{feff}', '\u{fffe}', '\u{ffff}',
];

/// A copy that is safe to print: no control characters (terminals act on them) but tabs and line ends, none that mislead, and not
/// longer than `max` bytes.
pub fn printable(text: &str, max: usize) -> String {
    let mut clean: String = text[..text.floor_char_boundary(max)]
        .chars()
        .map(|c| if c.is_control() && c != '\t' && c != '\n' || MISLEADING.contains(&c) { '\u{fffd}' } else { c })
        .collect();
    cut(&mut clean, max);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_between_characters_and_masks_control_characters() {
        let mut text = "aä".to_string();
        cut(&mut text, 2);
        assert_eq!(text, "a");
        assert_eq!(printable("a\u{1b}[31mb\tc\n", 64), "a\u{fffd}[31mb\tc\n");
        assert_eq!(printable("aä", 2), "a");
    }
}
