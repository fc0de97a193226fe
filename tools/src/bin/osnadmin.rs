//! `osnadmin`: which channels an orderer serves.

fn main() -> std::process::ExitCode {
    tools::osnadmin::run(std::env::args_os())
}
