//! The host's answers as text.

use serde_json::Value;
use skein_host::{
    Coming, CommunityRow, DeviceRow, Drilled, Fetched, Hit, LinkKind, LinkRead, MemberRow, Said, Several, Standing,
    Status, Told, WhoHasIt,
};

use super::line::lines;
use super::{Paint, Table, amount, one_line, time};

/// How many characters of an id are shown.
const SHORT: usize = 10;

fn short(id: &str) -> String {
    id.chars().take(SHORT).collect()
}

/// How the program is doing.
pub fn status(status: &Status, now_ms: u64, paint: Paint) -> String {
    let keeper = if status.keeper { ", as a keeper" } else { "" };
    let running = time::span(now_ms.saturating_sub(status.since_ms));
    let mut text = paint.green(&format!("Skein {} is running{keeper}", one_line(&status.version)));
    text.push_str(&format!(" for {running} (process {}).\n", status.pid));
    if !status.name.is_empty() {
        text.push_str(&format!("You are {}", one_line(&status.name)));
        let label = one_line(&status.label);
        text.push_str(&if label.is_empty() { ".\n".to_owned() } else { format!(" on {label}.\n") });
    }
    text.push('\n');
    text.push_str(&communities(&status.communities, paint));
    text.push_str(&on_the_way(&status.coming));
    text.push_str(&format!(
        "\n{}\n",
        paint.dim(&format!("Files take {}. Folder: {}", amount::bytes(status.files_bytes), one_line(&status.folder)))
    ));
    text
}

/// "2 files are on their way, 1 is paused", or nothing.
fn on_the_way(coming: &Coming) -> String {
    let paused = coming.rows.iter().filter(|row| row.paused).count();
    let come = coming.rows.len() - paused;
    if coming.paused {
        return "\nAll files are paused: none comes, none goes. To go on: `skein files resume --all`\n".into();
    }
    let come = match come {
        0 if paused == 0 => return String::new(),
        0 => "No file is on its way".to_owned(),
        1 => "1 file is on its way".to_owned(),
        n => format!("{n} files are on their way"),
    };
    let paused = match paused {
        0 => String::new(),
        1 => ", 1 is paused".to_owned(),
        n => format!(", {n} are paused"),
    };
    format!("\n{come}{paused}: `skein files coming`\n")
}

/// The communities on this computer.
pub fn communities(rows: &[CommunityRow], paint: Paint) -> String {
    if rows.is_empty() {
        return "You are in no community yet. `skein found NAME` begins one, `skein join LINK` comes into one.\n"
            .into();
    }
    let mut table = Table::new(&["community", "you are", "how it stands", "id"]);
    for row in rows {
        table.row([&row.name, &row.my_name, &standing(row), &short(&row.community)]);
    }
    table.text(paint)
}

/// ", 3 unread", ", 3 unread and 1 calls you", or nothing.
fn unread(row: &CommunityRow) -> String {
    // Counting ends at a thousand.
    let up_to = |n: u32| if n < 1_000 { n.to_string() } else { "1,000 or more".to_owned() };
    match (row.unread, row.mentions) {
        (0, _) => String::new(),
        (unread, 0) => format!(", {} unread", up_to(unread)),
        (unread, 1) => format!(", {} unread, 1 calls you", up_to(unread)),
        (unread, calls) => format!(", {} unread, {} call you", up_to(unread), up_to(calls)),
    }
}

fn standing(row: &CommunityRow) -> String {
    let trouble = |words: &str| match row.trouble.is_empty() {
        true => words.to_owned(),
        false => format!("{words}: {}", row.trouble),
    };
    match row.standing {
        Standing::Member if row.members <= 1 => trouble("you are its only member"),
        Standing::Member => {
            let members = amount::many(u64::from(row.members), "member", "members");
            let reached = match row.devices_reached {
                0 => "no other device can be reached".to_owned(),
                some => format!("{} in reach", amount::many(u64::from(some), "device", "devices")),
            };
            trouble(&format!("{members}, {reached}{}", unread(row)))
        }
        Standing::Joining => trouble("on the way in"),
        Standing::Refused => trouble("refused"),
        Standing::Left => trouble("you have left"),
        Standing::Closed => trouble("closed"),
    }
}

/// What a link is for, who gave it and until when it is good.
pub fn link(link: &LinkRead, now_ms: u64) -> String {
    let good = match link.expires_ms.saturating_sub(now_ms) {
        _ if link.expired => "It is no longer good: ask for another one.".to_owned(),
        left => format!("It is good for another {}.", time::span(left)),
    };
    let (from, name) = (one_line(&link.from), one_line(&link.name));
    let what = match (link.kind, link.already_in) {
        (LinkKind::Invitation, false) => format!("{from} invites you into {name}."),
        (LinkKind::Invitation, true) => format!("{from} invites somebody into {name}; you are in it already."),
        (LinkKind::File, _) => format!("This is for the file {name}. To have it:  skein take LINK\n"),
        (LinkKind::Device, false) => "This makes a computer one of the devices of whoever made the link.".to_owned(),
        (LinkKind::Device, true) => "This makes a computer a device of yours; it was made on this one.".to_owned(),
    };
    format!("{what} {good}\n")
}

