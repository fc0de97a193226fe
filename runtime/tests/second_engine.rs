//! Contracts over the simple interface under another engine, wasmi, with a host written apart from ours: the same outcome,
//! reads, writes and events for every call of the sample.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

#[path = "support/asset_transfer.rs"]
#[allow(dead_code, reason = "each test uses some of it")]
mod asset_transfer;
#[path = "support/contracts.rs"]
mod contracts;

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use runtime::memory::{Ledger, Record};
use runtime::{ContextError, Engine, EngineOptions, Invocation, Limits, Outcome, TransactionContext};
use wasmi::{Caller, Extern, Linker, Memory, Module, Store};

/// Languages whose sample imports nothing but the simple interface.
const LANGUAGES: [&str; 5] = ["zig", "assemblyscript", "wat", "d", "nim"];

const NONE: i32 = -1;
const ERROR: i32 = -2;

/// Bytes, a number, or nothing.
#[derive(Clone, Debug)]
enum Register {
    Bytes(Vec<u8>),
    Number(i64),
}

struct Host {
    context: Box<dyn TransactionContext>,
    registers: Vec<Register>,
    response: (i32, i32),
    panic: Option<String>,
}

type Call<'a> = Caller<'a, Host>;

fn memory(caller: &Call<'_>) -> Memory {
    caller.get_export("memory").and_then(Extern::into_memory).unwrap()
}

fn read(caller: &Call<'_>, pointer: i32, length: i32) -> Vec<u8> {
    let begin = pointer as u32 as usize;
    memory(caller).data(caller)[begin..begin + length as u32 as usize].to_vec()
}

fn text(caller: &Call<'_>, pointer: i32, length: i32) -> String {
    String::from_utf8(read(caller, pointer, length)).unwrap()
}

/// Fills the registers, and tells how many they are.
fn answer(caller: &mut Call<'_>, result: Result<Option<Vec<Register>>, ContextError>) -> i32 {
    let (registers, status) = match result {
        Ok(Some(registers)) => {
            let count = registers.len() as i32;
            (registers, count)
        }
        Ok(None) => (Vec::new(), NONE),
        Err(ContextError::Refused(text) | ContextError::Failed(text)) => {
            (vec![Register::Bytes(text.into_bytes())], ERROR)
        }
    };
    caller.data_mut().registers = registers;
    status
}

fn done(result: Result<(), ContextError>) -> Result<Option<Vec<Register>>, ContextError> {
    result.map(|()| Some(Vec::new()))
}

fn written(key: &str) -> Result<(), ContextError> {
    if key.is_empty() { Err(ContextError::Refused("key must not be an empty string".to_owned())) } else { Ok(()) }
}

fn register_functions(linker: &mut Linker<Host>) -> Result<(), wasmi::Error> {
    let name = "fabric_v1";
    linker.func_wrap(name, "register_len", |caller: Call<'_>, register: i32| -> i32 {
        match caller.data().registers.get(register as usize) {
            Some(Register::Bytes(bytes)) => bytes.len() as i32,
            _ => NONE,
        }
    })?;
    linker.func_wrap(name, "register_number", |caller: Call<'_>, register: i32| -> i64 {
        match caller.data().registers.get(register as usize) {
            Some(Register::Number(number)) => *number,
            _ => 0,
        }
    })?;
    linker.func_wrap(name, "register_read", |mut caller: Call<'_>, register: i32, destination: i32| {
        let Some(Register::Bytes(bytes)) = caller.data().registers.get(register as usize).cloned() else { return };
        let memory = memory(&caller);
        memory.write(&mut caller, destination as u32 as usize, &bytes).unwrap();
    })?;
    linker.func_wrap(name, "set_response", |mut caller: Call<'_>, pointer: i32, length: i32| {
        caller.data_mut().response = (pointer, length);
    })?;
    linker.func_wrap(name, "args", |mut caller: Call<'_>| -> i32 {
        let args = caller.data().context.invocation().args.clone();
        // The contract's name is no part of its function's.
        let plain = |arg: &Bytes| arg.strip_prefix(b"Contract:").unwrap_or(arg).to_vec();
        let registers = args
            .iter()
            .enumerate()
            .map(|(index, arg)| Register::Bytes(if index == 0 { plain(arg) } else { arg.to_vec() }));
        let registers = registers.collect();
        answer(&mut caller, Ok(Some(registers)))
    })?;
    linker.func_wrap(name, "abort", |mut caller: Call<'_>, pointer: i32, length: i32| -> Result<(), wasmi::Error> {
        caller.data_mut().panic = Some(text(&caller, pointer, length));
        Err(wasmi::Error::new("aborted"))
    })?;
    Ok(())
}

