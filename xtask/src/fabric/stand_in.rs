//! Our programs in the place of Fabric's. The suite's harness has Go build what it starts; `tests/fabric/go` is asked
//! instead and hands over a program that is there.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// Those of ours that stand in for Fabric's.
const OURS: [&str; 7] = ["peer", "cryptogen", "configtxgen", "configtxlator", "osnadmin", "discover", "ledgerutil"];

/// What the builder of chaincode in Go has of the environment.
const BUILDER_VARIABLES: [&str; 8] =
    ["PATH", "HOME", "GOPATH", "GOCACHE", "GOFLAGS", "GOTOOLCHAIN", "WEFT_SUITE_PROGRAMS", "WEFT_SUITE_FABRIC"];

/// Programs by their names in one folder, and the stand-in for Go.
pub struct Programs {
    folder: PathBuf,
    go_folder: PathBuf,
}

/// Links Fabric's programs, then ours over them, into a folder that is made anew. Peers of the organisations `beside` stay
/// Fabric's.
pub fn link_programs(workspace: &Workspace, foreign: &Path, folder: &Path, beside: &[String]) -> Result<Programs> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    let link = |from: &Path, name: &str| -> Result<()> {
        let to = folder.join(name);
        if to.is_symlink() {
            fs::remove_file(&to).with_context(|| format!("removing {}", to.display()))?;
        }
        symlink(from, &to).with_context(|| format!("linking {}", to.display()))
    };
    let reading = || format!("reading {}", foreign.display());
    for entry in fs::read_dir(foreign).with_context(reading)? {
        let path = entry.with_context(reading)?.path().canonicalize().with_context(reading)?;
        if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            link(&path, name)?;
        }
    }
    for name in OURS {
        let path = workspace.target.join("release").join(name);
        if path.exists() {
            link(&path, name)?;
        }
    }
    let theirs = foreign.canonicalize().with_context(reading)?.join("peer");
    let builder = workspace.root.join("tests/fabric/golang");
    let script = peer_script(&theirs, &workspace.target.join("release/peer"), beside, &builder);
    let path = folder.join("peer");
    fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
    fs::write(&path, script).with_context(|| format!("writing {}", path.display()))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("making {} a program", path.display()))?;
    Ok(Programs { folder: folder.to_owned(), go_folder: workspace.root.join("tests/fabric/bin") })
}

/// A script that starts the one peer or the other, by the organisation in whose peer's directory the configuration lies
/// (Fabric `integration/nwo/network.go`, `PeerDir`). So both peers and both commands take part. Before a peer starts, its
/// configuration gets a builder of chaincode in Go, for which Fabric's peer would need Docker.
fn peer_script(theirs: &Path, ours: &Path, beside: &[String], builder: &Path) -> String {
    let patterns: Vec<String> = beside.iter().map(|name| format!("*/peers/{name}.*")).collect();
    let foreign = match patterns.is_empty() {
        true => String::new(),
        false => {
            format!(
                "case \"$FABRIC_CFG_PATH\" in {}) exec '{}' \"$@\" ;; esac\n",
                patterns.join(" | "),
                theirs.display()
            )
        }
    };
    let variables: String = BUILDER_VARIABLES.iter().map(|name| format!("\\n         - {name}")).collect();
    format!(
        "#!/bin/sh\nconfiguration=$FABRIC_CFG_PATH/core.yaml\n\
         if [ \"${{1-}} ${{2-}}\" = 'node start' ] && ! grep -q '{0}' \"$configuration\"; then\n\
         \x20   sed -i 's|^  externalBuilders:.*|&\\n    - path: {0}\\n      name: golang\\n      propagateEnvironment:{variables}|' \\\n\
         \x20       \"$configuration\"\nfi\n{foreign}exec '{1}' \"$@\"\n",
        builder.display(),
        ours.display(),
    )
}

impl Programs {
    /// Has the program find the stand-in where it looks for Go. `fabric` is the checkout.
    pub fn offer(&self, command: &mut Command, fabric: &Path) -> Result<()> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.go_folder.clone()).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(folders).context("a folder in PATH has a colon in its name")?);
        command.env("WEFT_SUITE_PROGRAMS", &self.folder);
        command.env("WEFT_SUITE_FABRIC", fabric);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIGURATION: &str = "chaincode:\n  externalBuilders: \n    - path: /b\n      name: binary\nledger:\n";

    #[test]
    fn organisations_have_their_peers_and_all_have_a_builder() {
        let folder = tempfile::tempdir().expect("a folder");
        let beside = ["Org2".to_owned(), "Org3".to_owned()];
        let script = peer_script(Path::new("/bin/echo"), Path::new("/bin/false"), &beside, Path::new("/our/golang"));
        let path = folder.path().join("peer");
        fs::write(&path, script).expect("written");
        for (peer, expected) in [("Org2.peer0", "node start\n"), ("Org3.peer1", "node start\n"), ("Org1.peer0", "")] {
            let place = folder.path().join("peers").join(peer);
            fs::create_dir_all(&place).expect("made");
            fs::write(place.join("core.yaml"), CONFIGURATION).expect("written");
            for _start in 0..2 {
                let mut command = Command::new("/bin/sh");
                let output = command.arg(&path).args(["node", "start"]).env("FABRIC_CFG_PATH", &place).output();
                let output = output.expect("a shell starts");
                assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{output:?}");
            }
            let configuration = fs::read_to_string(place.join("core.yaml")).expect("read");
            let ours = "    - path: /our/golang\n      name: golang\n      propagateEnvironment:\n         - PATH\n";
            assert_eq!(configuration.matches(ours).count(), 1, "{configuration}");
            assert!(configuration.contains("WEFT_SUITE_FABRIC\n    - path: /b\n"), "{configuration}");
        }
    }
}
