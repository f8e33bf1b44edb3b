//! File names for what people call things: safe on every file system, never two alike, the same every time.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The longest part of a path, in bytes.
const MAX_BYTES: usize = 80;

/// Names that were given so far, in small letters: some file systems see no difference.
#[derive(Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// A relative path for what is called `name`, which may have parts with `/` between, ending with `end`.
    pub fn give(&mut self, name: &str, end: &str) -> PathBuf {
        let parts: Vec<String> = name.split('/').take(4).map(part).collect();
        let whole = parts.join("/");
        let mut tried = format!("{whole}{end}");
        let mut number = 2_u64;
        while !self.0.insert(tried.to_lowercase()) {
            tried = format!("{whole}-{number}{end}");
            number += 1;
        }
        PathBuf::from(tried)
    }
}

/// One part of a path: letters, digits, and what harms nowhere.
pub(super) fn part(text: &str) -> String {
    let mut safe = String::new();
    for c in text.trim().chars() {
        let c = if c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ') { c } else { '_' };
        if safe.len() + c.len_utf8() > MAX_BYTES {
            break;
        }
        safe.push(c);
    }
    // No hidden files, no way up, and no dots or blanks at the end, which some systems drop.
    let safe = safe.trim_start_matches('.').trim_end_matches(['.', ' ']).trim();
    if safe.is_empty() { "_".into() } else { safe.into() }
}

/// A relative path as a link in Markdown.
pub(super) fn link(path: &Path) -> String {
    let mut out = String::new();
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_leave_no_folder_and_never_meet() {
        let mut names = Names::default();
        for (name, expected) in [
            ("chat/garden", "chat/garden.md"),
            ("chat/Garden", "chat/Garden-2.md"),
            ("chat/garden", "chat/garden-3.md"),
            ("../../etc/passwd", "_/_/etc/passwd.md"),
            ("/etc/x", "_/etc/x.md"),
            ("chat/a\u{0}b\nc:d", "chat/a_b_c_d.md"),
            ("", "_.md"),
            (".hidden", "hidden.md"),
            ("chat/雪 ñ", "chat/雪 ñ.md"),
        ] {
            assert_eq!(names.give(name, ".md"), Path::new(expected), "{name:?}");
        }
        let long = names.give(&"é".repeat(500), ".md");
        assert!(long.to_string_lossy().len() <= MAX_BYTES + 3);
    }

    #[test]
    fn links_hold_whatever_the_name() {
        assert_eq!(link(Path::new("files/a (1).md")), "files/a%20%281%29.md");
    }
}