fn state_functions(linker: &mut Linker<Host>) -> Result<(), wasmi::Error> {
    let name = "fabric_v1";
    linker.func_wrap(name, "get_state", |mut caller: Call<'_>, key: i32, length: i32| -> i32 {
        let key = text(&caller, key, length);
        let found = caller.data_mut().context.get_state("", &key);
        answer(&mut caller, found.map(|found| found.map(|value| vec![Register::Bytes(value.to_vec())])))
    })?;
    linker.func_wrap(
        name,
        "put_state",
        |mut caller: Call<'_>, key: i32, length: i32, value: i32, size: i32| -> i32 {
            let (key, value) = (text(&caller, key, length), Bytes::from(read(&caller, value, size)));
            let put = written(&key).and_then(|()| caller.data_mut().context.put_state("", &key, value));
            answer(&mut caller, done(put))
        },
    )?;
    linker.func_wrap(name, "delete_state", |mut caller: Call<'_>, key: i32, length: i32| -> i32 {
        let key = text(&caller, key, length);
        let deleted = written(&key).and_then(|()| caller.data_mut().context.delete_state("", &key));
        answer(&mut caller, done(deleted))
    })?;
    linker.func_wrap(
        name,
        "get_state_by_range",
        |mut caller: Call<'_>, start: i32, start_length: i32, end: i32, end_length: i32| -> i32 {
            let (start, end) = (text(&caller, start, start_length), text(&caller, end, end_length));
            // Composite keys come before all simple ones.
            let start = if start.is_empty() { "\u{1}".to_owned() } else { start };
            let opened = caller.data_mut().context.open_range("", &start, &end);
            answer(&mut caller, opened.map(|iterator| Some(vec![Register::Number(iterator.into())])))
        },
    )?;
    linker.func_wrap(name, "state_iterator_next", |mut caller: Call<'_>, iterator: i32| -> i32 {
        let next = caller.data_mut().context.next_state(iterator as u32);
        let registers = next.map(|next| {
            let entry = next?;
            Some(vec![Register::Bytes(entry.key.into_bytes()), Register::Bytes(entry.value.to_vec())])
        });
        answer(&mut caller, registers)
    })?;
    linker.func_wrap(name, "state_iterator_close", |mut caller: Call<'_>, iterator: i32| {
        caller.data_mut().context.close(iterator as u32);
    })?;
    linker.func_wrap(
        name,
        "set_event",
        |mut caller: Call<'_>, event: i32, length: i32, payload: i32, size: i32| -> i32 {
            let (event, payload) = (text(&caller, event, length), Bytes::from(read(&caller, payload, size)));
            let set = caller.data_mut().context.set_event(&event, payload);
            answer(&mut caller, done(set))
        },
    )?;
    Ok(())
}

/// One call without committing it: what the client would see, and what the call did.
fn call(engine: &wasmi::Engine, module: &Module, ledger: &Ledger, invocation: Invocation) -> (String, Record) {
    let (context, record): (_, Arc<Mutex<Record>>) = ledger.context(invocation);
    let mut store = Store::new(engine, Host { context, registers: Vec::new(), response: (0, 0), panic: None });
    let mut linker = Linker::new(engine);
    register_functions(&mut linker).unwrap();
    state_functions(&mut linker).unwrap();
    let instance = linker.instantiate_and_start(&mut store, module).unwrap();
    if let Ok(start) = instance.get_typed_func::<(), ()>(&store, "_initialize") {
        start.call(&mut store, ()).unwrap();
    }
    let invoke = instance.get_typed_func::<(), i32>(&store, "invoke").unwrap();
    let outcome = match invoke.call(&mut store, ()) {
        Err(error) => {
            let panic = store.data().panic.clone().unwrap_or_else(|| panic!("the contract trapped: {error}"));
            Outcome::Response { status: 500, message: format!("chaincode panicked: {panic}"), payload: Bytes::new() }
        }
        Ok(status) => {
            let (pointer, length) = store.data().response;
            let begin = pointer as u32 as usize;
            let memory = instance.get_memory(&store, "memory").unwrap();
            let bytes = memory.data(&store)[begin..begin + length as u32 as usize].to_vec();
            match status {
                0 => Outcome::Response { status: 200, message: String::new(), payload: bytes.into() },
                _ => {
                    let message = String::from_utf8(bytes).unwrap();
                    Outcome::Response { status: 500, message, payload: Bytes::new() }
                }
            }
        }
    };
    drop(store);
    let record = record.lock().clone();
    (format!("{outcome:?}"), record)
}

#[test]
fn both_engines_agree() {
    let wanted = std::env::var("WEFT_LANGUAGES").unwrap_or_default();
    let ours = Engine::new(EngineOptions::default()).unwrap();
    let other = wasmi::Engine::default();
    for language in LANGUAGES {
        let Some(wasm) = contracts::built("asset-transfer-basic", language) else {
            assert!(!wanted.split(',').any(|wanted| wanted == language), "{language} was not built");
            println!("not run: {language}");
            continue;
        };
        let contract = ours.load(&wasm, Limits::default()).unwrap();
        let module = Module::new(&other, &wasm[..]).unwrap();
        let ledger = Ledger::default();
        for (number, (function, args, _)) in asset_transfer::CALLS.iter().enumerate() {
            let args: Vec<&[u8]> = args.iter().map(|arg| arg.as_bytes()).collect();
            let invocation = asset_transfer::invocation(number, function.as_bytes(), &args);
            let (outcome, record) = call(&other, &module, &ledger, invocation.clone());
            let expected = ledger.invoke(&contract, invocation, std::time::Duration::from_secs(10));
            assert_eq!(outcome, format!("{:?}", expected.outcome), "{language}: {function}");
            assert_eq!(record, expected.record, "{language}: {function}");
        }
    }
}
