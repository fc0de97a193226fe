//! The gate over files, and the loaders over those that it accepts.

use crate::allocations::limited;
use crate::host_calls::ENGINE;
use crate::input::Input;
#[cfg(test)]
use crate::input::piece;

/// Tables of the WIT package are larger than small files; nothing is larger than this.
const ALLOCATION_BYTES_MAX: usize = 16 << 20;

/// What Wasm files begin with: modules, and components.
const HEADERS: [&[u8; 8]; 2] = [b"\0asm\x01\0\0\0", b"\0asm\x0d\0\x01\0"];

/// The section of modules with the functions' code, which has lengths of its own.
const CODE: u8 = 10;

/// Has the gate examine the input as a file, and as the parts of one whose lengths are right.
pub fn run(data: &[u8]) {
    examine(data);
    if !data.starts_with(b"\0asm") {
        examine(&assembled(Input(data)));
    }
}

/// What installing does before it compiles.
fn examine(wasm: &[u8]) {
    let engine = &*ENGINE;
    limited(ALLOCATION_BYTES_MAX, || {
        let report = engine.check(wasm);
        // What clients are told.
        assert_eq!(report.to_string() == "accepted", report.accepted());
        if report.accepted() {
            // A loader may still find something to say against it.
            let _ = runtime::fuzzing::component(wasm);
            let _ = runtime::largest_functions(wasm, 10);
        }
    });
}

/// A file of sections, each given by its kind and a piece. Fuzzers seldom find that they have to change lengths as well.
fn assembled(mut input: Input<'_>) -> Vec<u8> {
    let header = usize::from(input.byte()) % HEADERS.len();
    let mut wasm = HEADERS[header].to_vec();
    while !input.0.is_empty() {
        let (kind, contents) = (input.byte(), input.piece());
        wasm.push(kind);
        if header == 0 && kind == CODE {
            sized(&mut wasm, &functions(Input(contents)))
        } else {
            sized(&mut wasm, contents)
        }
    }
    wasm
}

/// The contents of a code section, made of a piece for each function.
fn functions(mut input: Input<'_>) -> Vec<u8> {
    let (mut count, mut bodies) = (0, Vec::new());
    while !input.0.is_empty() {
        sized(&mut bodies, input.piece());
        count += 1;
    }
    let mut contents = Vec::new();
    number(&mut contents, count);
    contents.extend(bodies);
    contents
}

fn sized(wasm: &mut Vec<u8>, contents: &[u8]) {
    number(wasm, contents.len());
    wasm.extend(contents);
}

/// Seven bits in each byte, the lowest first.
fn number(wasm: &mut Vec<u8>, mut value: usize) {
    while value > 0x7f {
        wasm.push(value as u8 | 0x80);
        value >>= 7;
    }
    wasm.push(value as u8);
}

/// The input that stands for a file: the reverse of what the target does.
#[cfg(test)]
pub(crate) fn taken_apart(wasm: &[u8]) -> Vec<u8> {
    let header = HEADERS.iter().position(|header| wasm.starts_with(*header)).expect("the file is Wasm");
    let (mut input, mut rest) = (vec![header as u8], &wasm[8..]);
    while let Some(kind) = rest.split_off_first() {
        let mut contents = split_sized(&mut rest);
        input.push(*kind);
        if header == 0 && *kind == CODE {
            split_number(&mut contents);
            let mut pieces = Vec::new();
            while !contents.is_empty() {
                pieces.extend(piece(split_sized(&mut contents)));
            }
            input.extend(piece(&pieces));
        } else {
            input.extend(piece(contents));
        }
    }
    assert_eq!(assembled(Input(&input)), wasm, "a file that is taken apart can be put together");
    input
}

#[cfg(test)]
fn split_number(bytes: &mut &[u8]) -> usize {
    let end = bytes.iter().position(|byte| byte & 0x80 == 0).expect("a number ends");
    let number = bytes.split_off(..=end).expect("it is there");
    number.iter().rev().fold(0, |value, byte| value << 7 | usize::from(byte & 0x7f))
}

#[cfg(test)]
fn split_sized<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let size = split_number(bytes);
    bytes.split_off(..size).expect("the file is whole")
}
