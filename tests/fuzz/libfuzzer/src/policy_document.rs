#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mls_trellis_fuzz::fuzz("policy_document", data));
