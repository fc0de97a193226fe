//! `crypto-config.yaml`: which organisations a network has, with which nodes and users.

use msp::generate::{KeyAlgorithm, Location};

use super::template::{TemplateError, render};
use crate::yaml::{self, FieldError, Node as YamlNode};

/// The configuration that is used when none is given, and a description of all fields.
pub const DEFAULT: &str = include_str!("default.yaml");

const NODE_NAME: &str = "{{.Prefix}}{{.Index}}";
const COMMON_NAME: &str = "{{.Hostname}}.{{.Domain}}";
const CA_NAME: &str = "ca";

/// Most nodes that a template makes, and most users of an organisation.
const COUNT_MAX: u32 = 10_000;

/// The whole file.
#[derive(Debug, Default)]
pub struct Config {
    /// Organisations that order.
    pub orderer_orgs: Vec<OrganizationSpec>,
    /// Organisations that run contracts.
    pub peer_orgs: Vec<OrganizationSpec>,
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// It is not YAML.
    #[error(transparent)]
    Yaml(#[from] serde_yaml_ng::Error),
    /// A field is not what it should be.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl Config {
    /// Reads the file. Fields that the tool does not know are passed over, as in Fabric.
    pub fn parse(text: &[u8]) -> Result<Config, ParseError> {
        let document = yaml::parse(text)?;
        let root = YamlNode::root(&document);
        let organizations = |key: &str| {
            let list = root.get(key)?.list()?;
            list.iter().map(OrganizationSpec::read).collect::<Result<Vec<_>, FieldError>>()
        };
        Ok(Config { orderer_orgs: organizations("OrdererOrgs")?, peer_orgs: organizations("PeerOrgs")? })
    }
}

/// An organisation as it is written.
#[derive(Debug)]
pub struct OrganizationSpec {
    domain: String,
    enable_node_ous: bool,
    ca: NodeSpec,
    template: NodeTemplate,
    specs: Vec<NodeSpec>,
    users: u32,
    user_algorithm: String,
}

impl OrganizationSpec {
    fn read(node: &YamlNode) -> Result<OrganizationSpec, FieldError> {
        let users = node.get("Users")?;
        Ok(OrganizationSpec {
            domain: node.get("Domain")?.text()?,
            enable_node_ous: node.get("EnableNodeOUs")?.bool()?,
            ca: NodeSpec::read(&node.get("CA")?)?,
            template: NodeTemplate::read(&node.get("Template")?)?,
            specs: node.get("Specs")?.list()?.iter().map(NodeSpec::read).collect::<Result<_, _>>()?,
            users: users.get("Count")?.u32()?,
            user_algorithm: users.get("PublicKeyAlgorithm")?.text()?,
        })
    }
}

#[derive(Debug)]
struct NodeTemplate {
    count: u32,
    start: u64,
    hostname: String,
    sans: Vec<String>,
    public_key_algorithm: String,
}

impl NodeTemplate {
    fn read(node: &YamlNode) -> Result<NodeTemplate, FieldError> {
        Ok(NodeTemplate {
            count: node.get("Count")?.u32()?,
            start: node.get("Start")?.u64()?,
            hostname: node.get("Hostname")?.text()?,
            sans: node.get("SANS")?.texts()?,
            public_key_algorithm: node.get("PublicKeyAlgorithm")?.text()?,
        })
    }
}

#[derive(Clone, Debug, Default)]
struct NodeSpec {
    hostname: String,
    common_name: String,
    country: String,
    province: String,
    locality: String,
    organizational_unit: String,
    street_address: String,
    postal_code: String,
    sans: Vec<String>,
    public_key_algorithm: String,
}

impl NodeSpec {
    fn read(node: &YamlNode) -> Result<NodeSpec, FieldError> {
        let text = |key: &str| node.get(key)?.text();
        Ok(NodeSpec {
            hostname: text("Hostname")?,
            common_name: text("CommonName")?,
            country: text("Country")?,
            province: text("Province")?,
            locality: text("Locality")?,
            organizational_unit: text("OrganizationalUnit")?,
            street_address: text("StreetAddress")?,
            postal_code: text("PostalCode")?,
            sans: node.get("SANS")?.texts()?,
            public_key_algorithm: text("PublicKeyAlgorithm")?,
        })
    }
}

/// Why an organisation cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// A name cannot be made.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// No domain, which names the organisation's directory.
    #[error("an organization has no Domain; give one such as org1.example.com")]
    Domain,
    /// A name that would leave the directory or be none.
    #[error("'{0}' cannot be the name of a directory; names have no '/' and are not '.' or '..'")]
    Name(String),
    /// No such kind of key.
    #[error("unsupported PublicKeyAlgorithm '{algorithm}' of {name}; write ecdsa or ed25519")]
    Algorithm {
        /// What was written.
        algorithm: String,
        /// For whom.
        name: String,
    },
    /// Too many.
    #[error("Count {count} of {domain} is above {COUNT_MAX}")]
    Count {
        /// What was written.
        count: u32,
        /// For whom.
        domain: String,
    },
}

