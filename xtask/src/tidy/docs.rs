//! The documents: decisions have their three parts, the README says how to run and test, the change log is up to date.

use super::{Fault, File};

const DECISION_HEADINGS: &[&str] = &["## Question", "## Choice", "## What was given up"];
const README_COMMANDS: &[&str] = &["cargo run --release -- demo", "cargo xtask test"];

/// Checks all documents.
pub fn check(files: &[File]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let text = |path: &str| files.iter().find(|file| file.path == path).map_or("", |file| file.text.as_str());
    for file in files {
        let Some(name) = file.path.strip_prefix("docs/decisions/") else { continue };
        if !is_decision_name(name) {
            faults.push(Fault::new(&file.path, 0, "must be called NNNN-title.md"));
        }
        for heading in DECISION_HEADINGS.iter().filter(|heading| !file.text.lines().any(|line| line == **heading)) {
            faults.push(Fault::new(&file.path, 0, format!("lacks the heading `{heading}`")));
        }
    }
    for command in README_COMMANDS.iter().filter(|command| !text("README.md").contains(*command)) {
        faults.push(Fault::new("README.md", 0, format!("does not say `{command}`")));
    }
    let version = version(text("Cargo.toml"));
    if version.is_none_or(|version| !text("CHANGELOG.md").contains(version)) {
        let what = format!("does not mention the version {}", version.unwrap_or("(none in Cargo.toml)"));
        faults.push(Fault::new("CHANGELOG.md", 0, what));
    }
    for member in files.iter().filter_map(|file| file.path.strip_suffix("/Cargo.toml")) {
        if !text("ARCHITECTURE.md").contains(&format!("`{member}`")) {
            faults.push(Fault::new("ARCHITECTURE.md", 0, format!("does not name `{member}`")));
        }
    }
    faults
}

fn is_decision_name(name: &str) -> bool {
    let numbered = name.split_once('-').is_some_and(|(n, _)| n.len() == 4 && n.bytes().all(|b| b.is_ascii_digit()));
    name == "TEMPLATE.md" || (numbered && name.ends_with(".md"))
}

fn version(manifest: &str) -> Option<&str> {
    manifest.lines().find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
}

#[cfg(test)]
mod tests {
    use super::super::{file, lines};
    use super::*;

    const GOOD: [(&str, &str); 6] = [
        ("README.md", "cargo run --release -- demo\ncargo xtask test\n"),
        ("CHANGELOG.md", "# 1.2.3\n"),
        ("ARCHITECTURE.md", "### `crates/event`\n"),
        ("Cargo.toml", "[workspace.package]\nversion = \"1.2.3\"\n"),
        ("crates/event/Cargo.toml", ""),
        ("docs/decisions/0001-a.md", "## Question\n## Choice\n## What was given up\n"),
    ];

    fn faults(path: &str, text: &str) -> Vec<String> {
        let other = GOOD.iter().filter(|(good, _)| *good != path);
        let mut files: Vec<_> = other.map(|(path, text)| file(path, text)).collect();
        files.push(file(path, text));
        lines(&check(&files))
    }

    #[test]
    fn good_documents_have_no_fault() {
        assert_eq!(faults(GOOD[0].0, GOOD[0].1), [""; 0]);
    }

    #[test]
    fn each_missing_part_is_found() {
        assert_eq!(faults("README.md", "cargo xtask test"), ["README.md: does not say `cargo run --release -- demo`"]);
        assert_eq!(faults("CHANGELOG.md", "# 1.2.2"), ["CHANGELOG.md: does not mention the version 1.2.3"]);
        assert_eq!(faults("ARCHITECTURE.md", ""), ["ARCHITECTURE.md: does not name `crates/event`"]);
        let decision = "docs/decisions/0001-a.md";
        let lacks = format!("{decision}: lacks the heading `## Choice`");
        assert_eq!(faults(decision, "## Question\n## What was given up\n"), [lacks]);
        let misnamed = "docs/decisions/a.md";
        assert_eq!(faults(misnamed, GOOD[5].1), [format!("{misnamed}: must be called NNNN-title.md")]);
    }
}
