//! How shares stand against the number of copies that is asked for: what `show`, `holders`, `safety` and the doctor tell.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use skein_app::{Fault, Me, View};
use skein_event::{BlobHash, DeviceId, MemberId, ObjectId};
use ts_rs::TS;

use super::super::answer::{Share, Sharer};
use super::super::rows;
use super::super::rules::MAX_CLAIM;
use super::facts::{self, facts};
use super::plan::{Facts, Lack, Outlook as Planned, plan};
use super::words;

/// How many shares with too few copies are listed.
const MAX_SHORT: usize = 200;

/// How a share stands against the number of copies that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Outlook {
    /// How many copies are asked for.
    pub wanted: u64,
    /// How many there are, on devices that count.
    pub counted: u64,
    /// With how many people.
    pub people: u64,
    /// How many more are looked for.
    pub short: u64,
    /// For how many of these no device can take one now.
    pub missing: u64,
    /// All of it in words.
    pub words: String,
    /// What can be done about it; empty if nothing needs to be done.
    pub next: String,
}

/// A number of copies, and who asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Asked {
    /// How many; `null`: nothing is asked for any more.
    pub copies: Option<u32>,
    /// Who says so.
    pub by: Sharer,
    /// Since when.
    pub since_ms: u64,
    /// Whether it is asked of every share, or of this one.
    pub everywhere: bool,
}

/// A device that offers room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Room {
    /// The device.
    pub device: DeviceId,
    /// What it is called; may be empty.
    pub label: String,
    /// Whose it is.
    pub by: Sharer,
    /// What its person offers, in bytes.
    pub bytes: u64,
    /// How much of that its disk allows now.
    pub fits: u64,
    /// What is taken of it.
    pub used: u64,
    /// Whether it is this device.
    pub this: bool,
    /// Whether it counts: not if nothing was heard of it for 30 days.
    pub counts: bool,
}

/// How safe what is shared is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Safety {
    /// The number that is asked of every share; `null` if nobody ever said one.
    pub asked: Option<Asked>,
    /// Who offers room; at most 1,000.
    pub rooms: Vec<Room>,
    /// How many shares have the copies that are asked for.
    pub enough: u64,
    /// How many have not.
    pub short: u64,
    /// Those, the worst first; at most 200.
    pub shares: Vec<Short>,
}

/// A share with too few copies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Short {
    /// The share.
    pub share: Share,
    /// How it stands.
    pub outlook: Outlook,
}

/// What devices are called: "Ana's computer".
pub(super) type Names = BTreeMap<DeviceId, String>;

fn names(view: &View<'_>) -> Result<Names, Fault> {
    let sql = "SELECT d.device, d.label, d.member,
                (SELECT p.name FROM people_member p WHERE p.member = d.member LIMIT 1) FROM people_device d";
    let rows = view.all(sql, [], |row| {
        let by = rows::sharer(MemberId::from_bytes(row.get(2)?), row.get(3)?);
        Ok((DeviceId::from_bytes(row.get(0)?), called(&by.name, &row.get::<_, String>(1)?)))
    })?;
    Ok(rows.into_iter().collect())
}

/// "Ana's computer"; a label that says whose it is stays as it is.
pub(in super::super) fn called(name: &str, label: &str) -> String {
    match label {
        "" => format!("{name}'s device"),
        _ if label.starts_with(name) => label.to_owned(),
        _ => format!("{name}'s {label}"),
    }
}

/// How one share stands; `None`: no copies are asked for.
pub(in super::super) fn outlook(me: &Me, share: &Share, view: &View<'_>) -> Result<Option<Outlook>, Fault> {
    if share.copies.wanted == 0 || share.removed_ms.is_some() {
        return Ok(None);
    }
    let (facts, names) = (facts(me, &[], view)?, names(view)?);
    Ok(outlooks(me, &facts, &names).remove(&(share.id, share.root)))
}

