//! The answers: stable field names, ids as text, times in milliseconds since 1970, sizes in bytes.

use serde::{Deserialize, Serialize};
use skein_app::{Fault, Kind, Me, ObjectRow, Refusal, View};
use skein_event::{BlobHash, DeviceId, EventId, MemberId, ObjectId};
use ts_rs::TS;

use super::copies::answer::{Asked, Outlook, Safety, asked, outlook, safety};
use super::desk::Query;
use super::find;
use super::rows::{self, COPIES};
use super::rules::MAX_NAME_BYTES;

/// How many shares `ls` lists unless it is told.
pub(super) const LISTED: usize = 200;
/// The most that `ls` lists, whatever it is told.
const MAX_LISTED: usize = 10_000;

pub(super) fn listed() -> usize {
    LISTED
}

/// The answer to a query. `now_ms` is when it was given, by this device's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// What is shared.
    Shares {
        /// The newest first.
        shares: Vec<Share>,
        /// Whether there are more than were asked for.
        more: bool,
        /// When.
        now_ms: u64,
    },
    /// One share.
    Share {
        /// The share.
        share: Share,
        /// Its versions, the newest first.
        versions: Vec<Version>,
        /// Who holds the current version.
        holders: Vec<Holder>,
        /// How that stands against the number of copies that is asked for; `null`: none is.
        outlook: Option<Outlook>,
        /// Who asks for that number.
        asked: Option<Asked>,
        /// When.
        now_ms: u64,
    },
    /// Who holds a share.
    Holders {
        /// The share.
        share: Share,
        /// Who holds the current version: this device first, then by since when.
        holders: Vec<Holder>,
        /// How that stands against the number of copies that is asked for; `null`: none is.
        outlook: Option<Outlook>,
        /// When.
        now_ms: u64,
    },
    /// What hangs by one member's devices, or is lost.
    Sole {
        /// The newest first; at most 1,000.
        shares: Vec<Sole>,
        /// When.
        now_ms: u64,
    },
    /// How safe what is shared is.
    Safety {
        /// All of it.
        safety: Safety,
        /// When.
        now_ms: u64,
    },
}

/// A share as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Share {
    /// The share.
    pub id: ObjectId,
    /// The event that shared it.
    pub event: EventId,
    /// What it is called.
    pub name: String,
    /// A word about it; may be empty.
    pub note: String,
    /// Bytes of all its files, as its sharer says.
    pub bytes: u64,
    /// How many files, as its sharer says.
    pub files: u64,
    /// Whether it is a folder.
    pub folder: bool,
    /// The current version's content.
    pub root: BlobHash,
    /// The current version's number, from 1.
    pub version: u32,
    /// Who shared it.
    pub by: Sharer,
    /// When.
    pub shared_ms: u64,
    /// When it last changed: its name, its note, its content, or that it was taken back.
    pub changed_ms: u64,
    /// When it was taken back, if it was.
    pub removed_ms: Option<u64>,
    /// How many copies of the current version are known.
    pub copies: Copies,
    /// Whether this device holds the current version whole.
    pub here: bool,
    /// Whether this device means to keep a copy.
    pub kept: bool,
    /// Whether this device holds it for the others only, out of the room that it offers.
    pub for_others: bool,
}

/// A member, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Sharer {
    /// The member.
    pub member: MemberId,
    /// What they are called.
    pub name: String,
}

/// How many hold something, by their own word; only devices that still count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Copies {
    /// Devices.
    pub devices: u64,
    /// Members whose devices these are.
    pub people: u64,
    /// Devices among these of which nothing was heard for 30 days: they do not count as copies.
    pub silent: u64,
    /// How many copies are asked for; 0: nothing is.
    pub wanted: u64,
}

/// One version of a share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Version {
    /// Its number, from 1.
    pub version: u32,
    /// Its content.
    pub root: BlobHash,
    /// Bytes of all its files.
    pub bytes: u64,
    /// How many files.
    pub files: u64,
    /// Whether it is a folder.
    pub folder: bool,
    /// When it was given.
    pub given_ms: u64,
    /// How many devices hold it.
    pub devices: u64,
    /// Whether this device holds it.
    pub here: bool,
}

/// A device that holds a share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Holder {
    /// The device.
    pub device: DeviceId,
    /// What it is called; may be empty.
    pub label: String,
    /// Whose it is.
    pub by: Sharer,
    /// Since when.
    pub since_ms: u64,
    /// Whether it is this device.
    pub this: bool,
    /// Whether it holds it for the others, out of the room that it offers.
    pub for_others: bool,
    /// Whether nothing was heard of it for 30 days: it does not count as a copy.
    pub silent: bool,
}

