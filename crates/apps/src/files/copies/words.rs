//! How a file stands, in people's words: "2 of 3 copies: Ana's computer, Ben's phone; one more is looked for: nobody has room".

use super::answer::{Names, wants_room};
use super::plan::{Lack, Outlook};
use skein_event::DeviceId;

/// The most devices that are named; more are counted.
const NAMED: usize = 5;

fn list(devices: &[DeviceId], names: &Names) -> String {
    let name = |device: &DeviceId| names.get(device).cloned().unwrap_or_else(|| device.short());
    let mut text = devices.iter().take(NAMED).map(name).collect::<Vec<_>>().join(", ");
    if devices.len() > NAMED {
        text.push_str(&format!(" and {} more", devices.len() - NAMED));
    }
    text
}

fn more(n: u32) -> (String, &'static str) {
    if n == 1 { ("one more".into(), "is") } else { (format!("{n} more"), "are") }
}

/// How it stands.
pub(super) fn stands(wanted: u32, outlook: &Outlook, names: &Names) -> String {
    let held = outlook.counted.len();
    let mut text = match held {
        0 => format!("0 of {wanted} copies: nobody holds it"),
        _ if held > wanted as usize => {
            format!("{held} copies, {wanted} asked for: {}", list(&outlook.counted, names))
        }
        _ => format!(
            "{held} of {wanted} {}: {}",
            if wanted == 1 { "copy" } else { "copies" },
            list(&outlook.counted, names)
        ),
    };
    let elsewhere = held >= wanted as usize && !(outlook.takers.is_empty() && outlook.missing == 0);
    if elsewhere {
        text.push_str("; all of them are with one person");
    }
    if !outlook.takers.is_empty() {
        let (n, verb) = more(outlook.takers.len() as u32);
        let whom = list(&outlook.takers, names);
        text.push_str(&match elsewhere {
            true => format!("; one with somebody else is to come to {whom}"),
            false => format!("; {n} {verb} to come to {whom}"),
        });
    }
    if outlook.missing > 0 {
        let (n, verb) = more(outlook.missing);
        let what =
            if elsewhere { "one with somebody else is looked for".into() } else { format!("{n} {verb} looked for") };
        text.push_str(&format!("; {what}: {}", why(outlook.lack)));
    }
    text
}

fn why(lack: Option<Lack>) -> &'static str {
    match lack {
        Some(Lack::NobodyOffers) => "nobody offers room",
        Some(Lack::AllHaveIt) => "there is no further device that offers room",
        Some(Lack::Unfit) => "it is larger than was said when it was shared",
        Some(Lack::NoRoom) | None => "nobody has room",
    }
}

/// The one thing to do about it; empty if all is well. `offers`: this device offers room already.
pub(super) fn next(outlook: &Outlook, offers: bool) -> String {
    if wants_room(outlook.lack) {
        return match offers {
            true => "Ask other members to offer room on their devices: `skein files room 10GB`.".into(),
            false => "Offer room on this device: `skein files room 10GB`. Or ask others to.".into(),
        };
    }
    match outlook.lack {
        Some(_) => "Ask whoever shared it to share it again.".into(),
        None if !outlook.takers.is_empty() => "Be patient: it comes there by itself when those devices are on.".into(),
        None => String::new(),
    }
}
