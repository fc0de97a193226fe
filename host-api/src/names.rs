//! Names that appear inside contract files.

/// The WIT package that contracts import and export.
pub const PACKAGE: &str = "fabric:chaincode";
/// The version of the package this host offers. Contracts of any lower 1.x run as well.
pub const VERSION: &str = "1.0.0";
/// The world a contract implements.
pub const WORLD: &str = "chaincode";
/// The interface a contract must export.
pub const CONTRACT_INTERFACE: &str = "contract";

/// The name of a key's endorsement policy in its metadata, as Fabric stores it.
pub const VALIDATION_PARAMETER: &str = "VALIDATION_PARAMETER";

/// Custom section that lists the contract's functions, so that they can be shown without running the contract.
///
/// UTF-8 text, one function a line: `submit CreateAsset(id: String, size: i64)`. The first word is `submit` or `evaluate`.
pub const FUNCTIONS_SECTION: &str = "fabric:chaincode/functions";

/// Export names a core module may use where its language cannot spell the canonical ones, each with what it stands for.
///
/// A post-return function is optional; the others are not.
pub const PLAIN_EXPORTS: [(&str, &str); 4] = [
    ("contract_init", "fabric:chaincode/contract@1.0.0#init"),
    ("contract_invoke", "fabric:chaincode/contract@1.0.0#invoke"),
    ("contract_post_init", "cabi_post_fabric:chaincode/contract@1.0.0#init"),
    ("contract_post_invoke", "cabi_post_fabric:chaincode/contract@1.0.0#invoke"),
];
