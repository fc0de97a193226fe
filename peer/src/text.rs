//! Texts that clients and tests of Fabric match, and how errors are put into one line.

use std::error::Error;

/// Answer to a proposal for a channel that this peer has not joined.
pub fn channel_not_found(channel_id: &str) -> String {
    format!("channel '{channel_id}' not found")
}

/// An error with all its causes, outermost first: `a: b: c`.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// A chaincode exceeded `chaincode.executetimeout`.
pub const EXECUTE_TIMEOUT: &str = "timeout expired while executing transaction";

/// The peer serves.
pub fn started_peer(id: &str, network_id: &str, address: &str) -> String {
    format!("Started peer with ID=[{id}], network ID=[{network_id}], address=[{address}]")
}

/// The embedded orderer serves.
pub const ORDERER_READY: &str = "Beginning to serve requests";
