//! Go's notation for lengths of time.

use std::time::Duration;

/// Reads a duration as Go prints and parses it: decimal numbers with the units `ns us µs ms s m h` in a row, such as
/// `1m30s` or `1.5h`; `0` and plain numbers (nanoseconds) need no unit. Negative ones are refused.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.strip_prefix('+').unwrap_or(text);
    if let Ok(nanoseconds) = text.parse::<u64>() {
        return Some(Duration::from_nanos(nanoseconds));
    }
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, next) = after.split_at(letters);
        let nanoseconds: u64 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        total = total.checked_add(scaled(number, nanoseconds)?)?;
        rest = next;
    }
    (!text.is_empty()).then_some(total)
}

fn scaled(number: &str, unit: u64) -> Option<Duration> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut nanoseconds = whole.checked_mul(unit)?;
    let mut place = unit;
    for digit in fraction.bytes() {
        place /= 10;
        nanoseconds = nanoseconds.checked_add(place * u64::from(digit - b'0'))?;
    }
    Some(Duration::from_nanos(nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, expected) in [
            ("30s", Some(30_000)),
            ("1m30s", Some(90_000)),
            ("7200s", Some(7_200_000)),
            ("1.5s", Some(1_500)),
            (".5s", Some(500)),
            ("2h45m", Some(9_900_000)),
            ("10ms", Some(10)),
            ("1000000", Some(1)),
            ("0", Some(0)),
            ("", None),
            ("-1s", None),
            ("1", Some(0)),
            ("1x", None),
            ("s", None),
            (".s", None),
            ("1.2.3s", None),
            ("99999999999h", None),
        ] {
            assert_eq!(parse_duration(text).map(|duration| duration.as_millis()), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn parsing_is_total(text in ".{0,32}") {
            let _ = parse_duration(&text);
        }

        #[test]
        fn digits_and_units_never_overflow(text in "[0-9.]{0,30}(ns|ms|s|m|h)") {
            let _ = parse_duration(&text);
        }
    }
}
