//! Reading: the shares as they stand, with who shared them and who holds them. Reads the rows of `people` for names
//! and for which devices no longer count.

use std::str::FromStr;

use rusqlite::Row;
use rusqlite::types::Type;
use skein_app::{Fault, Me, ObjectRow, View};
use skein_event::{BlobHash, DeviceId, IdError, MemberId, Tick};

use super::answer::{Copies, Holder, Share, Sharer};
use super::copies::silent_before;

/// The most devices that are listed for one root.
const MAX_HOLDERS: usize = 10_000;

/// The rows `h` of copies that count and that members may fetch. The house keeps `gone`: devices that no longer count.
pub(super) const COPIES: &str = "files_holder h JOIN files_share o ON o.object = h.object
    AND o.removed IS NULL AND h.device NOT IN (SELECT device FROM gone)";

/// What [`read_share`] reads, but for the copies.
const COLUMNS: &str = "s.id, s.said, s.name, s.note, v.bytes, v.files, v.folder, v.root, s.latest, s.member,
    (SELECT p.name FROM people_member p WHERE p.member = s.member LIMIT 1), s.tick, s.changed, s.removed,
    EXISTS (SELECT 1 FROM files_holder h WHERE h.root = v.root AND h.device = ?1),
    EXISTS (SELECT 1 FROM files_kept k WHERE k.object = s.object AND k.device = ?1),
    coalesce((SELECT min(h.spare) FROM files_holder h WHERE h.root = v.root AND h.device = ?1), 0),
    coalesce((SELECT n.copies FROM files_number n WHERE n.object = s.object),
             (SELECT n.copies FROM files_number n WHERE n.everywhere = 1), 0)";

/// The devices `h.device` of which nothing was heard since `?4`.
const SILENT: &str = "h.device IN (SELECT author FROM log GROUP BY author HAVING max(tick) < ?4)";

/// Shares, newest first. `filter` is SQL over `s` (the share) and `v` (its current version): `?1` is this device, `?2`
/// is `value`, `?3` the limit.
pub(super) fn shares(
    me: &Me,
    filter: &str,
    value: impl rusqlite::ToSql,
    limit: usize,
    view: &View<'_>,
) -> Result<Vec<Share>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS},
                (SELECT count(DISTINCT h.device) FROM {COPIES} WHERE h.root = v.root),
                (SELECT count(DISTINCT h.member) FROM {COPIES} WHERE h.root = v.root),
                (SELECT count(DISTINCT h.device) FROM {COPIES} WHERE h.root = v.root AND {SILENT})
           FROM files_share s JOIN files_version v ON v.object = s.object AND v.number = s.latest
          WHERE {filter} ORDER BY s.tick DESC, s.id LIMIT ?3"
    );
    let oldest = silent_before(me, view)?;
    view.all(&sql, rusqlite::params![me.device.as_bytes(), value, limit as i64, oldest], read_share)
}

/// One share.
pub(super) fn one(me: &Me, object: ObjectRow, view: &View<'_>) -> Result<Option<Share>, Fault> {
    Ok(shares(me, "s.object = ?2", object, 1, view)?.pop())
}

fn read_share(row: &Row<'_>) -> rusqlite::Result<Share> {
    Ok(Share {
        id: id(row, 0)?,
        event: id(row, 1)?,
        name: row.get(2)?,
        note: row.get(3)?,
        bytes: row.get::<_, i64>(4)? as u64,
        files: row.get::<_, i64>(5)? as u64,
        folder: row.get(6)?,
        root: BlobHash::from_bytes(row.get(7)?),
        version: row.get(8)?,
        by: sharer(MemberId::from_bytes(row.get(9)?), row.get(10)?),
        shared_ms: ms(row.get(11)?),
        changed_ms: ms(row.get(12)?),
        removed_ms: row.get::<_, Option<i64>>(13)?.map(ms),
        here: row.get(14)?,
        kept: row.get(15)?,
        for_others: row.get::<_, bool>(16)? && !row.get::<_, bool>(15)?,
        copies: Copies {
            wanted: row.get::<_, i64>(17)? as u64,
            devices: row.get::<_, i64>(18)? as u64,
            people: row.get::<_, i64>(19)? as u64,
            silent: row.get::<_, i64>(20)? as u64,
        },
    })
}

/// Reads an id that a row holds as text.
pub(super) fn id<T: FromStr<Err = IdError>>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let failed = |error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error));
    row.get::<_, String>(column)?.parse().map_err(failed)
}

/// A member by name; one whose name is not here by the beginning of the id.
pub(super) fn sharer(member: MemberId, name: Option<String>) -> Sharer {
    Sharer { member, name: name.unwrap_or_else(|| member.short()) }
}

/// A raw tick's milliseconds.
pub(super) fn ms(tick: i64) -> u64 {
    Tick::from_raw(tick as u64).ms()
}

/// A version of a share, as the desk needs it.
pub(super) struct Held {
    /// Its content.
    pub root: BlobHash,
    /// Whether this device says that it holds it.
    pub here: bool,
    /// Whether no other device is known to hold it.
    pub last: bool,
    /// Whether another share that this device holds has the same content.
    pub needed: bool,
}

/// All versions of a share, the newest first.
pub(super) fn versions(me: &Me, object: ObjectRow, view: &View<'_>) -> Result<Vec<Held>, Fault> {
    let sql = format!(
        "SELECT v.root,
            EXISTS (SELECT 1 FROM files_holder h WHERE h.object = v.object AND h.root = v.root AND h.device = ?1),
            NOT EXISTS (SELECT 1 FROM {COPIES} WHERE h.root = v.root AND h.device <> ?1),
            EXISTS (SELECT 1 FROM files_holder h JOIN files_share o ON o.object = h.object AND o.removed IS NULL
                     WHERE h.root = v.root AND h.device = ?1 AND h.object <> v.object)
           FROM files_version v WHERE v.object = ?2 ORDER BY v.number DESC"
    );
    view.all(&sql, (me.device.as_bytes(), object), |row| {
        Ok(Held { root: BlobHash::from_bytes(row.get(0)?), here: row.get(1)?, last: row.get(2)?, needed: row.get(3)? })
    })
}

/// The devices that hold a root, this one first, then by since when.
pub(super) fn holders(me: &Me, root: &BlobHash, view: &View<'_>) -> Result<Vec<Holder>, Fault> {
    let sql = format!(
        "SELECT h.device, (SELECT d.label FROM people_device d WHERE d.device = h.device), h.member,
            (SELECT p.name FROM people_member p WHERE p.member = h.member LIMIT 1), min(h.since) AS since,
            min(h.spare AND NOT EXISTS (SELECT 1 FROM files_kept k WHERE k.object = h.object AND k.device = h.device)),
            {SILENT}
           FROM {COPIES} WHERE h.root = ?2 GROUP BY h.device ORDER BY h.device <> ?1, since, h.device LIMIT ?3"
    );
    let oldest = silent_before(me, view)?;
    view.all(&sql, (me.device.as_bytes(), root.as_bytes(), MAX_HOLDERS as i64, oldest), |row| {
        let device = DeviceId::from_bytes(row.get(0)?);
        Ok(Holder {
            device,
            label: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
            by: sharer(MemberId::from_bytes(row.get(2)?), row.get(3)?),
            since_ms: ms(row.get(4)?),
            this: device == me.device,
            for_others: row.get(5)?,
            silent: row.get(6)?,
        })
    })
}
