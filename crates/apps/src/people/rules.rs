//! The rules: which facts are proper, and how they become rows. The same on every node.
//!
//! Order matters to nothing here: each fact is a row of its own, and what they come to is worked out at reading.

use skein_app::{Fault, Meta, Verdict, View};
use skein_event::{DeviceId, EventId, MemberId};

use super::event::{Event, RemovalRule};
use super::knock::{self, Sealed};
use super::picture;

/// The longest name of a person, a device or a community, in bytes.
pub(super) const MAX_NAME_BYTES: usize = 64;
/// The most people who may join by one invitation.
pub(super) const MAX_USES: u32 = 10_000;
/// The most devices named when a member is removed.
const MAX_HEIGHTS: usize = 256;

/// Whether a name can be shown: not empty, not long, no control characters, no blanks at its ends.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_NAME_BYTES && name.trim() == name && !name.chars().any(char::is_control)
}

pub(super) fn check(event: &Event, meta: &Meta) -> Verdict {
    let first = meta.seq == 0;
    let (introduces, good, why) = match event {
        Event::Founded { name, member_name, charter, .. } => {
            let RemovalRule::Members(quorum) = charter.removal;
            (true, is_name(name) && is_name(member_name) && quorum > 0, "a name or the charter is not proper")
        }
        Event::Joined { name, .. } => (true, is_name(name), "the name is not proper"),
        Event::Linked { label, .. } => (true, is_name(label), "the device's name is not proper"),
        Event::Invited { uses, .. } => {
            (false, (1..=MAX_USES).contains(uses), "an invitation is for 1 to 10,000 people")
        }
        Event::Named { name } => (false, is_name(name), "the name is not proper"),
        Event::RemovalWanted { member, heights } => {
            (false, *member != meta.member && heights.len() <= MAX_HEIGHTS, "nobody removes themself; they leave")
        }
        Event::Left { heights } => (false, heights.len() <= MAX_HEIGHTS, "too many devices"),
        // It says nothing of whose picture it is: it can only be the author's own.
        Event::Pictured { image } => match picture::fits(&image.0) {
            Ok(()) => (false, true, ""),
            Err(why) => (false, false, why),
        },
        Event::Direct { .. } => (false, meta.seq == 1, "a conversation of two is one from its beginning"),
        Event::Knocked { boxes } => match knock::fits(boxes) {
            Ok(()) => (false, true, ""),
            Err(why) => (false, false, why),
        },
        Event::Revoked { .. } | Event::Retired { .. } => (false, true, ""),
    };
    if introduces != first {
        return Verdict::Reject("a device introduces itself once, and first".into());
    }
    let decides = matches!(event, Event::Invited { .. } | Event::RemovalWanted { .. });
    if meta.forked && decides {
        return Verdict::Reject("two copies of this device wrote; neither decides who belongs".into());
    }
    Verdict::unless(good, why)
}

pub(super) fn apply(event: &Event, meta: &Meta, view: &View<'_>) -> Result<(), Fault> {
    match event {
        Event::Founded { name, charter, member, member_name, .. } => {
            let RemovalRule::Members(quorum) = charter.removal;
            let sql = "INSERT INTO people_community (object, event, name, removal) VALUES (?1, ?2, ?3, ?4)";
            view.run(sql, (view.object(), meta.row, name, quorum))?;
            add_device(meta, view, member, "", None)?;
            call(meta, view, member, member_name)
        }
        Event::Joined { invitation, member, name, .. } => {
            let via = view.ids().event_row(invitation)?;
            add_device(meta, view, member, "", via)?;
            call(meta, view, member, name)
        }
        Event::Linked { member, label, .. } => add_device(meta, view, member, label, None),
        Event::Invited { key, uses, expires_ms } => invite(meta, view, key, *uses, *expires_ms),
        Event::Revoked { invitation } => revoke(meta, view, invitation),
        Event::Named { name } => call(meta, view, &meta.member, name),
        Event::Pictured { image } => picture_of(meta, view, &image.0),
        Event::Direct { with } => {
            let sql = "INSERT INTO people_direct (object, event, device, with_member) VALUES (?1, ?2, ?3, ?4)";
            view.run(sql, (view.object(), meta.row, meta.author.as_bytes(), with.as_bytes()))?;
            Ok(())
        }
        Event::Knocked { boxes } => knocked(meta, view, boxes),
        Event::RemovalWanted { member, heights } => end(meta, view, 0, member, heights),
        Event::Left { heights } => end(meta, view, 1, &meta.member, heights),
        Event::Retired { device, height } => end(meta, view, 2, &meta.member, &[(*device, *height)]),
    }
}

