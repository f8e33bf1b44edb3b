//! Reads what the plan needs from the rows, and what time it is by the log: never by this device's clock alone.

use std::collections::{BTreeMap, BTreeSet};

use skein_app::{Fault, Me, View};
use skein_event::{BlobHash, DeviceId, MemberId, Tick};

use super::super::rows::{COPIES, id};
use super::plan::{Facts, File, Holder, Offer, Spare};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// A device of which the log has heard nothing for so many days does not count as holding anything.
pub const SILENT_DAYS: u64 = 30;
/// A device of which the log has heard something within so many days is expected to act, even if it is not connected now.
const AWAKE_DAYS: u64 = 1;
/// The most files that are planned for; beyond it the oldest shares come first.
const MAX_FILES: usize = 100_000;
/// What each file takes of the room beside its bytes.
const FILE_BYTES: u64 = 1 << 10;
/// The list of a folder of few files.
const SMALL_LIST_BYTES: u64 = 64 << 10;
/// The longest list of a folder, in bytes; what the network carries.
const MAX_LIST_BYTES: u64 = 32 << 20;

/// The most that a folder's list may have: 64 KiB, and a KiB for each file.
fn list_bytes(files: u64, folder: bool) -> u64 {
    let list = SMALL_LIST_BYTES.saturating_add(files.saturating_mul(FILE_BYTES)).min(MAX_LIST_BYTES);
    if folder { list } else { 0 }
}

/// What a version takes of the room that a device offers: its bytes, 1 in 256 of them for the tree of hashes by which they are
/// checked, a KiB for each file and, of a folder, its list.
pub(super) fn cost(bytes: u64, files: u64, folder: bool) -> u64 {
    let beside = files.saturating_mul(FILE_BYTES).saturating_add(list_bytes(files, folder));
    bytes.saturating_add(bytes / 256).saturating_add(beside)
}

/// The time by the log: its newest tick, but not after now.
pub(in super::super) fn log_ms(me: &Me, view: &View<'_>) -> Result<u64, Fault> {
    let newest = view.first("SELECT coalesce(max(tick), 0) FROM log", [], |row| row.get::<_, i64>(0))?;
    Ok(Tick::from_raw(newest.unwrap_or_default() as u64).ms().min(me.now_ms))
}

/// The tick before which a device has been silent for too long, as rows hold it.
pub(in super::super) fn silent_before(me: &Me, view: &View<'_>) -> Result<i64, Fault> {
    Ok(Tick::at_ms(log_ms(me, view)?.saturating_sub(SILENT_DAYS * DAY_MS)).raw() as i64)
}

/// The newest tick of each device.
fn heard(view: &View<'_>) -> Result<BTreeMap<DeviceId, i64>, Fault> {
    let sql = "SELECT author, max(tick) FROM log GROUP BY author";
    Ok(view.all(sql, [], |row| Ok((DeviceId::from_bytes(row.get(0)?), row.get(1)?)))?.into_iter().collect())
}

/// Whether there is nothing to plan: nothing is asked for, and nobody holds anything for the others.
pub(super) fn nothing(view: &View<'_>) -> Result<bool, Fault> {
    let sql = "SELECT EXISTS (SELECT 1 FROM files_number WHERE copies IS NOT NULL)
                   OR EXISTS (SELECT 1 FROM files_holder WHERE spare = 1)";
    Ok(!view.first(sql, [], |row| row.get::<_, bool>(0))?.unwrap_or(false))
}

/// All that is needed to plan. `there`: the devices that this one is connected with.
pub(super) fn facts(me: &Me, there: &[DeviceId], view: &View<'_>) -> Result<Facts, Fault> {
    let (heard, oldest) = (heard(view)?, silent_before(me, view)?);
    let awake_ms = log_ms(me, view)?.saturating_sub(AWAKE_DAYS * DAY_MS);
    let speaks = |device: &DeviceId| heard.get(device).is_some_and(|tick| *tick >= oldest);
    let awake = |device: &DeviceId| {
        let recent = heard.get(device).is_some_and(|tick| *tick >= Tick::at_ms(awake_ms).raw() as i64);
        *device == me.device || recent || there.contains(device)
    };
    let mut holders = holders(&speaks, view)?;
    let mut unfit = unfit(view)?;
    let mut files = files(view)?;
    for (object, file) in &mut files {
        file.unfit = unfit.remove(&(*object, file.root)).unwrap_or_default();
        file.holders = holders.get(&file.root).cloned().unwrap_or_default();
    }
    holders.clear();
    let sql = "SELECT device, member, min(bytes, fits) FROM files_room
                WHERE device NOT IN (SELECT device FROM gone) AND bytes > 0 ORDER BY device";
    let offers = view.all(sql, [], |row| {
        let device = DeviceId::from_bytes(row.get(0)?);
        let room = row.get::<_, i64>(2)? as u64;
        Ok(Offer { device, member: MemberId::from_bytes(row.get(1)?), room, awake: awake(&device) })
    })?;
    let offers = offers.into_iter().filter(|offer| speaks(&offer.device)).collect();
    Ok(Facts { files: files.into_iter().map(|(_, file)| file).collect(), offers, spares: spares(view)? })
}

