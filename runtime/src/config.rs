//! The engine's settings, every one of them chosen here and none left to a default that may change.

use std::num::NonZeroUsize;

use wasmparser::WasmFeatures;
use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, ModuleVersionStrategy, OperatorCost, OptLevel,
    PoolingAllocationConfig, Strategy, WasmBacktraceDetails,
};

use crate::limits::*;

/// Raise when the fuel table below changes: compiled code carries the costs it was compiled with.
pub const METERING_SCHEDULE: u32 = 1;

/// Every processor that this program runs on.
const TARGET: &str =
    if cfg!(target_arch = "aarch64") { "aarch64-unknown-linux-gnu" } else { "x86_64-unknown-linux-gnu" };

/// Linear memory of a pool slot that stays resident between calls. More is handed back to the kernel.
const KEEP_RESIDENT_BYTES: usize = 16 << 20;
/// Slots kept warm though unused.
const WARM_SLOTS: u32 = 16;

/// Every Wasm feature the parser knows, and whether contracts may use it.
///
/// On is what compilers emit today and every processor computes alike. SIMD waits for a language that needs it; threads,
/// relaxed SIMD and the proposals of lower maturity add ways to differ between peers, or code that few have attacked yet.
pub const FEATURES: &[(WasmFeatures, bool)] = &[
    (WasmFeatures::MUTABLE_GLOBAL, true),
    (WasmFeatures::SATURATING_FLOAT_TO_INT, true),
    (WasmFeatures::SIGN_EXTENSION, true),
    (WasmFeatures::CALL_INDIRECT_OVERLONG, true),
    (WasmFeatures::REFERENCE_TYPES, true),
    (WasmFeatures::MULTI_VALUE, true),
    (WasmFeatures::BULK_MEMORY_OPT, true),
    (WasmFeatures::BULK_MEMORY, true),
    (WasmFeatures::FLOATS, true),
    (WasmFeatures::EXTENDED_CONST, true),
    (WasmFeatures::COMPONENT_MODEL, true),
    (WasmFeatures::SIMD, false),
    (WasmFeatures::RELAXED_SIMD, false),
    (WasmFeatures::THREADS, false),
    (WasmFeatures::SHARED_EVERYTHING_THREADS, false),
    (WasmFeatures::TAIL_CALL, false),
    (WasmFeatures::MULTI_MEMORY, false),
    (WasmFeatures::EXCEPTIONS, false),
    (WasmFeatures::LEGACY_EXCEPTIONS, false),
    (WasmFeatures::MEMORY64, false),
    (WasmFeatures::FUNCTION_REFERENCES, false),
    (WasmFeatures::MEMORY_CONTROL, false),
    (WasmFeatures::GC, false),
    (WasmFeatures::GC_TYPES, false),
    (WasmFeatures::CUSTOM_PAGE_SIZES, false),
    (WasmFeatures::STACK_SWITCHING, false),
    (WasmFeatures::WIDE_ARITHMETIC, false),
    (WasmFeatures::CUSTOM_DESCRIPTORS, false),
    (WasmFeatures::COMPACT_IMPORTS, false),
    (WasmFeatures::CM_VALUES, false),
    (WasmFeatures::CM_NESTED_NAMES, false),
    (WasmFeatures::CM_ASYNC, false),
    (WasmFeatures::CM_ASYNC_STACKFUL, false),
    (WasmFeatures::CM_MORE_ASYNC_BUILTINS, false),
    (WasmFeatures::CM_THREADING, false),
    (WasmFeatures::CM_ERROR_CONTEXT, false),
    (WasmFeatures::CM_FIXED_LENGTH_LISTS, false),
    (WasmFeatures::CM_GC, false),
    (WasmFeatures::CM_MAP, false),
    (WasmFeatures::CM64, false),
    (WasmFeatures::CM_IMPLEMENTS, false),
    (WasmFeatures::CM_CANON_NAMES, false),
];

/// The features contracts may use.
pub fn features() -> WasmFeatures {
    FEATURES.iter().filter(|(_, on)| *on).fold(WasmFeatures::empty(), |all, (flag, _)| all | *flag)
}

/// The settings that decide what a contract computes and what it costs.
pub fn semantics() -> Config {
    let mut config = Config::new();
    for (flag, on) in FEATURES {
        config.wasm_features(*flag, *on);
    }
    // For the engine's own code between components inside a component, each of which has a memory. Contracts' modules with
    // several are refused by the gate.
    config.wasm_multi_memory(true);
    config
        .strategy(Strategy::Cranelift)
        .cranelift_nan_canonicalization(true)
        .parallel_compilation(true)
        .consume_fuel(true)
        .operator_cost(fuel_costs())
        .max_wasm_stack(WASM_STACK_BYTES)
        .concurrency_support(false);
    config
}

