//! Samples of what the process computes: a signal after each 10 ms of processor time, whose handler copies registers and
//! the top of the interrupted stack.
//!
//! The handler does nothing else. It takes no locks, allocates nothing, and lets the kernel do the copying, which gives
//! fewer bytes rather than a fault where the stack ends; so it may interrupt anything, compiled contracts included. What the
//! copies mean is found out elsewhere.

use std::cell::UnsafeCell;
use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// Processor time between samples.
pub(super) const PERIOD: Duration = Duration::from_millis(10);

/// Bytes copied of a stack; deeper callers are not seen.
const STACK_MAX: usize = 64 * 1024;

/// Samples that may wait to be read. Of 100 a second and core that is enough for a reader that looks every [`PERIOD`].
const SLOTS: usize = 128;

const PAGE: usize = 4096;

/// Pages that a copy can touch.
const PAGES: usize = STACK_MAX / PAGE + 1;

const EMPTY: u8 = 0;
const BEING_WRITTEN: u8 = 1;
const FULL: u8 = 2;

/// Registers and the top of a stack.
pub(super) struct Sample {
    pub(super) instruction_pointer: u64,
    pub(super) stack_pointer: u64,
    pub(super) frame_pointer: u64,
    #[cfg(target_arch = "aarch64")]
    pub(super) link_register: u64,
    length: usize,
    stack: [u8; STACK_MAX],
}

impl Sample {
    /// Eight bytes of the stack.
    pub(super) fn word(&self, address: u64) -> Option<u64> {
        let start = usize::try_from(address.checked_sub(self.stack_pointer)?).ok()?;
        let bytes = self.stack[..self.length].get(start..start.checked_add(8)?)?;
        Some(u64::from_ne_bytes(bytes.try_into().ok()?))
    }
}

struct Slot {
    state: AtomicU8,
    sample: UnsafeCell<Sample>,
}

struct Ring {
    slots: Box<[Slot]>,
    next: AtomicUsize,
    lost: AtomicU64,
}

// SAFETY: a slot's sample is touched only by who moved its state to BEING_WRITTEN, or by the one reader while it is FULL.
unsafe impl Sync for Ring {}
// SAFETY: it owns its memory.
unsafe impl Send for Ring {}

/// Made at the first profile and kept, because a signal may still come after the last one.
static RING: OnceLock<Ring> = OnceLock::new();

static RUNNING: AtomicBool = AtomicBool::new(false);

/// While it lives, samples are taken. There is one at a time.
pub(super) struct Sampler {
    ring: &'static Ring,
}

impl Sampler {
    /// Starts. Fails where another one runs, or the system does not let a process read its own memory.
    pub(super) fn start() -> io::Result<Sampler> {
        let ring = RING.get_or_init(Ring::new);
        if RUNNING.swap(true, Ordering::AcqRel) {
            return Err(io::Error::from(io::ErrorKind::ResourceBusy));
        }
        let sampler = Sampler { ring };
        for slot in &ring.slots {
            // What is still being written becomes a sample too many, which does no harm.
            let _ = slot.state.compare_exchange(FULL, EMPTY, Ordering::AcqRel, Ordering::Relaxed);
        }
        ring.lost.store(0, Ordering::Relaxed);
        can_read_own_memory()?;
        install_handler()?;
        set_timer(PERIOD)?;
        Ok(sampler)
    }

    /// Hands over the samples that wait.
    pub(super) fn drain(&self, mut take: impl FnMut(&Sample)) {
        for slot in &self.ring.slots {
            if slot.state.load(Ordering::Acquire) == FULL {
                // SAFETY: nobody writes to a slot that is FULL, and `Sampler` is the only reader.
                take(unsafe { &*slot.sample.get() });
                slot.state.store(EMPTY, Ordering::Release);
            }
        }
    }

    /// Samples for which no slot was free.
    pub(super) fn lost(&self) -> u64 {
        self.ring.lost.load(Ordering::Relaxed)
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        // The handler stays: a signal may be on its way, and without a handler it would end the process. Stopping a timer
        // has no way to fail.
        let _ = set_timer(Duration::ZERO);
        RUNNING.store(false, Ordering::Release);
    }
}

impl Ring {
    fn new() -> Ring {
        let slot = |_| Slot {
            state: AtomicU8::new(EMPTY),
            sample: UnsafeCell::new(Sample {
                instruction_pointer: 0,
                stack_pointer: 0,
                frame_pointer: 0,
                #[cfg(target_arch = "aarch64")]
                link_register: 0,
                length: 0,
                stack: [0; STACK_MAX],
            }),
        };
        Ring { slots: (0..SLOTS).map(slot).collect(), next: AtomicUsize::new(0), lost: AtomicU64::new(0) }
    }
}

