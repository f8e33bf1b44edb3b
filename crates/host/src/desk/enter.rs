//! Founding a community, and coming into one.

use std::sync::Arc;
use std::time::Duration;

use skein_app::{Kind, Refusal};
use skein_event::{AppName, CommunityId};
use skein_node::Node;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::{Items, count, proper_name};
use crate::chance::now_ms;
use crate::core::{Core, stopping};
use crate::engine::Call;
use crate::hall::{EntryState, Hall};
use crate::link::{Invited, Link};
use crate::record::{How, Record};
use crate::{Entered, Progress, Unit};

/// How long to wait for the others when nothing else was said.
const WAIT_MS: u64 = 60_000;
/// The longest wait that can be asked for: a day.
const MAX_WAIT_MS: u64 = 24 * 60 * 60 * 1_000;

pub(super) async fn found(core: &Arc<Core>, name: &str, my_name: Option<String>) -> Result<Entered, Refusal> {
    let name = proper_name("the name of a community", name)?;
    let my_name = my_name_for(core, my_name)?;
    let (keys, roster, now_ms) = (core.keys(), core.rules.roster, now_ms());
    let device = keys.device.device();
    let payload = roster.founding(&keys.member, &device, &name, &my_name);
    let app = AppName::new(roster.app()).expect("the roster's app has a proper name");
    let community = Node::founds(device, app, &payload, now_ms);
    let (reply, answer) = oneshot::channel();
    core.call(Call::Found { community, payload, now_ms, reply }).await?;
    answer.await.map_err(|_| stopping())??;
    entered(core, community)
}

/// What is said where a link for a file was typed.
pub(super) fn is_a_file() -> Refusal {
    Refusal::new(Kind::Usage, "this link is for a file that somebody gives you").hint("To have it: `skein take LINK`.")
}

pub(super) async fn join(
    core: &Arc<Core>,
    link: &str,
    my_name: Option<String>,
    wait_ms: Option<u64>,
    items: &Items,
) -> Result<Entered, Refusal> {
    let invited = match Link::read(link)? {
        Link::Join(invited) => invited,
        Link::Gift(_) => return Err(is_a_file()),
        Link::Device(_) => {
            return Err(Refusal::new(Kind::Usage, "this link is for another device of the person who made it")
                .hint("If that is you: `skein device link LINK`."));
        }
    };
    let my_name = my_name_for(core, my_name)?;
    let community = invited.community;
    let record = Record {
        how: How::Invited {
            invitation: invited.invitation,
            secret: invited.secret().to_bytes(),
            my_name,
            expires_ms: invited.expires_ms,
        },
        community_name: invited.community_name.clone(),
        from: invited.from.clone(),
        entries: invited.entries.clone(),
        refused: None,
    };
    let (reply, answer) = oneshot::channel();
    core.call(Call::Enter { community, record, reply }).await?;
    answer.await.map_err(|_| stopping())??;
    let hall = core.halls.get(&community).ok_or_else(stopping)?;
    let wait = Duration::from_millis(wait_ms.unwrap_or(WAIT_MS).min(MAX_WAIT_MS));
    wait_until_in(&hall, &invited, wait, items).await?;
    entered(core, community)
}

/// Waits, and says how far it is.
async fn wait_until_in(hall: &Hall, invited: &Invited, wait: Duration, items: &Items) -> Result<(), Refusal> {
    let deadline = Instant::now() + wait;
    let mut entry = hall.entry.subscribe();
    loop {
        let state = entry.borrow_and_update().clone();
        match &state {
            EntryState::In => return Ok(()),
            EntryState::Refused(refusal) => return Err(refusal.clone()),
            EntryState::Looking => items.words("joining", format!("Looking for {}'s computer…", invited.from)),
            EntryState::Hearing(done, total) => items.progress(Progress {
                what: "joining".into(),
                done: *done,
                total: *total,
                unit: Unit::Events,
                words: format!("{} of {}", count(*done, "", "").trim(), count(*total, "message", "messages")),
                ..Progress::default()
            }),
        }
        tokio::select! {
            changed = timeout_at(deadline, entry.changed()) => match changed {
                Ok(Ok(())) => (),
                Ok(Err(_)) => return Err(stopping()),
                Err(_) => return Err(not_yet(&state, invited)),
            },
            () = items.gone() => return Err(not_yet(&state, invited)),
        }
    }
}

fn not_yet(state: &EntryState, invited: &Invited) -> Refusal {
    if matches!(state, EntryState::Hearing(..)) {
        return Refusal::new(Kind::Unreachable, "the community's history is still coming in")
            .hint("It goes on by itself; `skein status` says when you are in.");
    }
    let Invited { from, community_name, expires_ms, .. } = invited;
    if *expires_ms <= now_ms() {
        return Refusal::new(
            Kind::Denied,
            format!("nobody of {community_name} could be reached, and the link has expired"),
        )
        .hint(format!("Ask {from} for a new link."));
    }
    Refusal::new(Kind::Unreachable, format!("nobody of {community_name} could be reached so far"))
        .hint(format!("Ask {from} to have Skein running. It goes on by itself; `skein status` says when you are in."))
}

pub(super) fn entered(core: &Core, community: CommunityId) -> Result<Entered, Refusal> {
    let hall = core.halls.get(&community).ok_or_else(stopping)?;
    let known = hall.known();
    let (name, my_name) = (known.name.clone(), known.my_name.clone());
    Ok(Entered { community: community.to_string(), name, my_name, member: core.me(community).member.to_string() })
}

/// The person's name: as said now, and remembered; or as said before.
fn my_name_for(core: &Core, my_name: Option<String>) -> Result<String, Refusal> {
    match my_name {
        Some(name) => {
            let name = proper_name("your name", &name)?;
            core.change_settings(|settings| settings.name.clone_from(&name))?;
            Ok(name)
        }
        None => {
            let name = core.settings().name.clone();
            proper_name("your name", &name).map_err(|_| {
                Refusal::new(Kind::Usage, "nobody here knows your name yet").hint("Say it once: `--as NAME`.")
            })
        }
    }
}
