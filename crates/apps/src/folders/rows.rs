//! Reading the rows: folders, heads, versions.

use rusqlite::Row;
use skein_app::{Fault, ObjectRow, View};
use skein_event::{BlobHash, DeviceId, EventId, MemberId, ObjectId, Tick};
use skein_mirror::{Folder, Head, Kept, Use, What};

/// The most folders that are listed.
pub(super) const MAX_FOLDERS: i64 = 1_000;
/// The most heads that are read of one folder: some more than are ever placed on a disk.
const MAX_HEADS: i64 = 200_000;
/// The most versions that are read at once.
const MAX_VERSIONS: i64 = 5_000;

/// Not replaced by another change of the same path.
const STANDS: &str = "NOT EXISTS (SELECT 1 FROM folders_over o
    WHERE o.object = c.object AND o.path = c.path AND o.said = c.said AND o.place = c.place)";
const CHANGE: &str = "c.path, c.said, c.place, c.kind, c.root, c.bytes, c.modified, c.runs, c.target,
    b.member, b.device, b.tick FROM folders_change c JOIN folders_by b ON b.object = c.object AND b.said = c.said";

/// Folders by name, with the number and bytes of what is in them now.
pub(super) fn folders(view: &View<'_>) -> Result<Vec<(ObjectRow, Folder)>, Fault> {
    let sql = "SELECT object, id, name, min(said) FROM folders_made GROUP BY object ORDER BY name, id LIMIT ?1";
    view.all(sql, [MAX_FOLDERS], |row| {
        let id: String = row.get(1)?;
        Ok((row.get(0)?, Folder { id: id.parse().unwrap_or(ObjectId::ZERO), name: row.get(2)? }))
    })
}

/// The number of a folder's object.
pub(super) fn object(folder: &ObjectId, view: &View<'_>) -> Result<Option<ObjectRow>, Fault> {
    view.first("SELECT object FROM folders_made WHERE id = ?1", [folder.to_string()], |row| row.get(0))
}

fn change(row: &Row<'_>) -> rusqlite::Result<Kept> {
    let what = match row.get::<_, i64>(3)? {
        1 => What::File {
            root: BlobHash::from_bytes(row.get(4)?),
            bytes: row.get::<_, i64>(5)? as u64,
            modified_ms: row.get::<_, i64>(6)? as u64,
            executable: row.get(7)?,
        },
        2 => What::Link { target: row.get(8)? },
        3 => What::Folder,
        _ => What::Gone,
    };
    Ok(Kept {
        path: row.get(0)?,
        id: (EventId::from_bytes(row.get(1)?), row.get::<_, i64>(2)? as u32),
        what,
        member: MemberId::from_bytes(row.get(9)?),
        device: DeviceId::from_bytes(row.get(10)?),
        tick: Tick::from_raw(row.get::<_, i64>(11)? as u64),
        current: true,
    })
}

/// What nothing has replaced, in the order of paths.
pub(super) fn heads(object: ObjectRow, view: &View<'_>) -> Result<Vec<Head>, Fault> {
    let sql = format!("SELECT {CHANGE} WHERE c.object = ?1 AND {STANDS} ORDER BY c.path, c.said, c.place LIMIT ?2");
    view.all(&sql, (object, MAX_HEADS), |row| {
        let Kept { id, path, what, tick, member, device, .. } = change(row)?;
        Ok(Head { id, path, what, tick, member, device, label: String::new() })
    })
}

/// Versions of files and links at a path, or of all paths, the newest first.
pub(super) fn versions(object: ObjectRow, path: Option<&str>, view: &View<'_>) -> Result<Vec<Kept>, Fault> {
    let sql = format!(
        "SELECT {CHANGE} WHERE c.object = ?1 AND (?2 IS NULL OR c.path = ?2) AND c.kind IN (1, 2)
          ORDER BY b.tick DESC, c.said, c.place LIMIT ?3"
    );
    let mut found = view.all(&sql, (object, path, MAX_VERSIONS), change)?;
    let sql = format!(
        "SELECT 1 FROM folders_change c WHERE c.object = ?1 AND c.path = ?2 AND c.said = ?3 AND c.place = ?4 AND {STANDS}"
    );
    for version in &mut found {
        let key = (object, &version.path, version.id.0.as_bytes(), i64::from(version.id.1));
        version.current = view.first(&sql, key, |_| Ok(()))?.is_some();
    }
    Ok(found)
}

/// The bytes of everything that is current in any folder.
pub(super) fn current(view: &View<'_>) -> Result<Vec<BlobHash>, Fault> {
    let sql =
        format!("SELECT DISTINCT c.root FROM folders_change c WHERE c.root IS NOT NULL AND {STANDS} ORDER BY c.root");
    view.all(&sql, [], |row| row.get(0).map(BlobHash::from_bytes))
}

/// The bytes of every version: what members may fetch.
pub(super) fn all(view: &View<'_>) -> Result<Vec<BlobHash>, Fault> {
    let sql = "SELECT DISTINCT root FROM folders_change WHERE root IS NOT NULL ORDER BY root";
    view.all(sql, [], |row| row.get(0).map(BlobHash::from_bytes))
}

/// What folders need these bytes for: now if some change that brought them stands, else since when the last one does not.
pub(super) fn use_of(root: &BlobHash, view: &View<'_>) -> Result<Use, Fault> {
    let sql = "SELECT count(*), count(o.said), coalesce(max(o.tick), 0) FROM folders_change c LEFT JOIN folders_over o
                ON o.object = c.object AND o.path = c.path AND o.said = c.said AND o.place = c.place WHERE c.root = ?1";
    let found: Option<(i64, i64, i64)> =
        view.first(sql, [root.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(match found {
        None | Some((0, ..)) => Use::None,
        Some((all, replaced, tick)) if replaced == all => Use::Past { replaced_ms: Tick::from_raw(tick as u64).ms() },
        Some(_) => Use::Current,
    })
}

/// The devices that put these bytes into a folder, the first one first.
pub(super) fn holders(root: &BlobHash, view: &View<'_>) -> Result<Vec<DeviceId>, Fault> {
    let sql = "SELECT b.device FROM folders_change c JOIN folders_by b ON b.object = c.object AND b.said = c.said
                WHERE c.root = ?1 GROUP BY b.device ORDER BY min(b.tick), b.device LIMIT 1000";
    view.all(sql, [root.as_bytes()], |row| row.get(0).map(DeviceId::from_bytes))
}
