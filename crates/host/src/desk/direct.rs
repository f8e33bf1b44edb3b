//! Talking with one member alone: a community of two. The other one is told through the community that both are in, sealed
//! for their devices (`knock.rs`), with an ordinary invitation for one.

use std::collections::BTreeSet;
use std::sync::Arc;

use skein_app::{Kind, Refusal};
use skein_event::{CommunityId, DeviceId, EventId, MemberId};

use super::{Items, MAX_NAME_BYTES, enter, find, invite};
use crate::chance::now_ms;
use crate::core::Core;
use crate::hall::Hall;
use crate::knock::{self, From};
use crate::link::{Invited, Link};
use crate::{Entered, Knock, Standing};

/// How long the other one has to answer; whoever asks again after that knocks again.
const EXPIRES_MS: u64 = 30 * 24 * 3_600_000;
/// One knocks at most so often in one community.
const KNOCK_AGAIN_MS: u64 = 60_000;
/// How many knocks this device remembers not to show.
const MAX_DECLINED: usize = 256;

/// The conversation with a member, by id or name; made if there is none.
pub(super) async fn direct(
    core: &Arc<Core>,
    community: Option<String>,
    member: &str,
    items: &Items,
) -> Result<Entered, Refusal> {
    let hall = find::community(core, community.as_deref())?;
    let (member, name) = the_member(core, &hall, member).await?;
    if let Some(there) = with(core, &member) {
        again(core, &hall, &there, &member).await?;
        return enter::entered(core, there.id);
    }
    // They have asked already: one conversation is enough.
    for knock in knocks(core).await?.iter().filter(|knock| knock.member == member.to_string()) {
        match enter::join(core, &knock.link, None, None, items).await {
            // Taken back, or used: theirs came to nothing.
            Err(refusal) if matches!(refusal.kind, Kind::Denied | Kind::Conflict) => (),
            joined => return joined,
        }
    }
    let my_name = hall.known().my_name.clone();
    let known = core.settings().name.is_empty();
    let entered = enter::found(core, &pair(&my_name, &name), known.then(|| my_name.clone())).await?;
    let there = entered.community.parse().ok().and_then(|id: CommunityId| core.halls.get(&id));
    let there = there.ok_or_else(crate::core::stopping)?;
    let roster = core.rules.roster;
    if let Some(command) = roster.mark_direct(&member) {
        core.ask(there.id, roster.app(), command).await?;
    }
    knock_at(core, &hall, &there, &member).await?;
    Ok(entered)
}

/// "Ana & Ben", short enough for a name.
fn pair(one: &str, other: &str) -> String {
    let mut name = format!("{one} & {other}");
    while name.len() > MAX_NAME_BYTES {
        name.pop();
    }
    name.trim_end().to_owned()
}

/// The member that is meant: by id, the beginning of it, or name.
async fn the_member(core: &Arc<Core>, hall: &Arc<Hall>, typed: &str) -> Result<(MemberId, String), Refusal> {
    let (all, me) = (hall.known().members(), core.me(hall.id).member);
    let (roster, typed) = (core.rules.roster, typed.trim().to_owned());
    let found = core.read(hall, move |view, _| {
        let mut names = find::Names::new(roster, view);
        let mut fits = Vec::new();
        for member in all {
            let (id, name) = (member.to_string(), names.of(&member)?);
            if id == typed {
                return Ok(Some((member, name)));
            }
            if (typed.len() >= 4 && id.starts_with(&typed)) || name.to_lowercase() == typed.to_lowercase() {
                fits.push((member, name));
            }
        }
        match (fits.pop(), fits.is_empty()) {
            (Some(_), false) => Err(Refusal::new(Kind::Ambiguous, format!("\"{typed}\" could be several members"))
                .hint("Use the beginning of the id: `skein people members --json` shows it.")),
            (found, _) => Ok(found),
        }
    });
    let nobody = || Refusal::new(Kind::NotFound, "no such member belongs here").hint("See `skein members`.");
    let (member, name) = found.await?.ok_or_else(nobody)?;
    if member == me {
        return Err(Refusal::new(Kind::Usage, "that is you").hint("Choose somebody else: see `skein members`."));
    }
    Ok((member, name))
}

