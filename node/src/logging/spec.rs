//! Which loggers write at which level: `[<logger>[,<logger>...]=]<level>[:...]`.

use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use parking_lot::RwLock;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter};

use super::counts::Counts;

/// Libraries whose own logs are of use to nobody but their authors; they warn, unless the specification names them.
const QUIET: [&str; 15] = [
    "cranelift_codegen",
    "cranelift_frontend",
    "h2",
    "hyper",
    "hyper_util",
    "mio",
    "notify",
    "rustls",
    "tokio",
    "tokio_util",
    "tonic",
    "tower",
    "want",
    "wasmtime",
    "wasmtime_internal_cranelift",
];

/// A level of Fabric's loggers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Everything, and messages in full.
    Payload,
    /// Everything.
    Debug,
    /// What an operator should see.
    Info,
    /// What may be wrong.
    Warn,
    /// What is wrong.
    Error,
    /// What would end a process under development.
    DPanic,
    /// What ends what was being done.
    Panic,
    /// Only what ends the process.
    Fatal,
}

impl Level {
    /// The level that Fabric calls so, in lower or in upper case.
    pub fn from_name(name: &str) -> Option<Self> {
        if name.bytes().any(|letter| letter.is_ascii_lowercase())
            && name.bytes().any(|letter| letter.is_ascii_uppercase())
        {
            return None;
        }
        Some(match name.to_ascii_lowercase().as_str() {
            "payload" => Self::Payload,
            "debug" => Self::Debug,
            "notice" | "info" => Self::Info,
            "warning" | "warn" => Self::Warn,
            "critical" | "error" => Self::Error,
            "dpanic" => Self::DPanic,
            "panic" => Self::Panic,
            "fatal" => Self::Fatal,
            _ => return None,
        })
    }

    fn filter(self) -> LevelFilter {
        match self {
            Self::Payload => LevelFilter::TRACE,
            Self::Debug => LevelFilter::DEBUG,
            Self::Info => LevelFilter::INFO,
            Self::Warn => LevelFilter::WARN,
            Self::Error => LevelFilter::ERROR,
            Self::DPanic | Self::Panic | Self::Fatal => LevelFilter::OFF,
        }
    }

    /// The name that Fabric shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Payload => "Level(-2)",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::DPanic => "dpanic",
            Self::Panic => "panic",
            Self::Fatal => "fatal",
        }
    }
}

/// Why a specification cannot be understood. The texts are Fabric's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// A level that Fabric does not have, or more than one `=`.
    #[error("invalid logging specification '{spec}': bad segment '{segment}'")]
    Segment {
        /// The whole specification.
        spec: String,
        /// The part that is wrong.
        segment: String,
    },
    /// Nothing before the `=`.
    #[error("invalid logging specification '{spec}': no logger specified in segment '{segment}'")]
    NoLogger {
        /// The whole specification.
        spec: String,
        /// The part that is wrong.
        segment: String,
    },
    /// A logger that cannot be.
    #[error("invalid logging specification '{spec}': bad logger name '{logger}'")]
    Logger {
        /// The whole specification.
        spec: String,
        /// The name.
        logger: String,
    },
}

/// A parsed specification: a level for all, and levels for loggers by name. The longest name that fits wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    default: Level,
    loggers: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    name: String,
    /// A name written with a trailing dot covers that logger alone, not those below it.
    exact: bool,
    level: Level,
}

impl FromStr for Spec {
    type Err = SpecError;

    fn from_str(spec: &str) -> Result<Self, SpecError> {
        let mut parsed = Self { default: Level::Info, loggers: Vec::new() };
        for segment in spec.split(':') {
            let bad_segment = || SpecError::Segment { spec: spec.to_owned(), segment: segment.to_owned() };
            let Some((names, level)) = segment.split_once('=') else {
                // As in Fabric, an empty part sets the default back.
                let level = if segment.is_empty() { Some(Level::Info) } else { Level::from_name(segment) };
                parsed.default = level.ok_or_else(bad_segment)?;
                continue;
            };
            if names.is_empty() {
                return Err(SpecError::NoLogger { spec: spec.to_owned(), segment: segment.to_owned() });
            }
            let level = Level::from_name(level).ok_or_else(bad_segment)?;
            for logger in names.split(',') {
                let (name, exact) = logger.strip_suffix('.').map_or((logger, false), |name| (name, true));
                if !name.split('.').all(is_name) {
                    return Err(SpecError::Logger { spec: spec.to_owned(), logger: logger.to_owned() });
                }
                parsed.loggers.retain(|rule| rule.name != name || rule.exact != exact);
                parsed.loggers.push(Rule { name: name.to_owned(), exact, level });
            }
        }
        parsed.loggers.sort_by_key(|rule| Reverse((rule.name.len(), rule.exact)));
        Ok(parsed)
    }
}

fn is_name(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '#' | '-'))
}

impl Spec {
    /// The level of the logger `name`, written with dots or as a Rust path.
    pub fn level(&self, name: &str) -> Level {
        let rule = self.loggers.iter().find(|rule| rule.covers(name));
        match rule {
            Some(rule) => rule.level,
            None => {
                let root = name.split("::").next().unwrap_or(name);
                if QUIET.contains(&root) { self.default.max(Level::Warn) } else { self.default }
            }
        }
    }

