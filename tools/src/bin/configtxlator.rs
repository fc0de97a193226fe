//! `configtxlator`: configurations between Fabric's encoding and JSON, and updates computed from them.

fn main() -> std::process::ExitCode {
    tools::configtxlator::run(std::env::args_os())
}