/// The conversation with this member, if this device is in one or on its way.
fn with(core: &Core, member: &MemberId) -> Option<Arc<Hall>> {
    let fits = |hall: &Arc<Hall>| {
        let known = hall.known();
        let there = matches!(known.standing, Standing::Member | Standing::Joining);
        there && known.direct.as_ref().is_some_and(|direct| direct.with == *member)
    };
    // By id, so that it is the same one every time.
    core.halls.all().into_iter().filter(fits).min_by_key(|hall| hall.id)
}

/// Knocks again if the other one has not come: the last time was long ago, or went wrong.
async fn again(core: &Arc<Core>, hall: &Arc<Hall>, there: &Arc<Hall>, member: &MemberId) -> Result<(), Refusal> {
    let waits = {
        let known = there.known();
        known.standing == Standing::Member && !known.devices.values().any(|device| device.member == *member)
    };
    let (roster, me) = (core.rules.roster, core.me(hall.id));
    let last = core.read(hall, move |view, _| {
        let own = roster.knocks(view)?.into_iter().filter(|knock| knock.member == me.member);
        Ok(own.map(|knock| knock.at_ms).max().unwrap_or(0))
    });
    if waits && last.await?.saturating_add(KNOCK_AGAIN_MS) < me.now_ms {
        knock_at(core, hall, there, member).await?;
    }
    Ok(())
}

/// Tells the member, in `hall`, that they may come into `there`.
async fn knock_at(core: &Arc<Core>, hall: &Arc<Hall>, there: &Arc<Hall>, member: &MemberId) -> Result<(), Refusal> {
    let invitation = invite::invite(core, Some(there.id.to_string()), 1, now_ms() + EXPIRES_MS).await?;
    let words = short(&invitation.link)?;
    let devices: Vec<DeviceId> = {
        let known = hall.known();
        let theirs = known.devices.values().filter(|device| device.member == *member && device.cut.is_none());
        theirs.map(|device| device.device).collect()
    };
    let from = From { community: hall.id, sender: core.me(hall.id).member };
    let boxes = knock::seal(&from, &devices, words.as_bytes())?;
    let roster = core.rules.roster;
    let command = roster.knock(boxes).ok_or_else(|| Refusal::new(Kind::Failed, "nobody can be told here"))?;
    core.ask(hall.id, roster.app(), command).await.map(drop)
}

/// The link with as many addresses as a box has room for.
fn short(link: &str) -> Result<String, Refusal> {
    let Link::Join(mut invited) = Link::read(link)? else { return Ok(link.to_owned()) };
    loop {
        let text = Link::Join(invited.clone()).write();
        if text.len() <= knock::MAX_WORDS {
            return Ok(text);
        }
        if invited.entries.last_mut().is_none_or(|entry| entry.addresses.pop().is_none()) {
            invited.entries.pop();
        }
        if invited.entries.is_empty() {
            return Err(Refusal::new(Kind::Limit, "this is too long for a knock"));
        }
    }
}

/// Who would like to talk with me alone and has had no answer, the newest first.
pub(super) async fn knocks(core: &Arc<Core>) -> Result<Vec<Knock>, Refusal> {
    let declined: BTreeSet<String> = core.settings().declined.iter().cloned().collect();
    let mut all = Vec::new();
    for hall in core.halls.all().into_iter().filter(|hall| hall.known().standing == Standing::Member) {
        all.extend(knocks_at(core, &hall).await?);
    }
    all.sort_by_key(|(knock, _)| std::cmp::Reverse(knock.at_ms));
    let mut seen = BTreeSet::new();
    // Somebody who knocks twice, or in two communities, is one.
    all.retain(|(knock, to)| !declined.contains(&knock.id) && !answered(core, to) && seen.insert(*to));
    Ok(all.into_iter().map(|(knock, _)| knock).collect())
}

