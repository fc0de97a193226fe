//! Durations as Go writes them: `2s`, `1m30s`, `1.5h`. Configuration values hold them as text.

use std::time::Duration;

const UNITS: [(&str, f64); 8] =
    [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)];

/// Reads a positive duration or zero.
pub fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    if rest.is_empty() {
        return None;
    }
    let mut nanos = 0u64;
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, after) = rest.split_at(end);
        let end = after.find(|letter: char| letter.is_ascii_digit() || letter == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let part = match number.contains('.') {
            false => number.parse::<u64>().ok()?.checked_mul(*factor as u64)?,
            true => (number.parse::<f64>().ok()? * factor) as u64,
        };
        nanos = nanos.checked_add(part)?;
        rest = after;
    }
    // Go counts in signed nanoseconds.
    (nanos <= i64::MAX as u64).then(|| Duration::from_nanos(nanos))
}

/// Writes a duration.
pub fn print(duration: Duration) -> String {
    let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    match nanos {
        0 => return "0s".to_owned(),
        1..1_000 => return format!("{nanos}ns"),
        1_000..1_000_000 => return format!("{}µs", nanos as f64 / 1e3),
        1_000_000..1_000_000_000 => return format!("{}ms", nanos as f64 / 1e6),
        _ => {}
    }
    let seconds = nanos / 1_000_000_000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let rest = (nanos % 60_000_000_000) as f64 / 1e9;
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest}s"),
        _ => format!("{hours}h{minutes}m{rest}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_round_trip_as_go_prints_them() {
        for (text, nanos) in [
            ("2s", 2_000_000_000),
            ("200ms", 200_000_000),
            ("1.5ms", 1_500_000),
            ("1.5µs", 1_500),
            ("7ns", 7),
            ("1m30s", 90_000_000_000),
            ("1h0m1.5s", 3_601_500_000_000),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Some(Duration::from_nanos(nanos)), "{text}");
            assert_eq!(print(Duration::from_nanos(nanos)), text);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "2", "s", "-2s", "2 s", "2s3", "2x", "1..5s", "99999999999h"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("0"), Some(Duration::ZERO));
        assert_eq!(parse("+1.5h"), Some(Duration::from_secs(5400)));
    }
}