/// An organisation with all names made.
#[derive(Debug)]
pub struct Organization {
    /// Its domain, which names it.
    pub domain: String,
    /// Whether a unit in a certificate tells the role.
    pub node_ous: bool,
    /// Common name of the authority for identities.
    pub ca_name: String,
    /// Keys of the authorities.
    pub ca_algorithm: KeyAlgorithm,
    /// What certificates say about it.
    pub location: Location,
    /// Peers or orderers.
    pub nodes: Vec<Node>,
    /// How many users there are besides the administrator.
    pub users: u32,
    /// Their keys.
    pub user_algorithm: KeyAlgorithm,
}

/// A peer or an orderer.
#[derive(Debug, PartialEq, Eq)]
pub struct Node {
    /// Its full name.
    pub common_name: String,
    /// Names and addresses for which its TLS certificate holds.
    pub sans: Vec<String>,
    /// Kind of its keys.
    pub algorithm: KeyAlgorithm,
}

impl OrganizationSpec {
    /// Makes all names. `prefix` is what names of nodes begin with.
    pub fn resolve(self, prefix: &str) -> Result<Organization, SpecError> {
        let domain = self.domain;
        if domain.is_empty() {
            return Err(SpecError::Domain);
        }
        check_name(&domain)?;
        for count in [self.template.count, self.users] {
            if count > COUNT_MAX {
                return Err(SpecError::Count { count, domain });
            }
        }
        let mut specs = self.specs;
        let template = &self.template;
        let pattern = if template.hostname.is_empty() { NODE_NAME } else { &template.hostname };
        for count in 0..u64::from(template.count) {
            let index = template.start.saturating_add(count).to_string();
            let hostname = render(pattern, &[("Prefix", prefix), ("Index", &index), ("Domain", &domain)])?;
            let (sans, public_key_algorithm) = (template.sans.clone(), template.public_key_algorithm.clone());
            specs.push(NodeSpec { hostname, sans, public_key_algorithm, ..NodeSpec::default() });
        }
        let nodes = specs.iter().map(|spec| spec.resolve(&domain)).collect::<Result<_, _>>()?;
        let mut ca = self.ca;
        if ca.hostname.is_empty() {
            CA_NAME.clone_into(&mut ca.hostname);
        }
        let Node { common_name, algorithm, .. } = ca.resolve(&domain)?;
        let or = |given: String, usual: String| if given.is_empty() { usual } else { given };
        let usual = Location::default();
        Ok(Organization {
            node_ous: self.enable_node_ous,
            ca_name: common_name,
            ca_algorithm: algorithm,
            location: Location {
                country: or(ca.country, usual.country),
                province: or(ca.province, usual.province),
                locality: or(ca.locality, usual.locality),
                organizational_unit: ca.organizational_unit,
                street_address: ca.street_address,
                postal_code: ca.postal_code,
            },
            nodes,
            users: self.users,
            user_algorithm: key_algorithm(&self.user_algorithm, "Users")?,
            domain,
        })
    }
}

impl NodeSpec {
    fn resolve(&self, domain: &str) -> Result<Node, SpecError> {
        let pattern = if self.common_name.is_empty() { COMMON_NAME } else { &self.common_name };
        let common_name = render(pattern, &[("Hostname", &self.hostname), ("Domain", domain), ("CommonName", "")])?;
        check_name(&common_name)?;
        let mut sans = vec![common_name.clone(), self.hostname.clone()];
        sans.retain(|name| !name.is_empty());
        let fields = [("Hostname", self.hostname.as_str()), ("Domain", domain), ("CommonName", &common_name)];
        for san in &self.sans {
            sans.push(render(san, &fields)?);
        }
        let algorithm = key_algorithm(&self.public_key_algorithm, &common_name)?;
        Ok(Node { common_name, sans, algorithm })
    }
}

fn check_name(name: &str) -> Result<(), SpecError> {
    match name.is_empty() || name.contains(['/', '\0']) || name == "." || name == ".." {
        true => Err(SpecError::Name(name.to_owned())),
        false => Ok(()),
    }
}

fn key_algorithm(text: &str, name: &str) -> Result<KeyAlgorithm, SpecError> {
    match text {
        "" | "ecdsa" => Ok(KeyAlgorithm::EcdsaP256),
        "ed25519" => Ok(KeyAlgorithm::Ed25519),
        other => Err(SpecError::Algorithm { algorithm: other.to_owned(), name: name.to_owned() }),
    }
}

#[cfg(test)]
mod tests;
