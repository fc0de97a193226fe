//! Logs on standard error, in the layout operators of Fabric know.
//!
//! Loggers are named by module path: what `orderer::broadcast` writes is ruled by `FABRIC_LOGGING_SPEC` entries
//! `orderer` and `orderer.broadcast`.

mod counts;
mod format;
mod spec;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::sync::Arc;

use parking_lot::RwLock;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::metrics::Registry;
use counts::Counts;
pub(crate) use format::CONTINUATIONS_MAX;
pub use format::FormatError;
use format::Formatter;
use spec::LiveSpec;
pub use spec::{Level, Spec, SpecError};

/// Environment variable that says what is logged, such as `info:gossip=debug`.
pub const SPEC_VARIABLE: &str = "FABRIC_LOGGING_SPEC";

/// Environment variable that says how: `json`, `logfmt`, or a line with Fabric's verbs, such as
/// `%{time} %{level:.4s} [%{module}] %{message}`.
pub const FORMAT_VARIABLE: &str = "FABRIC_LOGGING_FORMAT";

/// Why logging cannot start.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The specification cannot be understood.
    #[error("invalid {SPEC_VARIABLE}")]
    Spec(#[source] SpecError),
    /// The format cannot be understood.
    #[error("invalid {FORMAT_VARIABLE}")]
    Format(#[source] FormatError),
    /// Another subscriber is installed in this process.
    #[error("logging is already running")]
    Running(#[source] TryInitError),
}

/// The running log: what it writes can be changed. Clones share one state.
#[derive(Clone)]
pub struct Log {
    spec: Arc<RwLock<Spec>>,
    counts: Arc<Counts>,
}

impl Log {
    /// The specification in force, in Fabric's form.
    pub fn spec(&self) -> String {
        self.spec.read().to_string()
    }

    /// The level of the logger `name` now.
    pub fn level(&self, name: &str) -> Level {
        self.spec.read().level(name)
    }

    /// Puts another specification in force; an empty one is `info`.
    pub fn activate(&self, spec: &str) -> Result<(), SpecError> {
        let parsed = spec.parse()?;
        *self.spec.write() = parsed;
        tracing::callsite::rebuild_interest_cache();
        Ok(())
    }

    /// Counts entries in a registry.
    pub fn report_entries(&self, registry: &Registry) {
        self.counts.report(registry);
    }
}

/// Starts logging for the whole process, as `environment` says; `default_spec` holds where it says nothing.
pub fn init(environment: &BTreeMap<String, String>, default_spec: &str) -> Result<Log, InitError> {
    let set = |name: &str| environment.get(name).map(String::as_str).filter(|value| !value.trim().is_empty());
    let spec: Spec = set(SPEC_VARIABLE).unwrap_or(default_spec).parse().map_err(InitError::Spec)?;
    let log = Log { spec: Arc::new(RwLock::new(spec)), counts: Arc::default() };
    let format = set(FORMAT_VARIABLE);
    // Who asks for colors gets them, as in Fabric; the default has none where nobody sees them.
    let color = format.is_some() || io::stderr().is_terminal();
    let formatter = Formatter::new(format, color, log.counts.clone()).map_err(InitError::Format)?;
    let layer =
        tracing_subscriber::fmt::layer().event_format(formatter).with_writer(io::stderr).with_ansi(false).boxed();
    let filter = LiveSpec::new(log.spec.clone(), log.counts.clone());
    tracing_subscriber::registry().with(layer.with_filter(filter)).try_init().map_err(InitError::Running)?;
    let ignored =
        environment.keys().filter(|name| name.starts_with("CORE_LOGGING_") || *name == "ORDERER_GENERAL_LOGLEVEL");
    for name in ignored {
        tracing::warn!("{name} is no longer supported, use {SPEC_VARIABLE}");
    }
    Ok(log)
}
