use serde::Serialize;

use crate::Result;

/// A value as JSON, in arguments and responses.
pub struct Json<T>(pub T);

/// A type that transaction functions may return.
pub trait Response {
    /// The response's payload.
    fn into_payload(self) -> Result<Vec<u8>>;
}

impl Response for () {
    fn into_payload(self) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }
}

impl Response for Vec<u8> {
    fn into_payload(self) -> Result<Vec<u8>> {
        Ok(self)
    }
}

macro_rules! as_text {
    ($($type:ty),*) => {$(
        impl Response for $type {
            fn into_payload(self) -> Result<Vec<u8>> {
                Ok(self.to_string().into_bytes())
            }
        }
    )*};
}

as_text!(String, &str, bool, i32, i64, u32, u64, f64);

impl<T: Serialize> Response for Json<T> {
    fn into_payload(self) -> Result<Vec<u8>> {
        Ok(serde_json::to_vec(&self.0)?)
    }
}
