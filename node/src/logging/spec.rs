//! Which loggers write at which level: `[<logger>[,<logger>...]=]<level>[:...]`.

use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter};

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
    /// Everything.
    Debug,
    /// What an operator should see.
    Info,
    /// What may be wrong.
    Warn,
    /// What is wrong.
    Error,
    /// Only what ends the process.
    Fatal,
}

impl Level {
    fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "payload" | "debug" => Self::Debug,
            "notice" | "info" => Self::Info,
            "warning" | "warn" => Self::Warn,
            "error" => Self::Error,
            "dpanic" | "panic" | "fatal" | "critical" => Self::Fatal,
            _ => return None,
        })
    }

    fn filter(self) -> LevelFilter {
        match self {
            Self::Debug => LevelFilter::DEBUG,
            Self::Info => LevelFilter::INFO,
            Self::Warn => LevelFilter::WARN,
            Self::Error => LevelFilter::ERROR,
            Self::Fatal => LevelFilter::OFF,
        }
    }
}

/// Why a specification cannot be understood.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// A level Fabric does not have.
    #[error("invalid logging specification '{spec}': bad level '{level}'")]
    Level {
        /// The whole specification.
        spec: String,
        /// The part that is no level.
        level: String,
    },
    /// A segment with more than one `=`, or with a logger that has no name.
    #[error("invalid logging specification '{spec}': bad segment '{segment}'")]
    Segment {
        /// The whole specification.
        spec: String,
        /// The part that is wrong.
        segment: String,
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
            let (names, level) = match segment.split_once('=') {
                None => (None, segment),
                Some((_, level)) if level.contains('=') => return Err(bad_segment()),
                Some((names, level)) => (Some(names), level),
            };
            if names.is_none() && level.is_empty() {
                continue;
            }
            let level = Level::parse(level.trim())
                .ok_or_else(|| SpecError::Level { spec: spec.to_owned(), level: level.to_owned() })?;
            let Some(names) = names else {
                parsed.default = level;
                continue;
            };
            for name in names.split(',').map(str::trim) {
                let (name, exact) = name.strip_suffix('.').map_or((name, false), |name| (name, true));
                let named = !name.is_empty() && name.split('.').all(is_name);
                if !named {
                    return Err(bad_segment());
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
        let name = |level| match level {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
            Level::Fatal => "fatal",
        };
        for rule in self.loggers.iter().rev() {
            write!(formatter, "{}{}={}:", rule.name, if rule.exact { "." } else { "" }, name(rule.level))?;
        }
        formatter.write_str(name(self.default))
    }
}

impl<S: Subscriber> Filter<S> for Spec {
    fn enabled(&self, metadata: &Metadata<'_>, _context: &Context<'_, S>) -> bool {
        self.wants(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let most = self.loggers.iter().map(|rule| rule.level).chain([self.default]).min();
        most.map(Level::filter)
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
            ("debug", "h2::codec", Level::Warn),
            ("debug:h2=debug", "h2::codec", Level::Debug),
            ("fatal", "h2::codec", Level::Fatal),
        ] {
            assert_eq!(level(spec, logger), expected, "{logger} under {spec}");
        }
    }

    #[test]
    fn refusals_name_the_part() {
        let level = SpecError::Level { spec: "info:a=loud".to_owned(), level: "loud".to_owned() };
        assert_eq!("info:a=loud".parse::<Spec>(), Err(level));
        for spec in ["a=b=debug", "=debug", "a..b=debug", "a,=debug", "a b=debug"] {
            assert!(matches!(spec.parse::<Spec>(), Err(SpecError::Segment { .. })), "{spec}");
        }
    }

    #[test]
    fn shows_what_it_parsed() {
        for spec in ["info", "gossip=debug:warn", "a.=error:b.c=debug:info"] {
            let parsed: Spec = spec.parse().expect(spec);
            assert_eq!(parsed.to_string().parse::<Spec>(), Ok(parsed));
        }
    }

    proptest::proptest! {
        #[test]
        fn parsing_is_total(spec in ".{0,64}") {
            let _ = spec.parse::<Spec>();
        }
    }
}
