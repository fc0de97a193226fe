//! The `peer` command: Fabric's, with its flags, output and exit codes, and `chaincode install` of Wasm files.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run(std::env::args_os())
}
