//! What this device should hold, what members may fetch from one another, and who holds it.

use std::collections::BTreeSet;

use skein_app::{Fault, Hold, Me, View, Want};
use skein_event::{BlobHash, DeviceId};

use super::copies;
use super::desk::Command;
use super::rows::{COPIES, id};

/// The most wishes at once; the next ones come when these are fulfilled.
const MAX_WANTS: usize = 1_000;
/// The most shares with the same content that one word of this device is said about.
const MAX_SHARES_OF_ROOT: usize = 100;

/// A keeper wants every version of every share; another device the current version of what it keeps. Content of a share
/// that was taken back should go, unless it is kept here or another share has it.
pub(super) fn wants(me: &Me, there: &[DeviceId], view: &View<'_>) -> Result<Vec<Want>, Fault> {
    let missing = "NOT EXISTS (SELECT 1 FROM files_holder h
                    WHERE h.object = v.object AND h.root = v.root AND h.device = ?1)";
    let mine = if me.keeper {
        "1"
    } else {
        "s.object IN (SELECT object FROM files_kept WHERE device = ?1) AND v.number = s.latest"
    };
    let sql = format!(
        "SELECT s.id, v.root, v.folder FROM files_share s JOIN files_version v ON v.object = s.object
          WHERE s.removed IS NULL AND {mine} AND {missing} ORDER BY v.number = s.latest DESC, v.tick, s.id LIMIT ?2"
    );
    let mut wants = view.all(&sql, (me.device.as_bytes(), MAX_WANTS as i64), |row| {
        Ok(Want::Blob { root: BlobHash::from_bytes(row.get(1)?), folder: row.get(2)?, share: id(row, 0)? })
    })?;
    wants.extend(gone(me, view)?);
    let taken: BTreeSet<BlobHash> = wants.iter().map(Want::root).collect();
    let spare = copies::wants(me, there, view)?.into_iter().filter(|want| !taken.contains(&want.root()));
    wants.extend(spare.take(MAX_WANTS));
    Ok(wants)
}

fn gone(me: &Me, view: &View<'_>) -> Result<Vec<Want>, Fault> {
    let sql = "SELECT s.id, h.root FROM files_holder h JOIN files_share s ON s.object = h.object
                WHERE h.device = ?1 AND s.removed IS NOT NULL
                  AND NOT EXISTS (SELECT 1 FROM files_kept k JOIN files_version v ON v.object = k.object
                                   WHERE k.device = ?1 AND v.root = h.root)
                  AND NOT EXISTS (SELECT 1 FROM files_holder x JOIN files_share o ON o.object = x.object
                                   WHERE x.device = ?1 AND x.root = h.root AND o.removed IS NULL)
                ORDER BY s.removed, h.root LIMIT ?2";
    view.all(sql, (me.device.as_bytes(), MAX_WANTS as i64), |row| {
        Ok(Want::Gone { root: BlobHash::from_bytes(row.get(1)?), share: id(row, 0)? })
    })
}

/// The roots of every version of every share that was not taken back: what the host's door lets members fetch. Content
/// that was taken back in one share and is still in another stays fetchable.
pub(super) fn known_roots(view: &View<'_>) -> Result<Vec<BlobHash>, Fault> {
    let sql = "SELECT DISTINCT v.root FROM files_version v JOIN files_share s ON s.object = v.object
                WHERE s.removed IS NULL ORDER BY v.root";
    view.all(sql, [], |row| row.get(0).map(BlobHash::from_bytes))
}

/// The devices that say they hold a root and still count, by since when.
pub(super) fn holders(root: &BlobHash, view: &View<'_>) -> Result<Vec<DeviceId>, Fault> {
    let sql =
        format!("SELECT h.device FROM {COPIES} WHERE h.root = ?1 GROUP BY h.device ORDER BY min(h.since), h.device");
    view.all(&sql, [root.as_bytes()], |row| row.get(0).map(DeviceId::from_bytes))
}

/// The commands by which this device says how it holds a root, or that it no longer does: about every share that has it, but
/// what it does for the others about the one share on account of which it does it.
pub(super) fn held(me: &Me, root: &BlobHash, hold: Hold, view: &View<'_>) -> Result<Vec<Command>, Fault> {
    let root = *root;
    Ok(match hold {
        Hold::Own => unsaid(me, &root, view)?.into_iter().map(|share| Command::Held { share, root }).collect(),
        Hold::Not => said(me, &root, view)?.into_iter().map(|share| Command::Unheld { share, root }).collect(),
        Hold::Spare(share) => vec![Command::HeldForOthers { share: share.to_string(), root }],
        Hold::Unfit(share) => vec![Command::Unfit { share: share.to_string(), root }],
    })
}

/// Shares that stand; or, if all were taken back while it was fetched, one of those: so that it is let go again.
fn unsaid(me: &Me, root: &BlobHash, view: &View<'_>) -> Result<Vec<String>, Fault> {
    let sql = "SELECT DISTINCT s.id, s.removed IS NULL, EXISTS (SELECT 1 FROM files_holder h
                  WHERE h.object = s.object AND h.root = ?1 AND h.device = ?2 AND h.spare = 0) AS said
                 FROM files_version v JOIN files_share s ON s.object = v.object
                WHERE v.root = ?1 ORDER BY s.removed IS NOT NULL, said, s.tick, s.id LIMIT ?3";
    let all = view.all(sql, (root.as_bytes(), me.device.as_bytes(), MAX_SHARES_OF_ROOT as i64), |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?, row.get::<_, bool>(2)?))
    })?;
    let some_stands = all.iter().any(|(_, stands, _)| *stands);
    let some_said = all.iter().any(|(.., said)| *said);
    let unsaid = all.into_iter().filter(|(_, stands, said)| !said && (*stands || !some_stands));
    Ok(match (some_stands, some_said) {
        (true, _) => unsaid.map(|(id, ..)| id).collect(),
        (false, true) => Vec::new(),
        (false, false) => unsaid.map(|(id, ..)| id).take(1).collect(),
    })
}

/// Shares of which this device says that it holds the root, or that it keeps it.
fn said(me: &Me, root: &BlobHash, view: &View<'_>) -> Result<Vec<String>, Fault> {
    let sql = "SELECT DISTINCT s.id FROM files_version v JOIN files_share s ON s.object = v.object
                WHERE v.root = ?1
                  AND (EXISTS (SELECT 1 FROM files_holder h
                                WHERE h.object = s.object AND h.root = ?1 AND h.device = ?2)
                    OR v.number = s.latest AND EXISTS (SELECT 1 FROM files_kept k
                                WHERE k.object = s.object AND k.device = ?2))
                ORDER BY s.tick, s.id LIMIT ?3";
    view.all(sql, (root.as_bytes(), me.device.as_bytes(), MAX_SHARES_OF_ROOT as i64), |row| row.get(0))
}