/// How all shares stand of which copies are asked for.
fn outlooks(me: &Me, facts: &Facts, names: &Names) -> BTreeMap<(ObjectId, BlobHash), Outlook> {
    let plan = plan(facts);
    let offers = facts.offers.iter().any(|offer| offer.device == me.device && offer.room > 0);
    let files = facts.files.iter().zip(&plan.outlooks).filter(|(file, _)| file.wanted > 0);
    let seen = files.map(|(file, planned)| ((file.share, file.root), seen(file.wanted, planned, offers, names)));
    seen.collect()
}

fn seen(wanted: u32, planned: &Planned, offers: bool, names: &Names) -> Outlook {
    Outlook {
        wanted: u64::from(wanted),
        counted: planned.counted.len() as u64,
        people: planned.people as u64,
        short: planned.takers.len() as u64 + u64::from(planned.missing),
        missing: u64::from(planned.missing),
        words: words::stands(wanted, planned, names),
        next: words::next(planned, offers),
    }
}

/// The number that holds for a share, or (`None`) for every share that has none of its own.
pub(in super::super) fn asked(object: Option<i64>, view: &View<'_>) -> Result<Option<Asked>, Fault> {
    let sql = "SELECT n.copies, n.member, (SELECT p.name FROM people_member p WHERE p.member = n.member LIMIT 1),
                n.tick, n.everywhere FROM files_number n
                WHERE n.everywhere = 1 OR (n.object = ?1 AND n.copies IS NOT NULL) ORDER BY n.everywhere LIMIT 1";
    view.first(sql, [object.unwrap_or(-1)], |row| {
        let by = rows::sharer(MemberId::from_bytes(row.get(1)?), row.get(2)?);
        Ok(Asked { copies: row.get(0)?, by, since_ms: rows::ms(row.get(3)?), everywhere: row.get(4)? })
    })
}

/// How safe everything is.
pub(in super::super) fn safety(me: &Me, view: &View<'_>) -> Result<Safety, Fault> {
    let (facts, names) = (facts(me, &[], view)?, names(view)?);
    let outlooks = outlooks(me, &facts, &names);
    let mut short: Vec<_> = outlooks.iter().filter(|(_, outlook)| outlook.short > 0).collect();
    short.sort_by_key(|(key, outlook)| (outlook.counted, outlook.missing == 0, **key));
    let (count, enough) = (short.len() as u64, (outlooks.len() - short.len()) as u64);
    let mut shares = Vec::new();
    for ((id, _), outlook) in short.into_iter().take(MAX_SHORT) {
        let found = rows::shares(me, "s.id = ?2", id.to_string(), 1, view)?;
        shares.extend(found.into_iter().map(|share| Short { share, outlook: outlook.clone() }));
    }
    Ok(Safety { asked: asked(None, view)?, rooms: rooms(me, &facts, view)?, enough, short: count, shares })
}

fn rooms(me: &Me, facts: &Facts, view: &View<'_>) -> Result<Vec<Room>, Fault> {
    let sql = "SELECT r.device, (SELECT d.label FROM people_device d WHERE d.device = r.device), r.member,
                (SELECT p.name FROM people_member p WHERE p.member = r.member LIMIT 1), r.bytes, r.fits
           FROM files_room r WHERE r.bytes > 0 AND r.device NOT IN (SELECT device FROM gone)
          ORDER BY r.device <> ?1, r.bytes DESC, r.device LIMIT 1000";
    view.all(sql, [me.device.as_bytes()], |row| {
        let device = DeviceId::from_bytes(row.get(0)?);
        Ok(Room {
            device,
            label: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
            by: rows::sharer(MemberId::from_bytes(row.get(2)?), row.get(3)?),
            bytes: row.get::<_, i64>(4)? as u64,
            fits: row.get::<_, i64>(5)? as u64,
            used: facts::used(&facts.spares, &device).min(MAX_CLAIM),
            this: device == me.device,
            counts: facts.offers.iter().any(|offer| offer.device == device),
        })
    })
}

/// Whether somebody could mend it now by offering room.
pub(super) fn wants_room(lack: Option<Lack>) -> bool {
    matches!(lack, Some(Lack::NobodyOffers | Lack::NoRoom | Lack::AllHaveIt))
}
