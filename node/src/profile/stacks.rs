//! From samples to what they mean: which functions had called which, and how often that was seen.

use std::collections::HashMap;
use std::io;
use std::time::{Duration, Instant, SystemTime};

use framehop::{FrameAddress, MayAllocateDuringUnwind, Unwinder};

use super::image::{Images, Piece};
use super::sampler::{PERIOD, Sample, Sampler};

#[cfg(target_arch = "aarch64")]
use framehop::aarch64::{CacheAarch64 as Cache, UnwindRegsAarch64 as Registers, UnwinderAarch64 as NativeUnwinder};
#[cfg(target_arch = "x86_64")]
use framehop::x86_64::{CacheX86_64 as Cache, UnwindRegsX86_64 as Registers, UnwinderX86_64 as NativeUnwinder};

/// Deepest stack that is kept whole.
const FRAMES_MAX: usize = 256;

/// Addresses kept in one profile, over all different stacks: 16 MB. What would be more is counted as lost.
const ADDRESSES_MAX: usize = 2_000_000;

/// What a profile saw.
pub(super) struct Stacks {
    /// What addresses mean.
    pub(super) images: Images,
    /// By stack, the innermost address first, two numbers: samples and nanoseconds, or objects and bytes. Addresses of
    /// callers are those of the calls themselves.
    pub(super) values: HashMap<Vec<u64>, [u64; 2]>,
    /// When it was begun.
    pub(super) started: SystemTime,
    /// How long it took.
    pub(super) duration: Duration,
    /// Samples that could not be kept.
    pub(super) lost: u64,
}

/// Takes samples for `duration`, or until `cancelled`. Blocks.
pub(super) fn sample(duration: Duration, cancelled: impl Fn() -> bool) -> io::Result<Stacks> {
    let mut unwinder: NativeUnwinder<Piece, MayAllocateDuringUnwind> = NativeUnwinder::new();
    let mut cache = Cache::<MayAllocateDuringUnwind>::new();
    let images = Images::of_this_process(|module| unwinder.add_module(module))?;
    let mut values: HashMap<Vec<u64>, [u64; 2]> = HashMap::new();
    let (mut addresses, mut lost) = (0, 0);
    let (started, begin) = (SystemTime::now(), Instant::now());
    let nanos = u64::try_from(PERIOD.as_nanos()).unwrap_or(u64::MAX);
    let sampler = Sampler::start()?;
    while begin.elapsed() < duration && !cancelled() {
        std::thread::sleep(PERIOD.min(duration));
        sampler.drain(|sample| {
            let stack = unwound(sample, &unwinder, &mut cache);
            if let Some(value) = values.get_mut(&stack) {
                *value = [value[0] + 1, value[1] + nanos];
            } else if addresses + stack.len() <= ADDRESSES_MAX {
                addresses += stack.len();
                values.insert(stack, [1, nanos]);
            } else {
                lost += 1;
            }
        });
    }
    lost += sampler.lost();
    drop(sampler);
    // What was loaded meanwhile, such as newly compiled contracts, has a name now.
    let images = Images::of_this_process(|_| {}).unwrap_or(images);
    Ok(Stacks { images, values, started, duration: begin.elapsed(), lost })
}

fn unwound(
    sample: &Sample,
    unwinder: &NativeUnwinder<Piece, MayAllocateDuringUnwind>,
    cache: &mut Cache<MayAllocateDuringUnwind>,
) -> Vec<u64> {
    let mut read_stack = |address| sample.word(address).ok_or(());
    let mut frames = unwinder.iter_frames(sample.instruction_pointer, registers(sample), cache, &mut read_stack);
    let mut stack = Vec::new();
    while stack.len() < FRAMES_MAX
        && let Ok(Some(frame)) = frames.next()
    {
        stack.push(match frame {
            FrameAddress::InstructionPointer(address) => address,
            // The call stands before the place to return to, perhaps at the end of its function.
            FrameAddress::ReturnAddress(address) => address.get() - 1,
        });
    }
    stack
}

#[cfg(target_arch = "x86_64")]
fn registers(sample: &Sample) -> Registers {
    Registers::new(sample.instruction_pointer, sample.stack_pointer, sample.frame_pointer)
}

#[cfg(target_arch = "aarch64")]
fn registers(sample: &Sample) -> Registers {
    Registers::new(sample.link_register, sample.stack_pointer, sample.frame_pointer)
}

impl Stacks {
    /// Names of functions, outermost first, and what was seen of the second kind of value.
    pub(super) fn named(&self) -> Vec<(Vec<String>, u64)> {
        let mut names = HashMap::new();
        let mut name =
            |address: u64| names.entry(address).or_insert_with(|| self.images.function(address).readable).clone();
        let named = |(stack, values): (&Vec<u64>, &[u64; 2])| {
            (stack.iter().rev().map(|address| name(*address)).collect::<Vec<_>>(), values[1])
        };
        self.values.iter().map(named).collect()
    }
}
