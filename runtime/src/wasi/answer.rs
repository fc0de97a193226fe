//! Answers made from nothing but a type.

use wasmtime::StoreContextMut;
use wasmtime::component::{Type, Val};

use super::handle;
use crate::host::CallState;

/// Types nest no deeper in WASI; a deeper one is refused rather than followed.
const DEPTH_MAX: usize = 32;
/// Error cases that mean "you may not", best first.
const REFUSALS: [&str; 5] = ["not-permitted", "access-denied", "unsupported", "not-supported", "closed"];

type Store<'a, 'b> = &'a mut StoreContextMut<'b, CallState>;

/// The emptiest value of a type: success, zero, nothing.
pub fn nothing(store: Store<'_, '_>, ty: &Type) -> wasmtime::Result<Val> {
    value(store, ty, DEPTH_MAX)
}

/// An error where the type has one, otherwise the emptiest value.
pub fn refusal(store: Store<'_, '_>, ty: &Type) -> wasmtime::Result<Val> {
    let Type::Result(result) = ty else { return nothing(store, ty) };
    let error = match result.err() {
        None => None,
        Some(error) => Some(Box::new(error_value(store, &error)?)),
    };
    Ok(Val::Result(Err(error)))
}

fn error_value(store: Store<'_, '_>, ty: &Type) -> wasmtime::Result<Val> {
    match ty {
        Type::Enum(cases) => {
            let found = REFUSALS.iter().find(|refusal| cases.names().any(|name| name == **refusal));
            match found {
                Some(name) => Ok(Val::Enum((*name).to_owned())),
                None => nothing(store, ty),
            }
        }
        Type::Variant(cases) => {
            let found =
                REFUSALS.iter().find(|refusal| cases.cases().any(|case| case.name == **refusal && case.ty.is_none()));
            match found {
                Some(name) => Ok(Val::Variant((*name).to_owned(), None)),
                None => nothing(store, ty),
            }
        }
        _ => nothing(store, ty),
    }
}

fn value(store: Store<'_, '_>, ty: &Type, depth: usize) -> wasmtime::Result<Val> {
    if depth == 0 {
        return Err(wasmtime::format_err!("a WASI type nests deeper than {DEPTH_MAX} levels"));
    }
    let depth = depth - 1;
    Ok(match ty {
        Type::Bool => Val::Bool(false),
        Type::U8 => Val::U8(0),
        Type::S8 => Val::S8(0),
        Type::U16 => Val::U16(0),
        Type::S16 => Val::S16(0),
        Type::U32 => Val::U32(0),
        Type::S32 => Val::S32(0),
        Type::U64 => Val::U64(0),
        Type::S64 => Val::S64(0),
        Type::Float32 => Val::Float32(0.0),
        Type::Float64 => Val::Float64(0.0),
        Type::Char => Val::Char('\0'),
        Type::String => Val::String(String::new()),
        Type::List(_) => Val::List(Vec::new()),
        Type::Option(_) => Val::Option(None),
        Type::Flags(_) => Val::Flags(Vec::new()),
        Type::Record(record) => {
            let mut fields = Vec::new();
            for field in record.fields() {
                fields.push((field.name.to_owned(), value(store, &field.ty, depth)?));
            }
            Val::Record(fields)
        }
        Type::Tuple(tuple) => {
            let mut values = Vec::new();
            for ty in tuple.types() {
                values.push(value(store, &ty, depth)?);
            }
            Val::Tuple(values)
        }
        Type::Result(result) => Val::Result(Ok(match result.ok() {
            Some(ty) => Some(Box::new(value(store, &ty, depth)?)),
            None => None,
        })),
        Type::Enum(cases) => Val::Enum(cases.names().next().unwrap_or_default().to_owned()),
        Type::Variant(variant) => {
            let first = variant.cases().next().map(|case| (case.name.to_owned(), case.ty));
            let Some((name, payload)) = first else { return Err(wasmtime::format_err!("a WASI variant has no case")) };
            let payload = match payload {
                Some(ty) => Some(Box::new(value(store, &ty, depth)?)),
                None => None,
            };
            Val::Variant(name, payload)
        }
        Type::Own(_) => handle(store, 0)?,
        other => return Err(wasmtime::format_err!("no WASI answer of type {other:?}")),
    })
}
