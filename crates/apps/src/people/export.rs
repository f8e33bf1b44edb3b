//! The page of who belongs, for people who read a community without this program.

use std::collections::BTreeMap;

use skein_app::{Fault, Me, Pages, View, moment, plain};
use skein_event::{MemberId, Tick};

use super::desk::{DeviceRow, MemberRow, PictureRow, devices, members, pictures};
use super::standing::{EndFact, EndKind};
use super::{facts, picture};

/// The page's name.
const PAGE: &str = "members";

pub(super) fn export(me: &Me, view: &View<'_>, pages: &mut dyn Pages) -> Result<(), Fault> {
    let name: Option<String> = view.first("SELECT name FROM people_community", [], |row| row.get(0))?;
    let quorum = facts::removal_quorum(view)?;
    pages.write(PAGE, &format!("# Members of {}\n\n", plain(&name.unwrap_or_default())));
    pages.write(PAGE, &format!("Removing a member takes {quorum} other members. All times are UTC.\n\n"));
    let (members, devices) = (members(me, view)?, devices(me, view, None)?);
    let pictures: BTreeMap<MemberId, PictureRow> =
        pictures(view)?.into_iter().map(|picture| (picture.member, picture)).collect();
    for member in &members {
        pages.write(PAGE, &about(member, &devices));
        if let Some(shown) = pictures.get(&member.member) {
            let ending = picture::kind(&shown.image.0).map_or("", picture::Kind::ending);
            let line = pages.keep(PAGE, &format!("pictures/{}", member.name), ending, &shown.image.0);
            pages.write(PAGE, &format!("  - picture: {line}\n"));
        }
    }
    pages.write(PAGE, "\n## What happened\n\n");
    for (_, _, line) in history(&members, &devices, &facts::ends(view)?) {
        pages.write(PAGE, &line);
    }
    Ok(())
}

fn about(member: &MemberRow, devices: &[DeviceRow]) -> String {
    let belongs = if member.belongs { "" } else { ", no longer belongs" };
    let by = member.invited_by.as_ref().map_or("founder".into(), |by| format!("invited by {}", plain(by)));
    let since = moment(member.since_ms);
    let mut text = format!("- **{}** (`{}`): since {since}, {by}{belongs}\n", plain(&member.name), member.member);
    for device in devices.iter().filter(|device| device.member == member.member) {
        let label = if device.label.is_empty() { "first device".into() } else { plain(&device.label) };
        let ended = if device.counts { "" } else { ", no longer used" };
        text.push_str(&format!("  - {label} (`{}`): since {}{ended}\n", device.device, moment(device.since_ms)));
    }
    text
}

/// Lines with what orders them: when, and by whose id.
type Line = (u64, [u8; 32], String);

fn history(members: &[MemberRow], devices: &[DeviceRow], ends: &[EndFact]) -> Vec<Line> {
    let name = |id: &MemberId| {
        let found = members.iter().find(|member| member.member == *id);
        found.map_or_else(|| id.short(), |member| plain(&member.name))
    };
    let mut lines: Vec<Line> = Vec::new();
    for (at, device) in devices.iter().enumerate() {
        let first = devices[..at].iter().all(|earlier| earlier.member != device.member);
        let who = name(&device.member);
        let invited_by = members.iter().find(|m| m.member == device.member).and_then(|m| m.invited_by.as_ref());
        let what = match (first, invited_by) {
            (true, None) => format!("{who} founded the community"),
            (true, Some(by)) => format!("{who} joined, invited by {}", plain(by)),
            (false, _) => format!("{who} came with another device: {}", plain(&device.label)),
        };
        lines.push((device.since_ms, *device.device.as_bytes(), what));
    }
    for end in ends {
        let (by, of) = (name(&end.member), name(&end.target));
        let what = match end.kind {
            EndKind::Removal => format!("{by} wanted {of} removed"),
            EndKind::Leave => format!("{by} left"),
            EndKind::Retire => format!("{by} gave up a device"),
        };
        lines.push((Tick::ms(end.tick), *end.id.as_bytes(), what));
    }
    lines.sort();
    for line in &mut lines {
        line.2 = format!("- {}: {}\n", moment(line.0), line.2);
    }
    lines
}
