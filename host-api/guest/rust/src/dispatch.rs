use std::marker::PhantomData;
use std::panic::PanicHookInfo;

use crate::bindings::exports::fabric::chaincode::contract::Guest;
use crate::bindings::fabric::chaincode::diagnostics;
use crate::{Context, Error, Result};

/// What [`contract!`](crate::contract) makes of a list of functions.
pub trait Contract {
    /// Runs one function.
    fn call(context: &Context, function: &str, args: Vec<Vec<u8>>) -> Result<Vec<u8>>;
}

/// The exported interface over a contract.
pub struct Entry<C>(PhantomData<C>);

impl<C: Contract> Guest for Entry<C> {
    fn init(function: String, args: Vec<Vec<u8>>) -> std::result::Result<Vec<u8>, String> {
        Self::invoke(function, args)
    }

    fn invoke(function: String, args: Vec<Vec<u8>>) -> std::result::Result<Vec<u8>, String> {
        std::panic::set_hook(Box::new(tell_host));
        C::call(&Context::new(), &function, args).map_err(Error::into)
    }
}

/// A panic would otherwise be an `unreachable` without a word.
fn tell_host(panic: &PanicHookInfo<'_>) {
    let payload = panic.payload();
    let text = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text.as_str(),
        _ => "no message",
    };
    match panic.location() {
        Some(place) => diagnostics::abort(&format!("{text}, {}:{}:{}", place.file(), place.line(), place.column())),
        None => diagnostics::abort(text),
    }
}

/// Lists a contract's functions: `submit` for those that write, `evaluate` for those that only read.
///
/// ```ignore
/// contract! {
///     submit CreateAsset => create_asset(id: String, size: i64);
///     evaluate ReadAsset => read_asset(id: String);
/// }
/// ```
///
/// Each name stands for a Rust function that takes `&Context` and the listed arguments and returns
/// [`Result`] of a [`Response`](crate::Response). The list also goes into the file, so that it can be shown without running it.
#[macro_export]
macro_rules! contract {
    ($(
        $(#[$doc:meta])*
        $kind:ident $name:ident => $handler:ident(
            $($first:ident: $first_type:ty $(, $arg:ident: $type:ty)* $(,)?)?
        );
    )*) => {
        const _: () = {
            struct ThisContract;

            impl $crate::Contract for ThisContract {
                fn call(context: &$crate::Context, function: &str, args: Vec<Vec<u8>>) -> $crate::Result<Vec<u8>> {
                    $(
                        if function == stringify!($name) {
                            const EXPECTED: &[&str] =
                                &[$(stringify!($first) $(, stringify!($arg))*)?];
                            #[allow(unused_mut, unused_variables)]
                            let mut args = $crate::Arguments::new(args, EXPECTED.len())?;
                            $(
                                let $first: $first_type = args.next(stringify!($first))?;
                                $(let $arg: $type = args.next(stringify!($arg))?;)*
                            )?
                            let result = $handler(context $(, $first $(, $arg)*)?)?;
                            return $crate::Response::into_payload(result);
                        }
                    )*
                    Err(format!("Function {function} not found in contract").into())
                }
            }

            type ThisEntry = $crate::Entry<ThisContract>;
            $crate::bindings::export!(ThisEntry with_types_in $crate::bindings);

            const FUNCTIONS: &str = concat!($(
                stringify!($kind), " ", stringify!($name), "(",
                $(
                    stringify!($first), ": ", stringify!($first_type),
                    $(", ", stringify!($arg), ": ", stringify!($type),)*
                )?
                ")\n",
            )*);

            #[used]
            #[cfg_attr(target_family = "wasm", unsafe(link_section = "fabric:chaincode/functions"))]
            static SECTION: [u8; FUNCTIONS.len()] = match FUNCTIONS.as_bytes().first_chunk() {
                Some(bytes) => *bytes,
                None => unreachable!(),
            };
        };
    };
}
