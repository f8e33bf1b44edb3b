//! Answers as text for a terminal.

use unicode_width::UnicodeWidthStr;

use super::answer::{Answer, Copies, Holder, Only, Share, Sole, Version};

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Draws an answer.
pub(super) fn text(answer: &Answer) -> String {
    match answer {
        Answer::Shares { shares, more, now_ms } => list(shares, *more, *now_ms),
        Answer::Share { share, versions, holders, outlook, asked, now_ms } => {
            let stands = match outlook {
                Some(outlook) => super::show_copies::stands(outlook, asked.as_ref(), *now_ms),
                None => format!("{}\n", copies(share.copies)),
            };
            one(share, versions, holders, &stands, *now_ms)
        }
        Answer::Holders { share, holders, outlook, now_ms } => {
            let stands = outlook.as_ref().map_or_else(|| copies(share.copies), |outlook| outlook.words.clone());
            format!("{} {stands}\n{}", shown_name(share), holder_table(holders, *now_ms))
        }
        Answer::Safety { safety, now_ms } => super::show_copies::safety(safety, *now_ms),
        Answer::Sole { shares, now_ms } => sole(shares, *now_ms),
    }
}

fn list(shares: &[Share], more: bool, now_ms: u64) -> String {
    if shares.is_empty() {
        return "Nothing is shared here. Share something: `skein files add PATH`.\n".into();
    }
    let mut rows = vec![["ID", "NAME", "SIZE", "FILES", "SHARED BY", "WHEN", "COPIES", "HERE"].map(String::from)];
    rows.extend(shares.iter().map(|share| {
        let copies = if share.removed_ms.is_some() { "taken back".into() } else { copies(share.copies) };
        let (id, here) = (share.id.short(), here(share).to_owned());
        let (name, size, files) = (shown_name(share), size(share.bytes), share.files.to_string());
        [id, name, size, files, share.by.name.clone(), age(share.shared_ms, now_ms), copies, here]
    }));
    let mut text = table(&rows);
    if more {
        text.push_str("… and more: say `--limit`, or part of a name.\n");
    }
    text
}

fn here(share: &Share) -> &'static str {
    match (share.here, share.kept) {
        (true, false) if share.for_others => "for the others",
        (true, true) => "kept",
        (true, false) => "yes",
        (false, true) => "on its way",
        (false, false) => "-",
    }
}

fn one(share: &Share, versions: &[Version], holders: &[Holder], stands: &str, now_ms: u64) -> String {
    let kind = if share.folder { format!("folder of {}", count(share.files, "file")) } else { "file".into() };
    let mut text = format!("{}  {kind}, {}\n", shown_name(share), size(share.bytes));
    if !share.note.is_empty() {
        text.push_str(&format!("{}\n", share.note));
    }
    let shared = age(share.shared_ms, now_ms);
    text.push_str(&format!("shared by {} {shared}, id {}\n", share.by.name, share.id));
    if let Some(removed) = share.removed_ms {
        text.push_str(&format!("taken back {}\n", age(removed, now_ms)));
    } else {
        text.push_str(&format!("{stands}{}", holder_table(holders, now_ms)));
    }
    if versions.len() > 1 {
        let mut rows = vec![["VERSION", "SIZE", "FILES", "GIVEN", "DEVICES"].map(String::from)];
        rows.extend(versions.iter().map(|v| {
            let numbers = (v.version.to_string(), v.files.to_string(), v.devices.to_string());
            [numbers.0, size(v.bytes), numbers.1, age(v.given_ms, now_ms), numbers.2]
        }));
        text.push_str(&table(&rows));
    }
    text
}

fn holder_table(holders: &[Holder], now_ms: u64) -> String {
    if holders.is_empty() {
        return String::new();
    }
    let mut rows = vec![["DEVICE", "WHOSE", "SINCE", ""].map(String::from)];
    rows.extend(holders.iter().map(|holder| {
        let device = if holder.label.is_empty() { holder.device.short() } else { holder.label.clone() };
        let marks = [
            (holder.this, "this device"),
            (holder.for_others, "for the others"),
            (holder.silent, "not heard of for 30 days: does not count"),
        ];
        let marks: Vec<&str> = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
        [device, holder.by.name.clone(), age(holder.since_ms, now_ms), marks.join(", ")]
    }));
    table(&rows)
}

fn sole(shares: &[Sole], now_ms: u64) -> String {
    if shares.is_empty() {
        return "Everything that is shared here is held by others, too.\n".into();
    }
    let mut rows = vec![["ID", "NAME", "SIZE", "SHARED BY", "WHEN", "HELD BY"].map(String::from)];
    rows.extend(shares.iter().map(|Sole { share, only }| {
        let only = match only {
            Only::ThisDevice => "only this device",
            Only::YourDevices => "only devices of yours",
            Only::Nobody => "nobody any more",
        };
        let (by, when) = (share.by.name.clone(), age(share.shared_ms, now_ms));
        [share.id.short(), shown_name(share), size(share.bytes), by, when, only.into()]
    }));
    format!("{}Ask somebody to `skein files keep` them, or run a keeper: `skein up --keeper`.\n", table(&rows))
}

/// A share in one line, for refusals that list several.
pub(super) fn line(share: &Share, now_ms: u64) -> String {
    let (id, name, size) = (share.id.short(), shown_name(share), size(share.bytes));
    format!("{id}  {name}  {size}, by {} {}", share.by.name, age(share.shared_ms, now_ms))
}

pub(super) fn shown_name(share: &Share) -> String {
    if share.folder { format!("{}/", share.name) } else { share.name.clone() }
}

fn copies(copies: Copies) -> String {
    match copies.devices {
        0 => "nobody holds it".into(),
        devices if copies.wanted > 0 => format!("{} of {} copies", devices - copies.silent.min(devices), copies.wanted),
        devices => format!("on {} of {}", count(devices, "device"), people(copies.people)),
    }
}

fn people(n: u64) -> String {
    if n == 1 { "1 person".into() } else { format!("{n} people") }
}

pub(super) fn count(n: u64, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// Bytes for the eye: "1.4 MB"; powers of 1000, as disks and file managers count.
pub(super) fn size(bytes: u64) -> String {
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64;
    for unit in ["kB", "MB", "GB", "TB"] {
        value /= 1_000.0;
        // What would be drawn as 1000 is of the next unit.
        if value < 9.95 {
            return format!("{value:.1} {unit}");
        }
        if value < 999.5 {
            return format!("{value:.0} {unit}");
        }
    }
    format!("{:.0} PB", value / 1_000.0)
}

/// How long ago, for the eye. What lies ahead (a clock is wrong) is "just now".
pub(super) fn age(then_ms: u64, now_ms: u64) -> String {
    let ago = now_ms.saturating_sub(then_ms);
    match ago {
        _ if ago < MINUTE => "just now".into(),
        _ if ago < HOUR => format!("{} min ago", ago / MINUTE),
        _ if ago < DAY => format!("{} h ago", ago / HOUR),
        _ if ago < 60 * DAY => format!("{} ago", count(ago / DAY, "day")),
        _ if ago < 730 * DAY => format!("{} ago", count(ago / (30 * DAY), "month")),
        _ => format!("{} ago", count(ago / (365 * DAY), "year")),
    }
}

/// Rows under one another, each column as wide as its widest cell.
pub(super) fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width - cell.width() + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
