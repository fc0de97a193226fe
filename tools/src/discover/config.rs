//! The configuration file: who asks, and how the connection is made.

use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use crate::command_line::{self, open_error};
use crate::yaml::{self, FieldError, Node};

/// It says where a key lies.
const FILE_MODE: u32 = 0o600;

/// Time for connecting when the file gives none.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    pub tls: TlsConfig,
    pub signer: SignerConfig,
}

/// TLS with the peer. Paths are empty where nothing is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsConfig {
    pub cert_path: String,
    pub key_path: String,
    pub peer_ca_cert_path: String,
    /// Zero: the default.
    pub timeout: Duration,
}

impl TlsConfig {
    /// Time for connecting.
    pub fn connect_timeout(&self) -> Duration {
        if self.timeout.is_zero() { CONNECT_TIMEOUT } else { self.timeout }
    }
}

/// Who signs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignerConfig {
    pub msp_id: String,
    pub identity_path: String,
    pub key_path: String,
}

impl Config {
    /// Reads a file. Errors name file and field.
    pub fn load(path: &Path) -> Result<Config, String> {
        let text = command_line::read(Some(path)).map_err(|error| open_error(path, &error))?;
        let bad = |error: String| format!("error unmarshalling YAML file {}: {error}", path.display());
        let document = yaml::parse(&text).map_err(|error| bad(format!("yaml: {error}")))?;
        let config = Config::from_document(&Node::root(&document)).map_err(|error| bad(error.to_string()))?;
        config.check()?;
        Ok(config)
    }

    fn from_document(root: &Node<'_>) -> Result<Config, FieldError> {
        let (tls, signer) = (root.get("tlsconfig")?, root.get("signerconfig")?);
        let timeout = tls.get("timeout")?;
        Ok(Config {
            tls: TlsConfig {
                cert_path: tls.get("certpath")?.text()?,
                key_path: tls.get("keypath")?.text()?,
                peer_ca_cert_path: tls.get("peercacertpath")?.text()?,
                timeout: duration(&timeout.text()?).ok_or_else(|| timeout.wrong("a duration such as 5s"))?,
            },
            signer: SignerConfig {
                msp_id: signer.get("mspid")?.text()?,
                identity_path: signer.get("identitypath")?.text()?,
                key_path: signer.get("keypath")?.text()?,
            },
        })
    }

    /// Writes the file as Fabric's YAML library does.
    pub fn save(&self, path: &Path) -> Result<(), String> {
        self.check().map_err(|error| format!("config isn't valid: {error}"))?;
        let text = format!(
            "version: 0\ntlsconfig:\n    certpath: {}\n    keypath: {}\n    peercacertpath: {}\n    timeout: {}\n\
             signerconfig:\n    mspid: {}\n    identitypath: {}\n    keypath: {}\n",
            scalar(&self.tls.cert_path),
            scalar(&self.tls.key_path),
            scalar(&self.tls.peer_ca_cert_path),
            channel::duration::print(self.tls.timeout),
            scalar(&self.signer.msp_id),
            scalar(&self.signer.identity_path),
            scalar(&self.signer.key_path),
        );
        let mut options = std::fs::OpenOptions::new();
        let opened = options.write(true).create(true).truncate(true).mode(FILE_MODE).open(path);
        let written = opened
            .map_err(|error| open_error(path, &error))
            .and_then(|mut file| io::Write::write_all(&mut file, text.as_bytes()).map_err(|error| error.to_string()));
        written.map_err(|error| format!("failed writing file {}: {error}", path.display()))
    }

    fn check(&self) -> Result<(), String> {
        let fields = [
            ("MSPID", &self.signer.msp_id),
            ("IdentityPath", &self.signer.identity_path),
            ("KeyPath", &self.signer.key_path),
        ];
        match fields.into_iter().find(|(_, value)| value.is_empty()) {
            Some((field, _)) => Err(format!("{field} is mandatory and cannot be empty")),
            None => Ok(()),
        }
    }
}

/// Go's texts, or a number of nanoseconds.
fn duration(text: &str) -> Option<Duration> {
    match text {
        "" => Some(Duration::ZERO),
        text => text.parse().map(Duration::from_nanos).ok().or_else(|| channel::duration::parse(text)),
    }
}

/// A text as it stands in YAML: plain where that cannot be read as anything else.
fn scalar(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '/' | '_' | '-' | '.' | '@' | '+');
    let begins = |letter: char| letter.is_ascii_alphabetic() || letter == '/';
    let word = matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    match !word && text.starts_with(begins) && text.chars().all(plain) {
        true => text.to_owned(),
        // A JSON text is one of YAML as well.
        false => serde_json::Value::from(text).to_string(),
    }
}

/// The path from the root on, without `.` and `..`, as Go makes it.
pub fn absolute(path: &Path) -> io::Result<String> {
    let mut clean = PathBuf::new();
    for component in std::path::absolute(path)?.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            component => clean.push(component),
        }
    }
    let text = clean.into_os_string().into_string();
    text.map_err(|path| io::Error::other(format!("{} is no UTF-8, which the file needs", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config {
            tls: TlsConfig { peer_ca_cert_path: "/a b/ca.pem".to_owned(), ..TlsConfig::default() },
            signer: SignerConfig {
                msp_id: "Org1MSP".to_owned(),
                identity_path: "/User1@org1/cert.pem".to_owned(),
                key_path: "/priv_sk".to_owned(),
            },
        }
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.yaml");
        config().save(&path).expect("saved");
        let text = std::fs::read_to_string(&path).expect("there");
        let expected = "version: 0\ntlsconfig:\n    certpath: \"\"\n    keypath: \"\"\n    peercacertpath: \"/a b/ca.pem\"\n    \
                        timeout: 0s\nsignerconfig:\n    mspid: Org1MSP\n    identitypath: /User1@org1/cert.pem\n    \
                        keypath: /priv_sk\n";
        assert_eq!(text, expected);
        assert_eq!(Config::load(&path).expect("loaded"), config());
    }

    #[test]
    fn mistakes_name_the_field() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("c");
        let check = |text: &str, expected: &str| {
            std::fs::write(&path, text).expect("written");
            let error = Config::load(&path).expect_err(text);
            let expected = expected.replace("FILE", &path.display().to_string());
            assert!(error.starts_with(&expected), "{error}");
        };
        check("a: [", "error unmarshalling YAML file FILE: yaml: ");
        check("signerconfig: 7", "error unmarshalling YAML file FILE: signerconfig: expected a mapping, found 7");
        check(
            "tlsconfig: {timeout: soon}",
            "error unmarshalling YAML file FILE: tlsconfig.timeout: expected a duration",
        );
        check("signerconfig: {mspid: A}", "IdentityPath is mandatory and cannot be empty");
        assert_eq!(Config::load(Path::new("/nope")).expect_err("no file"), "open /nope: no such file or directory");
        assert!(
            Config::default().save(&path).expect_err("empty").starts_with("config isn't valid: MSPID is mandatory")
        );
    }

    #[test]
    fn scalars_and_paths() {
        for (text, expected) in
            [("", "\"\""), ("a b", "\"a b\""), ("true", "\"true\""), ("7", "\"7\""), ("A.b@c", "A.b@c")]
        {
            assert_eq!(scalar(text), expected);
        }
        assert_eq!(absolute(Path::new("/a/./b/../c")).expect("a path"), "/a/c");
        assert_eq!(duration("5s"), Some(Duration::from_secs(5)));
        assert_eq!(duration("5000000000"), Some(Duration::from_secs(5)));
    }
}
