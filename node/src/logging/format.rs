//! Layouts of one log line.

use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:3] UTC");

const ISO_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// `2026-11-20 19:34:12.123 UTC 0001 INFO [orderer.broadcast] message key=value`: time, a running number, the level's
/// first four letters, the logger, the message and its fields.
pub(super) struct Lines {
    next: AtomicU64,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self { next: AtomicU64::new(1) }
    }
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let level = event.metadata().level();
        let (name, color) = short(level);
        let time = OffsetDateTime::now_utc().format(TIME).map_err(|_| fmt::Error)?;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let logger = Logger(event.metadata().target());
        if writer.has_ansi_escapes() {
            write!(writer, "\x1b[{color}m{time} {number:04x} {name}\x1b[0m [{logger}] ")?;
        } else {
            write!(writer, "{time} {number:04x} {name} [{logger}] ")?;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        write_visible(&mut writer, &fields.message, CONTINUATIONS_MAX)?;
        write_spans(context, &mut writer)?;
        write_visible(&mut writer, &fields.rest, 0)?;
        writer.write_char('\n')
    }
}

/// Lines that one message may have beyond its first.
const CONTINUATIONS_MAX: usize = 40;

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

/// `ts=.. level=.. logger=.. msg=".." key=value`.
pub(super) struct Logfmt;

impl<S, N> FormatEvent<S, N> for Logfmt
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let time = OffsetDateTime::now_utc().format(ISO_TIME).map_err(|_| fmt::Error)?;
        let level = event.metadata().level().as_str().to_ascii_lowercase();
        let mut fields = Fields::default();
        event.record(&mut fields);
        let logger = Logger(event.metadata().target());
        write!(writer, "ts={time} level={level} logger={logger} msg={:?}", fields.message)?;
        write_spans(context, &mut writer)?;
        write_visible(&mut writer, &fields.rest, 0)?;
        writer.write_char('\n')
    }
}

fn short(level: &Level) -> (&'static str, u8) {
    match *level {
        Level::ERROR => ("ERRO", 31),
        Level::WARN => ("WARN", 33),
        Level::INFO => ("INFO", 34),
        Level::DEBUG => ("DEBU", 36),
        Level::TRACE => ("TRAC", 36),
    }
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

#[derive(Default)]
struct Fields {
    message: String,
    rest: String,
}

impl Fields {
    fn push(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = match field.name() {
            "message" => self.message.write_fmt(value),
            name => write!(self.rest, " {name}={value}"),
        };
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() == "message" || !value.contains([' ', '"', '=', '\n']) {
            true => self.push(field, format_args!("{value}")),
            false => self.push(field, format_args!("{value:?}")),
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(cause) = source {
            // Writing to a string cannot fail.
            let _ = write!(text, ": {cause}");
            source = cause.source();
        }
        self.push(field, format_args!("{text:?}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.push(field, format_args!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic while writing").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn foreign_text_cannot_pass_for_a_line_of_its_own() {
        let visible = |text: &str, continuations| {
            let mut out = String::new();
            write_visible(&mut out, text, continuations).expect("writing to a string cannot fail");
            out
        };
        assert_eq!(visible("a\n2026 ERRO b\nc\u{1b}[31m", 1), "a\n    | 2026 ERRO b\\nc\u{fffd}[31m");
        assert_eq!(visible("key=a\nb\tc", 0), "key=a\\nb\tc");
    }

    #[test]
    fn lines_look_like_fabrics() {
        let sink = Sink::default();
        let writer = sink.clone();
        let layer = tracing_subscriber::fmt::layer()
            .event_format(Lines::new())
            .with_ansi(false)
            .with_writer(move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let error = io::Error::other("disk on fire");
            tracing::info!(channel = "mychannel", node = 1, "Raft leader changed: 0 -> 1");
            tracing::error!(error = &error as &dyn std::error::Error, path = "/a b", "cannot write");
        });
        let text = String::from_utf8(sink.0.lock().expect("no panic while writing").clone()).expect("UTF-8");
        let rest: Vec<&str> = text.lines().map(|line| &line["2026-11-20 19:34:12.123 ".len()..]).collect();
        assert_eq!(
            rest,
            [
                "UTC 0001 INFO [node.logging.format.tests] Raft leader changed: 0 -> 1 channel=mychannel node=1",
                "UTC 0002 ERRO [node.logging.format.tests] cannot write error=\"disk on fire\" path=\"/a b\"",
            ]
        );
    }
}
