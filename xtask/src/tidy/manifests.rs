//! The crates' manifests and lints: every crate obeys the house's lints, every pure crate the ban on the outside world.

use std::collections::BTreeSet;

use super::layers::PURE;
use super::{Fault, File};
use crate::house::{self, Done};

/// The one list of what pure crates may not call; the others link to it.
const BAN: &str = "crates/event/clippy.toml";

/// Checks every crate.
pub fn check(files: &[File]) -> Vec<Fault> {
    let text = |path: &str| files.iter().find(|file| file.path == path).map(|file| file.text.as_str());
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with("/Cargo.toml")) {
        let lints = file.text.split_once("[lints]").map_or("", |(_, rest)| rest.trim_start());
        if !lints.starts_with("workspace = true") {
            faults.push(Fault::new(&file.path, 0, "must have `[lints] workspace = true`"));
        }
    }
    for krate in PURE {
        let path = format!("crates/{krate}/clippy.toml");
        if text(&path).is_none() || text(&path) != text(BAN) {
            faults.push(Fault::new(&path, 0, format!("must be a link to {BAN}: `{krate}` is a pure crate")));
        }
    }
    faults
}

/// Asks cargo whether a person who only runs the program builds the same dependencies as the tests do.
///
/// # Errors
/// If cargo does not answer.
pub fn check_features() -> Done<Vec<Fault>> {
    let tree = |which: &[&str]| {
        let show = ["--locked", "--prefix", "none", "--format", "{p} {f}"];
        house::output(&mut house::cargo(&[&["tree"], which, &show].concat()))
    };
    let program = tree(&["--package", "skein", "--edges", "normal,build"])?;
    let tests = tree(&["--workspace", "--edges", "normal,build,dev"])?;
    Ok(check_same(&program, &tests))
}

/// Each text has a line for every dependency: name, version, features.
fn check_same(program: &str, tests: &str) -> Vec<Fault> {
    let lines = |text: &str| -> BTreeSet<String> {
        let lines = text.lines().map(|line| line.trim_end_matches(" (*)").replace(" (proc-macro)", ""));
        lines.filter(|line| !line.is_empty() && !line.starts_with("skein")).collect()
    };
    let drift = lines(program);
    let fault = |line: &String| {
        let what = format!("`{line}` has other features in the tests: name them all in the root manifest, or here");
        Fault::new("Cargo.toml", 0, what)
    };
    drift.difference(&lines(tests)).map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{file, lines};
    use super::*;

    fn faults(change: Option<(&str, Option<&str>)>) -> Vec<String> {
        let mut files: Vec<_> = PURE.iter().map(|krate| file(&format!("crates/{krate}/clippy.toml"), "ban")).collect();
        files.push(file("crates/net/Cargo.toml", "[lints]\nworkspace = true\n"));
        if let Some((path, text)) = change {
            files.retain(|file| file.path != path);
            files.extend(text.map(|text| file(path, text)));
        }
        lines(&check(&files))
    }

    #[test]
    fn a_crate_without_lints_and_a_pure_crate_without_its_ban_are_found() {
        assert_eq!(faults(None), [""; 0]);
        let manifest = "crates/net/Cargo.toml";
        assert_eq!(
            faults(Some((manifest, Some("[package]")))),
            [format!("{manifest}: must have `[lints] workspace = true`")]
        );
        for text in [None, Some("other")] {
            let found = faults(Some(("crates/node/clippy.toml", text)));
            assert_eq!(found.len(), 1, "{found:?}");
        }
    }

    #[test]
    fn features_that_only_the_tests_ask_for_are_found() {
        let tests = "skein-cli v0.1.0\nserde v1.0.0 std\nserde v1.0.0 std (*)\ncc v1.0.0 parallel\nextra v1.0.0 \n";
        assert_eq!(lines(&check_same("skein v0.1.0\nserde v1.0.0 std (*)\ncc v1.0.0 parallel\n", tests)), [""; 0]);
        assert_eq!(check_same("serde v1.0.0 std\ncc v1.0.0 \n", tests).len(), 1);
    }
}