/// The settings, with a pool for [`CONCURRENT_CALLS`] calls or, where address space is short, without.
///
/// Reports of traps show `frames` frames.
pub fn engine(pooled: bool, frames: NonZeroUsize, portable: bool) -> Config {
    let mut config = semantics();
    if portable {
        // Naming the target keeps the engine from looking at what this processor can do.
        config.target(TARGET).expect("the target is a constant");
    }
    config
        .cranelift_opt_level(OptLevel::Speed)
        .module_version(ModuleVersionStrategy::WasmtimeVersion)
        .expect("the version strategy is a constant")
        .epoch_interruption(true)
        .memory_init_cow(true)
        .memory_may_move(false)
        .guard_before_linear_memory(true)
        .signals_based_traps(true)
        .table_lazy_init(true)
        .native_unwind_info(false)
        .generate_address_map(true)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .wasm_backtrace_max_frames(Some(frames));
    if pooled {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    }
    config
}

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(CONCURRENT_CALLS)
        .total_core_instances(CONCURRENT_CALLS * CORE_INSTANCES_PER_CONTRACT)
        .total_memories(CONCURRENT_CALLS * 2)
        .total_tables(CONCURRENT_CALLS * TABLES_PER_CONTRACT)
        .max_core_instances_per_component(CORE_INSTANCES_PER_CONTRACT)
        .max_memories_per_component(MEMORIES_PER_CONTRACT)
        .max_tables_per_component(TABLES_PER_CONTRACT)
        .max_memories_per_module(1)
        .max_tables_per_module(TABLES_PER_MODULE)
        .max_core_instance_size(INSTANCE_BYTES_MAX)
        .max_component_instance_size(INSTANCE_BYTES_MAX)
        .max_memory_size(MEMORY_BYTES_CAP)
        .table_elements(TABLE_ELEMENTS_MAX)
        .max_unused_warm_slots(WARM_SLOTS)
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(KEEP_RESIDENT_BYTES)
        .pagemap_scan(Enabled::Auto);
    pool
}

/// Operators cost one unit; those whose work grows with an operand cost by that operand too.
fn fuel_costs() -> OperatorCost {
    let mut costs = OperatorCost::default();
    let variable = &mut costs.variable;
    variable.memory_copy_per_byte = 1;
    variable.memory_fill_per_byte = 1;
    variable.memory_init_per_byte = 1;
    variable.memory_grow_per_page = 250;
    variable.table_copy_per_element = 4;
    variable.table_fill_per_element = 4;
    variable.table_init_per_element = 4;
    variable.table_grow_per_element = 8;
    costs
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAMES: NonZeroUsize = NonZeroUsize::MIN;

    #[test]
    fn every_feature_is_classified_once() {
        for (name, flag) in WasmFeatures::all().iter_names() {
            let listed: Vec<bool> = FEATURES.iter().filter(|(f, _)| *f == flag).map(|(_, on)| *on).collect();
            assert_eq!(listed.len(), 1, "the parser's feature {name} must be listed once in FEATURES");
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn portable_code_uses_no_special_instructions() {
        let wasm = wat::parse_str("(module (func (export \"f\") (param i64) (result i64) (i64.popcnt (local.get 0))))")
            .unwrap();
        let uses_popcnt = |portable| {
            let engine = wasmtime::Engine::new(&engine(false, FRAMES, portable)).unwrap();
            let code = engine.precompile_module(&wasm).unwrap();
            // Prefix, REX.W, opcode.
            code.windows(4).any(|bytes| bytes[0] == 0xf3 && bytes[1] & 0xf8 == 0x48 && bytes[2..] == [0x0f, 0xb8])
        };
        assert!(!uses_popcnt(true));
        assert_eq!(uses_popcnt(false), std::arch::is_x86_feature_detected!("popcnt"));
    }

    #[test]
    fn the_engine_refuses_what_is_off() {
        let engine = wasmtime::Engine::new(&engine(false, FRAMES, false)).unwrap();
        for (what, text) in [
            ("memory64", "(module (memory i64 1))"),
            ("simd", "(module (func (result v128) v128.const i64x2 0 0))"),
            ("threads", "(module (memory 1 1 shared))"),
            ("tail calls", "(module (func $f return_call $f))"),
            ("gc", "(module (type (struct)))"),
            ("exceptions", "(module (tag))"),
        ] {
            let wasm = wat::parse_str(text).unwrap();
            assert!(engine.precompile_module(&wasm).is_err(), "{what} must be refused");
        }
        assert!(engine.precompile_module(&wat::parse_str("(module (memory 1))").unwrap()).is_ok());
    }

    #[test]
    fn components_inside_a_component_may_have_a_memory_each() {
        let nested = r#"(component
          (component $a
            (core module $m (memory (export "memory") 1) (func (export "f") (param i32 i32))
              (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0)))
            (core instance $i (instantiate $m))
            (func (export "f") (param "x" string)
              (canon lift (core func $i "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
          (component $b
            (import "f" (func $f (param "x" string)))
            (core module $own (memory (export "memory") 1))
            (core instance $own (instantiate $own))
            (core func $f (canon lower (func $f) (memory (core memory $own "memory"))))
            (core module $m (import "" "f" (func (param i32 i32))))
            (core instance (instantiate $m (with "" (instance (export "f" (func $f)))))))
          (instance $a (instantiate $a))
          (instance (instantiate $b (with "f" (func $a "f")))))"#;
        let engine = wasmtime::Engine::new(&engine(false, FRAMES, false)).unwrap();
        assert!(engine.precompile_component(&wat::parse_str(nested).unwrap()).is_ok());
    }
}
