use serde::de::DeserializeOwned;

use crate::{Error, Json, Result};

/// The arguments of a call, taken one after the other.
pub struct Arguments {
    values: std::vec::IntoIter<Vec<u8>>,
}

impl Arguments {
    /// The arguments after the function's name, which must be `expected` many.
    pub fn new(values: Vec<Vec<u8>>, expected: usize) -> Result<Self> {
        if values.len() != expected {
            let received = values.len();
            return Err(format!("Incorrect number of params. Expected {expected}, received {received}").into());
        }
        Ok(Self { values: values.into_iter() })
    }

    /// The next argument, which the error calls `name`.
    pub fn next<T: Argument>(&mut self, name: &str) -> Result<T> {
        let value = self.values.next().unwrap_or_default();
        T::parse(value).map_err(|value| {
            let trouble = match std::str::from_utf8(&value) {
                Ok(shown) => format!("Cannot convert passed value {shown} to {}", T::KIND),
                Err(_) => "Passed value is not valid UTF-8".to_owned(),
            };
            Error::from(format!("Error managing parameter {name}. {trouble}"))
        })
    }
}

/// A type that arguments of transaction functions may have.
pub trait Argument: Sized {
    /// What an argument must be, for error texts.
    const KIND: &'static str;
    /// Reads an argument, or hands it back.
    fn parse(value: Vec<u8>) -> std::result::Result<Self, Vec<u8>>;
}

impl Argument for Vec<u8> {
    const KIND: &'static str = "bytes";
    fn parse(value: Vec<u8>) -> std::result::Result<Self, Vec<u8>> {
        Ok(value)
    }
}

impl Argument for String {
    const KIND: &'static str = "text";
    fn parse(value: Vec<u8>) -> std::result::Result<Self, Vec<u8>> {
        String::from_utf8(value).map_err(|error| error.into_bytes())
    }
}

macro_rules! parsed {
    ($($type:ty: $kind:literal),*) => {$(
        impl Argument for $type {
            const KIND: &'static str = $kind;
            fn parse(value: Vec<u8>) -> std::result::Result<Self, Vec<u8>> {
                std::str::from_utf8(&value).ok().and_then(|text| text.parse().ok()).ok_or(value)
            }
        }
    )*};
}

parsed!(i32: "integer", i64: "integer", u32: "integer", u64: "integer", f64: "number", bool: "boolean");

impl<T: DeserializeOwned> Argument for Json<T> {
    const KIND: &'static str = "JSON";
    fn parse(value: Vec<u8>) -> std::result::Result<Self, Vec<u8>> {
        serde_json::from_slice(&value).map(Json).map_err(|_| value)
    }
}
