//! Times in layouts of Go, which show how the second of January 2006 would be written.

use std::fmt::{self, Write};

use time::OffsetDateTime;

/// Parts of a layout. Of those that fit, the longest is meant.
const PARTS: [&str; 28] = [
    "January", "Jan", "Monday", "Mon", "MST", "2006", "Z07:00", "Z0700", "Z07", "-07:00", "-0700", "-07", "01", "02",
    "03", "04", "05", "06", "002", "_2", "15", "PM", "pm", "1", "2", "3", "4", "5",
];

/// Writes a time, which is in UTC.
pub(super) fn write(writer: &mut impl Write, layout: &str, time: OffsetDateTime) -> fmt::Result {
    let mut rest = layout;
    while let Some(letter) = rest.chars().next() {
        if let Some((digits, zeros)) = fraction(rest) {
            write_fraction(writer, letter, digits, zeros, time)?;
            rest = &rest[digits + 1..];
            continue;
        }
        match PARTS.iter().filter(|part| rest.starts_with(**part)).max_by_key(|part| part.len()) {
            Some(part) => {
                write_part(writer, part, time)?;
                rest = &rest[part.len()..];
            }
            None => {
                writer.write_char(letter)?;
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    Ok(())
}

fn write_part(writer: &mut impl Write, part: &str, time: OffsetDateTime) -> fmt::Result {
    let (month, day, hour) = (u8::from(time.month()), time.day(), time.hour());
    let half = if hour % 12 == 0 { 12 } else { hour % 12 };
    match part {
        "January" => write!(writer, "{}", time.month()),
        "Jan" => write!(writer, "{:.3}", time.month().to_string()),
        "Monday" => write!(writer, "{}", time.weekday()),
        "Mon" => write!(writer, "{:.3}", time.weekday().to_string()),
        "MST" => writer.write_str("UTC"),
        "2006" => write!(writer, "{:04}", time.year()),
        "06" => write!(writer, "{:02}", time.year().rem_euclid(100)),
        "01" => write!(writer, "{month:02}"),
        "1" => write!(writer, "{month}"),
        "02" => write!(writer, "{day:02}"),
        "_2" => write!(writer, "{day:2}"),
        "2" => write!(writer, "{day}"),
        "002" => write!(writer, "{:03}", time.ordinal()),
        "15" => write!(writer, "{hour:02}"),
        "03" => write!(writer, "{half:02}"),
        "3" => write!(writer, "{half}"),
        "04" => write!(writer, "{:02}", time.minute()),
        "4" => write!(writer, "{}", time.minute()),
        "05" => write!(writer, "{:02}", time.second()),
        "5" => write!(writer, "{}", time.second()),
        "PM" => writer.write_str(if hour < 12 { "AM" } else { "PM" }),
        "pm" => writer.write_str(if hour < 12 { "am" } else { "pm" }),
        "Z07:00" | "Z0700" | "Z07" => writer.write_char('Z'),
        "-07:00" => writer.write_str("+00:00"),
        "-0700" => writer.write_str("+0000"),
        _ => writer.write_str("+00"),
    }
}

/// How many digits a part such as `.000` or `,999` has, and whether it shows zeros at the end.
fn fraction(text: &str) -> Option<(usize, bool)> {
    let digits = text.strip_prefix(['.', ','])?;
    let digit = digits.chars().next().filter(|digit| matches!(digit, '0' | '9'))?;
    let count = digits.len() - digits.trim_start_matches(digit).len();
    // Followed by another digit it is no fraction.
    let ends = !digits[count..].starts_with(|letter: char| letter.is_ascii_digit());
    (ends && count <= 9).then_some((count, digit == '0'))
}

fn write_fraction(
    writer: &mut impl Write,
    point: char,
    digits: usize,
    zeros: bool,
    time: OffsetDateTime,
) -> fmt::Result {
    let all = format!("{:09}", time.nanosecond());
    let shown = &all[..digits];
    let shown = if zeros { shown } else { shown.trim_end_matches('0') };
    if shown.is_empty() {
        return Ok(());
    }
    write!(writer, "{point}{shown}")
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn layouts() {
        let morning = datetime!(2026-03-05 07:08:09.120_000_000 UTC);
        let evening = datetime!(2026-11-28 21:00:00 UTC);
        for (layout, time, expected) in [
            ("2006-01-02 15:04:05.000 MST", morning, "2026-03-05 07:08:09.120 UTC"),
            ("2006-01-02T15:04:05.999Z07:00", morning, "2026-03-05T07:08:09.12Z"),
            ("2006-01-02T15:04:05.999Z07:00", evening, "2026-11-28T21:00:00Z"),
            ("15:04:05.000000", morning, "07:08:09.120000"),
            ("Jan _2 3:04PM", morning, "Mar  5 7:08AM"),
            ("Monday, 2 January 06 03:4:5 pm -0700", evening, "Saturday, 28 November 26 09:0:0 pm +0000"),
            ("002 1/2 Mon -07:00 Z07", morning, "064 3/5 Thu +00:00 Z"),
            ("at 100%", morning, "at 300%"),
        ] {
            let mut text = String::new();
            write(&mut text, layout, time).expect("writing to a string cannot fail");
            assert_eq!(text, expected, "{layout}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_layout_can_be_written(layout in ".{0,40}") {
            let _ = write(&mut String::new(), &layout, datetime!(2026-03-05 07:08:09 UTC));
        }
    }
}