fn add_device(meta: &Meta, view: &View<'_>, member: &MemberId, label: &str, via: Option<i64>) -> Result<(), Fault> {
    // A device has one first event; two of them, when its log forks there, make one device: the lower id wins.
    let sql = "INSERT INTO people_device (object, event, device, member, label, tick, via_event)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (device) DO NOTHING";
    let tick = meta.tick.raw() as i64;
    view.run(sql, (view.object(), meta.row, meta.author.as_bytes(), member.as_bytes(), label, tick, via))?;
    Ok(())
}

/// The newest name wins by (tick, id).
fn call(meta: &Meta, view: &View<'_>, member: &MemberId, name: &str) -> Result<(), Fault> {
    let sql = "INSERT INTO people_member (object, member, name, as_of, by) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT (member) DO UPDATE SET name = excluded.name, as_of = excluded.as_of, by = excluded.by
               WHERE (excluded.as_of, excluded.by) > (as_of, by)";
    view.run(sql, (view.object(), member.as_bytes(), name, meta.tick.raw() as i64, meta.event.prefix()))?;
    Ok(())
}

/// The newest picture wins by (tick, id); an empty one is kept as well, or an older one could come back.
fn picture_of(meta: &Meta, view: &View<'_>, image: &[u8]) -> Result<(), Fault> {
    let sql = "INSERT INTO people_picture (object, member, image, as_of, by) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT (member) DO UPDATE SET image = excluded.image, as_of = excluded.as_of, by = excluded.by
               WHERE (excluded.as_of, excluded.by) > (as_of, by)";
    view.run(sql, (view.object(), meta.member.as_bytes(), image, meta.tick.raw() as i64, meta.event.prefix()))?;
    Ok(())
}

fn invite(meta: &Meta, view: &View<'_>, key: &[u8; 32], uses: u32, expires_ms: u64) -> Result<(), Fault> {
    let sql = "INSERT INTO people_invitation (object, event, device, seq, member, key, uses, expires_ms, tick)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let expires_ms = i64::try_from(expires_ms).unwrap_or(i64::MAX);
    let (author, member, tick) = (meta.author.as_bytes(), meta.member.as_bytes(), meta.tick.raw() as i64);
    view.run(sql, (view.object(), meta.row, author, meta.seq as i64, member, key, uses, expires_ms, tick))?;
    Ok(())
}

fn knocked(meta: &Meta, view: &View<'_>, boxes: &[Sealed]) -> Result<(), Fault> {
    let sql = "INSERT INTO people_knock (object, event, member, tick, boxes) VALUES (?1, ?2, ?3, ?4, ?5)";
    let boxes: Vec<u8> = boxes.iter().flat_map(|sealed| sealed.0.iter().copied()).collect();
    view.run(sql, (view.object(), meta.row, meta.member.as_bytes(), meta.tick.raw() as i64, boxes))?;
    Ok(())
}

fn revoke(meta: &Meta, view: &View<'_>, invitation: &EventId) -> Result<(), Fault> {
    let Some(row) = view.ids().event_row(invitation)? else { return Ok(()) };
    let sql = "INSERT INTO people_revoked (object, event, invitation_event) VALUES (?1, ?2, ?3)";
    view.run(sql, (view.object(), meta.row, row))?;
    Ok(())
}

fn end(meta: &Meta, view: &View<'_>, kind: i64, target: &MemberId, heights: &[(DeviceId, u64)]) -> Result<(), Fault> {
    let heights = postcard::to_stdvec(heights).expect("heights have no part that postcard cannot write");
    let sql = "INSERT INTO people_end (object, event, kind, device, seq, member, target, heights, tick, id)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    view.run(
        sql,
        (
            view.object(),
            meta.row,
            kind,
            meta.author.as_bytes(),
            meta.seq as i64,
            meta.member.as_bytes(),
            target.as_bytes(),
            heights,
            meta.tick.raw() as i64,
            meta.event.as_bytes(),
        ),
    )?;
    Ok(())
}
