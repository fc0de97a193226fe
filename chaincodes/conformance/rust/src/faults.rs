use fabric_contract::{Context, Result};

pub use fabric_contract::Json;

pub fn echo(_: &Context, value: Json<Vec<u64>>) -> Result<Json<Vec<u64>>> {
    Ok(value)
}

pub fn panic(_: &Context, message: String) -> Result<()> {
    panic!("{message}")
}

pub fn endless(_: &Context) -> Result<()> {
    loop {
        std::hint::black_box(0);
    }
}

pub fn eat_memory(_: &Context) -> Result<u64> {
    let mut eaten = Vec::new();
    loop {
        eaten.push(std::hint::black_box(vec![1_u8; 1 << 20]));
    }
}

pub fn recurse_from(_: &Context, depth: u64) -> Result<u64> {
    Ok(recurse(depth))
}

fn recurse(depth: u64) -> u64 {
    let next = std::hint::black_box(depth + 1);
    if next == 0 { 0 } else { recurse(next) ^ std::hint::black_box(next) }
}

pub fn large(_: &Context, bytes: u64) -> Result<Vec<u8>> {
    Ok(vec![b'x'; bytes as usize])
}

pub fn hold_iterators(context: &Context, count: u64) -> Result<()> {
    let mut held = Vec::new();
    for _ in 0..count {
        held.push(context.get_state_by_range("", "")?);
    }
    Ok(())
}
