//! Folders as they are: Node and Java projects, services, programs.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::archive::Archive;
use super::{PlatformError, failed, index_files};

/// Longest chain of directories followed.
const DEPTH_MAX: usize = 64;

/// Packs a project below `src/`, and its index files below `META-INF/`; directories of the `excluded` names and files
/// with the extension `excluded_extension` are left out.
pub(super) fn write(
    root: &Path,
    excluded: &[&str],
    excluded_extension: &str,
    archive: &mut Archive,
) -> Result<(), PlatformError> {
    let is_excluded = |name: &OsStr| name == ".git" || excluded.iter().any(|excluded| name == *excluded);
    for (name, path) in files(root, &is_excluded)? {
        if !excluded_extension.is_empty() && path.extension().is_some_and(|extension| extension == excluded_extension) {
            continue;
        }
        if !index_files::is_metadata(&name) {
            archive.file(&format!("src/{name}"), &path)?;
        } else if index_files::is_taken(&name, &path)? {
            archive.file(&name, &path)?;
        }
    }
    Ok(())
}

/// Packs a `connection.json`, or a folder with one.
pub(super) fn write_service(path: &Path, archive: &mut Archive) -> Result<(), PlatformError> {
    let connection = if path.is_dir() { path.join("connection.json") } else { path.to_owned() };
    let text = fs::read(&connection).map_err(|_| PlatformError::NoConnection(path.to_owned()))?;
    if serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&text).is_err() {
        return Err(PlatformError::NoConnection(path.to_owned()));
    }
    if !path.is_dir() {
        return archive.file("connection.json", path);
    }
    write_as_it_is(path, archive)
}

/// Packs a file, or a folder, without changing names.
pub(super) fn write_as_it_is(path: &Path, archive: &mut Archive) -> Result<(), PlatformError> {
    if !path.is_dir() {
        let name = path.file_name().and_then(OsStr::to_str).ok_or_else(|| PlatformError::Name(path.to_owned()))?;
        return archive.file_or_program(name, path);
    }
    for (name, path) in files(path, &|name| name == ".git")? {
        if !index_files::is_metadata(&name) || index_files::is_taken(&name, &path)? {
            archive.file_or_program(&name, &path)?;
        }
    }
    Ok(())
}

/// All files below `root` with their names from there, in the order in which Go walks: by name in each directory.
pub(super) fn files(
    root: &Path,
    is_excluded: &dyn Fn(&OsStr) -> bool,
) -> Result<Vec<(String, PathBuf)>, PlatformError> {
    let mut found = Vec::new();
    if root.is_file() {
        let name = root.file_name().and_then(OsStr::to_str).ok_or_else(|| PlatformError::Name(root.to_owned()))?;
        return Ok(vec![(name.to_owned(), root.to_owned())]);
    }
    walk(root, "", is_excluded, DEPTH_MAX, &mut found)?;
    Ok(found)
}

fn walk(
    dir: &Path,
    prefix: &str,
    is_excluded: &dyn Fn(&OsStr) -> bool,
    depth: usize,
    found: &mut Vec<(String, PathBuf)>,
) -> Result<(), PlatformError> {
    if depth == 0 {
        return Err(failed(dir)(std::io::Error::other(format!("it lies more than {DEPTH_MAX} directories deep"))));
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed(dir))? {
        entries.push(entry.map_err(failed(dir))?);
    }
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name());
        let is_dir = entry.file_type().map_err(failed(&path))?.is_dir();
        if is_dir && is_excluded(&name) {
            continue;
        }
        let name = name.to_str().ok_or_else(|| PlatformError::Name(path.clone()))?;
        let name = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
        if is_dir {
            walk(&path, &name, is_excluded, depth - 1, found)?;
        } else {
            found.push((name, path));
        }
    }
    Ok(())
}
