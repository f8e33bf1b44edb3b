//! Any file: no path of one person's machine, no registry but the public ones.

use super::{Fault, File};

/// Written in two parts, so that this file does not hold what it forbids.
const MACHINE_PATHS: &[&str] =
    &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/tmp/ba", "sh_jobs")];
/// The home of a person of our examples, whom no machine knows.
const EXAMPLES: &[&str] = &[concat!("/ho", "me/ana")];
const PRIVATE_REGISTRIES: &[&str] =
    &[concat!("artif", "actory"), concat!("replace-w", "ith"), concat!("index-u", "rl")];

/// What a lock file may name as the source of a package.
const PUBLIC_REGISTRIES: &[(&str, &str, &str)] = &[
    ("Cargo.lock", "source = \"", "registry+https://github.com/rust-lang/crates.io-index\""),
    ("package-lock.json", "\"resolved\": \"http", "s://registry.npmjs.org/"),
];

/// Checks one file of any kind.
pub fn check(file: &File) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        if let Some(path) = MACHINE_PATHS.iter().find(|path| names_path(line, path)) {
            faults.push(Fault::new(&file.path, number + 1, format!("`{path}` is a path of one machine")));
        }
        let private = PRIVATE_REGISTRIES.iter().any(|word| line.contains(word)) || names_private_source(file, line);
        if private {
            faults.push(Fault::new(&file.path, number + 1, "names a registry that is not the public one"));
        }
    }
    faults
}

/// Whether `path` stands in the line as the beginning of a path, not as its middle.
fn names_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let example = EXAMPLES.iter().any(|example| line[at..].starts_with(example));
        !example && !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '~' | '}' | '/' | '*'))
    })
}

fn names_private_source(file: &File, line: &str) -> bool {
    PUBLIC_REGISTRIES.iter().any(|(lock, key, public)| {
        let source = if file.path.ends_with(lock) { line.trim_start().strip_prefix(key) } else { None };
        source.is_some_and(|source| !source.starts_with(public))
    })
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    fn faults(path: &str, line: &str) -> usize {
        check(&file(path, line)).len()
    }

    #[test]
    fn every_machine_path_is_found_in_any_file() {
        for path in MACHINE_PATHS {
            for line in [format!("cd {path}x"), format!("\"{path}x\""), format!("{path}x"), format!("A={path}x")] {
                assert_eq!(faults("README.md", &line), 1, "{line}");
            }
            assert_eq!(faults("a.rs", &format!("{path}ana/x")), usize::from(!path.contains("home")));
            assert_eq!(faults("a.rs", &format!("crates{path}x ~{path}x https://a.b{path}")), 0);
        }
    }

    #[test]
    fn a_private_registry_is_found() {
        for word in PRIVATE_REGISTRIES {
            assert_eq!(faults(".cargo/config.toml", &format!("{word} = \"x\"")), 1);
        }
        assert_eq!(faults("Cargo.lock", "source = \"registry+https://example.org/index\""), 1);
        assert_eq!(faults("Cargo.lock", "source = \"git+https://example.org/a\""), 1);
        assert_eq!(faults("Cargo.lock", "source = \"registry+https://github.com/rust-lang/crates.io-index\""), 0);
        assert_eq!(faults("web/package-lock.json", "      \"resolved\": \"https://example.org/a.tgz\","), 1);
        assert_eq!(faults("web/package-lock.json", "      \"resolved\": \"https://registry.npmjs.org/a.tgz\","), 0);
    }
}
