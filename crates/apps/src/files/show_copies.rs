//! How safe what is shared is, as text for a terminal.

use super::copies::answer::{Asked, Outlook, Room, Safety};
use super::show::{age, count, shown_name, size, table};

/// How many shares with too few copies are drawn.
const DRAWN: usize = 20;

/// How one share stands, and who asks for the number.
pub(super) fn stands(outlook: &Outlook, asked: Option<&Asked>, now_ms: u64) -> String {
    let mut text = format!("{}\n", outlook.words);
    if let Some(asked) = asked {
        text.push_str(&format!("{}\n", by(asked, now_ms)));
    }
    text
}

fn by(asked: &Asked, now_ms: u64) -> String {
    let of = if asked.everywhere { "of everything" } else { "of this" };
    let (name, since) = (&asked.by.name, age(asked.since_ms, now_ms));
    match asked.copies {
        Some(1) => format!("1 copy {of} is asked for by {name} {since}"),
        Some(copies) => format!("{copies} copies {of} are asked for by {name} {since}"),
        None => format!("no copies are asked for: {name} said so {since}"),
    }
}

/// How safe everything is.
pub(super) fn safety(safety: &Safety, now_ms: u64) -> String {
    let mut text = match &safety.asked {
        Some(asked) => format!("{}.\n", by(asked, now_ms)),
        None => "No copies are asked for. Ask for three of everything: `skein files copies 3`.\n".into(),
    };
    text.push_str(&rooms(&safety.rooms));
    let total = safety.enough + safety.short;
    match safety.short {
        _ if total == 0 => (),
        0 if total == 1 => text.push_str("The one share of which copies are asked for has them.\n"),
        0 => text.push_str(&format!("All {} have the copies that are asked for.\n", count(total, "share"))),
        1 => text.push_str(&format!("1 of {} has too few copies:\n", count(total, "share"))),
        short => text.push_str(&format!("{short} of {} have too few copies:\n", count(total, "share"))),
    }
    for short in safety.shares.iter().take(DRAWN) {
        text.push_str(&format!("  {}  {}\n", shown_name(&short.share), short.outlook.words));
    }
    if safety.short as usize > DRAWN {
        text.push_str(&format!("  … and {} more; all are in `--json`\n", safety.short as usize - DRAWN));
    }
    if let Some(worst) = safety.shares.first() {
        text.push_str(&format!("{}\n", worst.outlook.next));
    }
    text
}

fn rooms(rooms: &[Room]) -> String {
    if rooms.is_empty() {
        return "Nobody offers room. Offer some on this device: `skein files room 10GB`.\n".into();
    }
    let mut lines = vec![["DEVICE", "WHOSE", "OFFERS", "TAKEN", ""].map(String::from)];
    lines.extend(rooms.iter().map(|room| {
        let device = if room.label.is_empty() { room.device.short() } else { room.label.clone() };
        let fits = match room.fits < room.bytes {
            true => format!("its disk allows {}", size(room.fits)),
            false => String::new(),
        };
        let over = if room.used > room.bytes.min(room.fits) { "holds more until others do" } else { "" };
        let silent = if room.counts { "" } else { "not heard of for 30 days" };
        let this = if room.this { "this device" } else { "" };
        let marks: Vec<&str> = [this, &fits, over, silent].into_iter().filter(|mark| !mark.is_empty()).collect();
        [device, room.by.name.clone(), size(room.bytes), size(room.used), marks.join(", ")]
    }));
    table(&lines)
}
