//! `discover`: what a peer's discovery service knows.

fn main() -> std::process::ExitCode {
    tools::discover::run(std::env::args_os())
}
