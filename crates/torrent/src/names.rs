//! Which names a torrent's files may have. They come from strangers: none may lead out of its folder, on any computer.

use std::collections::BTreeSet;

use crate::error::TorrentError;
use crate::meta::File;

/// The longest name of one file or folder, in bytes.
const MAX_NAME_BYTES: usize = 255;
/// The longest path, in bytes, and the deepest.
const MAX_PATH_BYTES: usize = 2_000;
const MAX_DEPTH: usize = 32;

/// A name of one file or folder.
///
/// # Errors
/// If no file can be called that, on some computer at least.
pub(crate) fn name(bytes: &[u8]) -> Result<String, TorrentError> {
    let no = |why: &str| Err(TorrentError::unfit(format!("a name in this torrent cannot be taken: {why}")));
    let Ok(name) = std::str::from_utf8(bytes) else { return no("it is no text") };
    let drive = name.as_bytes().get(1) == Some(&b':') && name.as_bytes()[0].is_ascii_alphabetic();
    match name {
        "" => no("it is empty"),
        "." | ".." => no("it leads out of its folder"),
        _ if name.contains(['/', '\\']) || drive => no("it leads out of its folder"),
        _ if name.chars().any(char::is_control) => no("it has characters that cannot be seen"),
        _ if name.len() > MAX_NAME_BYTES => no("it is too long"),
        _ => Ok(name.to_owned()),
    }
}

/// Whether all of these can lie in one folder together.
///
/// # Errors
/// If two have one name, one lies in the other, or a path is too long or too deep.
pub(crate) fn together(files: &[File]) -> Result<(), TorrentError> {
    let no = |why: &str| Err(TorrentError::unfit(format!("this torrent cannot be taken: {why}")));
    let (mut all, mut folders) = (BTreeSet::new(), BTreeSet::new());
    for file in files.iter().filter(|file| !file.padding) {
        let length: usize = file.path.iter().map(|part| part.len() + 1).sum();
        if length > MAX_PATH_BYTES || file.path.len() > MAX_DEPTH {
            return no("a path in it is too long or too deep");
        }
        // As on most other computers, where capitals make no difference.
        let path: Vec<String> = file.path.iter().map(|part| part.to_lowercase()).collect();
        folders.extend((1..path.len()).map(|depth| path[..depth].to_vec()));
        if !all.insert(path) {
            return no("two files in it have one name");
        }
    }
    if all.iter().any(|path| folders.contains(path)) {
        return no("a file in it is where a folder must be");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out() {
        for good in ["a", "a b.txt", "…", "Ünter", "..a", "a..", "CD1: intro.flac"] {
            assert_eq!(name(good.as_bytes()).expect("is a name"), good);
        }
        let long = "x".repeat(256);
        for bad in [
            "",
            ".",
            "..",
            "../x",
            "/etc/passwd",
            "a/b",
            "a\\b",
            "..\\x",
            "C:\\x",
            "c:",
            "a\0b",
            "a\nb",
            "a\u{7f}",
            &long,
        ] {
            assert!(name(bad.as_bytes()).is_err(), "{bad:?}");
        }
        assert!(name(b"\xff\xfe").is_err());
    }

    #[test]
    fn files_have_a_place_each() {
        let file = |path: &str| File { path: path.split('/').map(Into::into).collect(), bytes: 1, padding: false };
        let check = |paths: &[&str]| together(&paths.iter().map(|path| file(path)).collect::<Vec<_>>());
        assert!(check(&["a", "b/a", "b/c"]).is_ok());
        for bad in [&["a", "a"][..], &["a", "A"], &["a", "a/b"], &["b/c/d", "b/c"], &[&"x/".repeat(40)]] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }
}
