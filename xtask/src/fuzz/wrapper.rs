//! `xtask` as a compiler: it calls the real one and adds the instrumentation that libFuzzer reads.
//!
//! Cargo calls a "workspace wrapper" for the crates of the house only, so what others wrote is built once and shared
//! with every other build. The flags are stable ones: coverage counters and traces of comparisons by LLVM's sancov pass,
//! and the checks of a debug build. There is no address sanitizer: the house forbids `unsafe`.

use std::env;
use std::ffi::OsString;
use std::process::{Command, ExitCode};

/// Set for cargo while it builds the fuzzer.
pub const VARIABLE: &str = "SKEIN_FUZZ_BUILD";

const FLAGS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cdebug-assertions=on",
    "-Coverflow-checks=on",
];

/// If cargo called us in place of the compiler, does the compiler's work and gives its exit code.
pub fn run_if_called_as_compiler() -> Option<ExitCode> {
    env::var_os(VARIABLE)?;
    let mut arguments = env::args_os().skip(1);
    let compiler = arguments.next()?;
    let arguments: Vec<_> = arguments.collect();
    let flags = if is_instrumented(&arguments) { FLAGS } else { &[] };
    let status = Command::new(compiler).args(&arguments).args(flags).status();
    let code = status.ok().and_then(|status| status.code()).and_then(|code| u8::try_from(code).ok());
    Some(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Programs that run during the build are not linked with libFuzzer and must stay as they are.
fn is_instrumented(arguments: &[OsString]) -> bool {
    let mut kinds = arguments.windows(2).filter(|pair| pair[0] == "--crate-type").map(|pair| &pair[1]);
    let build_script = arguments.windows(2).any(|pair| pair[0] == "--crate-name" && pair[1] == "build_script_build");
    kinds.any(|kind| kind == "lib" || kind == "bin") && !build_script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_instrumented_but_not_what_runs_during_the_build() {
        let is = |line: &str| is_instrumented(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert!(is("--crate-name skein_event src/lib.rs --crate-type lib"));
        assert!(is("--crate-name skein_fuzz src/main.rs --crate-type bin"));
        assert!(!is("--crate-name build_script_build build.rs --crate-type bin"));
        assert!(!is("--crate-name some_derive src/lib.rs --crate-type proc-macro"));
        assert!(!is("-vV"));
    }
}
