//! `peer version`.

/// Prints in Fabric's layout, which scripts read.
pub fn print() -> anyhow::Result<()> {
    super::print(text())
}

fn text() -> String {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!(
        "peer:\n Version: {}\n Commit SHA: {}\n Go version: none (Weft is written in Rust)\n OS/Arch: {}/{architecture}\n \
         Chaincode:\n  Base Docker Label: none\n  Docker Namespace: none\n\n",
        env!("CARGO_PKG_VERSION"),
        option_env!("WEFT_COMMIT").unwrap_or("development build"),
        std::env::consts::OS,
    )
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
