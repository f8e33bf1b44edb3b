//! From what a person types to the thing that is meant.

use std::collections::BTreeMap;
use std::sync::Arc;

use skein_app::{Fault, Kind, Refusal, Roster, View};
use skein_event::{DeviceId, EventId, MemberId};
use skein_node::Presence;
use skein_store::{Reader, Store};

use crate::Standing;
use crate::core::Core;
use crate::hall::Hall;
use crate::link::{Entry, MAX_ENTRIES};

/// The shortest beginning of an event's id that is looked for.
const MIN_PREFIX: usize = 6;
/// How many events with one beginning are looked at.
const MAX_MATCHES: i64 = 3;

/// The community that is meant: by its name, the beginning of its id, or because it is the only one.
pub(crate) fn community(core: &Core, typed: Option<&str>) -> Result<Arc<Hall>, Refusal> {
    let all = core.halls.all();
    match typed {
        Some(typed) => by_text(&all, typed.trim()),
        None => the_only_one(all),
    }
}

/// The communities that are meant: one, or all of them.
pub(super) fn communities(core: &Core, typed: Option<&str>) -> Result<Vec<Arc<Hall>>, Refusal> {
    match typed {
        Some(_) => Ok(vec![community(core, typed)?]),
        None => Ok(core.halls.all()),
    }
}

fn the_only_one(all: Vec<Arc<Hall>>) -> Result<Arc<Hall>, Refusal> {
    if all.is_empty() {
        return Err(Refusal::new(Kind::NotFound, "you are in no community yet")
            .hint("Found one with `skein found NAME`, or come into one with `skein join LINK`."));
    }
    // Those that one has left are not in the way of the others.
    let over = |hall: &Hall| matches!(hall.known().standing, Standing::Left | Standing::Refused);
    let mut alive: Vec<Arc<Hall>> = all.iter().filter(|hall| !over(hall)).cloned().collect();
    if alive.is_empty() {
        alive = all;
    }
    match &alive[..] {
        [one] => Ok(one.clone()),
        many => Err(ambiguous("you are in several communities", many)),
    }
}

fn by_text(all: &[Arc<Hall>], typed: &str) -> Result<Arc<Hall>, Refusal> {
    let lower = typed.to_lowercase();
    let name = |hall: &Hall| hall.known().name.to_lowercase();
    let exact: Vec<_> =
        all.iter().filter(|hall| name(hall) == lower || hall.id.to_string() == lower).cloned().collect();
    let found = if exact.is_empty() {
        all.iter()
            .filter(|hall| name(hall).starts_with(&lower) || hall.id.to_string().starts_with(&lower))
            .cloned()
            .collect()
    } else {
        exact
    };
    match &found[..] {
        [one] => Ok(one.clone()),
        [] => Err(Refusal::new(Kind::NotFound, format!("no community here is called \"{typed}\""))
            .hint("`skein status` lists the communities that are here.")),
        many => Err(ambiguous(&format!("\"{typed}\" could be several communities"), many)),
    }
}

fn ambiguous(what: &str, halls: &[Arc<Hall>]) -> Refusal {
    let names: Vec<String> = halls.iter().map(|hall| format!("{} ({})", hall.known().name, hall.id.short())).collect();
    Refusal::new(Kind::Ambiguous, format!("{what}: {}", names.join(", ")))
        .hint("Say which, with `--community NAME` or the beginning of its id.")
}

/// The event that is meant, by its id or the beginning of it.
pub(super) fn event(view: &View<'_>, typed: &str) -> Result<EventId, Refusal> {
    let typed = typed.trim().to_ascii_lowercase();
    let not_here = || Refusal::new(Kind::NotFound, format!("nothing here has an id that begins with \"{typed}\""));
    if let Ok(id) = typed.parse::<EventId>() {
        return view.ids().event_row(&id)?.map(|_| id).ok_or_else(not_here);
    }
    let letters = typed.bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b));
    if typed.len() < MIN_PREFIX || !letters || typed.len() > 52 {
        return Err(Refusal::new(Kind::Usage, format!("\"{typed}\" is not the beginning of an id"))
            .hint(format!("Give at least {MIN_PREFIX} of its letters.")));
    }
    let bound = |fill: char| {
        let full: String = typed.chars().chain(std::iter::repeat(fill)).take(51).chain(['a']).collect();
        full.parse::<EventId>().map(|id| id.prefix()).map_err(|_| not_here())
    };
    let sql = "SELECT row FROM event WHERE prefix BETWEEN ?1 AND ?2 LIMIT ?3";
    let rows: Vec<i64> = view.all(sql, (bound('a')?, bound('7')?, MAX_MATCHES), |row| row.get(0))?;
    let ids = rows.into_iter().map(|row| view.ids().event_id(row)).collect::<Result<Vec<_>, Fault>>()?;
    match ids.iter().filter(|id| id.to_string().starts_with(&typed)).collect::<Vec<_>>()[..] {
        [id] => Ok(*id),
        [] => Err(not_here()),
        _ => Err(Refusal::new(Kind::Ambiguous, format!("several ids begin with \"{typed}\"")).hint("Give more of it.")),
    }
}

/// The names of members, each read once.
pub(super) struct Names<'a> {
    roster: &'static dyn Roster,
    view: &'a View<'a>,
    read: BTreeMap<MemberId, String>,
}

impl<'a> Names<'a> {
    pub fn new(roster: &'static dyn Roster, view: &'a View<'a>) -> Self {
        Self { roster, view, read: BTreeMap::new() }
    }

    /// What a member is called here; the beginning of their id while nobody knows.
    pub fn of(&mut self, member: &MemberId) -> Result<String, Fault> {
        if let Some(name) = self.read.get(member) {
            return Ok(name.clone());
        }
        let (_, name) = self.roster.names(member, self.view)?;
        let name = if name.is_empty() { member.short() } else { name };
        self.read.insert(*member, name.clone());
        Ok(name)
    }
}

/// Whom a newcomer may call: this device, and members' devices that can be reached now.
pub(super) fn entries(core: &Core, hall: &Hall, reader: &Reader) -> Result<Vec<Entry>, Refusal> {
    let me = core.device();
    let (up, devices) = {
        let known = hall.known();
        (known.up.clone(), known.devices.clone())
    };
    let mut entries = vec![Entry::new(me, &core.wire.addresses())];
    for contact in Store::contacts(reader.connection())? {
        let member = devices.get(&contact.device).is_some_and(|device| device.cut.is_none());
        if entries.len() < MAX_ENTRIES && member && contact.device != me && up.contains(&contact.device) {
            let presence = contact.presence.and_then(|record| Presence::open(&record));
            entries.extend(presence.map(|presence| Entry::new(presence.device, &presence.addresses)));
        }
    }
    Ok(entries)
}

/// A device's member, if it is known here.
pub(super) fn member_of(hall: &Hall, device: &DeviceId) -> Option<MemberId> {
    hall.known().devices.get(device).map(|device| device.member)
}
