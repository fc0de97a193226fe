//! `peer version`.

use anyhow::ensure;
use clap::Args;

/// `peer version`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer version")]
pub struct Arguments {
    #[arg(hide = true)]
    trailing: Vec<String>,
}

/// Prints in Fabric's layout, which scripts read.
pub fn print(arguments: &Arguments) -> anyhow::Result<()> {
    ensure!(arguments.trailing.is_empty(), "trailing args detected");
    super::print(text())
}

fn text() -> String {
    node::version::text("peer") + " Chaincode:\n  Base Docker Label: none\n  Docker Namespace: none\n\n"
}

#[cfg(test)]
mod tests {
    #[test]
    fn layout_is_fabrics() {
        let text = super::text();
        let keys: Vec<&str> = text.lines().map(|line| line.split(':').next().unwrap_or_default()).collect();
        let expected = [
            "peer",
            " Version",
            " Commit SHA",
            " Go version",
            " OS/Arch",
            " Chaincode",
            "  Base Docker Label",
            "  Docker Namespace",
            "",
        ];
        assert_eq!(keys, expected);
    }
}
