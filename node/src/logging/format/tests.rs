use std::io;
use std::sync::Mutex;

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

/// What two entries look like.
fn logged(format: Option<&str>, color: bool) -> String {
    let sink = Sink::default();
    let writer = sink.clone();
    let formatter = Formatter::new(format, color, Arc::default()).expect("well-formed");
    let layer =
        tracing_subscriber::fmt::layer().event_format(formatter).with_ansi(false).with_writer(move || writer.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let error = io::Error::other("disk on fire");
        tracing::info!(target: "orderer::raft", channel = "mychannel", node = 1, "Raft leader changed: 0 -> 1");
        tracing::error!(error = &error as &dyn std::error::Error, path = "/a b", "cannot write");
    });
    String::from_utf8(sink.0.lock().expect("no panic while writing").clone()).expect("UTF-8")
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
    let text = logged(None, false);
    let rest: Vec<&str> = text.lines().map(|line| &line["2026-11-20 19:34:12.123 ".len()..]).collect();
    assert_eq!(
        rest,
        [
            "UTC 0001 INFO [orderer.raft] Raft leader changed: 0 -> 1 channel=mychannel node=1",
            "UTC 0002 ERRO [node.logging.format.tests] cannot write error=\"disk on fire\" path=\"/a b\"",
        ]
    );
}

#[test]
fn formats_of_operators() {
    for (format, color, expected) in [
        ("%{level} %{message}", false, "INFO Raft leader changed: 0 -> 1 channel=mychannel node=1"),
        ("[%{module:-14s}] %{id:03d} %{level:.1s}", true, "[orderer.raft  ] 001 I channel=mychannel node=1"),
        ("%{color:bold}%{shortfunc}%{color:reset}", true, "\u{1b}[34;1mtests\u{1b}[0m channel=mychannel node=1"),
        ("%{nothing} %{message:q} %", false, "%{nothing} \"Raft leader changed: 0 -> 1\" % channel=mychannel node=1"),
        ("%{level:7s}|%{id:x}", false, "   INFO|1 channel=mychannel node=1"),
    ] {
        assert_eq!(logged(Some(format), color).lines().next(), Some(expected), "{format}");
    }
    for (format, expected) in [
        ("%{color:pink}", "invalid color option: pink; use %{color}, %{color:bold} or %{color:reset}"),
        ("%{id:s}", "invalid format 's' for the verb %{id}; use one such as s, .4s, -10s, d or 04x"),
        ("%{level:loud}", "invalid format 'loud' for the verb %{level}; use one such as s, .4s, -10s, d or 04x"),
    ] {
        let error = Formatter::new(Some(format), false, Arc::default()).err().expect("refused");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn entries_for_machines() {
    let text = logged(Some("json"), true);
    let entries: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(text.starts_with("{\"level\":\"info\",\"ts\":"), "{text}");
    assert_eq!((&entries[0]["name"], &entries[0]["node"]), (&"orderer.raft".into(), &1.into()));
    assert_eq!(entries[0]["msg"], "Raft leader changed: 0 -> 1");
    assert!(entries[0]["ts"].is_f64());
    assert!(entries[0]["caller"].as_str().expect("text").starts_with("format/tests.rs:"));
    assert_eq!((&entries[1]["level"], &entries[1]["error"]), (&"error".into(), &"disk on fire".into()));

    let text = logged(Some("logfmt"), true);
    let line = text.lines().nth(1).expect("two lines");
    assert!(line.starts_with("ts="), "{line}");
    assert!(line.contains(" level=error name=node.logging.format.tests caller=format/tests.rs:"), "{line}");
    assert!(line.ends_with(" msg=\"cannot write\" error=\"disk on fire\" path=\"/a b\""), "{line}");
}

proptest::proptest! {
    #[test]
    fn any_format_is_taken_or_refused(format in ".{0,40}") {
        let _ = verbs::parse(&format);
    }
}
