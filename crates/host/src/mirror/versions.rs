//! Old versions: what gave way lies in `.skein/versions` of the folder itself, under its own path, for thirty days.
//!
//! The names tell when: "notes~20261122-140321.md". Whoever looks into the folder finds them without this program.

use std::io;

use rustix::fs::AtFlags;
use skein_app::{day, moment, read_day};
use skein_mirror::KEPT_MS;

use super::disk::{Top, VERSIONS, is_nothing};
use super::stat::Kind;

/// The most that are listed.
const MAX_LISTED: usize = 10_000;
/// The longest name of a file, in bytes.
const MAX_NAME: usize = 255;

/// An old version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Old {
    /// Where it lies now, within the tied folder.
    pub at: String,
    /// Where it lay.
    pub path: String,
    /// When it gave way, in milliseconds since 1970.
    pub when_ms: u64,
    pub bytes: u64,
}

/// The name under which a version is kept.
pub(super) fn kept_name(name: &str, when_ms: u64, number: u32) -> String {
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() <= 16 => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    let seconds = when_ms / 1_000 % 60;
    let time = moment(when_ms)[day(when_ms).len() + 1..].replace(':', "");
    let number = if number == 0 { String::new() } else { format!("-{number}") };
    let mark = format!("~{}-{time}{seconds:02}{number}", day(when_ms).replace('-', ""));
    let mut cut = stem.len().min(MAX_NAME - mark.len() - ending.len());
    while !stem.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("{}{mark}{ending}", &stem[..cut])
}

/// The name that it had, and when it gave way; `None`: a person put this there.
fn read_name(name: &str) -> Option<(String, u64)> {
    let (stem, mark) = name.rsplit_once('~')?;
    let (mark, ending) = mark.split_once('.').map_or((mark, String::new()), |(mark, end)| (mark, format!(".{end}")));
    let mut parts = mark.split('-');
    let (date, time) = (parts.next()?, parts.next()?);
    if date.len() != 8 || time.len() != 6 || !date.is_ascii() || !time.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let midnight = read_day(&format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..]))?;
    let part = |at: usize| time[at..at + 2].parse::<u64>().ok();
    let seconds = part(0)? * 3_600 + part(2)? * 60 + part(4)?;
    Some((format!("{stem}{ending}"), midnight + seconds * 1_000))
}

/// All old versions, the newest first.
pub(super) fn list(top: &Top) -> io::Result<Vec<Old>> {
    let mut found = Vec::new();
    let mut open = vec![None::<String>];
    while let Some(folder) = open.pop() {
        let place = folder.as_ref().map_or_else(|| VERSIONS.to_owned(), |folder| format!("{VERSIONS}/{folder}"));
        let listed = match top.list(Some(&place)) {
            Err(error) if is_nothing(&error) => continue,
            listed => listed?,
        };
        for (name, stat) in listed.entries {
            let within =
                |name: &str| folder.as_ref().map_or_else(|| name.to_owned(), |folder| format!("{folder}/{name}"));
            if stat.kind == Kind::Folder {
                open.push(Some(within(&name)));
            } else if let Some((before, when_ms)) = read_name(&name)
                && found.len() < MAX_LISTED
            {
                found.push(Old { at: format!("{place}/{name}"), path: within(&before), when_ms, bytes: stat.size });
            }
        }
    }
    found.sort_by(|a, b| (b.when_ms, &a.at).cmp(&(a.when_ms, &b.at)));
    Ok(found)
}

/// Lets go of those whose time is over. What a person put there stays.
pub(super) fn let_go(top: &Top, now_ms: u64) -> io::Result<()> {
    for old in list(top)?.into_iter().filter(|old| old.when_ms + KEPT_MS < now_ms) {
        let (folder, name) = old.at.rsplit_once('/').unwrap_or((VERSIONS, &old.at));
        let folder = top.folder(Some(folder), false)?;
        rustix::fs::unlinkat(&folder, name, AtFlags::empty())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_old_versions_tell_what_they_were_and_when() {
        let when_ms = 1_763_820_201_000; // 22 November 2025, 14:03:21 UTC
        for (name, number, kept) in [
            ("notes.md", 0, "notes~20251122-140321.md"),
            ("notes.md", 2, "notes~20251122-140321-2.md"),
            ("Makefile", 0, "Makefile~20251122-140321"),
            (".profile", 0, ".profile~20251122-140321"),
            ("a~b.tar", 0, "a~b~20251122-140321.tar"),
        ] {
            assert_eq!(kept_name(name, when_ms, number), kept);
            assert_eq!(read_name(kept), Some((name.to_owned(), when_ms)), "{kept}");
        }
        assert!(kept_name(&"ä".repeat(127), when_ms, 999).len() <= MAX_NAME);
        for name in ["notes.md", "notes~2025.md", "a~20251332-000000", "a~ü2511122-14032.md", "~", "a~20251122-14032é"]
        {
            assert_eq!(read_name(name), None, "{name}");
        }
    }
}
