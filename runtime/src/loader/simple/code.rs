//! The instructions of the adapter's functions.
//!
//! A register is 16 bytes: its number (i64), the pointer and the length of its bytes (i32 each; a length of -1 says that there
//! are none). The table of registers lies behind the result that they describe.

use wasm_encoder::{
    BlockType, ConstExpr, Function as Body, GlobalSection, GlobalType, InstructionSink, MemArg, ValType,
};

use super::adapter::Calls;
use super::functions::{Function, Leaf, LeafKind, Shape};

/// Globals: the current block, its used part, the registers, the response.
const BLOCK_START: u32 = 0;
const BLOCK_END: u32 = 1;
const TOP: u32 = 2;
const REGISTERS: u32 = 3;
const COUNT: u32 = 4;
const RESPONSE: u32 = 5;
const RESPONSE_LENGTH: u32 = 6;
pub const GLOBALS: u32 = 7;

/// The globals' first values: the first block, none when both are zero.
pub fn globals(block_start: i32, block_end: i32) -> GlobalSection {
    let mut section = GlobalSection::new();
    for value in [block_start, block_end, block_start, 0, 0, 0, 0] {
        let ty = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        section.global(ty, &ConstExpr::i32_const(value));
    }
    section
}

const PAGE_BITS: i32 = 16;
const REGISTER_BITS: i32 = 4;
/// Space for anything is aligned so.
const ALIGNMENT: i32 = 8;

/// What functions with a result return instead of a number of registers.
const NONE: i32 = -1;
const ERROR: i32 = -2;

pub fn val_type(ty: wasmparser::ValType) -> ValType {
    match ty {
        wasmparser::ValType::I64 => ValType::I64,
        wasmparser::ValType::F32 => ValType::F32,
        wasmparser::ValType::F64 => ValType::F64,
        _ => ValType::I32,
    }
}

fn at(offset: u32, align: u32) -> MemArg {
    MemArg { offset: offset.into(), align, memory_index: 0 }
}

