//! Where a call's fuel goes: a profile by call stack, equal for equal calls.
//!
//! The engine looks at the epoch at the entry of every function and at every turn of a loop. For a profile the deadline it compares
//! with has always passed, so it stops there each time, and what was spent since the last stop is counted for the stack seen
//! then. That is exact but for two things: a caller's work between the return of one function and its own next call or turn is
//! counted for the function that returned, and the turns of a loop without calls are counted together.

use std::collections::{BTreeMap, HashMap};

use wasmtime::{FrameInfo, StoreContext, WasmBacktrace};

use crate::text;

/// Frames of a stack that are kept, the innermost ones.
pub(crate) const FRAMES_MAX: usize = 256;
/// Different stacks kept apart, so many that a contract of many deep ones cannot fill the memory with names (0.3 GB); what comes to
/// further ones is counted for one line.
const STACKS_MAX: usize = 20_000;
/// A function's name.
const NAME_BYTES_MAX: usize = 256;
/// What stands for stacks beyond [`STACKS_MAX`], and for the work before the first function.
const ELSEWHERE: &str = "(elsewhere)";

/// The fuel of one call by stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile(BTreeMap<Vec<String>, u64>);

/// What a function cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionFuel {
    /// Its name, or `function N`.
    pub name: String,
    /// Spent in itself.
    pub own: u64,
    /// Spent in itself and in what it called; recursion counts once.
    pub total: u64,
}

impl Profile {
    /// Stacks, outermost function first, and the fuel spent with exactly this stack.
    pub fn stacks(&self) -> impl Iterator<Item = (&[String], u64)> {
        self.0.iter().map(|(stack, fuel)| (&stack[..], *fuel))
    }

    /// All fuel of the call.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Functions by what they cost in themselves, the dearest first.
    pub fn functions(&self) -> Vec<FunctionFuel> {
        let mut functions: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for (stack, fuel) in &self.0 {
            let mut counted: Vec<&str> = Vec::with_capacity(stack.len());
            for name in stack {
                if !counted.contains(&&**name) {
                    functions.entry(name).or_default().1 += fuel;
                    counted.push(name);
                }
            }
            if let Some(innermost) = stack.last() {
                functions.entry(innermost).or_default().0 += fuel;
            }
        }
        let fuel = |(name, (own, total)): (&str, (u64, u64))| FunctionFuel { name: name.to_owned(), own, total };
        let mut functions: Vec<_> = functions.into_iter().map(fuel).collect();
        functions.sort_by_key(|function| std::cmp::Reverse((function.own, function.total)));
        functions
    }
}

/// Collects during the call.
pub(crate) struct Collector {
    /// Numbers of functions by their module's place in memory and index; the numbers count from one.
    numbers: HashMap<(usize, u32), u32>,
    names: Vec<String>,
    stacks: HashMap<Vec<u32>, u64>,
    /// The stack at the last stop, innermost first.
    last: Vec<u32>,
    /// What was left then.
    left: u64,
}

impl Collector {
    pub fn new(fuel: u64) -> Self {
        Self {
            numbers: HashMap::new(),
            names: vec![ELSEWHERE.to_owned()],
            stacks: HashMap::new(),
            last: Vec::new(),
            left: fuel,
        }
    }

    /// At a stop.
    pub fn stop<T>(&mut self, store: StoreContext<'_, T>) {
        self.count(store.get_fuel().unwrap_or(self.left));
        let backtrace = WasmBacktrace::force_capture(store);
        self.last.clear();
        for frame in backtrace.frames() {
            let number = self.number(frame);
            self.last.push(number);
        }
    }

    fn number(&mut self, frame: &FrameInfo) -> u32 {
        let place = (frame.module().image_range().start.addr(), frame.func_index());
        let names = &mut self.names;
        *self.numbers.entry(place).or_insert_with(|| {
            let name = frame.func_name().map(|name| format!("{:#}", rustc_demangle::demangle(name)));
            let name = name.unwrap_or_else(|| format!("function {}", frame.func_index()));
            // Lines of a report stand for one function each.
            names.push(text::printable(&name, NAME_BYTES_MAX).replace(['\n', '\t'], " "));
            names.len() as u32 - 1
        })
    }

    /// Counts what was spent since the last stop.
    fn count(&mut self, left: u64) {
        let spent = self.left.saturating_sub(left);
        self.left = self.left.min(left);
        if spent == 0 {
            return;
        }
        if let Some(fuel) = self.stacks.get_mut(&self.last) {
            *fuel += spent;
        } else {
            let stack = if self.stacks.len() < STACKS_MAX { self.last.clone() } else { Vec::new() };
            *self.stacks.entry(stack).or_default() += spent;
        }
    }

    /// At the end of the call.
    pub fn finish(mut self, left: u64) -> Profile {
        self.count(left);
        let mut profile = BTreeMap::new();
        for (stack, fuel) in self.stacks {
            let name = |number: &u32| self.names[*number as usize].clone();
            let mut named: Vec<String> = stack.iter().rev().map(name).collect();
            if named.is_empty() {
                named.push(ELSEWHERE.to_owned());
            }
            *profile.entry(named).or_default() += fuel;
        }
        Profile(profile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_summed_over_stacks_and_recursion_counts_once() {
        let stack = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let profile =
            Profile([(stack(&["a"]), 5), (stack(&["a", "b"]), 7), (stack(&["a", "b", "a"]), 1)].into_iter().collect());
        assert_eq!(profile.total(), 13);
        let expected = [("b", 7, 8), ("a", 6, 13)];
        let functions = profile.functions();
        let found: Vec<_> = functions.iter().map(|one| (&*one.name, one.own, one.total)).collect();
        assert_eq!(found, expected);
    }
}
