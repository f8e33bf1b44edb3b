//! What only this device or nobody has: own events that nobody has heard, files of which there is one copy, and whether
//! the copies kept here are sound.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use skein_app::{Me, Refusal, View};
use skein_event::{BlobHash, DeviceId};
use skein_node::Rules;

use super::{Area, Check, Level};
use crate::core::Core;
use crate::desk::count;
use crate::hall::Known;

/// How many files and folders are read again.
const SAMPLE: usize = 32;
/// How much of them is read again, in bytes.
const SAMPLE_BYTES: u64 = 1 << 30;

/// Own events that no other device is known to have: neither did one say so, nor did one build on them.
pub(super) fn unsent(view: &View<'_>, me: &Me, known: &Known) -> Result<Option<Check>, Refusal> {
    let others = known.devices.values().any(|device| device.device != me.device && device.cut.is_none());
    if !others {
        return Ok(None);
    }
    let sql = "SELECT l.height, max(
                   coalesce((SELECT max(t.height) FROM told t WHERE t.log = l.id AND t.device <> ?1), 0),
                   coalesce((SELECT max(d.on_seq) + 1 FROM dep d JOIN log o ON o.id = d.log
                              WHERE d.on_log = l.id AND o.author <> ?1), 0))
               FROM log l WHERE l.author = ?1";
    let logs: Vec<(i64, i64)> = view.all(sql, [me.device.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let unsent: i64 = logs.iter().map(|(height, heard)| (height - heard).max(0)).sum();
    if unsent == 0 {
        return Ok(Some(Check::good(Area::Unsent, "all that you said has reached another device")));
    }
    let what = format!("{} of yours reached no other device yet", count(unsent as u64, "thing", "things"));
    Ok(Some(
        Check::new(Area::Unsent, Level::Warning, "unsent", what)
            .why("If this device is lost now, so is that.")
            .next("Leave Skein running until another device can be reached."),
    ))
}

/// What the apps worry about.
pub(super) fn concerns(rules: Rules, view: &View<'_>, me: &Me) -> Result<Vec<Check>, Refusal> {
    let mut checks = Vec::new();
    for app in rules.apps {
        for concern in app.concerns(me, view)? {
            let level = if concern.lost { Level::Trouble } else { Level::Warning };
            let check = Check::new(Area::Copies, level, concern.kind, concern.what);
            checks.push(check.why(concern.why).next(concern.next));
        }
    }
    if checks.is_empty() {
        checks.push(Check::good(Area::Copies, "nothing hangs by one person's devices"));
    }
    Ok(checks)
}

/// Devices that said that they hold something, and could not show it when this one asked.
pub(super) fn doubts(
    rules: Rules,
    view: &View<'_>,
    known: &Known,
    doubts: &[(DeviceId, BlobHash)],
) -> Result<Vec<Check>, Refusal> {
    let mut by_device: BTreeMap<DeviceId, u64> = BTreeMap::new();
    for (device, _) in doubts.iter().filter(|(device, _)| known.is_member(device)) {
        *by_device.entry(*device).or_default() += 1;
    }
    let mut checks = Vec::new();
    for (device, files) in by_device {
        let Some(member) = known.devices.get(&device).map(|device| device.member) else { continue };
        let name = rules.roster.names(&member, view)?.1;
        let what = format!("a device of {name} could not show {} that it says it holds", count(files, "file", "files"));
        checks.push(
            Check::new(Area::Copies, Level::Warning, "unproved", what)
                .why("What it cannot show cannot be fetched from it: that copy is none.")
                .next(format!(
                    "Ask {name} to run `skein doctor` there; until then, keep a copy here: `skein files keep`."
                )),
        );
    }
    Ok(checks)
}

/// Reads some of the files that are kept here again, and checks every byte.
pub(super) async fn kept(core: &Arc<Core>) -> Option<Check> {
    let blobs = core.wire.blobs().ok()?;
    let mut roots: BTreeSet<BlobHash> = BTreeSet::new();
    for hall in core.halls.all() {
        roots.extend(hall.known().blobs.values().flatten());
    }
    let all = roots.len();
    let (mut looked, mut bytes, mut damaged) = (0_u64, 0, Vec::new());
    // Others each time: the sample begins somewhere else whenever the doctor comes.
    let start = if all == 0 { 0 } else { crate::chance::now_ms() as usize % all };
    for root in roots.iter().cycle().skip(start).take(all) {
        let folder = blobs.has(*root, true).await.is_ok_and(|has| has.complete && has.bytes_total > 0);
        let Ok(has) = blobs.has(*root, folder).await else { continue };
        if !has.complete {
            continue;
        }
        if looked as usize >= SAMPLE || bytes >= SAMPLE_BYTES {
            break;
        }
        looked += 1;
        bytes += has.bytes_total;
        if !blobs.verify(*root, folder).await {
            damaged.push(root.short());
        }
    }
    if damaged.is_empty() {
        let what = format!("{} read again: every byte is right", count(looked, "shared file", "shared files"));
        return Some(Check::good(Area::Files, what));
    }
    let what =
        format!("{} damaged on this disk: {}", count(damaged.len() as u64, "file is", "files are"), damaged.join(", "));
    Some(
        Check::new(Area::Files, Level::Trouble, "damaged-file", what)
            .why("The disk may be failing. Nobody is given damaged bytes: whoever fetches checks them.")
            .next("Make a backup on another disk with `skein backup`, then fetch the file again."),
    )
}
