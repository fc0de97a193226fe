//! Names of the elements of a configuration. They become parts of paths, so all of them are checked before anything else.

use proto::common::ConfigGroup;

/// The longest name of an element, and the longest channel id, in bytes.
pub(crate) const NAME_BYTES_MAX: usize = 249;

/// How much of a bad name is shown, in characters.
const SHOWN_CHARS_MAX: usize = 64;

/// A name that breaks the rules.
#[derive(Debug)]
pub(crate) struct BadName {
    /// The path of the element, with the beginning of its name.
    pub(crate) key: String,
    pub(crate) reason: &'static str,
}

/// Checks the names of all elements below the channel group.
pub(crate) fn check_all(root: &ConfigGroup) -> Result<(), BadName> {
    check_members(root, &mut vec!["", "Channel"])
}

fn check_members<'a>(group: &'a ConfigGroup, path: &mut Vec<&'a str>) -> Result<(), BadName> {
    let bad = |path: &[&str], name: &str, reason| {
        let shown: String = name.chars().take(SHOWN_CHARS_MAX).collect();
        BadName { key: format!("{}/{shown}", path.join("/")), reason }
    };
    for name in group.values.keys().chain(group.policies.keys()).chain(group.groups.keys()) {
        check(name).map_err(|reason| bad(path, name, reason))?;
    }
    for (name, sub_group) in &group.groups {
        path.push(name);
        check_members(sub_group, path)?;
        path.pop();
    }
    Ok(())
}

/// Names have letters, digits, dots and dashes, and are neither `.` nor `..`.
fn check(name: &str) -> Result<(), &'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    match name {
        "" => Err("a name cannot be empty"),
        "." | ".." => Err("a name cannot be . or .."),
        _ if name.len() > NAME_BYTES_MAX => Err("a name cannot be longer than 249 bytes"),
        _ if !name.bytes().all(allowed) => Err("a name has only letters, digits, dots and dashes"),
        _ => Ok(()),
    }
}

/// Checks what a `mod_policy` says: names with slashes between them, and perhaps one before them.
pub(crate) fn check_policy_path(path: &str) -> Result<(), &'static str> {
    match path {
        "" => Err("mod_policy not set"),
        _ => path.strip_prefix('/').unwrap_or(path).split('/').try_for_each(check),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths() {
        let check =
            |path: &str, expected: Result<(), &'static str>| assert_eq!(check_policy_path(path), expected, "{path}");
        let characters = "a name has only letters, digits, dots and dashes";
        check("Admins", Ok(()));
        check("/Channel/Orderer.x/Ad-mins", Ok(()));
        check("Org1/Admins", Ok(()));
        check("", Err("mod_policy not set"));
        check("/", Err("a name cannot be empty"));
        check("//Admins", Err("a name cannot be empty"));
        check("Admins/", Err("a name cannot be empty"));
        check("../Admins", Err("a name cannot be . or .."));
        check("Ad_mins", Err(characters));
        check("Ädmins", Err(characters));
        check(&"a".repeat(NAME_BYTES_MAX), Ok(()));
        check(&"a".repeat(NAME_BYTES_MAX + 1), Err("a name cannot be longer than 249 bytes"));
    }

    #[test]
    fn a_bad_name_is_told_with_its_path_and_not_at_full_length() {
        let mut orderer = ConfigGroup::default();
        orderer.values.insert("x".repeat(1 << 20), Default::default());
        let root = ConfigGroup { groups: [("Orderer".to_owned(), orderer)].into(), ..Default::default() };
        let bad = check_all(&root).expect_err("too long");
        assert_eq!(bad.key, format!("/Channel/Orderer/{}", "x".repeat(SHOWN_CHARS_MAX)));
    }
}
