//! Which paths a folder may hold. Part of what counts: the same on every device, for ever.
//!
//! A path comes from another person's device. None may leave the folder, reach what the program itself keeps in it, or
//! pass for another in a terminal.

use unicode_normalization::UnicodeNormalization;

/// The longest path, in bytes.
pub const MAX_PATH_BYTES: usize = 1_024;
/// The deepest path, in parts.
pub const MAX_DEPTH: usize = 64;
/// The longest name of one file or folder, in bytes.
pub const MAX_PART_BYTES: usize = 255;
/// What the program keeps for itself at the top of a folder: old versions, and the mark by which it knows the folder again.
pub const PRIVATE: &str = ".skein";
/// What the names of half-written files begin with.
pub const TEMPORARY: &str = ".skein-sync-";

/// Whether a file may lie at this path: parts with `/` between, none of them empty.
///
/// # Errors
/// Why not, in people's words.
pub fn fit(path: &str) -> Result<(), &'static str> {
    if path.len() > MAX_PATH_BYTES {
        return Err("its path is longer than 1,024 bytes");
    }
    let mut depth = 0;
    for part in path.split('/') {
        depth += 1;
        fit_part(part)?;
    }
    if depth > MAX_DEPTH { Err("it lies deeper than 64 folders") } else { Ok(()) }
}

fn fit_part(part: &str) -> Result<(), &'static str> {
    match part {
        "" => Err("a part of its path is empty"),
        "." | ".." => Err("a part of its path stands for another place"),
        _ if part.len() > MAX_PART_BYTES => Err("its name is longer than 255 bytes"),
        _ if part.chars().any(is_unseen) => Err("its name has characters that cannot be shown"),
        _ if is_private(part) => Err("Skein keeps that name for itself"),
        _ => Ok(()),
    }
}

/// Also in other spelling: on many disks `.SKEIN` is the same folder.
fn is_private(part: &str) -> bool {
    let folded = fold(part);
    folded == PRIVATE || folded.starts_with(TEMPORARY)
}

/// Whether a link may lead there. It may lead anywhere: one that leaves the folder is kept as text and made on no disk.
///
/// # Errors
/// Why not, in people's words.
pub fn fit_target(target: &str) -> Result<(), &'static str> {
    match target {
        "" => Err("the link leads nowhere"),
        _ if target.len() > MAX_PATH_BYTES => Err("the link is longer than 1,024 bytes"),
        _ if target.chars().any(is_unseen) => Err("the link has characters that cannot be shown"),
        _ => Ok(()),
    }
}

/// Whether a link at `path` stays within the folder, judged by its text alone.
pub(crate) fn stays_inside(path: &str, target: &str) -> bool {
    if target.starts_with('/') {
        return false;
    }
    let (mut depth, mut down) = (path.split('/').count() - 1, false);
    for part in target.split('/') {
        match part {
            "" | "." => (),
            // Up again after going down may pass through another link, and nobody knows where that is up from.
            ".." if depth == 0 || down => return false,
            ".." => depth -= 1,
            // What the program keeps for itself is no place for a link to lead to.
            part if is_private(part) => return false,
            _ => down = true,
        }
    }
    true
}

/// Controls, line breaks, marks that turn the direction of writing, and letters without width: two names that look alike.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
                       | '\u{200b}' | '\u{feff}')
}

/// How disks that do not tell small letters from capitals, or one way of writing an accent from another, see a path: two
/// paths that fold alike are one file there.
pub fn fold(path: &str) -> String {
    // By way of capitals, or letters that share one (ſ and s) would not fold alike.
    path.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect()
}

/// The folder that a path lies in; `None` at the top.
pub fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(parent, _)| parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_paths_are_refused() {
        let (long, deep, far) = ("x".repeat(256), ["d"; 65].join("/"), ["dd"; 342].join("/"));
        for path in [
            "",
            "/",
            "/etc/passwd",
            "..",
            "../x",
            "a/../../x",
            "a/./b",
            "a//b",
            "a/",
            "a\0b",
            "a\nb",
            "a\u{202e}gpj.exe",
            ".skein",
            ".Skein/versions/x",
            "a/.SKEIN/x",
            ".skein-sync-0123",
            "a/.ſkein",
            &long,
            &deep,
            &far,
        ] {
            assert!(fit(path).is_err(), "{path:?}");
        }
        for path in ["a", "a/b.txt", ".hidden", "ä ö/日本.md", "CON", "12:30.txt", "a\\b", ".skeinignore", "…"] {
            assert_eq!(fit(path), Ok(()), "{path:?}");
        }
    }

    #[test]
    fn links_are_judged_by_where_their_text_leads() {
        for (path, target) in [("a", "b"), ("d/a", "../b"), ("d/e/a", "../.././b"), ("a", "./b/c")] {
            assert!(stays_inside(path, target), "{path} -> {target}");
        }
        for (path, target) in [
            ("a", "/etc"),
            ("a", ".."),
            ("d/a", "../../x"),
            ("d/a", "b/../x"),
            ("a", ".skein/versions"),
            ("a", "..//../x"),
        ] {
            assert!(!stays_inside(path, target), "{path} -> {target}");
        }
    }

    #[test]
    fn names_that_one_disk_takes_for_the_same_fold_alike() {
        for (a, b) in
            [("README.md", "readme.MD"), ("caf\u{e9}", "cafe\u{301}"), ("CAF\u{c9}", "cafe\u{301}"), ("Σ", "σ")]
        {
            assert_eq!(fold(a), fold(b), "{a} {b}");
        }
        assert_ne!(fold("a"), fold("b"));
    }
}
