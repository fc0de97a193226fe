//! Copies what was built to where it stays.

use std::fs;
use std::io;
use std::path::{Component, Path};

/// Copies a directory with everything in it to `to`, which must not be there. Links are copied as such and must not lead
/// out of the directory; there may be nothing but files, directories and links.
pub(super) fn copy_dir(from: &Path, to: &Path) -> io::Result<()> {
    copy_below(from, to, 0)
}

fn copy_below(from: &Path, to: &Path, depth: usize) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy_below(&source, &target, depth + 1)?;
        } else if kind.is_symlink() {
            let leads_to = fs::read_link(&source)?;
            if !stays_inside(&leads_to, depth) {
                return Err(io::Error::other(format!(
                    "refusing to copy symlink {} -> {} pointing outside of the build output",
                    source.display(),
                    leads_to.display()
                )));
            }
            std::os::unix::fs::symlink(&leads_to, &target)?;
        } else if kind.is_file() {
            // With its permissions.
            fs::copy(&source, &target)?;
        } else {
            return Err(io::Error::other(format!("refusing to copy {}, which is no file", source.display())));
        }
    }
    fs::set_permissions(to, fs::metadata(from)?.permissions())
}

/// Whether a link in a directory `depth` levels below the top leads to somewhere below the top. What follows a name may lie
/// elsewhere when the name is a link itself, so all steps upwards must come first.
fn stays_inside(leads_to: &Path, depth: usize) -> bool {
    let (mut depth, mut named) = (Some(depth), false);
    for component in leads_to.components() {
        depth = match (component, depth) {
            (Component::CurDir, depth) => depth,
            (Component::Normal(_), Some(depth)) => {
                named = true;
                Some(depth)
            }
            (Component::ParentDir, Some(depth)) if !named => depth.checked_sub(1),
            _ => None,
        };
    }
    depth.is_some()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn links_inside_are_copied_and_links_outside_refused() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let from = dir.path().join("from");
        fs::create_dir_all(from.join("node_modules/.bin")).expect("created");
        fs::write(from.join("node_modules/cli.js"), "#!").expect("written");
        fs::set_permissions(from.join("node_modules/cli.js"), fs::Permissions::from_mode(0o755)).expect("set");
        symlink("../cli.js", from.join("node_modules/.bin/cli")).expect("linked");
        let to = dir.path().join("to");
        copy_dir(&from, &to).expect("copied");
        let copied = to.join("node_modules/.bin/cli");
        assert_eq!(fs::read_link(&copied).expect("a link"), Path::new("../cli.js"));
        assert_eq!(copied.metadata().expect("leads somewhere").permissions().mode() & 0o777, 0o755);

        for (number, outside) in ["/etc/passwd", "../../x", "a/../../../x", "up/../x"].into_iter().enumerate() {
            let from = dir.path().join(format!("bad{number}"));
            fs::create_dir_all(from.join("sub")).expect("created");
            symlink(outside, from.join("sub/link")).expect("linked");
            let error = copy_dir(&from, &dir.path().join(format!("to{number}"))).expect_err(outside).to_string();
            assert!(error.contains("refusing to copy symlink"), "{error}");
        }
        let from = dir.path().join("socket");
        fs::create_dir(&from).expect("created");
        let _socket = std::os::unix::net::UnixListener::bind(from.join("socket")).expect("bound");
        let error = copy_dir(&from, &dir.path().join("no")).expect_err("no file").to_string();
        assert!(error.contains("which is no file"), "{error}");
    }
}
