//! Every bound on a contract file and on a running call, in one place.
//!
//! Sizes that contracts can see (keys, values, responses) are in [`host_api::limits`].

use serde::{Deserialize, Serialize};

/// Linear memory of one call by default.
pub const MEMORY_BYTES_DEFAULT: usize = 64 << 20;
/// The most linear memory a peer grants one call; the size of a pool slot.
pub const MEMORY_BYTES_CAP: usize = 256 << 20;
/// Fuel of one call by default: about one unit per Wasm instruction, a second of the tightest loop and several of real work.
pub const FUEL_DEFAULT: u64 = 10_000_000_000;
/// The most fuel a peer grants one call.
pub const FUEL_CAP: u64 = 100_000_000_000;
/// Host calls of one call by default.
pub const HOST_CALLS_DEFAULT: u64 = 1_000_000;
/// Bytes that may cross between contract and host in one call, both ways together.
pub const HOST_BYTES_DEFAULT: u64 = 64 << 20;
/// Elements of one table.
pub const TABLE_ELEMENTS_MAX: usize = 20_000;
/// Native stack a contract may use.
pub const WASM_STACK_BYTES: usize = 1 << 20;
/// Stack of the threads contracts run on: the contract's part and ample room for the host functions.
pub const THREAD_STACK_BYTES: usize = 8 << 20;
/// Random bytes a contract may ask for at once.
pub const RANDOM_BYTES_MAX: u64 = 64 * 1024;

/// Calls that run at the same time.
pub const CONCURRENT_CALLS: u32 = 64;
/// Core module instances inside one component, with adapters and shims.
pub const CORE_INSTANCES_PER_CONTRACT: u32 = 16;
/// Linear memories inside one component.
pub const MEMORIES_PER_CONTRACT: u32 = 4;
/// Tables inside one component.
pub const TABLES_PER_CONTRACT: u32 = 8;
/// Tables inside one module.
pub const TABLES_PER_MODULE: u32 = 2;
/// Book-keeping of one instance, without its memories.
pub const INSTANCE_BYTES_MAX: usize = 1 << 20;

/// A contract file.
pub const MODULE_BYTES_MAX: usize = 32 << 20;
/// The code of one module.
pub const CODE_BYTES_MAX: usize = 24 << 20;
/// The body of one function.
pub const FUNCTION_BYTES_MAX: usize = 1 << 20;
/// Functions with a body in one module.
pub const FUNCTIONS_MAX: usize = 50_000;
/// Local variables of one function.
pub const LOCALS_MAX: u32 = 10_000;
/// Parameters of one function type.
pub const PARAMS_MAX: usize = 100;
/// Results of one function type.
pub const RESULTS_MAX: usize = 16;
/// Types in one module.
pub const TYPES_MAX: usize = 5_000;
/// Globals in one module.
pub const GLOBALS_MAX: usize = 1_000;
/// Imports of one module or component.
pub const IMPORTS_MAX: usize = 2_000;
/// Exports of one module or component.
pub const EXPORTS_MAX: usize = 4_000;
/// A name in an import or export.
pub const NAME_BYTES_MAX: usize = 256;
/// Data segments in one module.
pub const DATA_SEGMENTS_MAX: usize = 10_000;
/// Element segments in one module.
pub const ELEMENT_SEGMENTS_MAX: usize = 1_000;
/// Modules inside one component.
pub const MODULES_MAX: usize = 32;
/// Fuel for the start of a module when it is compiled; Go's needs a million.
pub const SNAPSHOT_FUEL: u64 = 1_000_000_000;
/// Memory that the start of a module may fill.
pub const SNAPSHOT_BYTES_MAX: usize = 8 << 20;
/// Findings in one report; more do not help anybody.
pub const FINDINGS_MAX: usize = 100;

/// Bytes of compiled code kept on disk; the oldest go first.
pub const CACHE_BYTES_MAX: u64 = 2 << 30;
/// Time between two looks at the deadlines of running calls.
pub const TICK_MS: u64 = 10;

/// What one call of a contract may use. Chosen per contract, never above the peer's caps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Linear memory, all memories of the instance together, in bytes.
    pub memory_bytes: usize,
    /// Fuel; about one unit per Wasm instruction.
    pub fuel: u64,
    /// Calls of host functions.
    pub host_calls: u64,
    /// Bytes that cross between contract and host, both ways together.
    pub host_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: MEMORY_BYTES_DEFAULT,
            fuel: FUEL_DEFAULT,
            host_calls: HOST_CALLS_DEFAULT,
            host_bytes: HOST_BYTES_DEFAULT,
        }
    }
}

impl Limits {
    /// These limits, none above `cap`'s.
    pub fn capped(self, cap: &Limits) -> Self {
        Self {
            memory_bytes: self.memory_bytes.min(cap.memory_bytes),
            fuel: self.fuel.min(cap.fuel),
            host_calls: self.host_calls.min(cap.host_calls),
            host_bytes: self.host_bytes.min(cap.host_bytes),
        }
    }

    /// The most a peer grants unless its operator says otherwise.
    pub fn cap() -> Self {
        Self { memory_bytes: MEMORY_BYTES_CAP, fuel: FUEL_CAP, host_calls: 100_000_000, host_bytes: 8 << 30 }
    }
}