/// Who belongs, who can be reached and how, and when each was last heard of.
pub fn members(rows: &[MemberRow], now_ms: u64, paint: Paint) -> String {
    let mut table = Table::new(&["member", "reachable", "path", "devices", "id"]);
    for row in rows {
        let counted: Vec<&DeviceRow> = row.devices.iter().filter(|device| device.belongs).collect();
        let name = if row.you { format!("{} (you)", row.name) } else { row.name.clone() };
        let best =
            counted.iter().filter(|device| device.reached && !device.this).min_by(|a, b| a.rtt_ms.total_cmp(&b.rtt_ms));
        let reachable = match best {
            _ if !row.belongs => "no longer belongs".to_owned(),
            _ if row.you && counted.iter().any(|device| device.this) => "here".to_owned(),
            Some(_) => "yes".to_owned(),
            None => heard(&counted, now_ms),
        };
        let path = best.map(|device| path(device)).unwrap_or_default();
        table.row([&name, &reachable, &path, &counted.len().to_string(), &short(&row.member)]);
    }
    table.text(paint)
}

fn heard(devices: &[&DeviceRow], now_ms: u64) -> String {
    match devices.iter().map(|device| device.heard_ms).max() {
        None | Some(0) => "no, never heard of".to_owned(),
        Some(last) => format!("no, last heard of {}", time::ago(last, now_ms)),
    }
}

fn path(device: &DeviceRow) -> String {
    let how = if device.direct { "direct" } else { "relayed" };
    if device.rtt_ms > 0.0 { format!("{how}, {}", time::measured(device.rtt_ms)) } else { how.to_owned() }
}

/// What a search found, the best first.
pub fn hits(hits: &[Hit], now_ms: u64, paint: Paint) -> String {
    if hits.is_empty() {
        return "Nothing was found. Fewer or shorter words may help.\n".into();
    }
    hits.iter().map(|hit| hit_line(hit, now_ms, paint)).collect()
}

/// What happened last, the newest at the end.
pub fn feed(hits: &[Hit], now_ms: u64, paint: Paint) -> String {
    if hits.is_empty() {
        return "Nothing has happened yet.\n".into();
    }
    hits.iter().rev().map(|hit| hit_line(hit, now_ms, paint)).collect()
}

fn hit_line(hit: &Hit, now_ms: u64, paint: Paint) -> String {
    let about = format!("{} {}, {}", short(&hit.event), one_line(&hit.kind), time::ago(hit.at_ms, now_ms));
    let (name, snippet) = (paint.bold(&one_line(&hit.name)), one_line(&hit.snippet));
    format!("{name}  {snippet}  {}\n", paint.dim(&format!("({about})")))
}

/// Who has an event.
pub fn who_has(who: &WhoHasIt, paint: Paint) -> String {
    let mut table = Table::new(&["member", "device", "has it"]);
    for row in &who.devices {
        table.row([row.name.as_str(), &short(&row.device), if row.has { "yes" } else { "not that we know" }]);
    }
    format!("{}\n\n{}", one_line(&who.words), table.text(paint))
}

/// What a command came to: an event, a file, or something of the app's own.
pub fn outcome(answer: &Value, paint: Paint) -> String {
    if let Ok(said) = serde_json::from_value::<Said>(answer.clone()) {
        return format!("Done. {}\n", paint.dim(&short(&said.event)));
    }
    if let Ok(several) = serde_json::from_value::<Several>(answer.clone()) {
        return format!("Done: {} {}.\n", several.done, one_line(&several.what));
    }
    if let Ok(told) = serde_json::from_value::<Told>(answer.clone()) {
        return format!("{}\n", lines(told.words.trim_end()));
    }
    if let Ok(drilled) = serde_json::from_value::<Drilled>(answer.clone()) {
        return super::drill::drilled(&drilled, paint);
    }
    match serde_json::from_value::<Fetched>(answer.clone()) {
        Ok(done) => fetched(&done),
        Err(_) if answer.is_null() => "Done.\n".into(),
        Err(_) => format!("{answer}\n"),
    }
}

fn fetched(done: &Fetched) -> String {
    let seconds = done.took_ms.max(1) as f64 / 1000.0;
    let fast = amount::rate(done.bytes as f64 / seconds);
    let from: Vec<String> =
        done.from.iter().map(|(name, bytes)| format!("{} from {}", amount::bytes(*bytes), one_line(name))).collect();
    let from = if from.is_empty() { "all of it was here already".to_owned() } else { amount::list(&from) };
    let size = amount::bytes(done.bytes);
    let took = time::measured(done.took_ms as f64);
    let mut text = format!("{}: {size} in {took}, {fast}; {from}.\n", one_line(&done.name));
    if let Some(path) = &done.path {
        text.push_str(&format!("It is in {}\n", one_line(path)));
    }
    text
}
