use std::marker::PhantomData;
use std::panic::PanicHookInfo;

use crate::bindings::exports::fabric::chaincode::contract::Guest;
use crate::host::diagnostics;
use crate::{Context, Declaration, Error, Result};

/// What [`contract!`](crate::contract) makes of a list of functions.
pub trait Contract {
    /// The list that goes into the file.
    const LIST: &'static [Declaration];

    /// Runs before every function.
    fn before(context: &Context, function: &str) -> Result<()>;

    /// Runs after every function that succeeded.
    fn after(context: &Context, function: &str, payload: &[u8]) -> Result<()>;

    /// Runs a function of the list; none where the list does not have it.
    fn listed(context: &Context, function: &str, args: Vec<Vec<u8>>) -> Option<Result<Vec<u8>>>;

    /// Answers for a function that is not in the list; none where the contract does not.
    fn unknown(context: &Context, function: &str) -> Option<Result<Vec<u8>>>;

    /// Runs one function with the hooks around it.
    fn call(context: &Context, function: &str, args: Vec<Vec<u8>>) -> Result<Vec<u8>> {
        Self::before(context, function)?;
        let answer = Self::listed(context, function, args).or_else(|| Self::unknown(context, function));
        let missing = || Err(format!("Function {function} not found in contract").into());
        let payload = answer.unwrap_or_else(missing)?;
        Self::after(context, function, &payload)?;
        Ok(payload)
    }
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
    diagnostics::abort(&panic_text(panic));
}

/// The message and the place of a panic.
pub(crate) fn panic_text(panic: &PanicHookInfo<'_>) -> String {
    let payload = panic.payload();
    let text = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text.as_str(),
        _ => "no message",
    };
    match panic.location() {
        Some(place) => format!("{text}, {}:{}:{}", place.file(), place.line(), place.column()),
        None => text.to_owned(),
    }
}

/// Lists a contract's functions: `submit` for those that write, `evaluate` for those that only read.
///
/// ```ignore
/// contract! {
///     before => check_client;
///     after => note_result;
///     unknown => explain;
///     submit CreateAsset => create_asset(id: String, size: i64);
///     evaluate ReadAsset => read_asset(id: String);
/// }
/// ```
///
/// Each name stands for a Rust function that takes `&Context` and the listed arguments and returns
/// [`Result`] of a [`Response`](crate::Response). The list also goes into the file, with the types of arguments and results, so
/// that it can be shown without running it.
///
/// Hooks may stand before the list, each at most once; the file does not name them. One that fails ends the
/// call with its message, and what the call wrote is dropped.
///
/// - `before`, a `fn(&Context, function: &str) -> Result<()>`, runs before every function, also before arguments are read and where
///   there is no such function.
/// - `after`, a `fn(&Context, function: &str, payload: &[u8]) -> Result<()>`, runs after a function that succeeded and sees what it
///   returns to the client.
/// - `unknown`, a `fn(&Context, function: &str) -> Result<T>` of a [`Response`](crate::Response), answers for functions that are not
///   in the list.
///
/// The macro also defines the type `ContractFunctions`, by which tests call the functions without Wasm.
#[macro_export]
macro_rules! contract {
    ($($list:tt)*) => {
        $crate::contract_with_hooks!([] [] [] $($list)*);
    };
}

/// Takes the hooks off the list one by one and keeps them in brackets: before, after, unknown.
#[doc(hidden)]
#[macro_export]
macro_rules! contract_with_hooks {
    ([] $after:tt $unknown:tt $(#[$doc:meta])* before => $handler:ident; $($rest:tt)*) => {
        $crate::contract_with_hooks!([$handler] $after $unknown $($rest)*);
    };
    ($before:tt [] $unknown:tt $(#[$doc:meta])* after => $handler:ident; $($rest:tt)*) => {
        $crate::contract_with_hooks!($before [$handler] $unknown $($rest)*);
    };
    ($before:tt $after:tt [] $(#[$doc:meta])* unknown => $handler:ident; $($rest:tt)*) => {
        $crate::contract_with_hooks!($before $after [$handler] $($rest)*);
    };
    ([$($before:ident)?] [$($after:ident)?] [$($unknown:ident)?] $(
        $(#[$doc:meta])*
        $kind:ident $name:ident => $handler:ident(
            $($first:ident: $first_type:ty $(, $arg:ident: $type:ty)* $(,)?)?
        );
    )*) => {
        /// The functions that are listed here, for tests that call them in their own process.
        #[allow(dead_code)]
        pub struct ContractFunctions;

        const _: () = {
            impl $crate::Contract for ContractFunctions {
                const LIST: &'static [$crate::Declaration] = &[$({
                    const fn returned<'a, T: $crate::Response>(
                        _: fn(&'a $crate::Context $(, $first_type $(, $type)*)?) -> $crate::Result<T>,
                    ) -> &'static str {
                        T::TYPE
                    }
                    $crate::Declaration {
                        function: concat!(
                            stringify!($kind), " ", stringify!($name), "(",
                            $(
                                stringify!($first), ": ", stringify!($first_type),
                                $(", ", stringify!($arg), ": ", stringify!($type),)*
                            )?
                            ")"
                        ),
                        returns: returned($handler),
                    }
                }),*];

                fn before(context: &$crate::Context, function: &str) -> $crate::Result<()> {
                    let _ = (context, function);
                    $($before(context, function)?;)?
                    Ok(())
                }

                fn after(context: &$crate::Context, function: &str, payload: &[u8]) -> $crate::Result<()> {
                    let _ = (context, function, payload);
                    $($after(context, function, payload)?;)?
                    Ok(())
                }

                fn listed(
                    context: &$crate::Context,
                    function: &str,
                    args: Vec<Vec<u8>>,
                ) -> Option<$crate::Result<Vec<u8>>> {
                    $(
                        if function == stringify!($name) {
                            const EXPECTED: &[&str] =
                                &[$(stringify!($first) $(, stringify!($arg))*)?];
                            #[allow(unused_mut, unused_variables)]
                            let run = || {
                                let mut args = $crate::Arguments::new(args, EXPECTED.len())?;
                                $(
                                    let $first: $first_type = args.next(stringify!($first))?;
                                    $(let $arg: $type = args.next(stringify!($arg))?;)*
                                )?
                                $crate::Response::into_payload($handler(context $(, $first $(, $arg)*)?)?)
                            };
                            return Some(run());
                        }
                    )*
                    None
                }

                fn unknown(context: &$crate::Context, function: &str) -> Option<$crate::Result<Vec<u8>>> {
                    let _ = (context, function);
                    $(return Some($unknown(context, function).and_then($crate::Response::into_payload));)?
                    #[allow(unreachable_code)]
                    None
                }
            }

            // Elsewhere two contracts may be linked into one test.
            #[cfg(target_family = "wasm")]
            type ThisEntry = $crate::Entry<ContractFunctions>;
            #[cfg(target_family = "wasm")]
            $crate::bindings::export!(ThisEntry with_types_in $crate::bindings);

            #[used]
            #[cfg_attr(target_family = "wasm", unsafe(link_section = "fabric:chaincode/functions"))]
            static SECTION: [u8; $crate::Declaration::bytes(<ContractFunctions as $crate::Contract>::LIST)] =
                $crate::Declaration::lines(<ContractFunctions as $crate::Contract>::LIST);
        };
    };
}

#[cfg(test)]
mod tests;