fn body(locals: &[(u32, ValType)], write: impl FnOnce(&mut InstructionSink<'_>)) -> Body {
    let mut body = Body::new(locals.iter().copied());
    let mut code = body.instructions();
    write(&mut code);
    code.end();
    body
}

/// (size): blocks at least double, so that those left behind are never more than the current one.
pub fn new_block(calls: &Calls) -> Body {
    const SIZE: u32 = 0;
    const DOUBLE: u32 = 1;
    body(&[(1, ValType::I32)], |code| {
        code.global_get(BLOCK_END).global_get(BLOCK_START).i32_sub().i32_const(1).i32_shl().local_tee(DOUBLE);
        code.local_get(SIZE).local_get(DOUBLE).local_get(SIZE).i32_gt_u().select();
        // To whole pages; sizes near the end of the address space fail below.
        let mask = (1 << PAGE_BITS) - 1;
        code.i32_const(mask).i32_add().i32_const(!mask).i32_and().local_tee(SIZE);
        code.i32_eqz().if_(BlockType::Empty).unreachable().end();
        match calls.guest_realloc {
            Some(realloc) => {
                code.i32_const(0).i32_const(0).i32_const(ALIGNMENT).local_get(SIZE).call(realloc).local_tee(DOUBLE);
                // No memory left, in the words of allocators.
                code.i32_eqz().if_(BlockType::Empty).unreachable().end();
                code.local_get(DOUBLE);
            }
            None => grow(code, SIZE, DOUBLE),
        }
        code.global_set(BLOCK_START);
        code.global_get(BLOCK_START).global_set(TOP);
        code.global_get(BLOCK_START).local_get(SIZE).i32_add().global_set(BLOCK_END);
    })
}

/// Adds pages for so many bytes and leaves their place on the stack. `scratch` is overwritten.
fn grow(code: &mut InstructionSink<'_>, size: u32, scratch: u32) {
    code.local_get(size).i32_const(PAGE_BITS).i32_shr_u().memory_grow(0).local_tee(scratch);
    code.i32_const(-1).i32_eq().if_(BlockType::Empty).unreachable().end();
    code.local_get(scratch).i32_const(PAGE_BITS).i32_shl();
}

/// (size, unused) -> pointer, aligned to [`ALIGNMENT`], which is enough for all that the package has.
pub fn reserve(calls: &Calls) -> Body {
    const SIZE: u32 = 0;
    const POINTER: u32 = 1;
    body(&[], |code| {
        // Round up, so that the top stays aligned. A size near the end of the address space must not become small.
        code.local_get(SIZE).i32_const(-ALIGNMENT).i32_gt_u().if_(BlockType::Empty).unreachable().end();
        code.local_get(SIZE).i32_const(ALIGNMENT - 1).i32_add().i32_const(-ALIGNMENT).i32_and().local_set(SIZE);
        code.global_get(BLOCK_END).global_get(TOP).i32_sub().local_get(SIZE).i32_lt_u();
        code.if_(BlockType::Empty).local_get(SIZE).call(calls.new_block).end();
        code.global_get(TOP).local_tee(POINTER).local_get(SIZE).i32_add().global_set(TOP);
        code.local_get(POINTER);
    })
}

/// The component model's realloc. The host only ever asks for new space.
pub fn realloc(calls: &Calls) -> Body {
    const OLD: u32 = 0;
    const NEW_SIZE: u32 = 3;
    body(&[], |code| {
        code.local_get(OLD).if_(BlockType::Empty).unreachable().end();
        code.local_get(NEW_SIZE).i32_const(ALIGNMENT).call(calls.reserve);
    })
}

/// Like [`realloc`], but for memory that is kept.
pub fn permanent(calls: &Calls) -> Body {
    const NEW_SIZE: u32 = 3;
    const SCRATCH: u32 = 4;
    body(&[(1, ValType::I32)], |code| match calls.guest_realloc {
        Some(realloc) => {
            (0..4).for_each(|param| {
                code.local_get(param);
            });
            code.call(realloc);
        }
        None => {
            let mask = (1 << PAGE_BITS) - 1;
            code.local_get(NEW_SIZE).i32_const(mask).i32_add().local_set(NEW_SIZE);
            grow(code, NEW_SIZE, SCRATCH);
        }
    })
}

/// Calls the host and fills the registers.
pub fn function(function: &Function, import: u32, calls: &Calls) -> Body {
    let params = function.params.len() as u32;
    let locals = Locals { result: params, table: params + 1, element: params + 2, left: params + 3 };
    let Some(shape) = &function.result else {
        return body(&[], |code| {
            (0..params).for_each(|param| {
                code.local_get(param);
            });
            code.call(import);
        });
    };
    body(&[(4, ValType::I32)], |code| {
        code.global_get(BLOCK_START).global_set(TOP);
        code.i32_const(0).global_set(COUNT);
        code.i32_const(shape.size as i32).i32_const(ALIGNMENT).call(calls.reserve).local_set(locals.result);
        (0..params).for_each(|param| {
            code.local_get(param);
        });
        code.local_get(locals.result).call(import);
        registers(code, shape, &locals, calls);
    })
}

struct Locals {
    result: u32,
    table: u32,
    element: u32,
    left: u32,
}

fn registers(code: &mut InstructionSink<'_>, shape: &Shape, locals: &Locals, calls: &Calls) {
    if let Some(payload) = shape.fallible {
        code.local_get(locals.result).i32_load8_u(at(0, 0)).if_(BlockType::Empty);
        code.i32_const(1).global_set(COUNT);
        table(code, locals, calls);
        let message = Leaf { offset: payload, kind: LeafKind::Bytes };
        store(code, &message, locals.result, locals);
        code.i32_const(ERROR).return_().end();
    }
    if let Some(offset) = shape.optional {
        code.local_get(locals.result).i32_load8_u(at(offset, 0)).i32_eqz();
        code.if_(BlockType::Empty).i32_const(NONE).return_().end();
    }
    code.i32_const(shape.leaves.len() as i32);
    if let Some(list) = &shape.list {
        code.local_get(locals.result).i32_load(at(list.offset + 4, 2)).local_tee(locals.left);
        code.i32_const(list.leaves.len() as i32).i32_mul().i32_add();
    }
    code.global_set(COUNT);
    table(code, locals, calls);
    for leaf in &shape.leaves {
        store(code, leaf, locals.result, locals);
    }
    if let Some(list) = &shape.list {
        code.local_get(locals.result).i32_load(at(list.offset, 2)).local_set(locals.element);
        code.block(BlockType::Empty).loop_(BlockType::Empty);
        code.local_get(locals.left).i32_eqz().br_if(1);
        for leaf in &list.leaves {
            store(code, leaf, locals.element, locals);
        }
        code.local_get(locals.element).i32_const(list.element_size as i32).i32_add().local_set(locals.element);
        code.local_get(locals.left).i32_const(1).i32_sub().local_set(locals.left);
        code.br(0).end().end();
    }
    code.global_get(COUNT);
}

/// Room for as many registers as are counted; `table` becomes the place of the first.
fn table(code: &mut InstructionSink<'_>, locals: &Locals, calls: &Calls) {
    code.global_get(COUNT).i32_const(REGISTER_BITS).i32_shl().i32_const(ALIGNMENT).call(calls.reserve);
    code.local_tee(locals.table).global_set(REGISTERS);
}

/// Fills the register at `table` from memory at `base`, and moves on to the next.
fn store(code: &mut InstructionSink<'_>, leaf: &Leaf, base: u32, locals: &Locals) {
    let number = |code: &mut InstructionSink<'_>, load: &dyn Fn(&mut InstructionSink<'_>)| {
        code.local_get(locals.table).local_get(base);
        load(code);
        code.i64_store(at(0, 3));
        code.local_get(locals.table).i64_const(i64::from(-1_i32) << 32).i64_store(at(8, 3));
    };
    let bytes = |code: &mut InstructionSink<'_>, offset: u32| {
        code.local_get(locals.table).i64_const(0).i64_store(at(0, 3));
        // Pointer and length lie one after the other in both places.
        code.local_get(locals.table).local_get(base).i64_load(at(offset, 2)).i64_store(at(8, 3));
    };
    match leaf.kind {
        LeafKind::Bytes => bytes(code, leaf.offset),
        LeafKind::OptionalBytes(value) => {
            code.local_get(base).i32_load8_u(at(leaf.offset, 0)).if_(BlockType::Empty);
            bytes(code, leaf.offset + value);
            code.else_();
            number(code, &|code| {
                code.drop().i64_const(0);
            });
            code.end();
        }
        LeafKind::U8 => number(code, &|code| {
            code.i64_load8_u(at(leaf.offset, 0));
        }),
        LeafKind::U32 => number(code, &|code| {
            code.i64_load32_u(at(leaf.offset, 2));
        }),
        LeafKind::S32 => number(code, &|code| {
            code.i64_load32_s(at(leaf.offset, 2));
        }),
        LeafKind::S64 => number(code, &|code| {
            code.i64_load(at(leaf.offset, 3));
        }),
    }
    code.local_get(locals.table).i32_const(1 << REGISTER_BITS).i32_add().local_set(locals.table);
}

