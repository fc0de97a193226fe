//! `fabric:chaincode/diagnostics`.

use host_api::limits::MESSAGE_BYTES_MAX;

use super::bindings::fabric::chaincode::diagnostics::{Host, Level};
use super::{CallState, Stop};
use crate::{LogLevel, text};

impl Host for CallState {
    fn log(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        self.enter(message.len())?;
        let level = match level {
            Level::Debug => LogLevel::Debug,
            Level::Info => LogLevel::Info,
            Level::Warning => LogLevel::Warning,
            Level::Error => LogLevel::Error,
        };
        CallState::log(self, level, &message);
        Ok(())
    }

    fn abort(&mut self, message: String) -> wasmtime::Result<()> {
        self.enter(message.len())?;
        self.last_words = Some(text::printable(&message, MESSAGE_BYTES_MAX));
        Err(Stop::Panic.into())
    }
}
