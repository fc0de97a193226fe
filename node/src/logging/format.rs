//! Layouts of one log entry: Fabric's verbs, JSON, and logfmt.

mod fields;
mod go_time;
mod structured;
mod verbs;

use std::fmt::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use time::OffsetDateTime;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use super::counts::Counts;
use fields::Fields;
pub use verbs::FormatError;
use verbs::Verb;

/// Fabric's default without the function's name, which Rust's log entries do not have:
/// `2026-11-20 19:34:12.123 UTC 0001 INFO [orderer.broadcast] message key=value`.
const DEFAULT: &str =
    "%{color}%{time:2006-01-02 15:04:05.000 MST} %{id:04x} %{level:.4s}%{color:reset} [%{module}] %{message}";

/// Lines that one message may have beyond its first.
pub(crate) const CONTINUATIONS_MAX: usize = 40;

enum Layout {
    Verbs(Vec<Verb>),
    Json,
    Logfmt,
}

/// Writes entries in one layout.
pub(super) struct Formatter {
    layout: Layout,
    color: bool,
    next: AtomicU64,
    counts: Arc<Counts>,
}

/// What a layout may show of an entry.
struct Entry<'a> {
    time: OffsetDateTime,
    level: Level,
    logger: Logger<'a>,
    /// The last part of the module that wrote it.
    origin: &'a str,
    file: Option<&'a str>,
    line: Option<u32>,
    fields: Fields,
}

impl Formatter {
    /// `format` is what [`super::FORMAT_VARIABLE`] says.
    pub(super) fn new(format: Option<&str>, color: bool, counts: Arc<Counts>) -> Result<Self, FormatError> {
        let layout = match format.unwrap_or(DEFAULT) {
            "json" => Layout::Json,
            "logfmt" => Layout::Logfmt,
            verbs => Layout::Verbs(verbs::parse(verbs)?),
        };
        Ok(Formatter { layout, color, next: AtomicU64::new(1), counts })
    }
}

impl<S, N> FormatEvent<S, N> for Formatter
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let metadata = event.metadata();
        let mut fields = Fields::default();
        event.record(&mut fields);
        let module = metadata.module_path().unwrap_or(metadata.target());
        let entry = Entry {
            time: OffsetDateTime::now_utc(),
            level: *metadata.level(),
            logger: Logger(metadata.target()),
            origin: module.rsplit("::").next().unwrap_or(module),
            file: metadata.file(),
            line: metadata.line(),
            fields,
        };
        self.counts.written(entry.level);
        match &self.layout {
            Layout::Json => structured::json(&mut writer, &entry)?,
            Layout::Logfmt => structured::logfmt(&mut writer, &entry)?,
            Layout::Verbs(verbs) => {
                let number = self.next.fetch_add(1, Ordering::Relaxed);
                for verb in verbs {
                    verb.write(&mut writer, &entry, number, self.color)?;
                }
            }
        }
        if !matches!(self.layout, Layout::Json) {
            write_spans(context, &mut writer)?;
            write_visible(&mut writer, &entry.fields.text(), 0)?;
        }
        writer.write_char('\n')
    }
}

/// Writes text that may come from a client or a contract, so that it can neither pass for a line of its own nor act on a
/// terminal: further lines begin with a bar, and beyond `continuations` they are not broken any more.
fn write_visible(writer: &mut impl Write, text: &str, mut continuations: usize) -> fmt::Result {
    for letter in text.chars() {
        match letter {
            '\n' if continuations > 0 => {
                continuations -= 1;
                writer.write_str("\n    | ")?;
            }
            '\n' => writer.write_str("\\n")?,
            '\t' => writer.write_char(letter)?,
            _ if letter.is_control() => writer.write_char(char::REPLACEMENT_CHARACTER)?,
            _ => writer.write_char(letter)?,
        }
    }
    Ok(())
}

fn write_spans<S, N>(context: &FmtContext<'_, S, N>, writer: &mut Writer<'_>) -> fmt::Result
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    for span in context.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
        let extensions = span.extensions();
        if let Some(fields) = extensions.get::<FormattedFields<N>>().filter(|fields| !fields.is_empty()) {
            write!(writer, " {fields}")?;
        }
    }
    Ok(())
}

/// A level in capitals, and its color.
fn capitals(level: Level) -> (&'static str, u8) {
    match level {
        Level::ERROR => ("ERROR", 31),
        Level::WARN => ("WARN", 33),
        Level::INFO => ("INFO", 34),
        Level::DEBUG => ("DEBUG", 36),
        Level::TRACE => ("TRACE", 36),
    }
}

/// A Rust path in the form of Fabric's logger names.
struct Logger<'a>(&'a str);

impl fmt::Display for Logger<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.split("::").enumerate() {
            if index > 0 {
                formatter.write_char('.')?;
            }
            formatter.write_str(part)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
