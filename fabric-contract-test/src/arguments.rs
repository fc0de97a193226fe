//! Arguments as tests write them, and as contracts get them.

use fabric_contract::Json;
use serde::Serialize;

/// A value that can be an argument: text and bytes as they are, numbers and `bool` as text, [`Json`] as JSON.
pub trait Argument {
    /// What the contract gets.
    fn bytes(&self) -> Vec<u8>;
}

/// All arguments of a call but the function's name: a tuple, such as `("asset1", 5)`, `("asset1",)` or `()`, or a list of equal
/// ones.
pub trait Arguments {
    /// What the contract gets.
    fn list(&self) -> Vec<Vec<u8>>;
}

macro_rules! as_text {
    ($($type:ty),*) => {$(
        impl Argument for $type {
            fn bytes(&self) -> Vec<u8> {
                self.to_string().into_bytes()
            }
        }
    )*};
}

as_text!(String, str, bool, i32, i64, u32, u64, f64);

impl Argument for Vec<u8> {
    fn bytes(&self) -> Vec<u8> {
        self.clone()
    }
}

impl Argument for [u8] {
    fn bytes(&self) -> Vec<u8> {
        self.to_vec()
    }
}

impl<const N: usize> Argument for [u8; N] {
    fn bytes(&self) -> Vec<u8> {
        self.to_vec()
    }
}

impl<T: Serialize> Argument for Json<T> {
    fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&self.0).expect("a value of a test can be written as JSON")
    }
}

impl<A: Argument + ?Sized> Argument for &A {
    fn bytes(&self) -> Vec<u8> {
        (**self).bytes()
    }
}

impl<A: Argument> Arguments for &[A] {
    fn list(&self) -> Vec<Vec<u8>> {
        self.iter().map(Argument::bytes).collect()
    }
}

impl<A: Argument> Arguments for Vec<A> {
    fn list(&self) -> Vec<Vec<u8>> {
        self.as_slice().list()
    }
}

impl Arguments for () {
    fn list(&self) -> Vec<Vec<u8>> {
        Vec::new()
    }
}

macro_rules! tuples {
    ($($($name:ident)+;)*) => {$(
        impl<$($name: Argument),+> Arguments for ($($name,)+) {
            #[allow(non_snake_case, reason = "types and values have the same names here")]
            fn list(&self) -> Vec<Vec<u8>> {
                let ($($name,)+) = self;
                vec![$($name.bytes()),+]
            }
        }
    )*};
}

tuples! { A; A B; A B C; A B C D; A B C D E; A B C D E F; A B C D E F G; A B C D E F G H; }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_what_contracts_read() {
        let all = ("a", String::from("b"), 5, -1_i64, true, 2.5, b"\xff", Json([1, 2])).list();
        let expected: [&[u8]; 8] = [b"a", b"b", b"5", b"-1", b"true", b"2.5", b"\xff", b"[1,2]"];
        assert_eq!(all, expected);
        assert_eq!(vec!["x", "y"].list(), [b"x", b"y"]);
        assert!(().list().is_empty());
    }
}
