//! What a native contract panicked with, in the words of the kit for Wasm. Panics of the test itself are shown as always.

use std::cell::RefCell;
use std::sync::Once;

use fabric_contract::native::is_calling;

thread_local! {
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The hook is the process's, so it is set once; it acts while a contract runs on the panicking thread.
static LISTENING: Once = Once::new();

pub fn listen() {
    LISTENING.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if is_calling() { LAST.set(fabric_contract::native::panic_text(panic)) } else { others(panic) }
        }));
    });
}

/// The text of this thread's last panic.
pub fn last() -> String {
    LAST.take()
}
