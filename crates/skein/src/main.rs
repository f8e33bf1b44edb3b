//! The `skein` program: wiring and nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(unix)]
    threads::few();
    skein_cli::main(std::env::args_os())
}

/// How many threads the libraries beneath start.
#[cfg(unix)]
mod threads {
    use std::env;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    /// Where tokio reads it, and nowhere else: the store of files (iroh-blobs) starts a runtime of its own that cannot be told.
    const NAME: &str = "TOKIO_WORKER_THREADS";
    /// The commands that go on running.
    const LONG: [&str; 2] = ["run", "demo"];

    /// One thread, unless the person wants more. One for each processor, as is usual, wake each other for every packet. A program
    /// may not change its own environment safely, so it begins again, as the same process; if that fails, it goes on as it is.
    pub fn few() {
        let is_long = env::args_os().any(|word| LONG.iter().any(|name| word == *name));
        if !is_long || env::var_os(NAME).is_some() {
            return;
        }
        let Ok(program) = env::current_exe() else { return };
        let mut words = env::args_os();
        let mut again = Command::new(program);
        again.arg0(words.next().unwrap_or_else(|| "skein".into()));
        let _not_begun = again.args(words).env(NAME, "1").exec();
    }
}
