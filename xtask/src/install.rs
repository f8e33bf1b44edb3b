//! What the tests need besides Rust, installed only where it is missing.

use std::process::Command;

use crate::house::{self, Done};

/// Debian packages, each with a program that shows that it is here.
const PACKAGES: &[(&str, &str)] = &[("iproute2", "ip"), ("nftables", "nft"), ("chromium", "chromium")];

/// Installs what is missing.
///
/// # Errors
/// If something is missing and cannot be installed.
pub fn run() -> Done {
    packages()?;
    if house::has("cargo-nextest") {
        return Ok(());
    }
    println!("cargo-nextest is missing: building it (once, a few minutes)");
    house::run(&mut house::cargo(&["install", "--locked", "cargo-nextest"]))
}

fn packages() -> Done {
    let missing: Vec<_> = PACKAGES.iter().filter(|(_, program)| !house::has(program)).map(|(name, _)| *name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("installing {}", missing.join(" "));
    let get = |arguments: &[&str]| {
        let mut command = if house::has("sudo") { Command::new("sudo") } else { Command::new("env") };
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(arguments);
        house::run(&mut command)
    };
    get(&["update", "-q"])?;
    get(&[&["install", "-qy", "--no-install-recommends"], missing.as_slice()].concat())
}