fn install_handler() -> io::Result<()> {
    // SAFETY: the structure is plain data for which zero is a value; the handler has the signature that SA_SIGINFO asks for
    // and calls nothing that is not safe in a handler. It runs on the interrupted stack: compiled contracts leave room there
    // for the host.
    let failed = unsafe {
        let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
        let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) = on_signal;
        action.sa_sigaction = handler as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
        libc::sigemptyset(&raw mut action.sa_mask);
        libc::sigaction(libc::SIGPROF, &raw const action, ptr::null_mut()) != 0
    };
    if failed { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn set_timer(period: Duration) -> io::Result<()> {
    let interval = libc::timeval { tv_sec: 0, tv_usec: libc::suseconds_t::from(period.subsec_micros()) };
    let timer = libc::itimerval { it_interval: interval, it_value: interval };
    // SAFETY: the structure is valid, and the old one is not asked for.
    let failed = unsafe { libc::setitimer(libc::ITIMER_PROF, &raw const timer, ptr::null_mut()) != 0 };
    if failed { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Sandboxes may forbid the call.
fn can_read_own_memory() -> io::Result<()> {
    let (original, mut copy) = (1u64, 0u64);
    // SAFETY: both point to eight bytes that are there.
    let copied = unsafe { copy_memory((&raw mut copy).cast(), &raw const original as usize, 8) };
    if copied == 8 && copy == original { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Copies up to `length` bytes of this process from `from` on, as many as are there. Safe in a signal handler.
///
/// # Safety
/// `to` must have room for `length` bytes, and `length` be at most [`STACK_MAX`].
unsafe fn copy_memory(to: *mut u8, from: usize, length: usize) -> usize {
    let local = libc::iovec { iov_base: to.cast(), iov_len: length };
    // The kernel promises partial copies for whole parts only, so each page is one.
    let mut remote = [libc::iovec { iov_base: ptr::null_mut(), iov_len: 0 }; PAGES];
    let (mut parts, mut start) = (0, from);
    let end = from.saturating_add(length);
    while start < end && parts < PAGES {
        let stop = (start / PAGE + 1).saturating_mul(PAGE).min(end);
        remote[parts] = libc::iovec { iov_base: start as *mut libc::c_void, iov_len: stop - start };
        (parts, start) = (parts + 1, stop);
    }
    // SAFETY: the caller vouches for the local part; what is wrong with the remote ones the kernel reports.
    let copied = unsafe {
        let count = parts as libc::c_ulong;
        libc::process_vm_readv(libc::getpid(), &raw const local, 1, remote.as_ptr(), count, 0)
    };
    usize::try_from(copied).unwrap_or(0)
}

extern "C" fn on_signal(_: libc::c_int, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let Some(ring) = RING.get() else { return };
    if !RUNNING.load(Ordering::Acquire) || context.is_null() {
        return;
    }
    let slot = &ring.slots[ring.next.fetch_add(1, Ordering::Relaxed) % SLOTS];
    if slot.state.compare_exchange(EMPTY, BEING_WRITTEN, Ordering::AcqRel, Ordering::Relaxed).is_err() {
        ring.lost.fetch_add(1, Ordering::Relaxed);
        return;
    }
    // SAFETY: the kernel gives a handler with SA_SIGINFO this structure; the slot is ours until it is FULL; `errno` belongs
    // to the thread, and whom we interrupted must not see it change.
    unsafe {
        let errno = *libc::__errno_location();
        let sample = &mut *slot.sample.get();
        read_registers(&*context.cast::<libc::ucontext_t>(), sample);
        let from = usize::try_from(sample.stack_pointer).unwrap_or(0);
        sample.length = copy_memory(sample.stack.as_mut_ptr(), from, STACK_MAX);
        *libc::__errno_location() = errno;
    }
    slot.state.store(FULL, Ordering::Release);
}

#[cfg(target_arch = "x86_64")]
fn read_registers(context: &libc::ucontext_t, sample: &mut Sample) {
    let register = |index: libc::c_int| context.uc_mcontext.gregs[index as usize].cast_unsigned();
    sample.instruction_pointer = register(libc::REG_RIP);
    sample.stack_pointer = register(libc::REG_RSP);
    sample.frame_pointer = register(libc::REG_RBP);
}

#[cfg(target_arch = "aarch64")]
fn read_registers(context: &libc::ucontext_t, sample: &mut Sample) {
    let machine = &context.uc_mcontext;
    sample.instruction_pointer = machine.pc;
    sample.stack_pointer = machine.sp;
    sample.frame_pointer = machine.regs[29];
    sample.link_register = machine.regs[30];
}
