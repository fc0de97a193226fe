//! The component around the merged module.

use wasm_encoder::reencode::{Reencode, ReencodeComponent, component_utils};
use wasm_encoder::{
    CanonicalFunctionSection, Component, ComponentAliasSection, ComponentSectionId, InstanceSection, RawSection,
};
use wasmparser::{
    CanonicalFunction, Chunk, ComponentAlias, ComponentOuterAliasKind, Export, ExternalKind, Instance,
    InstanceSectionReader, Parser, Payload,
};

use super::{Apart, Error, Plan, apart};

struct Rewiring<'a, 'p> {
    plan: &'p Plan<'a>,
    /// How many of each have come by.
    modules: u32,
    instances: u32,
    functions: usize,
}

/// Writes it.
pub fn rewired(plan: &Plan<'_>, whole: &[u8], merged: &[u8]) -> Result<Vec<u8>, Error> {
    let mut rewiring = Rewiring { plan, modules: 0, instances: 0, functions: 0 };
    let mut component = Component::new();
    let mut parser = Parser::new(0);
    let mut bytes = whole;
    loop {
        let Chunk::Parsed { consumed, payload } = parser.parse(bytes, true)? else { return apart("it is cut off") };
        bytes = &bytes[consumed..];
        if let Payload::ModuleSection { unchecked_range, .. } | Payload::ComponentSection { unchecked_range, .. } =
            &payload
        {
            bytes = &bytes[unchecked_range.len()..];
        }
        if let Payload::End(_) = payload {
            return Ok(component.finish());
        }
        rewiring.section(&mut component, payload, whole, merged)?;
    }
}

impl Rewiring<'_, '_> {
    fn section(
        &mut self,
        component: &mut Component,
        payload: Payload<'_>,
        whole: &[u8],
        merged: &[u8],
    ) -> Result<(), Error> {
        match payload {
            Payload::ModuleSection { unchecked_range, .. } => {
                let module = match self.modules {
                    index if index == self.plan.shim.module => None,
                    index if index == self.plan.main.module => Some(merged),
                    _ => Some(&whole[unchecked_range]),
                };
                self.modules += 1;
                if let Some(data) = module {
                    component.section(&RawSection { id: ComponentSectionId::CoreModule.into(), data });
                }
            }
            Payload::InstanceSection(section) => {
                let mut instances = InstanceSection::new();
                self.parse_instance_section(&mut instances, section)?;
                component.section(&instances);
            }
            Payload::ComponentAliasSection(section) => {
                let mut aliases = ComponentAliasSection::new();
                for alias in section {
                    self.alias(&mut aliases, alias?)?;
                }
                component.section(&aliases);
            }
            Payload::ComponentCanonicalSection(section) => {
                let mut functions = CanonicalFunctionSection::new();
                for function in section {
                    let function = function?;
                    self.functions += usize::from(!matches!(function, CanonicalFunction::Lift { .. }));
                    self.parse_component_canonical(&mut functions, function)?;
                }
                component.section(&functions);
            }
            Payload::ComponentSection { ref unchecked_range, .. }
                if takes_modules(&whole[unchecked_range.clone()])? =>
            {
                return apart("a component within it counts its modules");
            }
            // Nothing in there is for the engine.
            Payload::CustomSection(_) => {}
            payload => {
                if let Some((id, range)) = payload.as_section() {
                    component.section(&RawSection { id, data: &whole[range] });
                }
            }
        }
        Ok(())
    }

    fn alias(&mut self, aliases: &mut ComponentAliasSection, alias: ComponentAlias<'_>) -> Result<(), Error> {
        if let ComponentAlias::CoreInstanceExport { kind: ExternalKind::Func, .. } = alias {
            let stays = self.plan.functions.get(self.functions).is_some_and(Option::is_some);
            self.functions += 1;
            if !stays {
                return Ok(());
            }
        }
        aliases.alias(component_utils::component_alias(self, alias)?);
        Ok(())
    }
}

/// Whether a component within another takes modules of that by their numbers.
fn takes_modules(component: &[u8]) -> Result<bool, Error> {
    for payload in Parser::new(0).parse_all(component) {
        let Payload::ComponentAliasSection(aliases) = payload? else { continue };
        for alias in aliases {
            if matches!(alias?, ComponentAlias::Outer { kind: ComponentOuterAliasKind::CoreModule, .. }) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

impl Reencode for Rewiring<'_, '_> {
    type Error = Apart;

    fn function_index(&mut self, index: u32) -> Result<u32, Error> {
        match self.plan.functions.get(index as usize) {
            Some(Some(function)) => Ok(*function),
            _ => apart("more than its module uses the shim"),
        }
    }
}

impl ReencodeComponent for Rewiring<'_, '_> {
    fn module_index(&mut self, index: u32) -> u32 {
        index - u32::from(index > self.plan.shim.module)
    }

    fn instance_index(&mut self, index: u32) -> u32 {
        self.plan.instance(index)
    }

    fn parse_instance_section(
        &mut self,
        instances: &mut InstanceSection,
        section: InstanceSectionReader<'_>,
    ) -> Result<(), Error> {
        for instance in section {
            let mut instance = instance?;
            if let Instance::FromExports(exports) = &mut instance {
                let stays = |export: &Export<'_>| {
                    export.kind != ExternalKind::Func
                        || self.plan.functions.get(export.index as usize).is_some_and(Option::is_some)
                };
                *exports = exports.iter().copied().filter(stays).collect();
            }
            if self.instances != self.plan.shim.instance {
                component_utils::parse_instance(self, instances, instance)?;
            }
            self.instances += 1;
        }
        Ok(())
    }
}
