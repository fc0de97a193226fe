//! Status codes of a chaincode response, as Fabric's shim defines them.

/// The call succeeded; its writes may be endorsed.
pub const OK: i32 = 200;
/// From this status on a response is never endorsed.
pub const ERROR_THRESHOLD: i32 = 400;
/// The contract refused the call or failed.
pub const ERROR: i32 = 500;
