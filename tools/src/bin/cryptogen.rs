//! `cryptogen`: certificates and keys of a whole network, for development and tests.

fn main() -> std::process::ExitCode {
    tools::cryptogen::run(std::env::args_os())
}
