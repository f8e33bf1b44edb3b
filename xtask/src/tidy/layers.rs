//! The layers: which crate of the house may use which, and what the pure ones must never reach.

use super::Fault;
use crate::house::{self, Done};

/// Crates that know no clock, randomness, thread, task, file (but SQLite in `store`) or socket.
pub const PURE: &[&str] = &["event", "app", "mirror", "apps", "store", "node", "swarm"];

/// From the ground up: a crate may use only crates that stand before it.
const ORDER: &[&str] = &[
    "skein-event",
    "skein-app",
    "skein-mirror",
    "skein-apps",
    "skein-store",
    "skein-node",
    "skein-swarm",
    "skein-net",
    "skein-torrent",
    "skein-host",
    "skein-ui",
    "skein-api",
    "skein-cli",
];

/// What no pure crate may reach, not even through others.
const OUTSIDE: &[&str] = &["tokio", "iroh", "axum", "hyper", "mio", "async-io", "getrandom", "rand", "chrono", "time"];

/// Asks cargo about each crate and checks the answers.
///
/// # Errors
/// If cargo does not answer.
pub fn check_all() -> Done<Vec<Fault>> {
    let mut faults = Vec::new();
    for krate in ORDER {
        let tree = ["tree", "--locked", "--package", krate, "--edges", "normal", "--prefix", "none", "--format", "{p}"];
        faults.extend(check(krate, &house::output(&mut house::cargo(&tree))?));
    }
    Ok(faults)
}

/// Checks one crate, given the list of everything it reaches: one a line, the name first.
fn check(krate: &str, reached: &str) -> Vec<Fault> {
    let place = |name: &str| ORDER.iter().position(|other| *other == name);
    let pure = PURE.iter().any(|name| krate.strip_prefix("skein-") == Some(name));
    let mut names: Vec<_> = reached.lines().filter_map(|line| line.split(' ').next()).collect();
    names.sort_unstable();
    names.dedup();
    let mut faults = Vec::new();
    for name in names.into_iter().filter(|name| *name != krate) {
        if pure && OUTSIDE.iter().any(|outside| name == *outside || name.starts_with(&format!("{outside}-"))) {
            faults.push(Fault::new(krate, 0, format!("reaches `{name}`, but is pure")));
        }
        let below = place(name).is_some_and(|at| Some(at) < place(krate));
        if name.starts_with("skein-") && !below {
            faults.push(Fault::new(krate, 0, format!("uses `{name}`, which does not stand below it")));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    #[test]
    fn a_pure_crate_that_reaches_the_outside_is_found() {
        let reached = "skein-apps v0.1.0 (x)\nskein-event v0.1.0 (x)\ntokio v1.2.3\niroh-base v1.0.0\nserde v1.0.0";
        let expected = ["skein-apps: reaches `iroh-base`, but is pure", "skein-apps: reaches `tokio`, but is pure"];
        assert_eq!(lines(&check("skein-apps", reached)), expected);
        assert_eq!(lines(&check("skein-net", "skein-event v0.1.0\ntokio v1.2.3")), [""; 0]);
    }

    #[test]
    fn a_crate_that_uses_one_above_it_is_found() {
        assert_eq!(
            lines(&check("skein-store", "skein-node v0.1.0")),
            ["skein-store: uses `skein-node`, which does not stand below it"]
        );
        assert_eq!(lines(&check("skein-store", "skein-bench v0.1.0")).len(), 1);
        assert_eq!(lines(&check("skein-cli", "skein-api v0.1.0\nskein-event v0.1.0")), [""; 0]);
    }
}
