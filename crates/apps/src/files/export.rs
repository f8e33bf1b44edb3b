//! The page of what is shared, with the files themselves; and what the doctor should know of copies.

use skein_app::{Attached, Concern, Fault, Me, Pages, View, moment, plain, quoted};

use super::answer::{Only, Share, sole};
use super::copies::answer::{Safety, safety};
use super::rows;

/// The page's name.
const PAGE: &str = "files";
/// All of them: a limit that SQLite never reaches.
const ALL: usize = i64::MAX as usize;
/// The most names in one concern.
const NAMED: usize = 5;

pub(super) fn export(me: &Me, view: &View<'_>, pages: &mut dyn Pages) -> Result<(), Fault> {
    let mut shares = rows::shares(me, "?2 = ?2", 0, ALL, view)?;
    shares.sort_by_key(|share| (share.shared_ms, share.id));
    pages.write(PAGE, "# Files and folders\n\nThe oldest first. All times are UTC.\n");
    for share in &shares {
        let text = about(share, pages);
        pages.write(PAGE, &text);
    }
    Ok(())
}

fn about(share: &Share, pages: &mut dyn Pages) -> String {
    let kind = if share.folder { format!("a folder of {} files, ", share.files) } else { String::new() };
    let (name, by) = (plain(&share.name), plain(&share.by.name));
    let mut text =
        format!("\n## {name}\n\nShared by {by} on {}; {kind}{} bytes.\n", moment(share.shared_ms), share.bytes);
    if share.version > 1 {
        text.push_str(&format!("This is version {}, of {}.\n", share.version, moment(share.changed_ms)));
    }
    if !share.note.is_empty() {
        text.push_str(&format!("\n{}", quoted(&share.note, 1)));
    }
    text.push('\n');
    match share.removed_ms {
        Some(ms) => text.push_str(&format!("Taken back on {}.\n", moment(ms))),
        None => {
            let Share { root, folder, bytes, .. } = *share;
            let place = pages.attach(PAGE, &Attached { root, folder, bytes, name: share.name.clone() });
            text.push_str(&format!("{place}\n"));
        }
    }
    text
}

/// Files of which too few copies are known.
pub(super) fn concerns(me: &Me, view: &View<'_>) -> Result<Vec<Concern>, Fault> {
    let sole = sole(me, view)?;
    let of = |only: &[Only]| -> Vec<&str> {
        sole.iter().filter(|sole| only.contains(&sole.only)).map(|sole| sole.share.name.as_str()).collect()
    };
    let mut concerns = Vec::new();
    let lost = of(&[Only::Nobody]);
    if !lost.is_empty() {
        concerns.push(Concern {
            kind: "no-copy",
            lost: true,
            what: format!("Nobody is known to have a copy of {}.", list(&lost)),
            why: "It cannot be fetched by anyone, unless a device that has it comes back.".into(),
            next: "Ask whoever shared it to share it again.".into(),
        });
    }
    let only = of(&[Only::ThisDevice, Only::YourDevices]);
    if !only.is_empty() {
        concerns.push(Concern {
            kind: "sole-copy",
            lost: false,
            what: format!("Only you have a copy of {}.", list(&only)),
            why: "If your device is lost, so is this.".into(),
            next: "Ask another member to fetch it, or run a keeper: `skein up --keeper` on a computer that stays on."
                .into(),
        });
    }
    concerns.extend(too_few(me, view)?);
    Ok(concerns)
}

/// What has fewer copies than are asked for: the worst, and how many more.
fn too_few(me: &Me, view: &View<'_>) -> Result<Option<Concern>, Fault> {
    let Safety { short, shares, .. } = safety(me, view)?;
    let Some(worst) = shares.first() else { return Ok(None) };
    let more = match short {
        1 => String::new(),
        _ => format!(" And {} more have too few: `skein files safety`.", short - 1),
    };
    Ok(Some(Concern {
        kind: "too-few-copies",
        lost: false,
        what: format!("\"{}\": {}.{more}", worst.share.name, worst.outlook.words),
        why: "Fewer copies are there than this community asks for.".into(),
        next: worst.outlook.next.clone(),
    }))
}

fn list(names: &[&str]) -> String {
    let mut text = names.iter().take(NAMED).map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    if names.len() > NAMED {
        text.push_str(&format!(" and {} more", names.len() - NAMED));
    }
    text
}
