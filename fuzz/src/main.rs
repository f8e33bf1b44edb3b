//! The fuzzer: libFuzzer around one decoder, which the variable `SKEIN_FUZZ_DECODER` names.
//!
//! Run it by `cargo xtask fuzz`, which builds it with instrumentation; without that it only tries at random.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use skein_fuzz::Decoder;

static DECODER: OnceLock<&'static Decoder> = OnceLock::new();

fn decoder() -> &'static Decoder {
    DECODER.get_or_init(|| {
        let name = std::env::var("SKEIN_FUZZ_DECODER").unwrap_or_default();
        skein_fuzz::by_name(&name).expect("SKEIN_FUZZ_DECODER must name a decoder")
    })
}

fuzz_target!(init: decoder(), |bytes: &[u8]| -> () {
    (decoder().decode)(bytes);
});
