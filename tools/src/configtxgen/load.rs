//! Finding and reading `configtx.yaml`.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_yaml_ng::Value;

use super::profile::{Organization, Profile};
use super::shape;
use crate::command_line;
use crate::yaml::{self, FieldError, Node};

/// Names the directory of the file.
const PATH_VARIABLE: &str = "FABRIC_CFG_PATH";

/// Variables such as `CONFIGTX_ORDERER_BATCHTIMEOUT` override fields of the file.
const PREFIX: &str = "CONFIGTX";

/// Where the file is looked for, besides the directory that the environment names.
const DIRECTORIES: [&str; 2] = [".", "/etc/hyperledger/fabric"];

const FILES: [&str; 2] = ["configtx.yaml", "configtx.yml"];

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is none.
    #[error(
        "Error reading configuration: there is no configtx.yaml in {places}. Please make sure that FABRIC_CFG_PATH or \
         -configPath is set to a path which contains configtx.yaml"
    )]
    Missing {
        /// Where it was looked for.
        places: String,
    },
    /// It cannot be read.
    #[error("Error reading configuration: {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// It is not YAML.
    #[error("Error reading configuration: {}", path.display())]
    Yaml {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: serde_yaml_ng::Error,
    },
    /// A field is not what it should be.
    #[error("Error unmarshalling config into struct: {}", path.display())]
    Field {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: FieldError,
    },
    /// No such profile.
    #[error(
        "Could not find profile: {name}. Please make sure that FABRIC_CFG_PATH or -configPath is set to a path which \
         contains configtx.yaml with the specified profile; {} has {known}",
        path.display()
    )]
    Profile {
        /// The name.
        name: String,
        /// Which file.
        path: PathBuf,
        /// What profiles there are.
        known: String,
    },
}

/// A file that was read, with overrides applied.
pub struct Configuration {
    path: PathBuf,
    document: Value,
}

impl Configuration {
    /// Finds and reads the file, in `directory` alone if one is given.
    pub fn load(directory: Option<&Path>, environment: &BTreeMap<String, String>) -> Result<Configuration, LoadError> {
        let named = environment.get(PATH_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
        let places: Vec<PathBuf> = match directory {
            Some(directory) => vec![directory.to_owned()],
            None => named.into_iter().chain(DIRECTORIES.map(PathBuf::from)).collect(),
        };
        let files = places.iter().flat_map(|place| FILES.map(|file| place.join(file)));
        let path = files.into_iter().find(|path| path.is_file()).ok_or_else(|| LoadError::Missing {
            places: places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(", "),
        })?;
        let text = command_line::read(Some(&path)).map_err(|source| LoadError::Read { path: path.clone(), source })?;
        let mut document = yaml::parse(&text).map_err(|source| LoadError::Yaml { path: path.clone(), source })?;
        let environment =
            environment.iter().map(|(name, value)| (name.to_uppercase(), value.clone())).collect::<BTreeMap<_, _>>();
        override_fields(&mut document, PREFIX, &environment);
        let configuration = Configuration { path, document };
        configuration.field(|root| shape::check(&root))?;
        Ok(configuration)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory from which relative paths start.
    fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The profile `name`.
    pub fn profile(&self, name: &str) -> Result<Profile, LoadError> {
        let profiles = self.field(|root| root.get("Profiles")?.fields())?;
        match profiles.iter().find(|(known, _)| known == name) {
            Some((_, node)) => self.field(|_| Profile::read(node, self.directory())),
            None => Err(LoadError::Profile {
                name: name.to_owned(),
                path: self.path.clone(),
                known: profiles.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// The organisation `name`, of the section `Organizations`.
    pub fn organization(&self, name: &str) -> Result<Option<Organization>, LoadError> {
        self.field(|root| {
            for node in root.get("Organizations")?.list()? {
                if node.get("Name")?.text()? == name {
                    return Organization::read(&node, self.directory()).map(Some);
                }
            }
            Ok(None)
        })
    }

    /// Capabilities of the section `Capabilities.Channel`.
    pub fn channel_capabilities(&self) -> Result<BTreeMap<String, bool>, LoadError> {
        self.field(|root| {
            let fields = root.get("Capabilities")?.get("Channel")?.fields()?;
            fields.into_iter().map(|(name, required)| Ok((name, required.bool()?))).collect()
        })
    }

    fn field<'a, T>(&'a self, read: impl FnOnce(Node<'a>) -> Result<T, FieldError>) -> Result<T, LoadError> {
        read(Node::root(&self.document)).map_err(|source| LoadError::Field { path: self.path.clone(), source })
    }
}

/// Puts what the environment says in place of what the file says. Lists have no names to speak of them.
fn override_fields(value: &mut Value, prefix: &str, environment: &BTreeMap<String, String>) {
    let Value::Mapping(fields) = value else { return };
    for (name, value) in fields {
        let Some(name) = name.as_str() else { continue };
        let variable = format!("{prefix}_{}", name.to_uppercase().replace('.', "_"));
        match environment.get(&variable).filter(|text| !text.is_empty()) {
            Some(text) => *value = Value::String(text.clone()),
            None => override_fields(value, &variable, environment),
        }
    }
}
