use std::fmt;

/// Why a transaction function refuses. The text becomes the response's message at the client.
#[derive(Debug)]
pub struct Error(String);

/// The result of a transaction function.
pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Error {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Error {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

macro_rules! from_errors {
    ($($type:ty),*) => {$(
        impl From<$type> for Error {
            fn from(error: $type) -> Self {
                Self(error.to_string())
            }
        }
    )*};
}

from_errors!(
    serde_json::Error,
    std::num::ParseIntError,
    std::num::ParseFloatError,
    std::str::Utf8Error,
    std::string::FromUtf8Error
);

impl From<Error> for String {
    fn from(error: Error) -> Self {
        error.0
    }
}
