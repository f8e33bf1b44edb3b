//! Looking through a tied folder: what is there, and what must be read because it is not what it was.

use std::collections::BTreeMap;
use std::io::{self, Read};

use skein_event::BlobHash;
use skein_mirror::{MAX_PLACED, Seen, What, fit, fit_target};

use super::disk::{self, Top};
use super::filter::{self, Filter};
use super::ledger::Ledger;
use super::stat::{Kind, Stat};

/// The most lines about what cannot be the same.
const MAX_PROBLEMS: usize = 100;

/// What was found.
#[derive(Default)]
pub(super) struct Scanned {
    pub seen: Seen,
    /// What each file is known by.
    pub stats: BTreeMap<String, Stat>,
    /// Files that must be read.
    pub fresh: Vec<String>,
    /// What is left alone, and why.
    pub problems: Vec<(String, String)>,
    /// What was read of files that changed meanwhile: nobody needs it.
    pub halves: Vec<BlobHash>,
}

impl Scanned {
    pub fn problem(&mut self, path: &str, why: impl Into<String>) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push((path.into(), why.into()));
        }
    }

    /// Nothing is known of this.
    fn unknown(&mut self, path: &str, why: impl Into<String>) {
        self.problem(path, why);
        self.seen.unknown.insert(path.into());
    }
}

/// The filter, with the folder's own list.
pub(super) fn filter(top: &Top, only: &[String], without: &[String]) -> io::Result<Filter> {
    let mut text = Vec::new();
    match top.read(filter::NAME) {
        Ok(file) => drop(file.take(filter::MAX_BYTES).read_to_end(&mut text)?),
        Err(error) if disk::is_nothing(&error) || error.kind() == io::ErrorKind::InvalidInput => (),
        Err(error) => return Err(error),
    }
    let filter = Filter::new(&String::from_utf8_lossy(&text), only, without);
    filter.ok_or_else(|| io::Error::other("`.skeinignore`, or the patterns it was tied with, cannot be understood"))
}

/// Looks through all of it.
///
/// # Errors
/// Only if the top itself cannot be read.
pub(super) fn scan(top: &Top, filter: &Filter, ledger: &Ledger) -> io::Result<Scanned> {
    let mut scanned = Scanned::default();
    let mut open = vec![None::<String>];
    while let Some(folder) = open.pop() {
        let listed = match (top.list(folder.as_deref()), &folder) {
            (Ok(listed), _) => listed,
            (Err(error), None) => return Err(error),
            (Err(error), Some(folder)) if disk::is_nothing(&error) => {
                scanned.unknown(folder, "it changed while it was looked at");
                continue;
            }
            (Err(error), Some(folder)) => {
                scanned.unknown(folder, format!("it cannot be read: {error}"));
                continue;
            }
        };
        let place = |name: &str| folder.as_ref().map_or_else(|| name.to_owned(), |folder| format!("{folder}/{name}"));
        for name in &listed.no_text {
            scanned.problem(&place(name), "its name is no text in UTF-8");
        }
        for name in &listed.unreadable {
            scanned.unknown(&place(name), "it cannot be looked at");
        }
        if let Some(folder) = &folder {
            scanned.seen.folders.insert(folder.clone());
            let empty = listed.entries.is_empty() && listed.no_text.is_empty() && listed.unreadable.is_empty();
            if empty && filter.lets(folder, true) {
                scanned.seen.at.insert(folder.clone(), What::Folder);
            }
        }
        for (name, stat) in listed.entries {
            let path = place(&name);
            if disk::own(&path) {
                continue;
            }
            if stat.kind == Kind::Folder {
                if filter.enters(&path) {
                    match fit(&path) {
                        Ok(()) => open.push(Some(path)),
                        Err(why) => scanned.unknown(&path, why),
                    }
                }
            } else if filter.lets(&path, false) {
                one(top, path, stat, ledger, &mut scanned);
            }
        }
    }
    Ok(scanned)
}

fn one(top: &Top, path: String, stat: Stat, ledger: &Ledger, scanned: &mut Scanned) {
    if let Err(why) = fit(&path) {
        return scanned.unknown(&path, why);
    }
    if scanned.seen.at.len() >= MAX_PLACED {
        return scanned.unknown(&path, "the folder holds more than 100,000 things");
    }
    scanned.stats.insert(path.clone(), stat);
    match stat.kind {
        Kind::Link => match top.target(&path) {
            Ok(target) if fit_target(&target).is_ok() => {
                scanned.seen.at.insert(path, What::Link { target });
            }
            _ => scanned.unknown(&path, "where the link leads cannot be written down"),
        },
        Kind::File => {
            let before = ledger.base.get(&path).filter(|_| ledger.stats.get(&path) == Some(&stat));
            match before.map(|row| &row.what) {
                Some(What::File { root, bytes, modified_ms, .. }) => {
                    let (root, bytes, modified_ms) = (*root, *bytes, *modified_ms);
                    let what = What::File { root, bytes, modified_ms, executable: stat.executable() };
                    scanned.seen.at.insert(path, what);
                }
                _ => scanned.fresh.push(path),
            }
        }
        Kind::Folder | Kind::Other => scanned.unknown(&path, "it is neither a file nor a folder nor a link"),
    }
}
