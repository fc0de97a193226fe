//! The `peer` command: Fabric's, with its flags, output and exit codes, and `chaincode install` of Wasm files.

mod cli;

/// Takes less time than glibc's under the many short-lived buffers of a peer, and gives memory back after a burst.
/// RocksDB uses it as well, since the library exports `malloc`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    cli::run(std::env::args_os())
}
