//! Go: a module with everything in its folder, or a package in `GOPATH` with what it imports. The `go` command says which
//! it is.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::archive::Archive;
use super::index_files::{self, METADATA_DIR};
use super::{PlatformError, folder};

/// How long the `go` command may take; it may fetch modules.
const GO_TIMEOUT: Duration = Duration::from_secs(180);
const POLL_INTERVAL: Duration = Duration::from_millis(5);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedModule {
    import_path: String,
    module: Module,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Module {
    dir: PathBuf,
    path: String,
}

/// A package as `go list -deps -json` tells it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ListedPackage {
    import_path: String,
    dir: PathBuf,
    goroot: bool,
    incomplete: bool,
    go_files: Vec<String>,
    #[serde(rename = "CFiles")]
    c_files: Vec<String>,
    cgo_files: Vec<String>,
    #[serde(rename = "HFiles")]
    h_files: Vec<String>,
    #[serde(rename = "SFiles")]
    s_files: Vec<String>,
    ignored_go_files: Vec<String>,
    embed_files: Vec<String>,
}

/// What is packed.
struct Code {
    source: PathBuf,
    metadata: PathBuf,
    import_path: String,
    is_module: bool,
}

/// The import path of the module's package in a folder; the path itself when there is no module.
pub(super) fn import_path(path: &str) -> Result<String, PlatformError> {
    Ok(module(path)?.map_or_else(|| path.to_owned(), |module| module.import_path))
}

pub(super) fn write(path: &str, archive: &mut Archive) -> Result<(), PlatformError> {
    let code = describe(path)?;
    let mut sources = sources(&code)?;
    if !code.is_module {
        for architecture in BTreeSet::from(["amd64", own_architecture()]) {
            for package in dependencies(&code.import_path, architecture)? {
                let (dir, import_path) = (&package.dir, &package.import_path);
                let files = [
                    &package.go_files,
                    &package.c_files,
                    &package.cgo_files,
                    &package.h_files,
                    &package.s_files,
                    &package.ignored_go_files,
                    &package.embed_files,
                ];
                sources.extend(
                    files.into_iter().flatten().map(|file| (format!("src/{import_path}/{file}"), dir.join(file))),
                );
            }
        }
    }
    let mut directories = BTreeSet::new();
    for name in sources.keys() {
        let mut dir = name.as_str();
        while let Some((parent, _)) = dir.rsplit_once('/') {
            directories.insert(parent.to_owned());
            dir = parent;
        }
    }
    for dir in &directories {
        archive.directory(dir)?;
    }
    sources.iter().try_for_each(|(name, path)| archive.file(name, path))
}

fn describe(path: &str) -> Result<Code, PlatformError> {
    if let Some(ListedModule { import_path, module }) = module(path)? {
        let below = import_path.strip_prefix(&module.path).unwrap_or_default().trim_start_matches('/');
        let metadata = module.dir.join(below).join(METADATA_DIR);
        return Ok(Code { source: module.dir, metadata, import_path, is_module: true });
    }
    let output = go(Path::new("."), &["list", "-f", "{{.Dir}}", path], &[], "'go list' failed")?;
    let source = PathBuf::from(String::from_utf8_lossy(&output).trim());
    Ok(Code { metadata: source.join(METADATA_DIR), source, import_path: path.to_owned(), is_module: false })
}

fn module(path: &str) -> Result<Option<ListedModule>, PlatformError> {
    let dir = Path::new(path);
    if !dir.is_dir() {
        return Ok(None);
    }
    let modules = [("GO111MODULE", "on")];
    let root = go(dir, &["env", "GOMOD"], &modules, "failed to determine module root")?;
    if !Path::new(String::from_utf8_lossy(&root).trim()).is_file() {
        return Ok(None);
    }
    let listed = go(dir, &["list", "-json", "."], &modules, "'go list' failed")?;
    serde_json::from_slice(&listed).map(Some).map_err(PlatformError::GoOutput)
}

/// The files to pack by their names in the archive.
fn sources(code: &Code) -> Result<BTreeMap<String, PathBuf>, PlatformError> {
    let is_hidden = |name: &OsStr| name.as_encoded_bytes().starts_with(b".");
    let mut sources = BTreeMap::new();
    for (name, path) in folder::files(&code.source, &is_hidden)? {
        if let Ok(below) = path.strip_prefix(&code.metadata) {
            let name = format!("{METADATA_DIR}/{}", below.to_str().ok_or_else(|| PlatformError::Name(path.clone()))?);
            let is_file_hidden = path.file_name().is_some_and(is_hidden);
            if !is_file_hidden && index_files::is_taken(&name, &path)? {
                sources.insert(name, path);
            }
        } else if code.is_module {
            sources.insert(format!("src/{name}"), path);
        } else if !name.contains('/') && name != "go.mod" && name != "go.sum" {
            // Without a module the other folders are packages of their own.
            sources.insert(format!("src/{}/{name}", code.import_path), path);
        }
    }
    Ok(sources)
}

fn dependencies(import_path: &str, architecture: &str) -> Result<Vec<ListedPackage>, PlatformError> {
    let environment = [("GOOS", "linux"), ("GOARCH", architecture)];
    let failed = format!("listing deps for package {import_path} failed");
    let output = go(Path::new("."), &["list", "-deps", "-json", import_path], &environment, &failed)?;
    let mut packages = Vec::new();
    for package in serde_json::Deserializer::from_slice(&output).into_iter::<ListedPackage>() {
        let package = package.map_err(PlatformError::GoOutput)?;
        if package.incomplete {
            return Err(PlatformError::Incomplete(package.import_path));
        }
        if !package.goroot {
            packages.push(package);
        }
    }
    Ok(packages)
}

/// Go's name of this machine's processor.
fn own_architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// Runs the `go` command in `dir` and gives what it prints.
fn go(dir: &Path, arguments: &[&str], environment: &[(&str, &str)], failed: &str) -> Result<Vec<u8>, PlatformError> {
    let error = |what: String, source| PlatformError::Go { what, source };
    let mut command = Command::new("go");
    command.args(arguments).current_dir(dir).envs(environment.iter().copied());
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => {
            error(format!("{failed}: packages of type golang need the go command, and PATH has none"), None)
        }
        _ => error(failed.to_owned(), Some(source)),
    })?;
    let (output, complaints) = (read(child.stdout.take()), read(child.stderr.take()));
    let deadline = Instant::now() + GO_TIMEOUT;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline => std::thread::sleep(POLL_INTERVAL),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(error(format!("{failed}: go took more than {} s", GO_TIMEOUT.as_secs()), None));
            }
            Err(source) => return Err(error(failed.to_owned(), Some(source))),
        }
    };
    let (output, complaints) = (output.join().unwrap_or_default(), complaints.join().unwrap_or_default());
    if status.success() {
        return Ok(output);
    }
    let complaints = String::from_utf8_lossy(&complaints);
    let code = status.code().map_or_else(|| status.to_string(), |code| format!("exit status {code}"));
    Err(error(format!("{failed} with: {}: {code}", complaints.trim_end()), None))
}

fn read(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What could be read counts; how the command ended says the rest.
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}
