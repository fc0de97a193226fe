//! The parts of a component as one module: every import of one part from another becomes the thing itself.

use std::collections::{BTreeMap, HashMap};

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, FunctionSection, GlobalSection, ImportSection, MemorySection, Module, NameMap, NameSection,
    TableSection, TypeSection,
};
use wasmparser::{ExternalKind, Operator, Parser, Payload};

use super::part::Part;
use super::wiring::{CoreFunction, CoreInstance, Origin, Wiring};

/// Why parts stay apart. Nobody sees it: the component then runs as it is.
#[derive(Debug, thiserror::Error)]
#[error("the parts cannot be joined: {0}")]
pub struct Apart(pub &'static str);

pub type Error = reencode::Error<Apart>;

fn apart<T>(why: &'static str) -> Result<T, Error> {
    Err(Error::UserError(Apart(why)))
}

/// Calls are followed through tables so far.
const STEPS_MAX: usize = 16;

/// A function after all imports have been followed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Target<'a> {
    /// Of the part with this number, among its own.
    Own(usize, u32),
    /// An import of the joined module.
    Host(&'a str, &'a str),
}

pub struct Joined<'a> {
    wiring: &'a Wiring<'a>,
    parts: Vec<Part<'a>>,
    /// Instance to part.
    places: HashMap<u32, usize>,
    /// Tables of other parts than the first: filled with functions of these instances.
    slots: HashMap<(usize, u32), (usize, u32)>,
}

impl<'a> Joined<'a> {
    /// Reads all parts.
    pub fn read(wiring: &'a Wiring<'a>) -> Result<Self, Error> {
        let mut parts = Vec::new();
        let mut used = vec![false; wiring.modules.len()];
        for (instance, of) in wiring.instances.iter().enumerate() {
            let CoreInstance::Of { module, .. } = of else { continue };
            let Some(bytes) = wiring.modules.get(*module as usize) else { return apart("a module is missing") };
            if std::mem::replace(&mut used[*module as usize], true) {
                return apart("a module has two instances");
            }
            let Some(part) = Part::read(instance as u32, bytes)? else { return apart("a module is unusual") };
            parts.push(part);
        }
        let places = parts.iter().enumerate().map(|(place, part)| (part.instance, place)).collect();
        let mut joined = Self { wiring, parts, places, slots: HashMap::new() };
        joined.fill_slots()?;
        let home = joined.home();
        for (place, part) in joined.parts.iter_mut().enumerate() {
            if place != home && !part.own_tables.is_empty() {
                part.leave_out();
            }
        }
        Ok(joined)
    }

    /// How many functions are put into tables of other parts when an instance starts.
    pub fn foreign_elements(&self) -> usize {
        self.parts
            .iter()
            .filter(|part| !part.tables.is_empty())
            .flat_map(|part| &part.elements)
            .map(|e| e.2.len())
            .sum()
    }

    fn fill_slots(&mut self) -> Result<(), Error> {
        for place in 0..self.parts.len() {
            for (table, offset, functions) in &self.parts[place].elements {
                let Some((owner, table)) = self.own(place, *table, ExternalKind::Table) else {
                    return apart("a table is unknown");
                };
                let Some(offset) = self.number(place, offset) else { return apart("an offset is not constant") };
                if table != 0 {
                    return apart("a module has two tables");
                }
                for (slot, function) in (offset..).zip(functions) {
                    self.slots.insert((owner, slot), (place, *function));
                }
            }
        }
        Ok(())
    }

