//! What a bare Debian 12 lacks: a C++ compiler and libclang for RocksDB, Node for the SDK tests, the Wasm target.
//! As root it is installed, and every package is named; otherwise the command to run is printed.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::shell;
use crate::workspace::Workspace;

/// The oldest Node that the Fabric SDK in `tests/node` runs on.
const NODE_MAJOR_MIN: u32 = 18;

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// What the tools are wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// Building the programs and the Rust contracts.
    Building,
    /// All that, and the tests with other languages.
    Testing,
}

struct Tool {
    name: &'static str,
    why: &'static str,
    packages: &'static [&'static str],
    present: fn() -> bool,
}

const BUILDING: &[Tool] = &[
    Tool { name: "g++", why: "RocksDB is C++", packages: &["g++"], present: || shell::in_path("g++") },
    Tool { name: "make", why: "builds the allocator", packages: &["make"], present: || shell::in_path("make") },
    Tool {
        name: "clang",
        why: "compiles RocksDB in half of g++'s time",
        packages: &["clang"],
        present: || shell::in_path("clang++"),
    },
    Tool { name: "libclang", why: "bindings to RocksDB", packages: &["libclang-dev"], present: has_libclang },
];

const TESTING: &[Tool] = &[
    Tool { name: "node 18", why: "tests with Fabric's SDK", packages: &["nodejs"], present: has_node },
    Tool {
        name: "python3-venv",
        why: "fetches compilers of contract languages",
        packages: &["python3", "python3-venv"],
        present: has_venv,
    },
    Tool {
        name: "SoftHSM",
        why: "tests of keys in a PKCS#11 token",
        packages: &["softhsm2"],
        present: || shell::in_path("softhsm2-util"),
    },
    Tool { name: "npm", why: "fetches Fabric's SDK", packages: &["npm"], present: || shell::in_path("npm") },
];

/// Makes sure that everything is there.
pub fn run(workspace: &Workspace, purpose: For) -> Result<()> {
    let wanted = BUILDING.iter().chain(if purpose == For::Testing { TESTING } else { &[] });
    let missing: Vec<&Tool> = wanted.filter(|tool| !(tool.present)()).collect();
    if !missing.is_empty() {
        install(&missing)?;
    }
    add_wasm_target(workspace)
}

fn install(missing: &[&Tool]) -> Result<()> {
    let packages: Vec<&str> = missing.iter().flat_map(|tool| tool.packages).copied().collect();
    for tool in missing {
        eprintln!("    missing: {} ({})", tool.name, tool.why);
    }
    let arguments = ["install", "-y", "--no-install-recommends"];
    if !shell::in_path("apt-get") {
        bail!("install these first (names of Debian's packages): {}", packages.join(" "));
    }
    if !is_root() {
        bail!(
            "run this first:\n\n  sudo apt-get update && sudo apt-get {} {}\n",
            arguments.join(" "),
            packages.join(" ")
        );
    }
    shell::step(&format!("Installing {} with apt-get", packages.join(", ")));
    shell::run(Command::new("apt-get").arg("update").arg("-q"))?;
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").arg("-q").args(arguments).args(&packages);
    shell::run(&mut command)?;
    if let Some(tool) = missing.iter().find(|tool| !(tool.present)()) {
        bail!("{} is still missing after installing {}", tool.name, tool.packages.join(" "));
    }
    Ok(())
}

fn add_wasm_target(workspace: &Workspace) -> Result<()> {
    let sysroot = shell::output(Command::new("rustc").args(["--print", "sysroot"]).current_dir(&workspace.root))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(WASM_TARGET).is_dir() {
        return Ok(());
    }
    if !shell::in_path("rustup") {
        bail!("this Rust has no target {WASM_TARGET}, and there is no rustup to add it: see https://rustup.rs");
    }
    shell::step(&format!("Adding the Rust target {WASM_TARGET}"));
    shell::run(Command::new("rustup").args(["target", "add", WASM_TARGET]).current_dir(&workspace.root))
}

fn is_root() -> bool {
    Path::new("/proc/self").metadata().is_ok_and(|metadata| metadata.uid() == 0)
}

fn has_venv() -> bool {
    shell::output(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_ok()
}

fn has_node() -> bool {
    let version = shell::output(Command::new("node").arg("--version")).unwrap_or_default();
    node_major(&version).is_some_and(|major| major >= NODE_MAJOR_MIN)
}

fn node_major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// bindgen loads libclang when it runs, and libclang needs the headers that come with it; one package has both.
fn has_libclang() -> bool {
    if std::env::var_os("LIBCLANG_PATH").is_some() || shell::in_path("clang") {
        return true;
    }
    let installations = folders("/usr/lib", "llvm").into_iter().chain(folders("/usr/local", "llvm"));
    installations.map(|folder| folder.join("lib")).chain([PathBuf::from("/usr/lib64")]).any(|folder| {
        let holds = |start: &str| !entries(&folder, start).is_empty();
        holds("libclang.so") && holds("clang")
    })
}

fn folders(parent: &str, start: &str) -> Vec<PathBuf> {
    entries(Path::new(parent), start)
}

fn entries(folder: &Path, start: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let matching = entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(start));
    matching.map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::node_major;

    #[test]
    fn reads_the_version_of_node() {
        for (text, major) in [("v20.20.2\n", Some(20)), ("v18.19.0", Some(18)), ("", None), ("20", None)] {
            assert_eq!(node_major(text), major, "{text:?}");
        }
    }
}