/// Leaves the place of the register in parameter 0 on the stack; outside the table, returns at once after `absent`.
fn find(code: &mut InstructionSink<'_>, absent: impl Fn(&mut InstructionSink<'_>)) {
    const REGISTER: u32 = 0;
    code.local_get(REGISTER).global_get(COUNT).i32_ge_u().if_(BlockType::Empty);
    absent(code);
    code.return_().end();
    code.global_get(REGISTERS).local_get(REGISTER).i32_const(REGISTER_BITS).i32_shl().i32_add();
}

pub fn register_len() -> Body {
    body(&[], |code| {
        find(code, |code| {
            code.i32_const(-1);
        });
        code.i32_load(at(12, 2));
    })
}

pub fn register_number() -> Body {
    body(&[], |code| {
        find(code, |code| {
            code.i64_const(0);
        });
        code.i64_load(at(0, 3));
    })
}

/// (register, destination)
pub fn register_read() -> Body {
    const PLACE: u32 = 0;
    const DESTINATION: u32 = 1;
    body(&[], |code| {
        find(code, |_| {});
        code.local_set(PLACE);
        code.local_get(PLACE).i32_load(at(12, 2)).i32_const(-1).i32_eq().if_(BlockType::Empty).return_().end();
        code.local_get(DESTINATION).local_get(PLACE).i32_load(at(8, 2)).local_get(PLACE).i32_load(at(12, 2));
        code.memory_copy(0, 0);
    })
}

pub fn set_response() -> Body {
    body(&[], |code| {
        code.local_get(0).global_set(RESPONSE).local_get(1).global_set(RESPONSE_LENGTH);
    })
}

/// One of the contract interface's functions. Its arguments are not passed on: the contract asks for them.
pub fn entry(guest: u32, calls: &Calls) -> Body {
    const STATUS: u32 = 4;
    const RESULT: u32 = 5;
    body(&[(2, ValType::I32)], |code| {
        code.call(guest).local_set(STATUS);
        code.i32_const(12).i32_const(ALIGNMENT).call(calls.reserve).local_tee(RESULT);
        code.local_get(STATUS).i32_const(0).i32_ne().i32_store8(at(0, 0));
        code.local_get(RESULT).global_get(RESPONSE).i32_store(at(4, 2));
        code.local_get(RESULT).global_get(RESPONSE_LENGTH).i32_store(at(8, 2));
        code.local_get(RESULT);
    })
}
