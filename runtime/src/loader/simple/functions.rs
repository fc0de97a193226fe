//! The functions of the simple interface, made from the WIT package, and where the parts of their results lie in memory.
//!
//! Parameters are those of the component model's canonical ABI: a text or a list is a pointer and a length, a list of texts
//! points to pairs of these.

use wasmparser::ValType;
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Handle, Int, Resolve, SizeAlign, Type, TypeDefKind, TypeId, WorldId, WorldItem};

/// Functions of this interface would be called `id` or `subject` alone.
const PREFIXED: (&str, &str) = ("client-identity", "client_");

/// One function.
pub struct Function {
    /// Its name for contracts.
    pub name: String,
    /// The interface and the name by which the component model knows it.
    pub import: (String, String),
    pub params: Vec<ValType>,
    /// Nothing for functions without a result.
    pub result: Option<Shape>,
}

/// A result in memory.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    pub size: u32,
    /// Where the first byte says 1 for an error: offset of what is in either case.
    pub fallible: Option<u32>,
    /// Offset of the byte that says whether there is a value.
    pub optional: Option<u32>,
    pub leaves: Vec<Leaf>,
    /// The last part, when it is a list.
    pub list: Option<List>,
}

/// Pointer and length of a list, and where the parts of its elements lie.
#[derive(Debug, PartialEq, Eq)]
pub struct List {
    pub offset: u32,
    pub element_size: u32,
    pub leaves: Vec<Leaf>,
}

/// What goes into one register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    pub offset: u32,
    pub kind: LeafKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeafKind {
    /// Pointer and length.
    Bytes,
    /// A byte that says whether there is a value; pointer and length lie at the second offset.
    OptionalBytes(u32),
    U8,
    U32,
    S32,
    S64,
}

/// All functions a contract may import that stand for functions of the world.
pub fn all(resolve: &Resolve, world: WorldId) -> Vec<Function> {
    let mut sizes = SizeAlign::default();
    sizes.fill(resolve);
    let layout = Layout { resolve, sizes };
    let mut functions = Vec::new();
    for (key, item) in &resolve.worlds[world].imports {
        let WorldItem::Interface { id, .. } = item else { continue };
        let interface = &resolve.interfaces[*id];
        let module = resolve.name_world_key(key);
        let prefix = if interface.name.as_deref() == Some(PREFIXED.0) { PREFIXED.1 } else { "" };
        for (name, function) in &interface.functions {
            let signature = resolve.wasm_signature(AbiVariant::GuestImport, function);
            let mut params: Vec<ValType> = signature.params.iter().map(core_type).collect();
            if signature.retptr {
                params.pop();
            }
            let plain = name.strip_prefix("[method]").unwrap_or(name);
            functions.push(Function {
                name: format!("{prefix}{}", plain.replace(['-', '.'], "_")),
                import: (module.clone(), name.clone()),
                params,
                result: function.result.as_ref().map(|ty| layout.shape(ty)),
            });
        }
        for (name, id) in &interface.types {
            if matches!(resolve.types[*id].kind, TypeDefKind::Resource) {
                functions.push(Function {
                    name: format!("{}_close", name.replace('-', "_")),
                    import: (module.clone(), format!("[resource-drop]{name}")),
                    params: vec![ValType::I32],
                    result: None,
                });
            }
        }
    }
    functions
}

fn core_type(ty: &WasmType) -> ValType {
    match ty {
        WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
        WasmType::F32 => ValType::F32,
        WasmType::F64 => ValType::F64,
        WasmType::I32 | WasmType::Pointer | WasmType::Length => ValType::I32,
    }
}

struct Layout<'a> {
    resolve: &'a Resolve,
    sizes: SizeAlign,
}

