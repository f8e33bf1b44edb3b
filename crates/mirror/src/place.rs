//! What a folder should look like by the log: which version lies at each path, and which lie beside it.
//!
//! The same heads give the same placement on every device whose disk is of the same kind.

use std::collections::{BTreeMap, BTreeSet};

use crate::path::{self, MAX_PART_BYTES};
use crate::{Head, HeadId, What};

/// The most things that are put into one folder; what comes after them in the order of paths is left out, and said.
pub const MAX_PLACED: usize = 100_000;

/// Something that should be on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its path in the log; on the disk it may lie elsewhere.
    pub path: String,
    /// What.
    pub what: What,
    /// The heads that it stands for: whoever changes it replaces these.
    pub heads: Vec<HeadId>,
    /// It is another version, shown beside the one that has the path.
    pub beside: bool,
    /// It may lie on the disk, but is never put there: a link that leads out of the folder.
    pub unmade: bool,
}

/// Everything that should be on the disk, by its path there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placement {
    /// By path on the disk.
    pub at: BTreeMap<String, Placed>,
    /// What is not put on the disk, and why.
    pub left: Vec<(String, &'static str)>,
    /// Paths of the log at which nothing is any more, with the heads that say so: whoever puts something there replaces them.
    pub gone: BTreeMap<String, Vec<HeadId>>,
}

impl Placement {
    /// How many other versions are shown beside.
    pub fn conflicts(&self) -> usize {
        self.at.values().filter(|placed| placed.beside).count()
    }
}

/// Places all heads. `folds`: the disk does not tell small letters from capitals ([`path::fold`]).
pub fn place(heads: &[Head], folds: bool) -> Placement {
    let mut by_path: BTreeMap<&str, Vec<&Head>> = BTreeMap::new();
    for head in heads {
        by_path.entry(&head.path).or_default().push(head);
    }
    let mut placement = Placement::default();
    let mut besides: Vec<(&Head, Placed)> = Vec::new();
    for (path, heads) in by_path {
        let ids: Vec<HeadId> = heads.iter().map(|head| head.id).collect();
        let (main, others) = versions(path, heads);
        let Some((_, placed)) = main else {
            placement.gone.insert(path.into(), ids);
            continue;
        };
        if placement.at.len() + besides.len() >= MAX_PLACED {
            placement.left.push((path.into(), "the folder holds more than 100,000 things"));
            continue;
        }
        if placed.unmade {
            placement.left.push((path.into(), "the link leads out of the folder"));
        }
        placement.at.insert(path.into(), placed);
        besides.extend(others);
    }
    let label_of: BTreeMap<HeadId, &Head> = heads.iter().map(|head| (head.id, head)).collect();
    let moved = make_way(&mut placement.at, folds);
    let moved = moved.into_iter().filter_map(|placed| Some((*label_of.get(placed.heads.first()?)?, placed)));
    let all: Vec<(&Head, Placed)> = moved.chain(besides).collect();
    put_beside(all, &mut placement.at, folds);
    placement
}

type Version<'a> = (&'a Head, Placed);

/// What is shown at one path, and what beside it. Something is more than an empty folder, and that more than nothing; of
/// two of a kind the later one is shown. What says the same is one.
fn versions<'a>(path: &str, mut heads: Vec<&'a Head>) -> (Option<Version<'a>>, Vec<Version<'a>>) {
    let rank = |what: &What| match what {
        What::File { .. } | What::Link { .. } => 2,
        What::Folder => 1,
        What::Gone => 0,
    };
    heads.sort_by_key(|head| std::cmp::Reverse((rank(&head.what), head.order())));
    let mut found: Vec<Version<'a>> = Vec::new();
    for head in heads {
        let bare = rank(&head.what) < 2;
        let same = found.iter_mut().find(|(_, placed)| placed.what.same(&head.what));
        if let Some((_, placed)) = same {
            placed.heads.push(head.id);
        } else if bare && let Some((_, placed)) = found.first_mut() {
            // Without bytes there is nothing to be shown beside: whoever changes what is shown replaces it.
            placed.heads.push(head.id);
        } else if head.what != What::Gone {
            let unmade = matches!(&head.what, What::Link { target } if !path::stays_inside(path, target));
            let (what, heads) = (head.what.clone(), vec![head.id]);
            found.push((head, Placed { path: path.into(), what, heads, beside: !found.is_empty(), unmade }));
        }
    }
    for (_, placed) in &mut found {
        placed.heads.sort_unstable();
    }
    let mut found = found.into_iter();
    (found.next(), found.collect())
}

/// Takes away what cannot lie where it should: a file where a folder must be, and the second of two names that are one on
/// this disk. Empty folders with something in them are there anyway.
fn make_way(at: &mut BTreeMap<String, Placed>, folds: bool) -> Vec<Placed> {
    let key = |path: &str| if folds { path::fold(path) } else { path.to_owned() };
    let mut folders = BTreeSet::new();
    for (path, _) in at.iter() {
        let mut inside = path.as_str();
        while let Some(parent) = path::parent(inside) {
            if !folders.insert(key(parent)) {
                break;
            }
            inside = parent;
        }
    }
    let (mut moved, mut taken) = (Vec::new(), BTreeSet::new());
    at.retain(|path, placed| {
        let key = key(path);
        let folder = placed.what == What::Folder;
        let free = !folders.contains(&key) && taken.insert(key);
        if !free && !folder {
            moved.push(placed.clone());
        }
        free
    });
    moved
}

