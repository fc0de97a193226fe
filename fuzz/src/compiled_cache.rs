//! Files of the cache of compiled code. Loading what is in them runs it, so none may pass that the peer did not write.

use std::sync::LazyLock;

use runtime::fuzzing::CompiledCode;

use crate::allocations::limited;
use crate::input::Input;

/// The cache reads, and makes nothing larger than its messages.
const ALLOCATION_BYTES_MAX: usize = 1 << 20;

const CONTRACT: [u8; 32] = [7; 32];
const CODE: &[u8] = b"native code, which is not run";

struct World {
    cache: CompiledCode,
    file: Vec<u8>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("there is a place for temporary files");
    let cache = CompiledCode::open(dir.path()).expect("the directory is new");
    let file = cache.file(&CONTRACT, CODE);
    assert_eq!(cache.code(&CONTRACT, &file), Some(CODE));
    World { cache, file }
});

/// Has the cache read the input, and its own file with the input's changes.
pub fn run(data: &[u8]) {
    let World { cache, file } = &*WORLD;
    limited(ALLOCATION_BYTES_MAX, || {
        assert_eq!(cache.code(&CONTRACT, data), None, "a file that was not written here is taken");
        let changed = changed(file, Input(data));
        let expected = (changed == *file).then_some(CODE);
        assert_eq!(
            cache.code(&CONTRACT, &changed),
            expected,
            "{}",
            "a changed file is taken, or an unchanged one is not"
        );
        assert_eq!(cache.code(&[8; 32], &changed), None, "another contract's file is taken");
        // A header that does not fit remains wrong under a seal that does.
        if let Some(code) = cache.code(&CONTRACT, &cache.file(&CONTRACT, data)) {
            assert_eq!(code, data);
        }
    });
}

/// Each change is: what is done, where, with which byte.
fn changed(file: &[u8], mut input: Input<'_>) -> Vec<u8> {
    let mut file = file.to_vec();
    while !input.0.is_empty() {
        let (change, place, byte) = (input.byte(), usize::from(input.byte()) % (file.len() + 1), input.byte());
        match change & 3 {
            0 => file.truncate(place),
            1 => file.insert(place, byte),
            2 if place < file.len() => drop(file.remove(place)),
            _ => file.iter_mut().skip(place).take(1).for_each(|old| *old ^= byte),
        }
    }
    file
}
