use std::time::Duration;

use super::*;

const FILE: &str = "
peer:
  id: peer0
  listenAddress: 0.0.0.0:7051
  mspConfigPath: msp
  empty:
  tls:
    enabled: true
    clientRootCAs:
      files:
        - tls/ca.crt
        - /etc/ca.crt
  handlers:
    authFilters:
      - name: DefaultAuth
      - name: ExpirationCheck
  keepalive:
    interval: 7200s
  limits:
    concurrency:
      endorserService: 2500
  typo: 1
operations:
General:
  MaxRequestBodySize: 1 MB
";

fn source(overrides: &[(&str, &str)]) -> Source {
    let environment = overrides.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Source::parse(FILE, "CORE", &environment).expect("the file is YAML")
}

#[test]
fn keys_are_read_without_regard_to_case() {
    let source = source(&[]);
    assert_eq!(source.text("peer.id"), Ok(Some("peer0".to_owned())));
    assert_eq!(source.text("PEER.Id"), Ok(Some("peer0".to_owned())));
    assert_eq!(source.text("peer.empty"), Ok(None));
    assert_eq!(source.text("peer.id.more"), Ok(None));
    assert_eq!(source.flag("peer.tls.enabled"), Ok(Some(true)));
    assert_eq!(source.integer("peer.limits.concurrency.endorserService"), Ok(Some(2500)));
    assert_eq!(source.duration("peer.keepalive.interval"), Ok(Some(Duration::from_secs(7200))));
    assert_eq!(source.size("general.maxRequestBodySize"), Ok(Some(1 << 20)));
    assert_eq!(
        source.list("peer.tls.clientRootCAs.files"),
        Ok(vec!["tls/ca.crt".to_owned(), "/etc/ca.crt".to_owned()])
    );
    let filters: Vec<BTreeMap<String, String>> =
        source.decoded("peer.handlers.authFilters", "a list of filters").expect("well-formed").expect("present");
    assert_eq!(filters.len(), 2);
}

#[test]
fn environment_overrides_the_file() {
    let source = source(&[
        ("CORE_PEER_ID", "other"),
        ("core_peer_tls_enabled", "false"),
        ("CORE_PEER_TLS_CLIENTROOTCAS_FILES", "[a b]"),
        ("CORE_PEER_NEW", "x,y"),
        ("ORDERER_PEER_LISTENADDRESS", "ignored"),
        ("CORE_PEER_MSPCONFIGPATH", ""),
    ]);
    assert_eq!(source.text("peer.id"), Ok(Some("other".to_owned())));
    assert_eq!(source.flag("peer.tls.enabled"), Ok(Some(false)));
    assert_eq!(source.list("peer.tls.clientRootCAs.files"), Ok(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(source.list("peer.new"), Ok(vec!["x".to_owned(), "y".to_owned()]));
    assert_eq!(source.text("peer.listenAddress"), Ok(Some("0.0.0.0:7051".to_owned())));
    assert_eq!(source.text("peer.mspConfigPath"), Ok(None));
    assert!(source.has_overrides());
}

#[test]
fn wrong_values_name_key_variable_and_expectation() {
    let source = source(&[("CORE_PEER_KEEPALIVE_INTERVAL", "soon")]);
    let error = source.duration("peer.keepalive.interval").expect_err("not a duration");
    assert_eq!(
        error.to_string(),
        "peer.keepalive.interval (or CORE_PEER_KEEPALIVE_INTERVAL): \"soon\" is not a duration like 30s"
    );
    assert!(source.text("peer.tls").is_err());
    assert!(source.list("peer.handlers.authFilters").is_err());
    assert!(source.size("peer.id").is_err());
}

#[test]
fn unknown_keys_are_found() {
    assert_eq!(source(&[]).unknown_keys(CORE_KEYS), ["peer.empty", "peer.typo", "General"]);
}

#[test]
fn files_are_found_and_paths_start_beside_them() {
    let directory = tempfile::tempdir().expect("a directory");
    let environment =
        BTreeMap::from([(PATH_VARIABLE.to_owned(), directory.path().to_str().expect("UTF-8").to_owned())]);
    let source = Source::open("core", "CORE", &environment).expect("no file is no error");
    assert_eq!(source.file(), None);
    fs::write(directory.path().join("core.yaml"), FILE).expect("written");
    let source = Source::open("core", "CORE", &environment).expect("readable");
    assert_eq!(source.path("peer.mspConfigPath"), Ok(Some(directory.path().join("msp"))));
    assert_eq!(
        source.paths("peer.tls.clientRootCAs.files"),
        Ok(vec![directory.path().join("tls/ca.crt"), PathBuf::from("/etc/ca.crt")])
    );
    fs::write(directory.path().join("core.yaml"), "peer: [").expect("written");
    assert!(matches!(Source::open("core", "CORE", &environment), Err(OpenError::Parse { .. })));
    let nowhere = BTreeMap::from([(PATH_VARIABLE.to_owned(), "/does/not/exist".to_owned())]);
    assert!(matches!(Source::open("core", "CORE", &nowhere), Err(OpenError::Directory(_))));
}