impl Layout<'_> {
    fn shape(&self, ty: &Type) -> Shape {
        let size = self.sizes.size(ty).size_wasm32() as u32;
        let (mut ty, mut offset) = (*ty, 0);
        let (mut fallible, mut optional) = (None, None);
        if let Some(TypeDefKind::Result(result)) = self.kind(&ty) {
            offset = self.payload([result.ok.as_ref(), result.err.as_ref()]);
            fallible = Some(offset);
            let Some(ok) = result.ok else {
                return Shape { size, fallible, optional, leaves: Vec::new(), list: None };
            };
            ty = ok;
        }
        if let Some(TypeDefKind::Option(some)) = self.kind(&ty) {
            optional = Some(offset);
            offset += self.payload([None, Some(some)]);
            ty = *some;
        }
        let (mut leaves, mut list) = (Vec::new(), None);
        self.collect(&ty, offset, &mut leaves, &mut list);
        Shape { size, fallible, optional, leaves, list }
    }

    fn payload<const N: usize>(&self, cases: [Option<&Type>; N]) -> u32 {
        self.sizes.payload_offset(Int::U8, cases).size_wasm32() as u32
    }

    /// The kind of a defined type, behind its aliases.
    fn kind(&self, ty: &Type) -> Option<&TypeDefKind> {
        let Type::Id(id) = ty else { return None };
        match self.follow(*id) {
            TypeDefKind::Type(ty) => self.kind(ty),
            kind => Some(kind),
        }
    }

    fn follow(&self, id: TypeId) -> &TypeDefKind {
        &self.resolve.types[id].kind
    }

    fn collect(&self, ty: &Type, offset: u32, leaves: &mut Vec<Leaf>, list: &mut Option<List>) {
        let mut leaf = |kind| leaves.push(Leaf { offset, kind });
        match (ty, self.kind(ty)) {
            (Type::String, _) | (_, Some(TypeDefKind::List(Type::U8))) => leaf(LeafKind::Bytes),
            (Type::Bool | Type::U8, _) | (_, Some(TypeDefKind::Enum(_))) => leaf(LeafKind::U8),
            (Type::U32, _) | (_, Some(TypeDefKind::Handle(Handle::Own(_)))) => leaf(LeafKind::U32),
            (Type::S32, _) => leaf(LeafKind::S32),
            (Type::S64 | Type::U64, _) => leaf(LeafKind::S64),
            (_, Some(TypeDefKind::Option(some))) => leaf(LeafKind::OptionalBytes(self.payload([None, Some(some)]))),
            (_, Some(TypeDefKind::Record(record))) => {
                self.fields(record.fields.iter().map(|field| &field.ty), offset, leaves, list);
            }
            (_, Some(TypeDefKind::Tuple(tuple))) => self.fields(&tuple.types, offset, leaves, list),
            (_, Some(TypeDefKind::List(element))) => {
                let mut parts = Vec::new();
                self.collect(element, 0, &mut parts, &mut None);
                let element_size = self.sizes.size(element).size_wasm32() as u32;
                *list = Some(List { offset, element_size, leaves: parts });
            }
            (other, _) => unreachable!("the WIT package has no {other:?} in a result: the test below reads all of it"),
        }
    }

    fn fields<'t>(
        &self,
        types: impl IntoIterator<Item = &'t Type>,
        offset: u32,
        leaves: &mut Vec<Leaf>,
        list: &mut Option<List>,
    ) {
        for (at, ty) in self.sizes.field_offsets(types) {
            self.collect(ty, offset + at.size_wasm32() as u32, leaves, list);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::contract_world;
    use LeafKind::*;

    #[test]
    fn the_whole_package_has_a_layout() {
        let (resolve, world) = contract_world();
        let functions = all(&resolve, world);
        let find = |name: &str| functions.iter().find(|function| function.name == name).unwrap();
        let leaf = |offset, kind| Leaf { offset, kind };

        let get = find("get_state");
        assert_eq!(get.params, [ValType::I32; 2]);
        let expected =
            Shape { size: 16, fallible: Some(4), optional: Some(4), leaves: vec![leaf(8, Bytes)], list: None };
        assert_eq!(get.result.as_ref(), Some(&expected));
        let many = find("get_states").result.as_ref().unwrap().list.as_ref().unwrap();
        assert_eq!(*many, List { offset: 4, element_size: 12, leaves: vec![leaf(0, OptionalBytes(4))] });
        let modification = find("history_iterator_next").result.as_ref().unwrap();
        assert_eq!(modification.leaves, [leaf(16, Bytes), leaf(24, Bytes), leaf(32, S64), leaf(40, U32), leaf(48, U8)]);
        assert_eq!(find("tx_timestamp").result.as_ref().unwrap().leaves, [leaf(0, S64), leaf(8, U32)]);
        assert_eq!(find("client_id").result.as_ref().unwrap().leaves, [leaf(4, Bytes)]);
        assert!(find("log").result.is_none());
        assert_eq!(find("state_iterator_close").params, [ValType::I32]);
        assert_eq!(find("invoke_chaincode").params, [ValType::I32; 6]);

        let mut names: Vec<&str> = functions.iter().map(|function| function.name.as_str()).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "two functions have the same name: {names:?}");
    }
}
