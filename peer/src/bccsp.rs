//! Where private keys are: `peer.BCCSP` of `core.yaml`, for the peer as for its clients.

use anyhow::{Context, bail, ensure};
use msp::{KeyStore, Pkcs11Settings, Token};
use node::config::Source;
use serde::Deserialize;

const GROUP: &str = "peer.BCCSP";

/// Both say the same to Fabric, whose identities are always hashed with SHA-256.
const HASHES: [&str; 2] = ["SHA2", "SHA3"];
const SECURITY: [u64; 2] = [256, 384];

#[derive(Deserialize)]
struct KeyId {
    #[serde(alias = "SKI")]
    ski: String,
    #[serde(alias = "ID", alias = "Id")]
    id: String,
}

/// Reads the settings, and opens the token if keys are in one.
pub fn key_store(source: &Source) -> anyhow::Result<KeyStore> {
    let default = source.text(&format!("{GROUP}.Default"))?.filter(|name| !name.is_empty());
    match default.as_deref() {
        None | Some("SW") => {
            check(source, "SW")?;
            let files = source.path(&format!("{GROUP}.SW.FileKeyStore.KeyStore"))?;
            Ok(KeyStore::Files(files.filter(|path| path != source.directory())))
        }
        Some("PKCS11") => {
            check(source, "PKCS11")?;
            let settings = pkcs11(source)?;
            Ok(KeyStore::Token(Token::open(settings).with_context(|| format!("opening the token of {GROUP}.PKCS11"))?))
        }
        Some(other) => bail!("{GROUP}.Default: could not find default `{other}` BCCSP; there are SW and PKCS11"),
    }
}

fn check(source: &Source, provider: &str) -> anyhow::Result<()> {
    let key = format!("{GROUP}.{provider}.Hash");
    if let Some(hash) = source.text(&key)?.filter(|hash| !hash.is_empty()) {
        ensure!(HASHES.contains(&hash.as_str()), "{key}: hash family not supported [{hash}]; use SHA2");
    }
    let key = format!("{GROUP}.{provider}.Security");
    if let Some(level) = source.integer(&key)? {
        ensure!(SECURITY.contains(&level), "{key}: security level not supported [{level}]; use 256");
    }
    Ok(())
}

fn pkcs11(source: &Source) -> anyhow::Result<Pkcs11Settings> {
    let key = |name: &str| format!("{GROUP}.PKCS11.{name}");
    let text = |name: &str| anyhow::Ok(source.text(&key(name))?.unwrap_or_default());
    // Signatures of others are always checked in this process, and keys are only used, not made: these two change nothing.
    source.flag(&key("SoftwareVerify"))?;
    source.flag(&key("Immutable"))?;
    let key_ids: Option<Vec<KeyId>> = source.decoded(&key("KeyIds"), "a list of pairs of SKI and ID")?;
    Ok(Pkcs11Settings {
        library: text("Library")?.into(),
        label: text("Label")?,
        pin: text("Pin")?,
        alternative_id: Some(text("AltID")?).filter(|id| !id.is_empty()),
        key_ids: key_ids.unwrap_or_default().into_iter().map(|pair| (pair.ski, pair.id)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;

    fn source(yaml: &str) -> Source {
        Source::parse(yaml, "CORE", &BTreeMap::new()).expect("a configuration")
    }

    #[test]
    fn keys_in_files() {
        let check = |yaml: &str, expected: Option<&str>| match key_store(&source(yaml)).expect(yaml) {
            KeyStore::Files(path) => assert_eq!(path.as_deref(), expected.map(Path::new), "{yaml}"),
            KeyStore::Token(_) => panic!("{yaml}"),
        };
        check("peer: {}", None);
        check("peer: {BCCSP: {Default: SW, SW: {Hash: SHA2, Security: 256, FileKeyStore: {KeyStore: }}}}", None);
        check("peer: {BCCSP: {SW: {FileKeyStore: {KeyStore: ''}}}}", None);
        check("peer: {BCCSP: {SW: {FileKeyStore: {KeyStore: keys}}}}", Some("keys"));
        check("peer: {BCCSP: {SW: {FileKeyStore: {KeyStore: /keys}}}}", Some("/keys"));
    }

    #[test]
    fn keys_in_a_token() {
        let yaml = "peer: {BCCSP: {PKCS11: {Library: /l.so, Label: peer, Pin: 98765432, AltID: a, KeyIds: [{SKI: 0a, ID: b}]}}}";
        let expected = Pkcs11Settings {
            library: "/l.so".into(),
            label: "peer".to_owned(),
            pin: "98765432".to_owned(),
            alternative_id: Some("a".to_owned()),
            key_ids: vec![("0a".to_owned(), "b".to_owned())],
        };
        assert!(pkcs11(&source(yaml)).expect("settings") == expected);
    }

    #[test]
    fn mistakes_name_the_key() {
        let cases = [
            ("peer: {BCCSP: {Default: PKCS12}}", "peer.BCCSP.Default: could not find default `PKCS12` BCCSP"),
            ("peer: {BCCSP: {SW: {Hash: MD5}}}", "peer.BCCSP.SW.Hash: hash family not supported [MD5]"),
            ("peer: {BCCSP: {SW: {Security: 128}}}", "peer.BCCSP.SW.Security: security level not supported [128]"),
            (
                "peer: {BCCSP: {Default: PKCS11}}",
                "opening the token of peer.BCCSP.PKCS11: pkcs11: library path not provided",
            ),
            (
                "peer: {BCCSP: {Default: PKCS11, PKCS11: {Library: /nope.so}}}",
                "opening the token of peer.BCCSP.PKCS11: pkcs11: instantiation failed for /nope.so: check PKCS11.Library",
            ),
            ("peer: {BCCSP: {Default: PKCS11, PKCS11: {KeyIds: 5}}}", "peer.BCCSP.PKCS11.KeyIds"),
        ];
        for (yaml, expected) in cases {
            let error = format!("{:#}", key_store(&source(yaml)).expect_err(yaml));
            assert!(error.contains(expected), "{error}");
        }
    }
}
