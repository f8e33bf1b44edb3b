//! The answers as text for a terminal.

use super::answer::{Answer, DeviceRow, InvitationRow, MemberRow, PictureRow};

pub(in crate::people) fn text(answer: &Answer) -> String {
    match answer {
        Answer::Members(members) => lines(members.iter().map(member)),
        Answer::Devices(devices) => lines(devices.iter().map(device)),
        Answer::Invitations(invitations) if invitations.is_empty() => {
            "No invitation holds at the moment. Make one with `skein invite`.\n".into()
        }
        Answer::Invitations(invitations) => lines(invitations.iter().map(invitation)),
        Answer::Pictures(pictures) if pictures.is_empty() => "Nobody shows a picture here yet.\n".into(),
        Answer::Pictures(pictures) => lines(pictures.iter().map(picture)),
        Answer::Charter { name, removal_takes } => {
            format!("{name}\n  Removing a member takes {removal_takes} other members.\n")
        }
    }
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.map(|line| line.trim_end().to_string() + "\n").collect()
}

fn member(row: &MemberRow) -> String {
    let mut notes = Vec::new();
    if row.me {
        notes.push("you".to_string());
    }
    if !row.belongs {
        notes.push("no longer belongs".into());
    }
    if row.devices > 1 {
        notes.push(format!("{} devices", row.devices));
    }
    notes.push(match &row.invited_by {
        Some(by) => format!("invited by {by}"),
        None => "founder".into(),
    });
    if row.belongs && !row.removal_wanted_by.is_empty() {
        notes.push(format!("removal asked for by {}", row.removal_wanted_by.join(", ")));
    }
    format!("{}  {}  ({})", row.member.short(), row.name, notes.join(", "))
}

fn picture(row: &PictureRow) -> String {
    format!("{}  {}, {} bytes", row.member.short(), row.kind, row.image.0.len())
}

fn device(row: &DeviceRow) -> String {
    let label = if row.label.is_empty() { "first device" } else { &row.label };
    let this = if row.this { ", this one" } else { "" };
    let ended = if row.counts { "" } else { ", no longer used" };
    format!("{}  {}  ({label}{this}{ended})", row.device.short(), row.name)
}

fn invitation(row: &InvitationRow) -> String {
    let state = if row.revoked {
        "taken back"
    } else if row.holds {
        "holds"
    } else {
        "used up or expired"
    };
    format!("{}  by {}, used {} of {}, {state}", row.invitation.short(), row.by, row.used, row.uses)
}
