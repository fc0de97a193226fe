//! Logs on standard error, in the layout operators of Fabric know.
//!
//! Loggers are named by module path: what `orderer::broadcast` writes is ruled by `FABRIC_LOGGING_SPEC` entries
//! `orderer` and `orderer.broadcast`.

mod format;
mod spec;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};

use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

pub use spec::{Level, Spec, SpecError};

/// Environment variable that says what is logged, such as `info:gossip=debug`.
pub const SPEC_VARIABLE: &str = "FABRIC_LOGGING_SPEC";

/// Environment variable that says how: `json`, `logfmt`, or anything else for lines to read.
pub const FORMAT_VARIABLE: &str = "FABRIC_LOGGING_FORMAT";

/// Why logging cannot start.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The specification cannot be understood.
    #[error("invalid {SPEC_VARIABLE}")]
    Spec(#[source] SpecError),
    /// Another subscriber is installed in this process.
    #[error("logging is already running")]
    Running(#[source] TryInitError),
}

/// Starts logging for the whole process, as `environment` says; `default_spec` holds where it says nothing.
pub fn init(environment: &BTreeMap<String, String>, default_spec: &str) -> Result<(), InitError> {
    let given = environment.get(SPEC_VARIABLE).map(String::as_str).filter(|spec| !spec.trim().is_empty());
    let spec: Spec = given.unwrap_or(default_spec).parse().map_err(InitError::Spec)?;
    let layer = match environment.get(FORMAT_VARIABLE).map(String::as_str) {
        Some("json") => tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_writer(io::stderr)
            .boxed(),
        Some("logfmt") => tracing_subscriber::fmt::layer()
            .event_format(format::Logfmt)
            .with_writer(io::stderr)
            .with_ansi(false)
            .boxed(),
        _ => tracing_subscriber::fmt::layer()
            .event_format(format::Lines::new())
            .with_writer(io::stderr)
            .with_ansi(io::stderr().is_terminal())
            .boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(spec)).try_init().map_err(InitError::Running)?;
    let ignored =
        environment.keys().filter(|name| name.starts_with("CORE_LOGGING_") || *name == "ORDERER_GENERAL_LOGLEVEL");
    for name in ignored {
        tracing::warn!("{name} is no longer supported, use {SPEC_VARIABLE}");
    }
    Ok(())
}
