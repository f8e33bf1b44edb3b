//! The desk: every request, answered. Each in a task of its own; what waits for others never holds up the loop.

mod bridge;
mod device;
mod direct;
mod drill;
mod enter;
mod files;
mod find;
mod follow;
mod invite;
mod link;
mod look;
mod members;
mod search;
mod status;
mod talk;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use skein_app::{Kind, Refusal};
use tokio::sync::mpsc;

use crate::core::Core;
use crate::{Ending, Item, Progress, Request, backup, doctor, export, gift, mirror, steer, torrent};

pub(crate) use bridge::Flow;
pub(crate) use files::{InHand, free, held, of_blobs, shown};
pub(crate) use find::community;

/// The longest name of a person, a device or a community, in bytes.
const MAX_NAME_BYTES: usize = 64;

/// Where the items of one answer go.
#[derive(Clone)]
pub(crate) struct Items(mpsc::Sender<Item>);

impl Items {
    /// Says how far it is. Whoever does not keep up misses some.
    pub fn progress(&self, progress: Progress) {
        self.0.try_send(Item::Progress(progress)).ok();
    }

    /// Says in words what is being done.
    pub fn words(&self, what: &str, words: impl Into<String>) {
        self.progress(Progress { what: what.into(), words: words.into(), ..Progress::default() });
    }

    /// Whether nobody listens any more.
    pub fn is_gone(&self) -> bool {
        self.0.is_closed()
    }

    /// Waits until nobody listens any more.
    pub async fn gone(&self) {
        self.0.closed().await;
    }
}

/// Answers a request; the last item says how it ended.
///
/// Within `bounds`: files that a command names must lie there, and none is written anywhere.
pub(crate) async fn answer(core: Arc<Core>, request: Request, bounds: Option<PathBuf>, items: mpsc::Sender<Item>) {
    let result = answer_one(&core, request, bounds.as_deref(), &Items(items.clone())).await;
    let last = match result {
        Ok(value) => Item::Done(value),
        Err(refusal) => {
            // Nobody did anything wrong, and somebody still waits: what was wrong should be found in the log, too.
            if refusal.kind == Kind::Failed && !items.is_closed() {
                tracing::warn!("what was asked for could not be done: {refusal}");
            }
            Item::Refused(refusal)
        }
    };
    items.send(last).await.ok(); // whoever asked may have gone
}

