//! Folders of this computer that are kept the same as a community's.

use std::sync::Arc;

use super::{Area, Check, Level};
use crate::core::Core;
use crate::{TieRow, TieState, mirror};

/// How each of them stands.
pub(super) fn checks(core: &Core) -> Vec<Check> {
    let rows = mirror::ties(core, None).unwrap_or_default();
    rows.iter().map(check).collect()
}

/// How much room old versions take; none if they take none, or nobody can say now.
pub(super) async fn old(core: &Arc<Core>) -> Option<Check> {
    let bytes = mirror::past_bytes(core).await.ok().filter(|bytes| *bytes > 0)?;
    let room = if bytes < 1_000_000 { "less than 1".to_owned() } else { (bytes / 1_000_000).to_string() };
    let what = format!("old versions of files in folders take {room} MB, and go after thirty days");
    Some(Check::good(Area::Folders, what))
}

fn check(row: &TieRow) -> Check {
    let judged = judge(row);
    Check { community: row.community.clone(), community_name: row.community_name.clone(), ..judged }
}

fn judge(row: &TieRow) -> Check {
    let status = format!("skein files sync status {}", row.dir);
    let bad = |level, kind, what: &str, why: &str| {
        let next = if row.next.is_empty() { &status } else { &row.next };
        Check::new(Area::Folders, level, kind, format!("{} {what}", row.dir)).why(why.to_owned()).next(next.clone())
    };
    let others = "Until then the others' copy and this one may differ.";
    match row.state {
        TieState::Trouble => bad(Level::Trouble, "folder-trouble", "cannot be kept the same", &row.words),
        TieState::Away => bad(Level::Warning, "folder-away", "is not where it was", others),
        TieState::ManyGone => bad(Level::Warning, "folder-many-gone", "has lost many files at once", &row.words),
        TieState::Paused => bad(Level::Note, "folder-paused", "is paused", others),
        TieState::Waiting => bad(Level::Note, "folder-waiting", "waits for others who have what is missing", others),
        _ if row.conflicts > 0 => {
            let why = "Two changed the same file at once: both versions lie side by side.";
            bad(Level::Note, "folder-conflicts", &format!("has {} other versions", row.conflicts), why)
        }
        _ if !row.problems.is_empty() => {
            let what = format!("has {} things that are left alone", row.problems.len());
            bad(Level::Note, "folder-left-alone", &what, "They are on this computer only.")
        }
        _ => Check::good(Area::Folders, format!("{} is the same as everybody's", row.dir)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(state: TieState, conflicts: u64) -> TieRow {
        let text = String::new;
        TieRow {
            dir: "papers".into(),
            name: text(),
            folder: text(),
            community: "c".into(),
            community_name: "Garden".into(),
            state,
            words: text(),
            next: text(),
            done: 0,
            total: 0,
            files: 1,
            bytes: 1,
            conflicts,
            waiting: 0,
            problems: Vec::new(),
            only: Vec::new(),
            without: Vec::new(),
            equal_ms: 0,
        }
    }

    #[test]
    fn each_way_to_stand_is_told_as_bad_as_it_is() {
        let level = |state, conflicts| check(&row(state, conflicts)).level;
        assert_eq!(level(TieState::Equal, 0), Level::Good);
        assert_eq!(level(TieState::Equal, 1), Level::Note);
        assert_eq!(level(TieState::Paused, 0), Level::Note);
        assert_eq!(level(TieState::Away, 0), Level::Warning);
        assert_eq!(level(TieState::ManyGone, 0), Level::Warning);
        assert_eq!(level(TieState::Trouble, 0), Level::Trouble);
        assert_eq!(check(&row(TieState::Away, 0)).next, "skein files sync status papers");
        assert_eq!(check(&row(TieState::Away, 0)).community_name, "Garden");
        let asked = TieRow { next: "`skein files sync resume papers --gone`".into(), ..row(TieState::ManyGone, 0) };
        assert_eq!(check(&asked).next, asked.next, "what the folder itself says is nearer");
    }
}
