//! The `skein` program: wiring and nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    skein_cli::main(std::env::args_os())
}