    fn origin(&self, place: usize, from: &str, name: &'a str, kind: ExternalKind) -> Option<Origin<'a>> {
        let CoreInstance::Of { args, .. } = self.wiring.instances.get(self.parts[place].instance as usize)? else {
            return None;
        };
        self.wiring.origin(*args.get(from)?, name, kind)
    }

    fn export(&self, instance: u32, name: &str, kind: ExternalKind) -> Option<(usize, u32)> {
        let place = *self.places.get(&instance)?;
        let (of, index) = *self.parts[place].exports.get(name)?;
        (of == kind).then_some((place, index))
    }

    /// Where a table, memory or global is, after imports by one part from another.
    fn own(&self, mut place: usize, mut index: u32, kind: ExternalKind) -> Option<(usize, u32)> {
        for _ in 0..STEPS_MAX {
            let part = &self.parts[place];
            let imports = match kind {
                ExternalKind::Table => &part.tables,
                ExternalKind::Memory => &part.memories,
                ExternalKind::Global => &part.globals,
                _ => return None,
            };
            let Some(import) = imports.get(index as usize) else { return Some((place, index - imports.len() as u32)) };
            let Origin::Export(instance, name) = self.origin(place, import.0, import.1, kind)? else { return None };
            (place, index) = self.export(instance, name, kind)?;
        }
        None
    }

    /// The value of a constant expression that gives a number of 32 bits.
    fn number(&self, place: usize, expression: &wasmparser::ConstExpr<'a>) -> Option<u32> {
        self.number_within(place, expression, STEPS_MAX)
    }

    fn number_within(&self, place: usize, expression: &wasmparser::ConstExpr<'a>, steps: usize) -> Option<u32> {
        let mut stack: Vec<u32> = Vec::new();
        for operator in expression.get_operators_reader() {
            let value = match operator.ok()? {
                Operator::I32Const { value } => value.cast_unsigned(),
                Operator::GlobalGet { global_index } => {
                    let (owner, index) = self.own(place, global_index, ExternalKind::Global)?;
                    let (ty, init) = self.parts[owner].own_globals.get(index as usize)?;
                    if ty.mutable || ty.content_type != wasmparser::ValType::I32 {
                        return None;
                    }
                    self.number_within(owner, init, steps.checked_sub(1)?)?
                }
                Operator::I32Add => stack.pop()?.wrapping_add(stack.pop()?),
                Operator::I32Mul => stack.pop()?.wrapping_mul(stack.pop()?),
                Operator::I32Sub => {
                    let right = stack.pop()?;
                    stack.pop()?.wrapping_sub(right)
                }
                Operator::End => break,
                _ => return None,
            };
            stack.push(value);
        }
        stack.pop()
    }

    /// What calling a function of a part comes to.
    fn target(&self, place: usize, index: u32) -> Option<Target<'a>> {
        // The import that the parts' maker named; functions of the host are known by it.
        let asked = self.parts[place].functions.get(index as usize).map(|import| (import.0, import.1));
        let (mut place, mut index) = (place, index);
        for _ in 0..STEPS_MAX {
            let part = &self.parts[place];
            let Some((from, name, _)) = part.functions.get(index as usize) else {
                let own = index - part.functions.len() as u32;
                // Functions that only call through a table of their own stand for what is there.
                let slot = part.slots.get(own as usize).copied().flatten().filter(|_| part.own_tables.len() == 1);
                match slot.filter(|_| place != self.home()).and_then(|slot| self.slots.get(&(place, slot))) {
                    Some(next) => (place, index) = *next,
                    None if part.left_out => return None,
                    None => return Some(Target::Own(place, own)),
                }
                continue;
            };
            match self.origin(place, from, name, ExternalKind::Func)? {
                Origin::Export(instance, name) => (place, index) = self.export(instance, name, ExternalKind::Func)?,
                Origin::Function(function) => return self.host(function, asked?),
            }
        }
        None
    }

