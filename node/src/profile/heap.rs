//! What memory is in use, and who asked for it: jemalloc samples one of so many allocated bytes and keeps the stack.

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, SystemTime};
use std::{fs, io, ptr};

use super::image::Images;
use super::stacks::Stacks;

/// jemalloc's function for reading and changing its settings, of a program that was built with its profiling.
pub type Mallctl = unsafe extern "C" fn(*const c_char, *mut c_void, *mut usize, *mut c_void, usize) -> c_int;

/// Largest dump that is read, in bytes.
const DUMP_MAX: u64 = 256 * 1024 * 1024;

/// Access to the allocator.
#[derive(Clone, Copy)]
pub struct Heap(Mallctl);

impl Heap {
    /// # Safety
    /// `mallctl` must be jemalloc's function of this name.
    pub const unsafe fn new(mallctl: Mallctl) -> Heap {
        Heap(mallctl)
    }

    /// From now on allocations are sampled. What was allocated before is not seen.
    pub(super) fn activate(self) -> io::Result<()> {
        let mut active = true;
        // SAFETY: this setting is a C `bool`, which Rust's has the layout of.
        unsafe { self.set(c"prof.active", (&raw mut active).cast(), size_of::<bool>()) }
    }

    /// # Safety
    /// `value` must point to what jemalloc's setting `name` takes, of `size` bytes.
    unsafe fn set(self, name: &CStr, value: *mut c_void, size: usize) -> io::Result<()> {
        // SAFETY: the caller vouches for the value, `new` for the function; the old value is not asked for.
        match unsafe { (self.0)(name.as_ptr(), ptr::null_mut(), ptr::null_mut(), value, size) } {
            0 => Ok(()),
            error => Err(io::Error::from_raw_os_error(error)),
        }
    }

    /// What is in use now. Blocks.
    pub(super) fn stacks(self) -> io::Result<(Stacks, u64)> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("heap");
        self.dump(&path)?;
        if fs::metadata(&path)?.len() > DUMP_MAX {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        let dump = fs::read_to_string(&path)?;
        let (values, period) = parse(&dump).ok_or_else(|| io::Error::other("jemalloc's dump is not understood"))?;
        let images = Images::of_this_process(|_| {})?;
        let stacks = Stacks { images, values, started: SystemTime::now(), duration: Duration::ZERO, lost: 0 };
        Ok((stacks, period))
    }

    fn dump(self, path: &Path) -> io::Result<()> {
        let path = CString::new(path.as_os_str().as_bytes())?;
        let mut start = path.as_ptr();
        // SAFETY: this setting is a pointer to a C string.
        unsafe { self.set(c"prof.dump", (&raw mut start).cast(), size_of::<*const c_char>()) }
    }
}

/// Objects and bytes by stack.
type ByStack = HashMap<Vec<u64>, [u64; 2]>;

/// Estimates of all that is in use, and the bytes between samples.
fn parse(dump: &str) -> Option<(ByStack, u64)> {
    let mut lines = dump.lines();
    let period: u64 = lines.next()?.strip_prefix("heap_v2/")?.parse().ok()?;
    let mut values = ByStack::new();
    let mut stack: Option<Vec<u64>> = None;
    for line in lines {
        if line.starts_with("MAPPED_LIBRARIES") {
            break;
        }
        if let Some(addresses) = line.strip_prefix('@') {
            let address = |text: &str| u64::from_str_radix(text.trim_start_matches("0x"), 16).ok();
            let addresses: Option<Vec<u64>> = addresses.split_ascii_whitespace().map(address).collect();
            // They are places to return to; the calls stand before them.
            stack = Some(addresses?.into_iter().map(|address| address.saturating_sub(1)).collect());
        } else if let Some(counts) = line.trim_start().strip_prefix("t*:")
            && let Some(stack) = stack.take()
        {
            let mut counts = counts.split(['[', ' ', ':']).filter(|word| !word.is_empty());
            let (objects, bytes) = (counts.next()?.parse().ok()?, counts.next()?.parse().ok()?);
            let seen = estimate(objects, bytes, period);
            let value = values.entry(stack).or_default();
            *value = [value[0].saturating_add(seen[0]), value[1].saturating_add(seen[1])];
        }
    }
    Some((values, period))
}

/// A small object is seen seldom: each one that was stands for others (as jemalloc's own `jeprof` reckons).
fn estimate(objects: u64, bytes: u64, period: u64) -> [u64; 2] {
    if objects == 0 || period == 0 {
        return [objects, bytes];
    }
    let mean = bytes as f64 / objects as f64;
    let scale = 1.0 / (1.0 - (-mean / period as f64).exp());
    [(objects as f64 * scale) as u64, (bytes as f64 * scale) as u64]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dumps_are_understood() {
        let dump = "heap_v2/524288\n  t*: 3: 1572864 [0: 0]\n  t0: 3: 1572864 [0: 0]\n@ 0x10 0x20\n  t*: 2: 1048576 [0: 0]\n  \
                    t0: 2: 1048576 [0: 0]\n@ 0x30\n  t*: 1: 8 [0: 0]\n\nMAPPED_LIBRARIES:\n10-20 r-xp 0 0 0 x\n";
        let (values, period) = parse(dump).expect("understood");
        assert_eq!((values.len(), period), (2, 524_288));
        assert_eq!(values[&vec![0xf, 0x1f]], [3, 1_658_822]);
        let [objects, bytes] = values[&vec![0x2f]];
        assert!((65_000..66_000).contains(&objects) && (523_000..526_000).contains(&bytes), "{objects} {bytes}");
        for bad in ["", "heap_v1/1", "heap_v2/x", "heap_v2/1\n@ 0xg\n"] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