/// A share that hangs by a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Sole {
    /// The share.
    pub share: Share,
    /// By which.
    pub only: Only,
}

/// Where the only known copies are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Only {
    /// On this device.
    ThisDevice,
    /// On devices of the member who asks.
    YourDevices,
    /// Nowhere any more.
    Nobody,
}

pub(super) fn query(me: &Me, query: Query, view: &View<'_>) -> Result<Answer, Refusal> {
    let now_ms = me.now_ms;
    match query {
        Query::Ls { pattern, all, limit } => {
            let pattern = pattern.unwrap_or_else(|| "*".into());
            if pattern.len() > MAX_NAME_BYTES {
                return Err(Refusal::new(Kind::Usage, "no name is as long as that pattern"));
            }
            let limit = limit.clamp(1, MAX_LISTED);
            let standing = if all { "" } else { "s.removed IS NULL AND " };
            let filter = format!("{standing}s.name LIKE ?2 ESCAPE '\\'");
            let mut shares = rows::shares(me, &filter, like(&pattern), limit + 1, view)?;
            let more = shares.len() > limit;
            shares.truncate(limit);
            Ok(Answer::Shares { shares, more, now_ms })
        }
        Query::Show { share } => {
            let found = find::share(me, &share, view)?;
            let holders = rows::holders(me, &found.share.root, view)?;
            let (outlook, asked) = (outlook(me, &found.share, view)?, asked(Some(found.object), view)?);
            let versions = versions(me, found.object, view)?;
            Ok(Answer::Share { versions, share: found.share, holders, outlook, asked, now_ms })
        }
        Query::Holders { share } => {
            let share = find::share(me, &share, view)?.share;
            let holders = rows::holders(me, &share.root, view)?;
            let outlook = outlook(me, &share, view)?;
            Ok(Answer::Holders { share, holders, outlook, now_ms })
        }
        Query::Safety => Ok(Answer::Safety { safety: safety(me, view)?, now_ms }),
        Query::Sole => Ok(Answer::Sole { shares: sole(me, view)?, now_ms }),
    }
}

/// A pattern as SQL's LIKE wants it; without `*` and `?`, what it is part of.
fn like(pattern: &str) -> String {
    let pattern = pattern.strip_suffix('/').unwrap_or(pattern);
    let mut like = String::with_capacity(pattern.len() + 2);
    for c in pattern.chars() {
        match c {
            '*' => like.push('%'),
            '?' => like.push('_'),
            '%' | '_' | '\\' => like.extend(['\\', c]),
            _ => like.push(c),
        }
    }
    if pattern.contains(['*', '?']) { like } else { format!("%{like}%") }
}

fn versions(me: &Me, object: ObjectRow, view: &View<'_>) -> Result<Vec<Version>, Fault> {
    let sql = format!(
        "SELECT v.number, v.root, v.bytes, v.files, v.folder, v.tick,
                (SELECT count(DISTINCT h.device) FROM {COPIES} WHERE h.root = v.root),
                EXISTS (SELECT 1 FROM files_holder h WHERE h.root = v.root AND h.device = ?2)
           FROM files_version v WHERE v.object = ?1 ORDER BY v.number DESC"
    );
    view.all(&sql, (object, me.device.as_bytes()), |row| {
        Ok(Version {
            version: row.get(0)?,
            root: BlobHash::from_bytes(row.get(1)?),
            bytes: row.get::<_, i64>(2)? as u64,
            files: row.get::<_, i64>(3)? as u64,
            folder: row.get(4)?,
            given_ms: rows::ms(row.get(5)?),
            devices: row.get::<_, i64>(6)? as u64,
            here: row.get(7)?,
        })
    })
}

/// Shares of whose current version no copy is known but on devices of the one who asks.
pub(super) fn sole(me: &Me, view: &View<'_>) -> Result<Vec<Sole>, Fault> {
    let filter =
        format!("s.removed IS NULL AND NOT EXISTS (SELECT 1 FROM {COPIES} WHERE h.root = v.root AND h.member <> ?2)");
    let shares = rows::shares(me, &filter, me.member.as_bytes(), 1_000, view)?;
    let sole = |share: Share| {
        let only = match share.copies.devices {
            0 => Only::Nobody,
            1 if share.here => Only::ThisDevice,
            _ => Only::YourDevices,
        };
        Sole { share, only }
    };
    Ok(shares.into_iter().map(sole).collect())
}
