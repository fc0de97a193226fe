//! Configurations written for each of Fabric's releases.

use std::collections::BTreeMap;
use std::path::Path;

use node::config::{CORE_KEYS, ORDERER_KEYS, Source};

#[test]
fn no_key_of_any_release_is_unknown() {
    for (folder, prefix, known) in [("core", "CORE", CORE_KEYS), ("orderer", "ORDERER", ORDERER_KEYS)] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
        let mut count = 0;
        for entry in std::fs::read_dir(folder).expect("there") {
            let path = entry.expect("readable").path();
            let source = Source::read(&path, prefix, &BTreeMap::new()).expect("YAML");
            assert_eq!(source.unknown_keys(known), [""; 0], "{}", path.display());
            count += 1;
        }
        assert_eq!(count, 5);
    }
}
