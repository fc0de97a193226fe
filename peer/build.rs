//! Lists the files of the scaffolds and of the kits, which `peer chaincode new` writes.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What builds leave behind.
const NOT_SOURCES: [&str; 6] = ["build", "target", "node_modules", ".zig-cache", "zig-out", "__pycache__"];

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut code = "&[\n".to_owned();
    for (folder, target) in [("chaincodes/scaffold", ""), ("host-api/guest", "kit/")] {
        let folder = root.join(folder);
        println!("cargo::rerun-if-changed={}", folder.display());
        for language in entries(&folder)?.into_iter().filter(|path| path.is_dir()) {
            let name = file_name(&language);
            list(&mut code, &name, &language, target)?;
            if target.is_empty() {
                continue;
            }
            // Kits that stand on another one, and those whose compiler reads the interface.
            if name == "typescript" {
                list(&mut code, &name, &folder.join("javascript"), "kit/javascript/")?;
            }
            if ["typescript", "javascript", "python"].contains(&name.as_str()) {
                file(&mut code, &name, &root.join("host-api/wit/chaincode.wit"), "kit/chaincode.wit");
            }
        }
    }
    code.push(']');
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(Path::new(&out).join("scaffolds.rs"), code)
}

/// Adds the files of a folder and of those in it.
fn list(code: &mut String, language: &str, folder: &Path, target: &str) -> io::Result<()> {
    for entry in entries(folder)? {
        let name = file_name(&entry);
        if NOT_SOURCES.contains(&name.as_str()) {
            continue;
        }
        if entry.is_dir() {
            list(code, language, &entry, &format!("{target}{name}/"))?;
        } else {
            file(code, language, &entry, &format!("{target}{name}"));
        }
    }
    Ok(())
}

fn file(code: &mut String, language: &str, source: &Path, target: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(code, "    ({language:?}, {target:?}, include_bytes!({:?})),", source.display().to_string());
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    entries.sort();
    Ok(entries)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
