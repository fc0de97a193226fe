//! What programs say about themselves.

/// The text of `version`, in Fabric's layout, which scripts read.
pub fn text(program: &str) -> String {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!(
        "{program}:\n Version: {}\n Commit SHA: {}\n Go version: none (Weft is written in Rust)\n OS/Arch: {}/{architecture}\n",
        env!("CARGO_PKG_VERSION"),
        option_env!("WEFT_COMMIT").unwrap_or("development build"),
        std::env::consts::OS,
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn layout_is_fabrics() {
        let text = super::text("cryptogen");
        let keys: Vec<&str> = text.lines().map(|line| line.split(':').next().unwrap_or_default()).collect();
        assert_eq!(keys, ["cryptogen", " Version", " Commit SHA", " Go version", " OS/Arch"]);
    }
}
