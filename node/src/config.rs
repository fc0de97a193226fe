//! Configuration as Fabric's operators write it: a YAML file, and environment variables that override it.
//!
//! A [`Source`] is read once at start-up into typed settings; nothing keeps it.

mod duration;
mod keys;
mod value;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_yaml_ng::Value;

pub use duration::parse_duration;
pub use keys::{CORE_KEYS, ORDERER_KEYS};
pub use value::ValueError;

/// Environment variable that names the directory of the configuration file.
pub const PATH_VARIABLE: &str = "FABRIC_CFG_PATH";

/// Where Fabric looks when no directory is named.
const DEFAULT_DIRECTORIES: [&str; 2] = [".", "/etc/hyperledger/fabric"];

/// Largest configuration file that is read, in bytes.
const FILE_SIZE_MAX: u64 = 4 * 1024 * 1024;

/// Why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory that was named does not exist.
    #[error("{PATH_VARIABLE} {} does not exist", .0.display())]
    Directory(PathBuf),
    /// The file cannot be read.
    #[error("cannot read configuration file {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file is not YAML.
    #[error("cannot parse configuration file {}", .path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: serde_yaml_ng::Error,
    },
}

/// A configuration file with its overrides. Keys are written as in Fabric's documentation (`peer.tls.enabled`) and
/// compared without regard to case.
///
/// The variable that overrides a key is the prefix and the key in upper case with `_` for `.`:
/// `CORE_PEER_TLS_ENABLED`.
#[derive(Clone, Debug)]
pub struct Source {
    prefix: String,
    file: Option<PathBuf>,
    directory: PathBuf,
    root: Value,
    environment: BTreeMap<String, String>,
}

impl Source {
    /// Finds and reads `<name>.yaml`: in the directory `FABRIC_CFG_PATH` names, else in the working directory, else in
    /// `/etc/hyperledger/fabric`. A source without file is not an error: the environment alone may say enough.
    pub fn open(name: &str, prefix: &str, environment: &BTreeMap<String, String>) -> Result<Self, OpenError> {
        let file_name = format!("{name}.yaml");
        let named = environment.get(PATH_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
        let directories = match named {
            Some(directory) if !directory.is_dir() => return Err(OpenError::Directory(directory)),
            Some(directory) => vec![directory],
            None => DEFAULT_DIRECTORIES.map(PathBuf::from).to_vec(),
        };
        let found = directories.into_iter().find(|directory| directory.join(&file_name).is_file());
        match found {
            Some(directory) => Self::read(&directory.join(file_name), prefix, environment),
            None => Ok(Self::empty(prefix, environment)),
        }
    }

    /// Reads the file at `path`.
    pub fn read(path: &Path, prefix: &str, environment: &BTreeMap<String, String>) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Read { path: path.to_owned(), source };
        if fs::metadata(path).map_err(failed)?.len() > FILE_SIZE_MAX {
            return Err(failed(io::Error::from(io::ErrorKind::FileTooLarge)));
        }
        let text = fs::read_to_string(path).map_err(failed)?;
        let path = std::path::absolute(path).map_err(failed)?;
        let mut source = Self::parse(&text, prefix, environment)
            .map_err(|source| OpenError::Parse { path: path.clone(), source })?;
        source.directory = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        source.file = Some(path);
        Ok(source)
    }

    /// A source of `text` alone; relative paths stay relative.
    pub fn parse(
        text: &str,
        prefix: &str,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, serde_yaml_ng::Error> {
        let mut root: Value = serde_yaml_ng::from_str(text)?;
        root.apply_merge()?;
        Ok(Self { root, ..Self::empty(prefix, environment) })
    }

    /// A source of overrides alone.
    pub fn empty(prefix: &str, environment: &BTreeMap<String, String>) -> Self {
        let start = format!("{}_", prefix.to_ascii_uppercase());
        let upper = environment.iter().map(|(name, value)| (name.to_ascii_uppercase(), value.clone()));
        Self {
            prefix: prefix.to_ascii_uppercase(),
            file: None,
            directory: PathBuf::new(),
            root: Value::Null,
            environment: upper.filter(|(name, _)| name.starts_with(&start)).collect(),
        }
    }

    /// The file that was read.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The directory relative paths start from; empty without a file.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether any override is set in the environment.
    pub fn has_overrides(&self) -> bool {
        !self.environment.is_empty()
    }

    /// The variable that overrides `key`.
    pub fn variable(&self, key: &str) -> String {
        format!("{}_{}", self.prefix, key.to_ascii_uppercase().replace('.', "_"))
    }

    /// Keys of the file that are not among `known` (such as [`CORE_KEYS`]), for a warning each. An entry ending in
    /// `.*` stands for everything below it.
    pub fn unknown_keys(&self, known: &[&str]) -> Vec<String> {
        let mut unknown = Vec::new();
        collect_unknown(&self.root, String::new(), known, &mut unknown);
        unknown
    }

    fn in_file(&self, key: &str) -> Option<&Value> {
        key.split('.').try_fold(&self.root, |value, part| {
            let entries = value.as_mapping()?;
            let same = |(name, value)| name_matches(name, part).then_some(value);
            entries.iter().find_map(same)
        })
    }

    fn override_of(&self, key: &str) -> Option<&str> {
        self.environment.get(&self.variable(key)).map(String::as_str)
    }
}

fn name_matches(name: &Value, part: &str) -> bool {
    name.as_str().is_some_and(|name| name.eq_ignore_ascii_case(part))
}

fn collect_unknown(value: &Value, path: String, known: &[&str], unknown: &mut Vec<String>) {
    let covers = |known: &&str| match known.strip_suffix(".*") {
        Some(subtree) => path.eq_ignore_ascii_case(subtree),
        None => path.eq_ignore_ascii_case(known),
    };
    if known.iter().any(covers) {
        return;
    }
    let below = |known: &&str| {
        path.is_empty()
            || (known.as_bytes().get(path.len()) == Some(&b'.')
                && known.get(..path.len()).is_some_and(|start| start.eq_ignore_ascii_case(&path)))
    };
    match value.as_mapping() {
        Some(entries) if known.iter().any(below) => {
            for (name, value) in entries {
                let name = name.as_str().map_or_else(|| format!("{name:?}"), str::to_owned);
                let path = if path.is_empty() { name } else { format!("{path}.{name}") };
                collect_unknown(value, path, known, unknown);
            }
        }
        // A group that is left empty sets nothing.
        _ if value.is_null() && (path.is_empty() || known.iter().any(below)) => {}
        _ => unknown.push(path),
    }
}

#[cfg(test)]
mod tests;
