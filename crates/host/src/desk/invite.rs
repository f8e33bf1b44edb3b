//! Letting others in, and leaving.

use std::sync::Arc;
use std::time::Duration;

use skein_app::{Kind, Refusal};
use skein_node::Answer;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::find;
use crate::core::{Core, stopping};
use crate::engine::Call;
use crate::link::{Invited, Link};
use crate::{Invitation, Left, Standing, chance};

/// How long to wait for somebody to hear the goodbye.
const FAREWELL: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(50);

pub(super) async fn invite(
    core: &Arc<Core>,
    community: Option<String>,
    uses: u32,
    expires_ms: u64,
) -> Result<Invitation, Refusal> {
    let hall = find::community(core, community.as_deref())?;
    let secret = chance::secret_key()?;
    let roster = core.rules.roster;
    let command = roster.invite(secret.public(), uses, expires_ms);
    let Answer::Said { event, .. } = core.ask(hall.id, roster.app(), command).await? else {
        return Err(Refusal::new(Kind::Failed, "the invitation was not announced"));
    };
    let (own, place) = (core.clone(), hall.clone());
    let entries = core.read(&hall, move |_, reader| find::entries(&own, &place, reader)).await?;
    let (name, from) = {
        let known = hall.known();
        (known.name.clone(), known.my_name.clone())
    };
    let link = Link::Join(Invited {
        community: hall.id,
        community_name: name.clone(),
        from,
        invitation: event,
        secret: secret.to_bytes(),
        expires_ms,
        entries,
    });
    Ok(Invitation {
        link: link.write(),
        invitation: event.to_string(),
        expires_ms,
        uses,
        community: hall.id.to_string(),
        name,
    })
}

pub(super) async fn leave(core: &Arc<Core>, community: Option<String>) -> Result<Left, Refusal> {
    let hall = find::community(core, community.as_deref())?;
    let id = hall.id.to_string();
    let (standing, alone) = {
        let known = hall.known();
        (known.standing, known.up.is_empty())
    };
    match standing {
        Standing::Joining | Standing::Refused => {
            let (reply, answer) = oneshot::channel();
            core.call(Call::GiveUp { community: hall.id, reply }).await?;
            answer.await.map_err(|_| stopping())??;
            return Ok(Left { community: id, told: true });
        }
        Standing::Left => {
            return Err(Refusal::new(Kind::Conflict, "you no longer belong to this community already"));
        }
        Standing::Member | Standing::Closed => (),
    }
    let roster = core.rules.roster;
    let said = core.ask(hall.id, roster.app(), roster.leaving()).await?;
    let Answer::Said { event, .. } = said else {
        return Err(Refusal::new(Kind::Failed, "the goodbye was not said"));
    };
    let deadline = Instant::now() + FAREWELL;
    let mut told = false;
    while !told && !alone && Instant::now() < deadline {
        let me = core.device();
        let heard = core.look(hall.id, move |node| {
            let who = node.who_has(&event).map_err(|error| Refusal::new(Kind::Failed, error.to_string()))?;
            Ok(who.unwrap_or_default().iter().any(|who| who.device != me && who.has))
        });
        told = heard.await? || hall.known().goodbye_heard;
        sleep(LOOK).await;
    }
    Ok(Left { community: id, told })
}