    fn host(&self, function: CoreFunction<'a>, (from, name): (&'a str, &'a str)) -> Option<Target<'a>> {
        let interface = match function {
            CoreFunction::Host { interface, name: true_name } if true_name == name && is_as(interface, from) => {
                interface
            }
            CoreFunction::Drop(resource) if name.strip_prefix("[resource-drop]") == Some(resource) => {
                self.wiring.interfaces.iter().find(|interface| is_as(interface, from))?
            }
            _ => return None,
        };
        Some(Target::Host(interface, name))
    }

    /// The part whose memory and table all share: the first with a memory.
    fn home(&self) -> usize {
        self.parts.iter().position(|part| !part.own_memories.is_empty()).unwrap_or(0)
    }

    /// Makes the module.
    pub fn module(&self) -> Result<Vec<u8>, Error> {
        let home = self.home();
        let one_each = |part: &Part<'_>| part.own_memories.len() == 1 && part.own_tables.len() == 1;
        if !self.parts.get(home).is_some_and(one_each) {
            return apart("no part has the memory and the table");
        }
        let mut numbers = Numbers::of(self);
        let mut sections = Sections::default();
        for (target, ty) in &numbers.hosts {
            let Target::Host(interface, name) = target else { continue };
            sections.imports.import(interface, name, EntityType::Function(*ty));
        }
        self.exports(&numbers, &mut sections.exports)?;
        for place in 0..self.parts.len() {
            numbers.place = place;
            if !self.parts[place].left_out {
                sections.add(self, &mut numbers)?;
            }
        }
        Ok(sections.finish(self))
    }

    /// What the component lifts, and what goes with it, under the names that it had.
    fn exports(&self, numbers: &Numbers<'a, '_>, exports: &mut ExportSection) -> Result<(), Error> {
        let mut named: BTreeMap<&str, u32> = BTreeMap::new();
        for lift in &self.wiring.lifts {
            let Some(realloc) = lift.realloc else { return apart("a function needs no memory") };
            for (function, name) in
                [(Some(lift.function), None), (lift.post_return, None), (Some(realloc), Some("cabi_realloc"))]
            {
                let Some(function) = function else { continue };
                let Some(Origin::Export(instance, own_name)) = self.wiring.function(function) else {
                    return apart("a function is no module's");
                };
                let number = self
                    .export(instance, own_name, ExternalKind::Func)
                    .and_then(|(place, index)| self.target(place, index))
                    .and_then(|target| numbers.of_target(target));
                let Some(number) = number else { return apart("a function is unknown") };
                if named.insert(name.unwrap_or(own_name), number).is_some_and(|other| other != number) {
                    return apart("two functions have one name");
                }
            }
        }
        for (name, number) in &named {
            exports.export(name, ExportKind::Func, *number);
        }
        exports.export("memory", ExportKind::Memory, 0);
        Ok(())
    }
}

/// Whether two names are of one interface, in versions of which one does for the other: `0.2.0` and `0.2.12`.
fn is_as(interface: &str, other: &str) -> bool {
    let parts = |name: &'_ str| {
        let (name, version) = name.split_once('@').unwrap_or((name, ""));
        let line: Vec<&str> = version.split('.').take(2).collect();
        (name.to_owned(), line.join("."))
    };
    parts(interface) == parts(other)
}

/// The numbers that things of a part have in the joined module.
struct Numbers<'a, 'j> {
    joined: &'j Joined<'a>,
    place: usize,
    first_types: Vec<u32>,
    first_functions: Vec<u32>,
    first_globals: Vec<u32>,
    first_data: Vec<u32>,
    /// What each part's imported functions are; nothing for those that lead nowhere.
    imported: Vec<Vec<Option<u32>>>,
    /// Imports, in order, with their types.
    hosts: BTreeMap<Target<'a>, u32>,
}

impl<'a, 'j> Numbers<'a, 'j> {
    fn of(joined: &'j Joined<'a>) -> Self {
        let firsts = |mut next: u32, count: fn(&Part<'_>) -> u32| {
            let first = |part: &Part<'_>| {
                next += count(part);
                next - count(part)
            };
            joined.parts.iter().map(first).collect::<Vec<u32>>()
        };
        let first_types = firsts(0, |part| part.types);
        let mut hosts = BTreeMap::new();
        for (place, part) in joined.parts.iter().enumerate() {
            for (index, (_, _, ty)) in part.functions.iter().enumerate() {
                if let Some(target @ Target::Host(..)) = joined.target(place, index as u32) {
                    hosts.entry(target).or_insert(first_types[place] + ty);
                }
            }
        }
        let mut numbers = Self {
            joined,
            place: 0,
            first_functions: firsts(hosts.len() as u32, |part| part.own_functions),
            first_globals: firsts(0, |part| part.own_globals.len() as u32),
            first_data: firsts(0, |part| part.data_segments),
            first_types,
            imported: Vec::new(),
            hosts,
        };
        let imports = |(place, part): (usize, &Part<'a>)| {
            let targets = (0..part.functions.len() as u32).map(|index| joined.target(place, index));
            targets.map(|target| target.and_then(|target| numbers.of_target(target))).collect()
        };
        let imported: Vec<Vec<Option<u32>>> = joined.parts.iter().enumerate().map(imports).collect();
        numbers.imported = imported;
        numbers
    }

    fn of_target(&self, target: Target<'a>) -> Option<u32> {
        match target {
            Target::Own(place, index) => Some(self.first_functions[place] + index),
            Target::Host(..) => self.hosts.keys().position(|host| *host == target).map(|place| place as u32),
        }
    }
}

impl Reencode for Numbers<'_, '_> {
    type Error = Apart;

