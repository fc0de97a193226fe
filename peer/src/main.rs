//! The `peer` command.
fn main() {}
