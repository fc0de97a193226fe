#![no_main]
#![allow(missing_docs, reason = "a target is its library's function and nothing else")]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::discovery_requests::run(data));