    fn type_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.first_types[self.place] + index)
    }

    fn function_index(&mut self, index: u32) -> Result<u32, Error> {
        let imported = &self.imported[self.place];
        match imported.get(index as usize) {
            Some(Some(function)) => Ok(*function),
            Some(None) => apart("a call leads nowhere"),
            None => Ok(self.first_functions[self.place] + index - imported.len() as u32),
        }
    }

    fn global_index(&mut self, index: u32) -> Result<u32, Error> {
        let global = self.joined.own(self.place, index, ExternalKind::Global);
        global.map_or_else(|| apart("a global is unknown"), |(place, index)| Ok(self.first_globals[place] + index))
    }

    fn table_index(&mut self, index: u32) -> Result<u32, Error> {
        match self.joined.own(self.place, index, ExternalKind::Table) {
            Some((place, 0)) if place == self.joined.home() => Ok(0),
            _ => apart("a second table is used"),
        }
    }

    fn memory_index(&mut self, index: u32) -> Result<u32, Error> {
        match self.joined.own(self.place, index, ExternalKind::Memory) {
            Some((place, 0)) if place == self.joined.home() => Ok(0),
            _ => apart("a second memory is used"),
        }
    }

    fn data_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.first_data[self.place] + index)
    }

    fn element_index(&mut self, _: u32) -> Result<u32, Error> {
        apart("segments of elements are used")
    }

    fn const_expr(&mut self, expression: wasmparser::ConstExpr<'_>) -> Result<ConstExpr, Error> {
        // Globals of the module itself may not stand in one.
        match self.joined.number(self.place, &expression) {
            Some(number) => Ok(ConstExpr::i32_const(number.cast_signed())),
            None => reencode::utils::const_expr(self, expression),
        }
    }
}

/// Sections in the making.
#[derive(Default)]
struct Sections {
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    tables: TableSection,
    memories: MemorySection,
    globals: GlobalSection,
    exports: ExportSection,
    elements: ElementSection,
    code: CodeSection,
    data: DataSection,
    names: NameMap,
}

impl Sections {
    fn add(&mut self, joined: &Joined<'_>, numbers: &mut Numbers<'_, '_>) -> Result<(), Error> {
        let part = &joined.parts[numbers.place];
        let is_home = numbers.place == joined.home();
        for payload in Parser::new(0).parse_all(part.bytes) {
            match payload? {
                Payload::TypeSection(section) => numbers.parse_type_section(&mut self.types, section)?,
                Payload::FunctionSection(section) => numbers.parse_function_section(&mut self.functions, section)?,
                Payload::TableSection(section) if is_home => numbers.parse_table_section(&mut self.tables, section)?,
                Payload::MemorySection(section) if is_home => {
                    numbers.parse_memory_section(&mut self.memories, section)?;
                }
                Payload::GlobalSection(section) => numbers.parse_global_section(&mut self.globals, section)?,
                Payload::CodeSectionEntry(body) => numbers.parse_function_body(&mut self.code, body)?,
                Payload::DataSection(section) => numbers.parse_data_section(&mut self.data, section)?,
                _ => {}
            }
        }
        for (table, offset, functions) in &part.elements {
            // Other tables have been followed to what is in them.
            if joined.own(numbers.place, *table, ExternalKind::Table) == Some((joined.home(), 0))
                && !functions.is_empty()
            {
                let Some(offset) = joined.number(numbers.place, offset) else {
                    return apart("an offset is not constant");
                };
                let functions = functions.iter().map(|function| numbers.function_index(*function));
                let functions: Vec<u32> = functions.collect::<Result<_, _>>()?;
                let offset = ConstExpr::i32_const(offset.cast_signed());
                self.elements.active(None, &offset, Elements::Functions(functions.into()));
            }
        }
        for (function, name) in &part.names {
            if let Some(own) = function.checked_sub(part.functions.len() as u32) {
                self.names.append(numbers.first_functions[numbers.place] + own, name);
            }
        }
        Ok(())
    }

    fn finish(self, joined: &Joined<'_>) -> Vec<u8> {
        let mut module = Module::new();
        module.section(&self.types).section(&self.imports).section(&self.functions).section(&self.tables);
        module.section(&self.memories).section(&self.globals).section(&self.exports).section(&self.elements);
        let data_segments = joined.parts.iter().map(|part| part.data_segments).sum();
        module.section(&DataCountSection { count: data_segments }).section(&self.code).section(&self.data);
        let mut names = NameSection::new();
        names.functions(&self.names);
        module.section(&names);
        module.finish()
    }
}
