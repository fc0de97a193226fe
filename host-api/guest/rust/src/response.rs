use serde::Serialize;

use crate::Result;

/// A value as JSON, in arguments and responses.
pub struct Json<T>(pub T);

/// A type that transaction functions may return.
pub trait Response {
    /// The type's name in the contract's metadata, such as `String`, `i64`, `Vec<u8>` or `Json`; empty where nothing is returned,
    /// or nothing is told about it.
    const TYPE: &'static str = "";
    /// The response's payload.
    fn into_payload(self) -> Result<Vec<u8>>;
}

impl Response for () {
    fn into_payload(self) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }
}

impl Response for Vec<u8> {
    const TYPE: &'static str = "Vec<u8>";

    fn into_payload(self) -> Result<Vec<u8>> {
        Ok(self)
    }
}

macro_rules! as_text {
    ($($type:ty: $name:literal),*) => {$(
        impl Response for $type {
            const TYPE: &'static str = $name;

            fn into_payload(self) -> Result<Vec<u8>> {
                Ok(self.to_string().into_bytes())
            }
        }
    )*};
}

as_text!(
    String: "String", &str: "&str", bool: "bool", i32: "i32", i64: "i64", u32: "u32", u64: "u64", f64: "f64"
);

impl<T: Serialize> Response for Json<T> {
    const TYPE: &'static str = "Json";

    fn into_payload(self) -> Result<Vec<u8>> {
        Ok(serde_json::to_vec(&self.0)?)
    }
}
