//! `cargo xtask tidy`: the rules of the house that the compiler cannot see.
//!
//! Each check is a pure function from texts to faults, so that its tests can show that it bites.

mod apps;
mod docs;
mod layers;
mod manifests;
mod places;
mod sql;
mod text;

use std::fmt;
use std::fs;

use crate::house::{self, Done};

/// A file of the house that is text.
pub struct File {
    /// From the root of the checkout, with `/`.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// A rule that is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: a file, or a crate.
    pub path: String,
    /// The line, counted from 1; 0 if it is about the whole.
    pub line: usize,
    /// What is wrong, and what to do.
    pub what: String,
}

impl Fault {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.into(), line, what: what.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}

/// Checks the whole house and prints every fault.
///
/// # Errors
/// If there is a fault.
pub fn run() -> Done {
    let files = tracked()?;
    let mut faults = Vec::new();
    for file in &files {
        faults.extend(text::check(file));
        faults.extend(places::check(file));
    }
    faults.extend(apps::check(&files));
    faults.extend(sql::check(&files));
    faults.extend(docs::check(&files));
    faults.extend(manifests::check(&files));
    faults.extend(manifests::check_features()?);
    faults.extend(layers::check_all()?);
    for fault in &faults {
        println!("{fault}");
    }
    if faults.is_empty() {
        println!("{} files are tidy", files.len());
        return Ok(());
    }
    Err(format!("{} places are not tidy", faults.len()))
}

/// Every text file that is in git or would be added to it.
fn tracked() -> Done<Vec<File>> {
    let mut git = std::process::Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(house::root());
    let names = house::output(&mut git)?;
    let mut paths: Vec<_> = names.split_terminator('\0').collect();
    paths.sort_unstable();
    paths.dedup();
    let read = |path: &str| {
        // A file that is deleted but not yet committed, or that is not text, has nothing to check.
        let text = fs::read_to_string(house::root().join(path)).ok()?;
        Some(File { path: path.into(), text })
    };
    Ok(paths.into_iter().filter_map(read).collect())
}

#[cfg(test)]
fn file(path: &str, text: &str) -> File {
    File { path: path.into(), text: text.into() }
}

/// The faults as lines, for comparing.
#[cfg(test)]
fn lines(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}
