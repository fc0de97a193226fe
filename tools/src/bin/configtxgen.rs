//! `configtxgen`: the first block of a channel, from a profile of `configtx.yaml`.

fn main() -> std::process::ExitCode {
    tools::configtxgen::run(std::env::args_os())
}