/// Current versions of which copies are asked for, and whatever some device holds for the others.
fn files(view: &View<'_>) -> Result<Vec<(i64, File)>, Fault> {
    let sql = "SELECT s.object, s.id, s.member, v.root, v.folder, max(v.bytes), max(v.files), max(v.number = s.latest),
            coalesce((SELECT n.copies FROM files_number n WHERE n.object = s.object),
                     (SELECT n.copies FROM files_number n WHERE n.everywhere = 1), 0) AS wanted
           FROM files_share s JOIN files_version v ON v.object = s.object
          WHERE s.removed IS NULL
            AND (v.number = s.latest AND wanted > 0
              OR EXISTS (SELECT 1 FROM files_holder h WHERE h.object = v.object AND h.root = v.root AND h.spare = 1))
          GROUP BY s.object, v.root, v.folder ORDER BY s.tick, s.id, v.root LIMIT ?1";
    view.all(sql, [MAX_FILES as i64], |row| {
        let (folder, current) = (row.get(4)?, row.get::<_, bool>(7)?);
        let (bytes, files) = (row.get::<_, i64>(5)? as u64, row.get::<_, i64>(6)? as u64);
        let file = File {
            share: id(row, 1)?,
            root: BlobHash::from_bytes(row.get(3)?),
            folder,
            bytes,
            list_bytes: list_bytes(files, folder),
            cost: cost(bytes, files, folder),
            wanted: if current { row.get(8)? } else { 0 },
            sharer: MemberId::from_bytes(row.get(2)?),
            holders: Vec::new(),
            unfit: BTreeSet::new(),
        };
        Ok((row.get(0)?, file))
    })
}

/// Who holds what. A copy is its person's own if any share says so, or if they keep the share.
fn holders(speaks: &dyn Fn(&DeviceId) -> bool, view: &View<'_>) -> Result<BTreeMap<BlobHash, Vec<Holder>>, Fault> {
    let sql = format!(
        "SELECT h.root, h.device, h.member, min(h.spare AND NOT EXISTS (SELECT 1 FROM files_kept k
                  WHERE k.object = h.object AND k.device = h.device)), min(h.since) AS since
           FROM {COPIES} GROUP BY h.root, h.device ORDER BY h.root, since, h.device"
    );
    let rows = view.all(&sql, [], |row| {
        let device = DeviceId::from_bytes(row.get(1)?);
        let member = MemberId::from_bytes(row.get(2)?);
        let holder = Holder { device, member, spare: row.get(3)?, counts: speaks(&device) };
        Ok((BlobHash::from_bytes(row.get(0)?), holder))
    })?;
    let mut holders: BTreeMap<BlobHash, Vec<Holder>> = BTreeMap::new();
    for (root, holder) in rows {
        holders.entry(root).or_default().push(holder);
    }
    Ok(holders)
}

fn unfit(view: &View<'_>) -> Result<BTreeMap<(i64, BlobHash), BTreeSet<DeviceId>>, Fault> {
    let rows = view.all("SELECT object, root, device FROM files_unfit", [], |row| {
        Ok(((row.get(0)?, BlobHash::from_bytes(row.get(1)?)), DeviceId::from_bytes(row.get(2)?)))
    })?;
    let mut unfit: BTreeMap<_, BTreeSet<DeviceId>> = BTreeMap::new();
    for (key, device) in rows {
        unfit.entry(key).or_default().insert(device);
    }
    Ok(unfit)
}

/// What devices hold for the others, and what it takes: by the claim under which it was taken, which was checked then. What
/// was taken back counts until it is let go.
fn spares(view: &View<'_>) -> Result<Vec<Spare>, Fault> {
    let sql = "SELECT h.device, h.root, max(v.bytes), max(v.files), max(v.folder) FROM files_holder h
                 JOIN files_version v ON v.object = h.object AND v.root = h.root
                WHERE h.spare = 1 AND NOT EXISTS (SELECT 1 FROM files_holder o
                      WHERE o.root = h.root AND o.device = h.device AND o.spare = 0)
                  AND NOT EXISTS (SELECT 1 FROM files_kept k WHERE k.object = h.object AND k.device = h.device)
                GROUP BY h.device, h.root";
    view.all(sql, [], |row| {
        let (bytes, files) = (row.get::<_, i64>(2)? as u64, row.get::<_, i64>(3)? as u64);
        let cost = cost(bytes, files, row.get(4)?);
        Ok(Spare { device: DeviceId::from_bytes(row.get(0)?), root: BlobHash::from_bytes(row.get(1)?), cost })
    })
}

/// What this device holds for the others takes so much of the room that it offers, in bytes.
pub(super) fn used(facts: &[Spare], device: &DeviceId) -> u64 {
    facts.iter().filter(|spare| spare.device == *device).fold(0, |sum: u64, spare| sum.saturating_add(spare.cost))
}

/// All that is held for the others, for what concerns one device only.
pub(super) fn all_spares(view: &View<'_>) -> Result<Vec<Spare>, Fault> {
    spares(view)
}
