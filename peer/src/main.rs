//! The `peer` command: Fabric's, with its flags, output and exit codes, and `chaincode install` of Wasm files.

mod cli;

/// Takes less time than glibc's under the many short-lived buffers of a peer, and gives memory back after a burst.
/// RocksDB uses it as well, since the library exports `malloc`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// jemalloc's settings: it can sample allocations, and does once the profiling endpoint asks for it.
#[repr(transparent)]
struct MallocConf(*const u8);

// SAFETY: it points to constant text.
unsafe impl Sync for MallocConf {}

// SAFETY: jemalloc reads a pointer to a C string under this name, and nothing else does.
#[unsafe(export_name = "malloc_conf")]
static MALLOC_CONF: MallocConf = MallocConf(c"prof:true,prof_active:false".as_ptr().cast());

fn main() -> std::process::ExitCode {
    cli::run(std::env::args_os())
}
