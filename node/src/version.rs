//! What programs say about themselves.

/// The number of this version.
pub const NUMBER: &str = env!("CARGO_PKG_VERSION");

/// The commit that it was built from, where the build knew it.
pub const COMMIT: &str = match option_env!("WEFT_COMMIT") {
    Some(commit) => commit,
    None => "development build",
};

/// The text of `version`, in Fabric's layout, which scripts read.
pub fn text(program: &str) -> String {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!(
        "{program}:\n Version: {NUMBER}\n Commit SHA: {COMMIT}\n Go version: none (Weft is written in Rust)\n OS/Arch: {}/{architecture}\n",
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
