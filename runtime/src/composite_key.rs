//! Fabric's composite keys: `U+0000 type U+0000 attribute U+0000 …`, each part closed by `U+0000`.

use host_api::limits::{COMPOSITE_KEY_ATTRIBUTES_MAX, KEY_BYTES_MAX};

const SEPARATOR: char = '\0';
/// Above every character a part may hold, so `prefix + LAST` ends the range of keys with that prefix.
const LAST: char = '\u{10FFFF}';
/// Every composite key is at or above this, and below [`FIRST_SIMPLE_KEY`].
pub(crate) const FIRST_COMPOSITE_KEY: &str = "\0";
/// What an empty start key stands for: the first key that is not a composite one.
pub(crate) const FIRST_SIMPLE_KEY: &str = "\u{1}";

/// Why parts make no composite key, or a key has no parts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompositeKeyError {
    /// A part holds one of the two reserved characters.
    #[error(
        "input contains unicode U+{found:04X} starting at position [{position}]. U+0000 and U+10FFFF are not allowed in the \
         input attribute of a composite key"
    )]
    ReservedCharacter {
        /// The character's code point.
        found: u32,
        /// Its offset in bytes.
        position: usize,
    },
    /// Too many attributes, or too long a key.
    #[error("the composite key is too large")]
    TooLarge,
    /// Not made by [`create_composite_key`].
    #[error("not a composite key")]
    NotComposite,
}

/// Joins an object type and attributes to a key.
///
/// # Errors
/// A part holds U+0000 or U+10FFFF, or the key exceeds the size of a key.
pub fn create_composite_key(object_type: &str, attributes: &[impl AsRef<str>]) -> Result<String, CompositeKeyError> {
    if attributes.len() > COMPOSITE_KEY_ATTRIBUTES_MAX {
        return Err(CompositeKeyError::TooLarge);
    }
    let mut key = String::from(SEPARATOR);
    for part in std::iter::once(object_type).chain(attributes.iter().map(AsRef::as_ref)) {
        if let Some((position, found)) = part.char_indices().find(|(_, c)| *c == SEPARATOR || *c == LAST) {
            return Err(CompositeKeyError::ReservedCharacter { found: found.into(), position });
        }
        if key.len() + part.len() + 1 > KEY_BYTES_MAX {
            return Err(CompositeKeyError::TooLarge);
        }
        key.push_str(part);
        key.push(SEPARATOR);
    }
    Ok(key)
}

/// Splits a key into its object type and attributes.
///
/// # Errors
/// The key was not made by [`create_composite_key`].
pub fn split_composite_key(key: &str) -> Result<(String, Vec<String>), CompositeKeyError> {
    let inner = key
        .strip_prefix(SEPARATOR)
        .and_then(|rest| rest.strip_suffix(SEPARATOR))
        .ok_or(CompositeKeyError::NotComposite)?;
    let mut parts = inner.split(SEPARATOR).map(str::to_owned);
    let object_type = parts.next().ok_or(CompositeKeyError::NotComposite)?;
    Ok((object_type, parts.collect()))
}

/// The range of all keys that begin with these parts.
pub(crate) fn partial_range(
    object_type: &str,
    attributes: &[impl AsRef<str>],
) -> Result<(String, String), CompositeKeyError> {
    let start = create_composite_key(object_type, attributes)?;
    let end = format!("{start}{LAST}");
    Ok((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips() {
        for (object_type, attributes) in [("t", vec!["a", "b"]), ("", vec![]), ("t", vec![""]), ("ä", vec!["", "ß"])]
        {
            let key = create_composite_key(object_type, &attributes).unwrap();
            let (kind, parts) = split_composite_key(&key).unwrap();
            assert_eq!((kind.as_str(), parts), (object_type, attributes.iter().map(|a| a.to_string()).collect()));
        }
        assert_eq!(create_composite_key("t", &["a", "b"]).unwrap(), "\0t\0a\0b\0");
    }

    #[test]
    fn refuses_reserved_characters_and_foreign_keys() {
        let error = create_composite_key("a\0", &[""; 0]).unwrap_err();
        assert_eq!(error, CompositeKeyError::ReservedCharacter { found: 0, position: 1 });
        assert!(create_composite_key("t", &["\u{10FFFF}"]).unwrap_err().to_string().contains("U+10FFFF"));
        for key in ["", "a", "\0", "\0a", "a\0"] {
            assert_eq!(split_composite_key(key), Err(CompositeKeyError::NotComposite), "{key:?}");
        }
        assert_eq!(create_composite_key(&"x".repeat(KEY_BYTES_MAX), &[""; 0]), Err(CompositeKeyError::TooLarge));
    }

    #[test]
    fn a_partial_range_holds_exactly_the_keys_with_that_prefix() {
        let (start, end) = partial_range("t", &["a"]).unwrap();
        for (attributes, inside) in [(vec!["a"], true), (vec!["a", "z"], true), (vec!["b"], false), (vec!["ab"], false)]
        {
            let key = create_composite_key("t", &attributes).unwrap();
            assert_eq!(start <= key && key < end, inside, "{attributes:?}");
        }
    }
}