async fn answer_one(core: &Arc<Core>, what: Request, bounds: Option<&Path>, items: &Items) -> Result<Value, Refusal> {
    match what {
        Request::Status => json(&status::status(core).await),
        Request::Communities => json(&status::communities(core).await),
        Request::Found { name, my_name } => json(&enter::found(core, &name, my_name).await?),
        Request::Join { link, my_name, wait_ms } => json(&enter::join(core, &link, my_name, wait_ms, items).await?),
        Request::ReadLink { link } => json(&link::read(core, &link)?),
        Request::Direct { community, member } => json(&direct::direct(core, community, &member, items).await?),
        Request::Knocks => json(&direct::knocks(core).await?),
        Request::Decline { id } => direct::decline(core, &id).map(|()| Value::Null),
        Request::Members { community } => json(&members::members(core, community).await?),
        Request::Invite { community, uses, expires_ms } => {
            json(&invite::invite(core, community, uses, expires_ms).await?)
        }
        Request::Leave { community } => json(&invite::leave(core, community).await?),
        Request::Do { community, app, command, cwd } => {
            talk::command(core, community, &app, command, files::From { cwd: cwd.as_deref(), bounds }, items).await
        }
        Request::Ask { community, app, query } => talk::query(core, community, app, query).await,
        Request::Speech { community, app } => json(&bridge::speech(core, community, &app)?),
        Request::Bridge { community, app, request } => json(&bridge::bridge(core, community, &app, request).await?),
        Request::Signal { community, app, object, text } => talk::signal(core, community, app, &object, text).await,
        Request::Search { community, text, limit, app, member, object, after_ms, before_ms } => {
            let wanted = search::Search { community, text, limit, app, member, object, after_ms, before_ms };
            json(&search::search(core, wanted).await?)
        }
        Request::Feed { community, limit, before } => json(&look::feed(core, community, limit, before).await?),
        Request::WhoHas { community, event } => json(&look::who_has(core, community, &event).await?),
        Request::Findings { community } => json(&look::findings(core, community).await?),
        Request::DeviceAdd => json(&device::add(core).await?),
        Request::DeviceLink { link, label } => json(&device::link(core, &link, &label, items).await?),
        Request::DeviceRenew => json(&device::renew(core)?),
        Request::Follow { community } => follow::follow(core, community, items).await,
        Request::Stop => stop(core),
        Request::Tie { community, dir, name, only, without, one_case } => {
            let wish = mirror::Wish { dir, name, only, without, one_case };
            json(&mirror::tie(core, find::community(core, community.as_deref())?, wish, items).await?)
        }
        Request::Ties { dir } => json(&mirror::ties(core, dir.as_deref())?),
        Request::ChangeTie { dir, what } => json(&mirror::change(core, &dir, what, items).await?),
        Request::OldVersions { dir, path } => json(&mirror::old_versions(core, &dir, path.as_deref()).await?),
        Request::BringBack { dir, version } => json(&mirror::bring_back(core, &dir, &version).await?),
        Request::Export { community, to } => export_all(core, community, &to, items).await,
        Request::Backup { to, full, passphrase } => json(&backup::backup(core, &to, full, passphrase, items).await?),
        Request::Give(terms) => json(&gift::give(core, terms, items).await?),
        Request::Gifts => json(&core.gifts.rows()),
        Request::EndGift { id } => core.gifts.end(&id).map(|()| Value::Null),
        Request::Take { text, to } => json(&gift::take(core, &text, &to, items).await?),
        Request::Coming => json(&steer::coming(core).await?),
        Request::Steer(what) => json(&steer::steer(core, what).await?),
        Request::Limits => json(&steer::limits::now(core)),
        Request::SetLimits(limits) => json(&steer::limits::set(core, limits)?),
        Request::Torrent(request) => torrent::answer(core, request, items).await,
        Request::Doctor => json(&doctor::doctor(core, items).await),
    }
}

async fn export_all(core: &Arc<Core>, community: Option<String>, to: &Path, items: &Items) -> Result<Value, Refusal> {
    json(&export::export(core, &find::community(core, community.as_deref())?, to, items).await?)
}

fn stop(core: &Core) -> Result<Value, Refusal> {
    core.ending.send_replace(Some(Ending::Stop));
    Ok(Value::Null)
}

pub(crate) fn json(answer: &impl Serialize) -> Result<Value, Refusal> {
    serde_json::to_value(answer)
        .map_err(|error| Refusal::new(Kind::Failed, format!("the answer cannot be written down: {error}")))
}

/// A name that can be shown: 1 to 64 bytes, no control characters; blanks at its ends are taken off.
fn proper_name(what: &str, name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    if !name.is_empty() && name.len() <= MAX_NAME_BYTES && !name.chars().any(char::is_control) {
        return Ok(name.into());
    }
    Err(Refusal::new(Kind::Usage, format!("{what} has 1 to {MAX_NAME_BYTES} bytes and no line breaks"))
        .hint("Choose a shorter, plain name."))
}

/// "1 message", "3,400 messages".
pub(crate) fn count(n: u64, one: &str, many: &str) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{text} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(count(1, "message", "messages"), "1 message");
        assert_eq!(count(999, "message", "messages"), "999 messages");
        assert_eq!(count(3_400, "message", "messages"), "3,400 messages");
        assert_eq!(count(1_234_567, "message", "messages"), "1,234,567 messages");
    }

    #[test]
    fn names_are_plain_and_short() {
        assert_eq!(proper_name("a name", " Ana \n"), Ok("Ana".into()));
        for name in ["", "  ", "a\u{7}b", &"x".repeat(65)] {
            assert!(proper_name("a name", name).is_err(), "{name:?}");
        }
    }
}
