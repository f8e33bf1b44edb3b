//! Which files of a tied folder count: all, but for those that the folder's `.skeinignore` names, what every desktop leaves
//! lying about, and what this device was told to leave out.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// The name of the file at the top of the folder; it is a file of the folder like any other.
pub(super) const NAME: &str = ".skeinignore";
/// The longest that is read, in bytes.
pub(super) const MAX_BYTES: u64 = 64 << 10;
/// The most lines that count, and the longest of them, in bytes: what is longer is no pattern that a person wrote.
const MAX_LINES: usize = 1_000;
const MAX_LINE_BYTES: usize = 500;

/// Left out everywhere, unless `.skeinignore` says otherwise (`!.git/`). `.git`: a history that is copied file by file while
/// git writes it is a broken one.
const DEFAULTS: &[&str] = &[
    ".DS_Store",
    "._*",
    ".Spotlight-V100",
    ".Trashes",
    "Thumbs.db",
    "desktop.ini",
    "~$*",
    "*.swp",
    "*.swx",
    "*.swo",
    ".~lock.*#",
    ".#*",
    "*.part",
    "*.crdownload",
    ".nfs*",
    ".fuse_hidden*",
    ".Trash-*",
    ".directory.lock",
    ".git",
    ".stfolder",
    ".stversions",
    // What `skein files get` is just writing.
    ".skein-*",
];

/// The rules of one tied folder.
pub(super) struct Filter {
    ignored: Gitignore,
    only: Option<Gitignore>,
    without: Option<Gitignore>,
    /// Lines that could not be understood.
    pub garbled: Vec<String>,
}

impl Filter {
    /// `text`: what is in `.skeinignore`. `None`: the rules as a whole cannot be understood; then nobody knows what counts.
    pub fn new(text: &str, only: &[String], without: &[String]) -> Option<Self> {
        let mut garbled = Vec::new();
        let lines = DEFAULTS.iter().copied().chain(text.lines().take(MAX_LINES));
        let ignored = rules(lines, &mut garbled)?;
        let mut chosen = |patterns: &[String]| {
            let lines = patterns.iter().map(String::as_str);
            if patterns.is_empty() { Some(None) } else { rules(lines, &mut garbled).map(Some) }
        };
        let (only, without) = (chosen(only)?, chosen(without)?);
        Some(Self { ignored, only, without, garbled })
    }

    /// Whether a file counts.
    pub fn lets(&self, path: &str, folder: bool) -> bool {
        let names = |rules: &Gitignore| rules.matched_path_or_any_parents(Path::new(path), folder).is_ignore();
        let only = self.only.as_ref().is_none_or(&names);
        only && !names(&self.ignored) && !self.without.as_ref().is_some_and(names)
    }

    /// Whether there may be something in a folder that counts.
    pub fn enters(&self, path: &str) -> bool {
        let names = |rules: &Gitignore| rules.matched_path_or_any_parents(Path::new(path), true).is_ignore();
        !names(&self.ignored) && !self.without.as_ref().is_some_and(names)
    }
}

fn rules<'a>(lines: impl Iterator<Item = &'a str>, garbled: &mut Vec<String>) -> Option<Gitignore> {
    let mut builder = GitignoreBuilder::new("");
    for line in lines {
        if line.len() > MAX_LINE_BYTES || builder.add_line(None, line).is_err() {
            garbled.push(line.chars().filter(|c| !c.is_control()).take(80).collect());
        }
    }
    builder.build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, only: &[String], without: &[String]) -> Filter {
        Filter::new(text, only, without).expect("can be understood")
    }

    #[test]
    fn what_every_desktop_leaves_lying_about_does_not_count_unless_it_is_asked_for() {
        let filter = of("*.tmp\n/build/\n!.git/\n# words\n[", &[], &[]);
        for path in [".DS_Store", "a/Thumbs.db", "a/~$letter.docx", "x.tmp", "build/a/b"] {
            assert!(!filter.lets(path, false), "{path}");
        }
        for path in ["a.txt", "a/build", ".git/HEAD", "words", "Thumbs.db.txt"] {
            assert!(filter.lets(path, false), "{path}");
        }
        assert!(!of("", &[], &[]).lets(".git/HEAD", false));
        assert!(!filter.enters("build") && filter.enters("a"));
    }

    #[test]
    fn a_device_may_choose() {
        let only = of("", &["photos/".into()], &[]);
        assert!(only.lets("photos/a.jpg", false) && !only.lets("films/a.mkv", false) && only.enters("films"));
        let without = of("", &[], &["*.mkv".into()]);
        assert!(!without.lets("films/a.mkv", false) && without.lets("films/a.txt", false));
    }

    #[test]
    fn a_hostile_list_does_no_harm() {
        let long = "a".repeat(60_000);
        let deep = "**/".repeat(10_000);
        let filter = of(&format!("{long}\n{deep}\n\\\n!!\n{{a,b\n"), &[], &[]);
        assert!(filter.lets("notes.md", false));
    }
}
