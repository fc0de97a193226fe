//! `peer logging` of Fabric 1.4: what a running peer logs.

use ::node::logging::Level;
use anyhow::{bail, ensure};
use clap::{Args, Subcommand};
use client::Peer;

use super::environment::Environment;

/// `peer logging`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Returns the logging level of the requested logger.
    ///
    /// Note: the logger name should exactly match the name that is displayed in the logs.
    #[command(after_help = "Example:\n  peer logging getlevel gossip")]
    Getlevel(Words),
    /// Returns the active log spec.
    #[command(after_help = "Example:\n  peer logging getlogspec")]
    Getlogspec(Words),
    /// Reverts the logging spec to the peer's spec at startup.
    #[command(after_help = "Example:\n  peer logging revertlevels")]
    Revertlevels(Words),
    /// Adds the logger and log level to the current logging spec.
    #[command(after_help = "Example:\n  peer logging setlevel gossip debug")]
    Setlevel(Words),
    /// Sets the logging spec.
    #[command(after_help = "Example:\n  peer logging setlogspec info:gossip=debug")]
    Setlogspec(Words),
}

/// Taken as they come, because their number is refused in Fabric's words.
#[derive(Debug, Args)]
struct Words {
    #[arg(value_name = "PARAMETER")]
    words: Vec<String>,
}

/// Runs one of the commands. As in Fabric, what the peer answers goes to the log.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.command {
        Command::Getlevel(Words { words }) => {
            let logger = first(&words)?;
            let (environment, peer) = connect().await?;
            let answer = environment.client.log_level(&peer, logger).await?;
            report(format!("Current log level for logger '{}': {}", answer.log_module, answer.log_level));
        }
        Command::Setlevel(Words { words }) => {
            let (logger, level) = logger_and_level(&words)?;
            let (environment, peer) = connect().await?;
            let answer = environment.client.set_log_level(&peer, logger, level).await?;
            report(format!("Log level set for logger name/prefix '{}': {}", answer.log_module, answer.log_level));
        }
        Command::Revertlevels(Words { words }) => {
            none(&words)?;
            let (environment, peer) = connect().await?;
            environment.client.revert_log_levels(&peer).await?;
            report("Logging spec reverted to the peer's spec at startup.".to_owned());
        }
        Command::Getlogspec(Words { words }) => {
            none(&words)?;
            let (environment, peer) = connect().await?;
            let answer = environment.client.log_spec(&peer).await?;
            report(format!("Current logging spec: {}", answer.log_spec));
        }
        Command::Setlogspec(Words { words }) => {
            let spec = first(&words)?;
            let (environment, peer) = connect().await?;
            let answer = environment.client.set_log_spec(&peer, spec).await?;
            if !answer.error.is_empty() {
                bail!(answer.error);
            }
            report(format!("Current logging spec set to: {}", answer.log_spec));
        }
    }
    Ok(())
}

fn report(text: String) {
    tracing::info!(target: "cli.logging", "{text}");
}

async fn connect() -> anyhow::Result<(Environment, Peer)> {
    let environment = Environment::load()?;
    let peer = environment.administered_peer().await?;
    Ok((environment, peer))
}

fn none(words: &[String]) -> anyhow::Result<()> {
    ensure!(words.is_empty(), "more parameters than necessary were provided. Expected 0, received {}", words.len());
    Ok(())
}

fn first(words: &[String]) -> anyhow::Result<&str> {
    match words {
        [first, ..] => Ok(first),
        [] => bail!("no parameters provided"),
    }
}

fn logger_and_level(words: &[String]) -> anyhow::Result<(&str, &str)> {
    let logger = first(words)?;
    let Some(level) = words.get(1) else { bail!("no log level provided") };
    ensure!(Level::from_name(level).is_some(), "invalid log level provided - {level}");
    Ok((logger, level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_words_are_refused_as_in_fabric() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for (text, expected) in [
            ("", "no parameters provided"),
            ("gossip", "no log level provided"),
            ("gossip loud", "invalid log level provided - loud"),
        ] {
            assert_eq!(logger_and_level(&words(text)).expect_err(text).to_string(), expected);
        }
        assert_eq!(logger_and_level(&words("gossip debug")).expect("right"), ("gossip", "debug"));
        assert_eq!(
            none(&words("a b")).expect_err("refused").to_string(),
            "more parameters than necessary were provided. Expected 0, received 2"
        );
    }
}
