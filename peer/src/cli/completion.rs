//! `peer completion`: what a shell needs to complete command lines.

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::Shell;

/// The shells that Fabric's command knows, too.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    Bash,
    Fish,
    Powershell,
    Zsh,
}

/// `peer completion`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  source <(peer completion bash)")]
pub struct Arguments {
    /// The shell
    shell: Name,
}

/// Prints the script.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let shell = match arguments.shell {
        Name::Bash => Shell::Bash,
        Name::Fish => Shell::Fish,
        Name::Powershell => Shell::PowerShell,
        Name::Zsh => Shell::Zsh,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::Cli::command(), "peer", &mut script);
    super::print(script)
}