/// Whether this device is, or was, in the community that a knock leads to.
fn answered(core: &Core, to: &CommunityId) -> bool {
    core.halls.get(to).is_some_and(|hall| hall.known().standing != Standing::Refused)
}

async fn knocks_at(core: &Arc<Core>, hall: &Arc<Hall>) -> Result<Vec<(Knock, CommunityId)>, Refusal> {
    let (members, my_name) = {
        let known = hall.known();
        (known.members(), known.my_name.clone())
    };
    let (roster, me, device) = (core.rules.roster, core.me(hall.id), core.keys().device);
    core.read(hall, move |view, _| {
        let mut names = find::Names::new(roster, view);
        let mut all = Vec::new();
        for knock in roster.knocks(view)? {
            if knock.member == me.member || !members.contains(&knock.member) {
                continue;
            }
            let from = From { community: me.community, sender: knock.member };
            let Some(invited) = knock.boxes.iter().find_map(|sealed| invited(&from, &device, sealed)) else { continue };
            if invited.expires_ms > me.now_ms {
                all.push(shown(knock.event, &from, names.of(&knock.member)?, &my_name, knock.at_ms, invited));
            }
        }
        Ok(all)
    })
    .await
}

/// The invitation in a box. What is in it was written by a member, who may be up to anything: anything else is left alone.
fn invited(from: &From, device: &skein_event::SecretKey, sealed: &[u8]) -> Option<Invited> {
    let words = String::from_utf8(knock::open(from, device, sealed)?).ok()?;
    match Link::read(&words) {
        Ok(Link::Join(invited)) => Some(invited),
        _ => None,
    }
}

/// As it is shown: under the name of who sent it, whatever the link says of itself.
fn shown(
    event: EventId,
    from: &From,
    name: String,
    my_name: &str,
    at_ms: u64,
    mut invited: Invited,
) -> (Knock, CommunityId) {
    let to = invited.community;
    invited.community_name = pair(&name, my_name);
    invited.from.clone_from(&name);
    let knock = Knock {
        id: event.to_string(),
        community: from.community.to_string(),
        member: from.sender.to_string(),
        name,
        at_ms,
        link: Link::Join(invited).write(),
    };
    (knock, to)
}

/// Never shows this knock again on this device. Nobody is told.
pub(super) fn decline(core: &Core, id: &str) -> Result<(), Refusal> {
    let id: EventId = id.trim().parse().map_err(|_| {
        Refusal::new(Kind::Usage, "this is not the id of a knock").hint("`skein knocks` shows who has knocked.")
    })?;
    core.change_settings(|settings| {
        let id = id.to_string();
        if !settings.declined.contains(&id) {
            let beyond = (settings.declined.len() + 1).saturating_sub(MAX_DECLINED);
            settings.declined.drain(..beyond);
            settings.declined.push(id);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::Entry;

    #[test]
    fn names_of_two_fit_into_one() {
        assert_eq!(pair("Ana", "Ben"), "Ana & Ben");
        assert!(pair(&"ä".repeat(32), &"é".repeat(32)).len() <= MAX_NAME_BYTES);
    }

    #[test]
    fn a_link_gives_up_addresses_before_it_is_too_long() {
        let addresses: Vec<String> = (0..6).map(|n| format!("relay:http://{}{n}.example/", "x".repeat(170))).collect();
        let invited = Invited {
            community: CommunityId::from_bytes([1; 32]),
            community_name: "x".repeat(64),
            from: "y".repeat(64),
            invitation: EventId::from_bytes([2; 32]),
            secret: [3; 32],
            expires_ms: u64::MAX,
            entries: vec![Entry::new(DeviceId::from_bytes([4; 32]), &addresses); 2],
        };
        let text = short(&Link::Join(invited).write()).expect("fits");
        assert!(text.len() <= knock::MAX_WORDS && matches!(Link::read(&text), Ok(Link::Join(_))));
    }
}
