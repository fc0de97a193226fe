//! `ledgerutil`: compares snapshots, looks for transactions behind differences, and verifies blocks.

fn main() -> std::process::ExitCode {
    tools::ledgerutil::run(std::env::args_os())
}
