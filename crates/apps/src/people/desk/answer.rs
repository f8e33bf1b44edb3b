//! The answers: stable field names, ids as text, times in milliseconds since 1970.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use skein_app::{Fault, Me, View};
use skein_event::{DeviceId, EventId, MemberId, Tick};
use ts_rs::TS;

use crate::people::facts;
use crate::people::picture::{self, Image};
use crate::people::standing::EndKind;

/// The most pictures in one answer.
const MAX_PICTURES: i64 = 1_000;

/// The answer to a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Who belongs.
    Members(Vec<MemberRow>),
    /// Their devices.
    Devices(Vec<DeviceRow>),
    /// The invitations.
    Invitations(Vec<InvitationRow>),
    /// The pictures that members show of themselves; at most 1,000, the newest first.
    Pictures(Vec<PictureRow>),
    /// The rules.
    Charter {
        /// The community's name.
        name: String,
        /// How many other members it takes to remove one.
        removal_takes: u64,
    },
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberRow {
    /// The member's id.
    pub member: MemberId,
    /// What they are called.
    pub name: String,
    /// Whether it is you.
    pub me: bool,
    /// Whether they belong now; `false`: they left or were removed.
    pub belongs: bool,
    /// How many devices of theirs count.
    pub devices: u64,
    /// When they first came.
    pub since_ms: u64,
    /// Who invited them; `None` for the founder.
    pub invited_by: Option<String>,
    /// Who has asked for them to be removed.
    pub removal_wanted_by: Vec<String>,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeviceRow {
    /// The device's id.
    pub device: DeviceId,
    /// Whose it is.
    pub member: MemberId,
    /// What its owner is called.
    pub name: String,
    /// What the device is called; may be empty.
    pub label: String,
    /// Whether it is this one.
    pub this: bool,
    /// Whether it counts.
    pub counts: bool,
    /// When it came.
    pub since_ms: u64,
}

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct InvitationRow {
    /// The invitation's id.
    pub invitation: EventId,
    /// Who made it.
    pub by: String,
    /// When.
    pub made_ms: u64,
    /// Until when it holds.
    pub expires_ms: u64,
    /// How many may join by it.
    pub uses: u64,
    /// How many have.
    pub used: u64,
    /// Whether it was taken back.
    pub revoked: bool,
    /// Whether somebody could join by it now.
    pub holds: bool,
}

/// The picture that a member shows of themself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PictureRow {
    /// Whose.
    pub member: MemberId,
    /// The picture, in base64.
    #[ts(type = "string")]
    pub image: Image,
    /// "image/webp", "image/jpeg" or "image/png".
    pub kind: String,
}

type Names = BTreeMap<MemberId, String>;

fn names(view: &View<'_>) -> Result<Names, Fault> {
    let rows = view.all("SELECT member, name FROM people_member", [], |row| {
        Ok((MemberId::from_bytes(row.get(0)?), row.get::<_, String>(1)?))
    })?;
    Ok(rows.into_iter().collect())
}

fn name(names: &Names, member: &MemberId) -> String {
    names.get(member).cloned().unwrap_or_else(|| member.short())
}

fn ms(tick: i64) -> u64 {
    Tick::from_raw(tick as u64).ms()
}

pub(in crate::people) fn members(me: &Me, view: &View<'_>) -> Result<Vec<MemberRow>, Fault> {
    let names = names(view)?;
    let ends = facts::ends(view)?;
    let inviters = inviters(view, &names)?;
    let mut rows: BTreeMap<MemberId, MemberRow> = BTreeMap::new();
    for device in devices(me, view, None)? {
        let row = rows.entry(device.member).or_insert_with(|| MemberRow {
            member: device.member,
            name: device.name.clone(),
            me: device.member == me.member,
            belongs: false,
            devices: 0,
            since_ms: device.since_ms,
            invited_by: inviters.get(&device.member).cloned(),
            removal_wanted_by: Vec::new(),
        });
        row.belongs |= device.counts;
        row.devices += u64::from(device.counts);
        row.since_ms = row.since_ms.min(device.since_ms);
    }
    for end in ends.iter().filter(|end| end.kind == EndKind::Removal) {
        let by = name(&names, &end.member);
        if let Some(row) = rows.get_mut(&end.target)
            && !row.removal_wanted_by.contains(&by)
        {
            row.removal_wanted_by.push(by);
        }
    }
    let mut rows: Vec<MemberRow> = rows.into_values().collect();
    rows.sort_by_key(|row| (row.since_ms, row.member));
    rows.iter_mut().for_each(|row| row.removal_wanted_by.sort());
    Ok(rows)
}

