//! Takes the shim out of a component.
//!
//! A function of the host needs the memory of the module that calls it, which is there only after that module was given its
//! functions. Component tools (wit-component) therefore give it functions of a small module, the shim, which call through a table
//! that is filled at the end. Here they become functions and a table of the calling module itself, so that a call has an instance
//! less to make and to clear away; who fills the table stays as it was.

mod merge;
mod rewire;

use wasm_encoder::reencode;
use wasmparser::{ExternalKind, Validator, WasmFeatures};

use super::joined::Apart;
use super::part::Part;
use super::wiring::{CoreFunction, CoreInstance, Origin, Wiring};
use crate::config;
use crate::limits::TABLES_PER_MODULE;

type Error = reencode::Error<Apart>;

/// The component without its shim, where it has one and nothing else is in the way.
pub fn without_shim(component: &[u8]) -> Option<Vec<u8>> {
    match rewritten(component) {
        Ok(component) => Some(component),
        Err(reason) => {
            tracing::debug!("the component keeps its shim: {reason}");
            None
        }
    }
}

fn rewritten(component: &[u8]) -> Result<Vec<u8>, Error> {
    let Some(wiring) = Wiring::read(component)? else { return apart("the component is unusual") };
    let plan = Plan::new(&wiring)?;
    let merged = merge::merged(&plan)?;
    let rewritten = rewire::rewired(&plan, component, &merged)?;
    // Whatever was overlooked must not become the contract's trouble.
    Validator::new_with_features(config::features() | WasmFeatures::MULTI_MEMORY).validate_all(&rewritten)?;
    Ok(rewritten)
}

fn apart<T>(why: &'static str) -> Result<T, Error> {
    Err(Error::UserError(Apart(why)))
}

/// An instance of a module.
struct Place<'a> {
    instance: u32,
    module: u32,
    part: Part<'a>,
}

/// What goes where.
struct Plan<'a> {
    shim: Place<'a>,
    /// The module that gets the shim's functions.
    main: Place<'a>,
    /// What each function that `main` imports becomes.
    imports: Vec<u32>,
    /// How many of them stay imports.
    imports_left: u32,
    /// The component's core functions: new numbers of those that stay.
    functions: Vec<Option<u32>>,
}

impl<'a> Plan<'a> {
    fn new(wiring: &Wiring<'a>) -> Result<Self, Error> {
        let mut places = Vec::new();
        for (instance, of) in wiring.instances.iter().enumerate() {
            let CoreInstance::Of { module, .. } = of else { continue };
            let Some(bytes) = wiring.modules.get(*module as usize) else { return apart("a module is missing") };
            let Some(part) = Part::read(instance as u32, bytes)? else { continue };
            places.push(Place { instance: instance as u32, module: *module, part });
        }
        let mut places = places.into_iter();
        let Some(shim) = places.next().filter(|place| is_shim(&place.part)) else { return apart("it has no shim") };
        let Some(main) = places.next().filter(|place| !place.part.own_memories.is_empty()) else {
            return apart("no module with a memory follows the shim");
        };
        let once = |module| {
            let of = |of: &&CoreInstance<'_>| matches!(of, CoreInstance::Of { module: other, .. } if *other == module);
            wiring.instances.iter().filter(of).count() == 1
        };
        if !once(shim.module) || !once(main.module) {
            return apart("a module has two instances");
        }
        if main.part.tables.len() + main.part.own_tables.len() >= TABLES_PER_MODULE as usize {
            return apart("there is no room for a table");
        }
        if main.part.has_debug_information {
            return apart("positions in the code are known");
        }
        if shim.part.exports.keys().any(|name| main.part.exports.contains_key(name)) {
            return apart("two exports have one name");
        }
        let mut plan = Self { imports: Vec::new(), imports_left: 0, functions: Vec::new(), shim, main };
        plan.find_imports(wiring)?;
        plan.find_functions(wiring)?;
        Ok(plan)
    }

    /// The merged module's functions are the imports that are left, those of the shim, those of `main`.
    fn find_imports(&mut self, wiring: &Wiring<'a>) -> Result<(), Error> {
        let CoreInstance::Of { args, .. } = &wiring.instances[self.main.instance as usize] else {
            return apart("it is no instance of a module");
        };
        let of_shim = |(from, name, _): &(&'a str, &'a str, u32)| {
            let origin = wiring.origin(*args.get(from)?, name, ExternalKind::Func)?;
            let Origin::Export(instance, name) = origin else { return None };
            let export = self.shim.part.exports.get(name).filter(|_| instance == self.shim.instance)?;
            (export.0 == ExternalKind::Func).then_some(export.1)
        };
        let targets: Vec<Option<u32>> = self.main.part.functions.iter().map(of_shim).collect();
        self.imports_left = targets.iter().filter(|target| target.is_none()).count() as u32;
        let mut next = 0..;
        let number = |target: &Option<u32>| target.map_or_else(|| next.next(), |own| Some(self.imports_left + own));
        self.imports = targets.iter().filter_map(number).collect();
        Ok(())
    }

    /// What the component takes from the shim before `main` is there is only for `main`, and no longer needed.
    fn find_functions(&mut self, wiring: &Wiring<'a>) -> Result<(), Error> {
        let mut next = 0..;
        let early = |(function, instances): &(CoreFunction<'_>, u32)| {
            matches!(function, CoreFunction::Export(instance, _) if *instance == self.shim.instance)
                && *instances <= self.main.instance
        };
        self.functions =
            wiring.functions.iter().map(|function| if early(function) { None } else { next.next() }).collect();
        let lost = |(kind, index): &(ExternalKind, u32)| {
            *kind == ExternalKind::Func && self.functions.get(*index as usize).is_none_or(Option::is_none)
        };
        for (instance, items) in wiring.instances.iter().enumerate() {
            let CoreInstance::Items(items) = items else { continue };
            let shared = |(user, of): (usize, &CoreInstance<'_>)| {
                user != self.main.instance as usize
                    && matches!(of, CoreInstance::Of { args, .. } if args.values().any(|arg| *arg as usize == instance))
            };
            if items.values().any(lost) && wiring.instances.iter().enumerate().any(shared) {
                return apart("two modules share what the shim offers");
            }
        }
        Ok(())
    }

    /// The instance of the shim is that of `main` now.
    fn instance(&self, index: u32) -> u32 {
        match index {
            index if index == self.shim.instance => self.main.instance - 1,
            index if index > self.shim.instance => index - 1,
            index => index,
        }
    }
}

/// Whether all that a module has is functions that call through its table.
fn is_shim(part: &Part<'_>) -> bool {
    part.functions.is_empty()
        && part.memories.is_empty()
        && part.tables.is_empty()
        && part.globals.is_empty()
        && part.own_memories.is_empty()
        && part.own_globals.is_empty()
        && part.elements.is_empty()
        && part.data_segments == 0
        && part.own_tables.len() == 1
        && part.slots.iter().all(Option::is_some)
}
