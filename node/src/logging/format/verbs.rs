//! Fabric's format verbs: `%{time:2006-01-02}`, `%{level:.4s}` and others.

use std::fmt::{self, Write};

use super::{CONTINUATIONS_MAX, Entry, capitals, go_time, write_visible};

/// Columns that one verb fills at most.
const WIDTH_MAX: usize = 256;

/// Fabric's default for `%{time}`.
const DEFAULT_TIME: &str = "2006-01-02T15:04:05.999Z07:00";

/// Why a format cannot be understood.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// `%{color:..}` with something that there is not.
    #[error("invalid color option: {0}; use %{{color}}, %{{color:bold}} or %{{color:reset}}")]
    Color(String),
    /// What follows the colon is no format of Go's `fmt` for this verb.
    #[error("invalid format '{format}' for the verb %{{{verb}}}; use one such as s, .4s, -10s, d or 04x")]
    Verb {
        /// The verb.
        verb: &'static str,
        /// Its format.
        format: String,
    },
}

/// A part of the format.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Text(String),
    Color(Color),
    Id(Print),
    Level(Print),
    Message(Print),
    Module(Print),
    ShortFunc(Print),
    Time(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Color {
    Normal,
    Bold,
    Reset,
}

/// A format of Go's `fmt`, without its `%`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Print {
    left: bool,
    zeros: bool,
    width: usize,
    precision: Option<usize>,
    kind: char,
}

/// Takes a format apart. What is no verb is text.
pub(super) fn parse(format: &str) -> Result<Vec<Verb>, FormatError> {
    let mut verbs = Vec::new();
    let mut text = String::new();
    let mut rest = format;
    while !rest.is_empty() {
        if let Some((name, option, after)) = next(rest) {
            if !text.is_empty() {
                verbs.push(Verb::Text(std::mem::take(&mut text)));
            }
            verbs.push(verb(name, option)?);
            rest = after;
            continue;
        }
        let letter = rest.chars().next().unwrap_or_default();
        text.push(letter);
        rest = &rest[letter.len_utf8()..];
    }
    if !text.is_empty() {
        verbs.push(Verb::Text(text));
    }
    Ok(verbs)
}

const NAMES: [&str; 7] = ["color", "id", "level", "message", "module", "shortfunc", "time"];

/// A verb at the beginning of the text, what follows its colon, and what follows the verb.
fn next(text: &str) -> Option<(&'static str, &str, &str)> {
    let inner = text.strip_prefix("%{")?;
    let (name, after) = NAMES.iter().find_map(|name| inner.strip_prefix(name).map(|after| (*name, after)))?;
    if let Some(after) = after.strip_prefix('}') {
        return Some((name, "", after));
    }
    let (option, after) = after.strip_prefix(':')?.split_once('}')?;
    Some((name, option, after))
}

fn verb(name: &'static str, option: &str) -> Result<Verb, FormatError> {
    let print = |default: char, kinds: &str| {
        let print = if option.is_empty() { Some(Print::plain(default)) } else { Print::parse(option) };
        let print = print.filter(|print| kinds.contains(print.kind));
        print.ok_or_else(|| FormatError::Verb { verb: name, format: option.to_owned() })
    };
    Ok(match name {
        "color" => Verb::Color(match option {
            "" => Color::Normal,
            "bold" => Color::Bold,
            "reset" => Color::Reset,
            other => return Err(FormatError::Color(other.to_owned())),
        }),
        "id" => Verb::Id(print('d', "dvxXob")?),
        "level" => Verb::Level(print('s', "svq")?),
        "message" => Verb::Message(print('s', "svq")?),
        "module" => Verb::Module(print('s', "svq")?),
        "shortfunc" => Verb::ShortFunc(print('s', "svq")?),
        _ => Verb::Time(if option.is_empty() { DEFAULT_TIME } else { option }.to_owned()),
    })
}

impl Verb {
    pub(super) fn write(&self, writer: &mut impl Write, entry: &Entry<'_>, id: u64, colors: bool) -> fmt::Result {
        let (level, color) = capitals(entry.level);
        match self {
            Verb::Text(text) => writer.write_str(text),
            Verb::Color(_) if !colors => Ok(()),
            Verb::Color(Color::Normal) => write!(writer, "\x1b[{color}m"),
            Verb::Color(Color::Bold) => write!(writer, "\x1b[{color};1m"),
            Verb::Color(Color::Reset) => writer.write_str("\x1b[0m"),
            Verb::Id(print) => print.number(writer, id),
            Verb::Level(print) => print.text(writer, level),
            Verb::Message(print) => {
                let message = print.shown(entry.fields.message.trim_end_matches('\n'));
                write_visible(writer, &message, CONTINUATIONS_MAX)
            }
            Verb::Module(print) => print.text(writer, &entry.logger.to_string()),
            Verb::ShortFunc(print) => print.text(writer, entry.origin),
            Verb::Time(layout) => go_time::write(writer, layout, entry.time),
        }
    }
}

impl Print {
    fn plain(kind: char) -> Print {
        Print { left: false, zeros: false, width: 0, precision: None, kind }
    }

    fn parse(format: &str) -> Option<Print> {
        let digits = format.trim_start_matches(['-', '0', '+', ' ', '#']);
        let flags = &format[..format.len() - digits.len()];
        let (width, rest) = number(digits);
        let (precision, rest) = match rest.strip_prefix('.') {
            Some(rest) => {
                let (precision, rest) = number(rest);
                (Some(precision.unwrap_or(0)), rest)
            }
            None => (None, rest),
        };
        let mut letters = rest.chars();
        let kind = letters.next().filter(|_| letters.as_str().is_empty())?;
        let left = flags.contains('-');
        let width = width.unwrap_or(0).min(WIDTH_MAX);
        Some(Print { left, zeros: flags.contains('0') && !left, width, precision, kind })
    }

    fn text(&self, writer: &mut impl Write, text: &str) -> fmt::Result {
        writer.write_str(&self.shown(text))
    }

    fn number(&self, writer: &mut impl Write, number: u64) -> fmt::Result {
        let digits = match self.kind {
            'x' => format!("{number:x}"),
            'X' => format!("{number:X}"),
            'o' => format!("{number:o}"),
            'b' => format!("{number:b}"),
            _ => number.to_string(),
        };
        writer.write_str(&self.padded(digits))
    }

    fn shown(&self, text: &str) -> String {
        let cut = match self.precision {
            Some(precision) => text.chars().take(precision).collect(),
            None => text.to_owned(),
        };
        self.padded(if self.kind == 'q' { format!("{cut:?}") } else { cut })
    }

    fn padded(&self, text: String) -> String {
        let missing = self.width.saturating_sub(text.chars().count());
        match (self.left, self.zeros) {
            (true, _) => text + &" ".repeat(missing),
            (false, true) => "0".repeat(missing) + &text,
            (false, false) => " ".repeat(missing) + &text,
        }
    }
}

/// The number at the beginning, if there is one, and what follows.
fn number(text: &str) -> (Option<usize>, &str) {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    (digits.parse().ok(), rest)
}
