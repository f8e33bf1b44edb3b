//! What a person does about copies: ask for a number, offer room, have the copies checked. Local, free to change.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use skein_app::{Act, Draft, Drill, Job, Kind, MAX_DRILLS, Me, Refusal, View};

use super::super::answer::Share;
use super::super::desk::{say, yours};
use super::super::event::{Event, copies_id, room_id};
use super::super::rules::MAX_CLAIM;
use super::super::{find, rows};
use super::answer::called;
use super::rules::{MAX_COPIES, fits_number};

/// A number of copies as it is typed: "3", or "none".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Number(pub Option<u32>);

impl FromStr for Number {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("a number of copies is 1 to {MAX_COPIES}, or \"none\"");
        let copies = match text {
            "none" | "0" => None,
            _ => Some(text.parse().map_err(|_| wrong())?),
        };
        fits_number(copies).map(|()| Self(copies)).map_err(|_| wrong())
    }
}

/// An amount of room as it is typed: "20GB", "1.5 TB", "none"; powers of 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(pub u64);

impl FromStr for Amount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "an amount of room is like 20GB, 1.5TB, 500MB, or \"none\"".to_owned();
        let text = text.trim();
        if text == "none" {
            return Ok(Self(0));
        }
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = (text[..end].parse::<f64>().map_err(|_| wrong())?, text[end..].trim());
        let power = match unit.to_ascii_lowercase().as_str() {
            "" | "b" | "byte" | "bytes" => 0,
            "kb" | "k" => 1,
            "mb" | "m" => 2,
            "gb" | "g" => 3,
            "tb" | "t" => 4,
            _ => return Err(wrong()),
        };
        let bytes = number * 1_000_f64.powi(power);
        // `as` clamps; what is beyond the limit is refused by the next line.
        let bytes = if bytes.is_finite() { bytes as u64 } else { u64::MAX };
        if bytes <= MAX_CLAIM { Ok(Self(bytes)) } else { Err("no device has so much room".into()) }
    }
}

/// Asks for a number of copies of every share, or of one.
pub(in super::super) fn copies(
    me: &Me,
    Number(copies): Number,
    share: Option<String>,
    view: &View<'_>,
) -> Result<Act<Event>, Refusal> {
    fits_number(copies).map_err(|why| Refusal::new(Kind::Limit, why))?;
    let event = Event::CopiesWanted { copies };
    match share {
        None => Ok(Act::Say(Draft { object: copies_id(&me.community), event })),
        Some(share) => {
            let found = find::share(me, &share, view)?;
            yours(me, &found)?;
            Ok(say(&found, event))
        }
    }
}

fn said(me: &Me, view: &View<'_>) -> Result<Option<(u64, u64)>, Refusal> {
    let sql = "SELECT bytes, fits FROM files_room WHERE device = ?1";
    let row = view.first(sql, [me.device.as_bytes()], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    Ok(row.map(|(bytes, fits)| (bytes as u64, fits as u64)))
}

/// Offers room on this device.
pub(in super::super) fn room(me: &Me, Amount(bytes): Amount, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    if me.keeper && bytes > 0 {
        return Err(Refusal::new(Kind::Conflict, "this device is a keeper: it holds a copy of everything anyway")
            .hint("Start it without `--keeper` first: `skein up`."));
    }
    if bytes > MAX_CLAIM {
        return Err(Refusal::new(Kind::Limit, "no device has so much room"));
    }
    if said(me, view)?.map_or(0, |(said, _)| said) == bytes {
        let message = if bytes == 0 { "this device offers no room" } else { "this device offers that already" };
        return Err(Refusal::new(Kind::Conflict, message).hint("See `skein files safety`."));
    }
    Ok(offer(me, bytes, bytes))
}

/// This device's disk allows so much of what it offers; and it is still there.
pub(in super::super) fn fits(me: &Me, fits: u64, view: &View<'_>) -> Result<Act<Event>, Refusal> {
    let bytes = said(me, view)?.map_or(0, |(bytes, _)| bytes);
    Ok(offer(me, bytes, fits.min(bytes)))
}

fn offer(me: &Me, bytes: u64, fits: u64) -> Act<Event> {
    Act::Say(Draft { object: room_id(&me.community, &me.device), event: Event::RoomOffered { bytes, fits } })
}

/// Has those who say that they hold a share, or the newest shares, show it.
pub(in super::super) fn drill(
    me: &Me,
    share: Option<String>,
    whole: bool,
    view: &View<'_>,
) -> Result<Act<Event>, Refusal> {
    let shares = match share {
        Some(typed) => vec![find::share(me, &typed, view)?.share],
        None => rows::shares(me, "?2 = ?2 AND s.removed IS NULL", 0, MAX_DRILLS, view)?,
    };
    let drills = shares.iter().map(|share| one(me, share, view)).collect::<Result<Vec<_>, _>>()?;
    if drills.is_empty() {
        return Err(
            Refusal::new(Kind::NotFound, "nothing is shared here").hint("Share something: `skein files add PATH`.")
        );
    }
    Ok(Act::Do(Job::Drill { drills, whole }))
}

fn one(me: &Me, share: &Share, view: &View<'_>) -> Result<Drill, Refusal> {
    let holders = rows::holders(me, &share.root, view)?;
    let holders = holders.into_iter().map(|holder| (holder.device, called(&holder.by.name, &holder.label))).collect();
    let Share { root, folder, bytes, .. } = *share;
    Ok(Drill { root, folder, name: share.name.clone(), bytes, holders })
}