    /// The level of the logger that writes most.
    fn most(&self) -> Level {
        self.loggers.iter().map(|rule| rule.level).chain([self.default]).min().unwrap_or(self.default)
    }

    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level(metadata.target()).filter()
    }
}

impl Rule {
    fn covers(&self, logger: &str) -> bool {
        let mut rule = self.name.split('.');
        let mut parts = logger.split("::").flat_map(|part| part.split('.'));
        loop {
            match (rule.next(), parts.next()) {
                (Some(wanted), Some(part)) if wanted == part => {}
                (None, None) => return true,
                (None, Some(_)) => return !self.exact,
                _ => return false,
            }
        }
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |rule: &Rule| format!("{}{}={}", rule.name, if rule.exact { "." } else { "" }, rule.level.name());
        let mut rules: Vec<String> = self.loggers.iter().map(shown).collect();
        rules.sort_unstable();
        for rule in rules {
            write!(formatter, "{rule}:")?;
        }
        formatter.write_str(self.default.name())
    }
}

/// The specification in force, as the filter of everything that is logged.
pub(super) struct LiveSpec {
    spec: Arc<RwLock<Spec>>,
    counts: Arc<Counts>,
}

impl LiveSpec {
    pub(super) fn new(spec: Arc<RwLock<Spec>>, counts: Arc<Counts>) -> Self {
        LiveSpec { spec, counts }
    }
}

impl<S: Subscriber> Filter<S> for LiveSpec {
    fn enabled(&self, metadata: &Metadata<'_>, _context: &Context<'_, S>) -> bool {
        let wants = self.spec.read().wants(metadata);
        if !wants && metadata.is_event() {
            self.counts.refused(*metadata.level());
        }
        wants
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        let spec = self.spec.read();
        if spec.wants(metadata) {
            Interest::always()
        } else if *metadata.level() <= spec.most().filter() {
            // Another logger writes this level, so the entry is counted.
            Interest::sometimes()
        } else {
            Interest::never()
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.spec.read().most().filter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(spec: &str, logger: &str) -> Level {
        spec.parse::<Spec>().expect(spec).level(logger)
    }

    #[test]
    fn levels() {
        for (spec, logger, expected) in [
            ("", "peer", Level::Info),
            ("warn", "peer", Level::Warn),
            ("WARNING", "peer", Level::Warn),
            ("info:gossip=debug", "gossip", Level::Debug),
            ("info:gossip=debug", "gossip::state", Level::Debug),
            ("info:gossip=debug", "gossipy", Level::Info),
            ("info:gossip=debug", "peer", Level::Info),
            ("gossip=debug", "peer", Level::Info),
            ("gossip=error:gossip.state=debug", "gossip.state", Level::Debug),
            ("gossip.state=debug:gossip=error", "gossip.comm", Level::Error),
            ("gossip.=debug", "gossip", Level::Debug),
            ("gossip.=debug", "gossip.state", Level::Info),
            ("a,b=debug:warn", "b", Level::Debug),
            ("a,b=debug:warn", "c", Level::Warn),
            ("debug:info", "c", Level::Info),
            ("debug:", "c", Level::Info),
            ("a=critical", "a", Level::Error),
            ("payload", "c", Level::Payload),
            ("debug", "h2::codec", Level::Warn),
            ("debug:h2=debug", "h2::codec", Level::Debug),
            ("fatal", "h2::codec", Level::Fatal),
        ] {
            assert_eq!(level(spec, logger), expected, "{logger} under {spec}");
        }
    }

    #[test]
    fn refusals_are_fabrics() {
        for (spec, expected) in [
            ("info:a=loud", "bad segment 'a=loud'"),
            ("loud", "bad segment 'loud'"),
            ("Debug", "bad segment 'Debug'"),
            ("a=b=debug", "bad segment 'a=b=debug'"),
            ("=debug", "no logger specified in segment '=debug'"),
            ("a..b=debug", "bad logger name 'a..b'"),
            ("a,=debug", "bad logger name ''"),
            ("a b=debug", "bad logger name 'a b'"),
        ] {
            let error = spec.parse::<Spec>().expect_err(spec).to_string();
            assert_eq!(error, format!("invalid logging specification '{spec}': {expected}"));
        }
    }

    #[test]
    fn is_shown_as_fabric_shows_it() {
        for (spec, expected) in [
            ("", "info"),
            ("WARNING", "warn"),
            ("b.c=debug:a.=error:fatal", "a.=error:b.c=debug:fatal"),
            ("gossip,a=critical:debug:", "a=error:gossip=error:info"),
            ("payload", "Level(-2)"),
        ] {
            assert_eq!(spec.parse::<Spec>().expect(spec).to_string(), expected, "{spec}");
        }
    }

    proptest::proptest! {
        #[test]
        fn parsing_is_total(spec in ".{0,64}") {
            let _ = spec.parse::<Spec>();
        }
    }
}