/// Puts each under a name that tells whose it is and that nothing else has.
fn put_beside(mut all: Vec<(&Head, Placed)>, at: &mut BTreeMap<String, Placed>, folds: bool) {
    let key = |path: &str| if folds { path::fold(path) } else { path.to_owned() };
    all.sort_by(|a, b| (&a.1.path, a.0.order()).cmp(&(&b.1.path, b.0.order())));
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for path in at.keys() {
        let mut inside = Some(path.as_str());
        while let Some(path) = inside {
            if !taken.insert(key(path)) {
                break;
            }
            inside = path::parent(path);
        }
    }
    for (head, placed) in all {
        let label = if head.label.is_empty() { "another version" } else { &head.label };
        let free =
            (1_u32..).map(|number| beside_name(&placed.path, label, number)).find(|name| taken.insert(key(name)));
        if let Some(name) = free {
            at.insert(name, placed);
        }
    }
}

/// "notes (Ana's version, 22 Nov 14.03).md"; then with a number.
fn beside_name(path: &str, label: &str, number: u32) -> String {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() <= 16 => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    let mark = if number == 1 { format!(" ({label})") } else { format!(" ({label} {number})") };
    let room = MAX_PART_BYTES.saturating_sub(mark.len() + ending.len());
    let mut cut = stem.len().min(room);
    while !stem.is_char_boundary(cut) {
        cut -= 1;
    }
    let name = format!("{}{mark}{ending}", &stem[..cut]);
    if folder.is_empty() { name } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests {
    use skein_event::{BlobHash, DeviceId, EventId, MemberId, Tick};

    use super::*;

    fn head(n: u8, path: &str, what: What) -> Head {
        let (member, device) = (MemberId::from_bytes([n; 32]), DeviceId::from_bytes([n; 32]));
        let (id, tick) = ((EventId::from_bytes([n; 32]), 0), Tick::from_raw(u64::from(n)));
        Head { id, path: path.into(), what, tick, member, device, label: format!("version {n}") }
    }

    fn file(n: u8) -> What {
        What::File { root: BlobHash::from_bytes([n; 32]), bytes: 1, modified_ms: 0, executable: false }
    }

    fn names(heads: &[Head], folds: bool) -> Vec<String> {
        place(heads, folds).at.into_keys().collect()
    }

    #[test]
    fn the_later_version_is_shown_and_the_others_lie_beside_it() {
        let heads = [head(1, "a/notes.md", file(1)), head(3, "a/notes.md", file(3)), head(2, "a/notes.md", file(2))];
        let placement = place(&heads, false);
        let expected = ["a/notes (version 1).md", "a/notes (version 2).md", "a/notes.md"];
        assert_eq!(placement.at.keys().collect::<Vec<_>>(), expected);
        assert_eq!(placement.at["a/notes.md"].what, file(3));
        assert_eq!(placement.conflicts(), 2);
        let mut turned = heads.clone();
        turned.reverse();
        assert_eq!(place(&turned, false), placement, "in any order of arrival");
    }

    #[test]
    fn an_edit_is_more_than_a_deletion_and_the_same_twice_is_one() {
        let heads = [head(9, "a", What::Gone), head(1, "a", file(7)), head(2, "a", file(7))];
        let placement = place(&heads, false);
        assert_eq!(placement.at.len(), 1);
        assert_eq!(placement.at["a"].heads.len(), 3, "whoever changes it replaces all of them");
        assert!(place(&[head(1, "a", What::Gone)], false).at.is_empty());
    }

    #[test]
    fn a_file_where_a_folder_is_and_a_name_that_is_another_on_this_disk_lie_beside() {
        let heads = [head(1, "a", file(1)), head(2, "a/b", file(2)), head(3, "a", What::Folder)];
        assert_eq!(names(&heads, false), ["a (version 1)", "a/b"]);
        let heads = [
            head(1, "Read.me", file(1)),
            head(2, "read.me", file(2)),
            head(3, "caf\u{e9}", file(3)),
            head(4, "cafe\u{301}", file(4)),
        ];
        assert_eq!(names(&heads, false).len(), 4);
        assert_eq!(
            names(&heads, false),
            ["Read.me", "cafe\u{301}", "caf\u{e9}", "read.me"],
            "a disk that tells them apart has both"
        );
        assert_eq!(names(&heads, true), ["Read.me", "cafe\u{301}", "caf\u{e9} (version 3)", "read (version 2).me"]);
    }

    #[test]
    fn a_name_beside_is_never_another_files_nor_too_long() {
        let heads = [head(1, "a", file(1)), head(2, "a", file(2)), head(3, "a (version 1)", file(3))];
        assert_eq!(names(&heads, false), ["a", "a (version 1 2)", "a (version 1)"]);
        let long = "ä".repeat(127);
        let heads = [head(1, &long, file(1)), head(2, &long, file(2))];
        assert!(names(&heads, false).iter().all(|name| path::fit(name).is_ok()));
    }

    #[test]
    fn a_link_that_leads_out_is_kept_as_text() {
        let out = What::Link { target: "../../etc/passwd".into() };
        let placement = place(&[head(1, "a", out), head(2, "b", What::Link { target: "a".into() })], false);
        assert!(placement.at["a"].unmade && !placement.at["b"].unmade);
        assert_eq!(placement.left, [("a".to_owned(), "the link leads out of the folder")]);
    }
}
