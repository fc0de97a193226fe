//! How the core modules of a component are wired: which instance gets what from where.

use std::collections::HashMap;

use wasmparser::{
    BinaryReaderError, CanonicalFunction, CanonicalOption, Chunk, ComponentAlias, ComponentExternalKind,
    ComponentTypeRef, ExternalKind, Instance, Parser, Payload,
};

/// Aliases of aliases are followed so far.
const STEPS_MAX: usize = 64;

/// A core instance.
pub enum CoreInstance<'a> {
    /// Of a module, with an instance for each name that it imports from.
    Of { module: u32, args: HashMap<&'a str, u32> },
    /// Items under names.
    Items(HashMap<&'a str, (ExternalKind, u32)>),
}

/// A core function of the component.
#[derive(Clone, Copy)]
pub enum CoreFunction<'a> {
    /// An instance exports it.
    Export(u32, &'a str),
    /// A function of an imported interface.
    Host {
        interface: &'a str,
        name: &'a str,
    },
    /// Drops a handle of a resource with this name.
    Drop(&'a str),
    Other,
}

/// What a name stands for at its origin.
pub enum Origin<'a> {
    /// An export of an instance of a module.
    Export(u32, &'a str),
    /// A function that no module has.
    Function(CoreFunction<'a>),
}

/// A core function that the component offers, with the functions and the memory that go with it.
pub struct Lift {
    pub function: u32,
    pub post_return: Option<u32>,
    pub realloc: Option<u32>,
}

#[derive(Default)]
pub struct Wiring<'a> {
    pub modules: Vec<&'a [u8]>,
    pub instances: Vec<CoreInstance<'a>>,
    pub lifts: Vec<Lift>,
    /// Names of the imported interfaces.
    pub interfaces: Vec<&'a str>,
    /// Core functions of the component, with the number of instances that there were when each came.
    pub functions: Vec<(CoreFunction<'a>, u32)>,
    tables: Vec<(u32, &'a str)>,
    memories: Vec<(u32, &'a str)>,
    globals: Vec<(u32, &'a str)>,
    host: Host<'a>,
}

/// What the component itself numbers; only what is imported has a name.
#[derive(Default)]
struct Host<'a> {
    instances: Vec<Option<&'a str>>,
    functions: Vec<Option<(&'a str, &'a str)>>,
    types: Vec<Option<&'a str>>,
}

impl<'a> Wiring<'a> {
    /// Reads a valid component. `None` where it has something that its modules may notice and this does not know.
    pub fn read(mut bytes: &'a [u8]) -> Result<Option<Self>, BinaryReaderError> {
        let mut wiring = Self::default();
        let mut parser = Parser::new(0);
        let whole = bytes;
        loop {
            let Chunk::Parsed { consumed, payload } = parser.parse(bytes, true)? else { return Ok(None) };
            bytes = &bytes[consumed..];
            match payload {
                Payload::ModuleSection { unchecked_range, .. } => {
                    wiring.modules.push(&whole[unchecked_range.clone()]);
                    bytes = &bytes[unchecked_range.len()..];
                }
                Payload::ComponentSection { unchecked_range, .. } => {
                    bytes = &bytes[unchecked_range.len()..];
                }
                Payload::ComponentStartSection { .. } => return Ok(None),
                Payload::End(_) => return Ok(Some(wiring)),
                payload => {
                    if !wiring.section(payload)? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    fn section(&mut self, payload: Payload<'a>) -> Result<bool, BinaryReaderError> {
        match payload {
            Payload::InstanceSection(instances) => {
                for instance in instances {
                    self.instances.push(core_instance(instance?));
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    if !self.alias(alias?) {
                        return Ok(false);
                    }
                }
            }
            Payload::ComponentCanonicalSection(functions) => {
                for function in functions {
                    if !self.canonical(function?) {
                        return Ok(false);
                    }
                }
            }
            Payload::ComponentTypeSection(types) => {
                self.host.types.extend(types.into_iter().map(|_| None));
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    let import = import?;
                    match import.ty {
                        ComponentTypeRef::Instance(_) => {
                            self.interfaces.push(import.name.name);
                            self.host.instances.push(Some(import.name.name));
                        }
                        ComponentTypeRef::Type(_) => self.host.types.push(None),
                        ComponentTypeRef::Func(_) => self.host.functions.push(None),
                        _ => return Ok(false),
                    }
                }
            }
            Payload::ComponentInstanceSection(instances) => {
                self.host.instances.extend(instances.into_iter().map(|_| None));
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    match export?.kind {
                        ComponentExternalKind::Instance => self.host.instances.push(None),
                        ComponentExternalKind::Func => self.host.functions.push(None),
                        ComponentExternalKind::Type => self.host.types.push(None),
                        _ => return Ok(false),
                    }
                }
            }
            Payload::CoreTypeSection(_) => return Ok(false),
            _ => {}
        }
        Ok(true)
    }

    fn add(&mut self, function: CoreFunction<'a>) {
        self.functions.push((function, self.instances.len() as u32));
    }

    fn alias(&mut self, alias: ComponentAlias<'a>) -> bool {
        match alias {
            ComponentAlias::CoreInstanceExport { kind, instance_index, name } => match kind {
                ExternalKind::Func => self.add(CoreFunction::Export(instance_index, name)),
                ExternalKind::Table => self.tables.push((instance_index, name)),
                ExternalKind::Memory => self.memories.push((instance_index, name)),
                ExternalKind::Global => self.globals.push((instance_index, name)),
                _ => return false,
            },
            ComponentAlias::InstanceExport { kind, instance_index, name } => {
                let interface = self.host.instances.get(instance_index as usize).copied().flatten();
                match kind {
                    ComponentExternalKind::Func => {
                        self.host.functions.push(interface.map(|interface| (interface, name)))
                    }
                    ComponentExternalKind::Type => self.host.types.push(interface.map(|_| name)),
                    ComponentExternalKind::Instance => self.host.instances.push(None),
                    _ => return false,
                }
            }
            ComponentAlias::Outer { .. } => return false,
        }
        true
    }

    fn canonical(&mut self, function: CanonicalFunction) -> bool {
        let plain = |options: &[CanonicalOption]| {
            let known = |option: &CanonicalOption| {
                use CanonicalOption::{Memory, PostReturn, Realloc, UTF8};
                matches!(option, UTF8 | Memory(_) | Realloc(_) | PostReturn(_))
            };
            options.iter().all(known)
        };
        match function {
            CanonicalFunction::Lift { core_func_index, options, .. } if plain(&options) => {
                let mut lift = Lift { function: core_func_index, post_return: None, realloc: None };
                for option in &options {
                    match option {
                        CanonicalOption::PostReturn(function) => lift.post_return = Some(*function),
                        CanonicalOption::Realloc(function) => lift.realloc = Some(*function),
                        _ => {}
                    }
                }
                self.lifts.push(lift);
                self.host.functions.push(None);
            }
            CanonicalFunction::Lower { func_index, options } if plain(&options) => {
                let host = self.host.functions.get(func_index as usize).copied().flatten();
                let function =
                    host.map_or(CoreFunction::Other, |(interface, name)| CoreFunction::Host { interface, name });
                self.add(function);
            }
            CanonicalFunction::ResourceDrop { resource } => {
                let name = self.host.types.get(resource as usize).copied().flatten();
                self.add(name.map_or(CoreFunction::Other, CoreFunction::Drop));
            }
            _ => return false,
        }
        true
    }

    /// Where a core function of the component comes from.
    pub fn function(&self, index: u32) -> Option<Origin<'a>> {
        match self.functions.get(index as usize)?.0 {
            CoreFunction::Export(instance, name) => self.origin(instance, name, ExternalKind::Func),
            function => Some(Origin::Function(function)),
        }
    }

    /// Where what an instance exports comes from.
    pub fn origin(&self, mut instance: u32, mut name: &'a str, kind: ExternalKind) -> Option<Origin<'a>> {
        for _ in 0..STEPS_MAX {
            let items = match self.instances.get(instance as usize)? {
                CoreInstance::Of { .. } => return Some(Origin::Export(instance, name)),
                CoreInstance::Items(items) => items,
            };
            let index = items.get(name).filter(|(of, _)| *of == kind)?.1 as usize;
            (instance, name) = match kind {
                ExternalKind::Func => match self.functions.get(index)?.0 {
                    CoreFunction::Export(instance, name) => (instance, name),
                    function => return Some(Origin::Function(function)),
                },
                ExternalKind::Table => *self.tables.get(index)?,
                ExternalKind::Memory => *self.memories.get(index)?,
                ExternalKind::Global => *self.globals.get(index)?,
                _ => return None,
            };
        }
        None
    }
}

fn core_instance(instance: Instance<'_>) -> CoreInstance<'_> {
    match instance {
        Instance::Instantiate { module_index, args } => {
            CoreInstance::Of { module: module_index, args: args.iter().map(|arg| (arg.name, arg.index)).collect() }
        }
        Instance::FromExports(exports) => {
            CoreInstance::Items(exports.iter().map(|export| (export.name, (export.kind, export.index))).collect())
        }
    }
}
