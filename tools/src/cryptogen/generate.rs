//! From a configuration to directories.

use std::path::Path;

use msp::Role;
use msp::generate::{KeyAlgorithm, Member, Organization as Directory, OrganizationError, OrganizationKind, Settings};

use super::config::Organization;
use crate::command_line::{Failure, print};

const ADMIN: &str = "Admin";

/// Makes an organisation below `root`: new authorities, and all members that have no directory yet.
pub fn create(root: &Path, kind: OrganizationKind, organization: &Organization) -> Result<(), Failure> {
    if kind == OrganizationKind::Peer {
        print(format!("{}\n", organization.domain))?;
    }
    let directory = Directory::create_with(root, kind, &organization.domain, &settings(organization))
        .map_err(|error| failure(organization, &error))?;
    add_members(&directory, kind, organization, true).map_err(|error| failure(organization, &error))
}

/// Adds the members that an organisation below `root` has no directories for; makes the organisation if there is none.
pub fn extend(root: &Path, kind: OrganizationKind, organization: &Organization) -> Result<(), Failure> {
    let opened = Directory::open_with(root, kind, &organization.domain, &settings(organization));
    let directory = match opened {
        Ok(directory) => directory,
        Err(_) if !Directory::path(root, kind, &organization.domain).exists() => {
            return create(root, kind, organization);
        }
        Err(error) => return Err(failure(organization, &error)),
    };
    add_members(&directory, kind, organization, false).map_err(|error| failure(organization, &error))
}

fn settings(organization: &Organization) -> Settings {
    Settings {
        ca_name: Some(organization.ca_name.clone()),
        location: organization.location.clone(),
        algorithm: organization.ca_algorithm,
        node_ous: organization.node_ous,
    }
}

fn add_members(
    directory: &Directory,
    kind: OrganizationKind,
    organization: &Organization,
    with_admin: bool,
) -> Result<(), OrganizationError> {
    let add = |member: &Member| match directory.member_dir(member.role, &member.common_name).exists() {
        true => Ok(()),
        false => directory.add(member).map(|_| ()),
    };
    let role = match kind {
        OrganizationKind::Peer => Role::Peer,
        OrganizationKind::Orderer => Role::Orderer,
    };
    for node in &organization.nodes {
        add(&Member {
            common_name: node.common_name.clone(),
            role,
            sans: node.sans.clone(),
            algorithm: node.algorithm,
        })?;
    }
    let user = |name: String, role, algorithm| Member {
        common_name: format!("{name}@{}", organization.domain),
        role,
        sans: Vec::new(),
        algorithm,
    };
    // Orderer organisations have their administrator only.
    let users = if kind == OrganizationKind::Peer { organization.users } else { 0 };
    for number in 1..=users {
        add(&user(format!("User{number}"), Role::Client, organization.user_algorithm))?;
    }
    let admin = user(ADMIN.to_owned(), Role::Admin, KeyAlgorithm::default());
    if with_admin {
        add(&admin)?;
    }
    if organization.node_ous {
        return Ok(());
    }
    if with_admin {
        directory.copy_admin(&admin.common_name, &directory.msp_dir())?;
    }
    for node in &organization.nodes {
        directory.copy_admin(&admin.common_name, &directory.member_dir(role, &node.common_name).join("msp"))?;
    }
    Ok(())
}

fn failure(organization: &Organization, error: &OrganizationError) -> Failure {
    let causes = anyhow::Chain::new(error).map(|cause| cause.to_string()).collect::<Vec<_>>().join(": ");
    Failure::new(format!("Error generating the organization {}:\n{causes}", organization.domain))
}
