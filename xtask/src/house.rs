//! Where things are, and how other programs are called.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A result whose error is one line for the person at the terminal.
pub type Done<T = ()> = Result<T, String>;

/// The folder of the checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the checkout")
}

/// The folder of release builds.
pub fn release() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("release")
}

/// A call of cargo in the checkout.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Runs a command with our own terminal.
///
/// # Errors
/// If it cannot be started or ends with another code than 0.
pub fn run(command: &mut Command) -> Done {
    let status = command.status().map_err(|e| format!("{} cannot be started: {e}", name(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", name(command))) }
}

/// Runs a command and gives what it writes to its standard output.
///
/// # Errors
/// If it cannot be started, fails, or writes something that is not text.
pub fn output(command: &mut Command) -> Done<String> {
    let out = command.stderr(Stdio::inherit()).output();
    let out = out.map_err(|e| format!("{} cannot be started: {e}", name(command)))?;
    if !out.status.success() {
        return Err(format!("{} ended with {}", name(command), out.status));
    }
    String::from_utf8(out.stdout).map_err(|_| format!("{} wrote something that is not text", name(command)))
}

/// Whether a program of this name is in the PATH.
pub fn has(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    // Debian keeps `ip` and `nft` in sbin, which is not in every person's PATH.
    env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]).any(|folder| folder.join(program).is_file())
}

/// Builds one of the house's programs and gives its path.
///
/// With `--workspace`, as in every other call: else cargo would choose other features and build iroh once more.
///
/// # Errors
/// If it does not build.
pub fn build(program: &str) -> Done<PathBuf> {
    run(&mut cargo(&["build", "--release", "--locked", "--quiet", "--workspace", "--bin", program]))?;
    Ok(release().join(program))
}

fn name(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.take(4).map(|word| word.to_string_lossy().into_owned()).collect();
    format!("`{}`", words.join(" "))
}