pub(in crate::people) fn pictures(view: &View<'_>) -> Result<Vec<PictureRow>, Fault> {
    let sql = "SELECT member, image FROM people_picture WHERE length(image) > 0 ORDER BY as_of DESC, member LIMIT ?1";
    let rows: Vec<(MemberId, Vec<u8>)> =
        view.all(sql, [MAX_PICTURES], |row| Ok((MemberId::from_bytes(row.get(0)?), row.get(1)?)))?;
    let row = |(member, image): (MemberId, Vec<u8>)| {
        let kind = picture::kind(&image)?.media_type().into();
        Some(PictureRow { member, image: Image(image), kind })
    };
    Ok(rows.into_iter().filter_map(row).collect())
}

fn inviters(view: &View<'_>, names: &Names) -> Result<Names, Fault> {
    let sql = "SELECT d.member, i.member FROM people_device d JOIN people_invitation i ON i.event = d.via_event
               ORDER BY d.tick DESC, d.device";
    let rows = view
        .all(sql, [], |row| Ok((MemberId::from_bytes(row.get(0)?), name(names, &MemberId::from_bytes(row.get(1)?)))))?;
    Ok(rows.into_iter().collect())
}

pub(in crate::people) fn devices(me: &Me, view: &View<'_>, of: Option<MemberId>) -> Result<Vec<DeviceRow>, Fault> {
    let names = names(view)?;
    let cuts = facts::all_cuts(view)?;
    let sql = "SELECT device, member, label, tick FROM people_device ORDER BY tick, device";
    let rows = view.all(sql, [], |row| {
        let (device, member) = (DeviceId::from_bytes(row.get(0)?), MemberId::from_bytes(row.get(1)?));
        Ok(DeviceRow {
            device,
            member,
            name: name(&names, &member),
            label: row.get(2)?,
            this: device == me.device,
            counts: !cuts.contains_key(&device),
            since_ms: ms(row.get(3)?),
        })
    })?;
    Ok(rows.into_iter().filter(|row| of.is_none_or(|member| row.member == member)).collect())
}

pub(super) fn invitations(me: &Me, view: &View<'_>, all: bool) -> Result<Vec<InvitationRow>, Fault> {
    let names = names(view)?;
    let cuts = facts::all_cuts(view)?;
    let sql = "SELECT i.event, i.device, i.seq, i.member, i.uses, i.expires_ms, i.tick,
                      (SELECT count(*) FROM people_device d WHERE d.via_event = i.event),
                      EXISTS (SELECT 1 FROM people_revoked r WHERE r.invitation_event = i.event)
               FROM people_invitation i ORDER BY i.tick, i.key";
    let rows = view.all(sql, [], |row| {
        let device = DeviceId::from_bytes(row.get(1)?);
        let void = cuts.get(&device).is_some_and(|cut| row.get::<_, i64>(2).is_ok_and(|seq| seq as u64 >= *cut));
        let (uses, used): (u32, u32) = (row.get(4)?, row.get(7)?);
        let expires_ms = row.get::<_, i64>(5)? as u64;
        let revoked = row.get::<_, bool>(8)? || void;
        let invitation = InvitationRow {
            invitation: EventId::ZERO,
            by: name(&names, &MemberId::from_bytes(row.get(3)?)),
            made_ms: ms(row.get(6)?),
            expires_ms,
            uses: uses.into(),
            used: used.into(),
            revoked,
            holds: !revoked && used < uses && me.now_ms <= expires_ms,
        };
        Ok((row.get::<_, i64>(0)?, invitation))
    })?;
    let mut invitations = Vec::new();
    for (event, mut row) in rows {
        row.invitation = view.ids().event_id(event)?;
        if all || row.holds {
            invitations.push(row);
        }
    }
    Ok(invitations)
}
