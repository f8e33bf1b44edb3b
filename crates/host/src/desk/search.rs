//! Search: words in everything, or only in what one app, one person, one place or a span of time holds.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use skein_app::{Kind, Refusal};
use skein_event::{MemberId, ObjectId};
use skein_store::{Filter, Found, Reader};

use super::find::{self, Names};
use super::look::{MAX_LIMIT, read_hits};
use super::talk::the_app;
use crate::Hit;
use crate::core::Core;
use crate::hall::Hall;

/// The longest search, in bytes.
const MAX_SEARCH_BYTES: usize = 1_024;
/// The longest name or id, in bytes.
const MAX_NAME_BYTES: usize = 256;
/// The shortest beginning of a member's id that is looked for.
const MIN_PREFIX: usize = 4;
/// How long a search waits for the words of what has just come in.
const INDEX_TIME: Duration = Duration::from_secs(2);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// What is looked for, as it was asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Search {
    pub community: Option<String>,
    pub text: String,
    pub limit: u32,
    pub app: Option<String>,
    pub member: Option<String>,
    pub object: Option<String>,
    pub after_ms: Option<u64>,
    pub before_ms: Option<u64>,
}

pub(super) async fn search(core: &Arc<Core>, wanted: Search) -> Result<Vec<Hit>, Refusal> {
    if wanted.text.len() > MAX_SEARCH_BYTES {
        return Err(Refusal::new(Kind::Usage, format!("a search has at most {MAX_SEARCH_BYTES} bytes"))
            .hint("Look for fewer words."));
    }
    if [&wanted.member, &wanted.object].into_iter().flatten().any(|typed| typed.len() > MAX_NAME_BYTES) {
        return Err(Refusal::new(Kind::Usage, "no name and no id is as long as that").hint("Give a name or an id."));
    }
    if let Some(app) = &wanted.app {
        the_app(core, app)?;
    }
    let limit = wanted.limit.min(MAX_LIMIT) as usize;
    // One name may be known in one community and not in the next.
    let (mut filters, mut unknown) = (Vec::new(), None);
    for hall in find::communities(core, wanted.community.as_deref())? {
        match filter(core, &hall, wanted.clone()).await {
            Ok(filter) => filters.push((hall, filter)),
            Err(refusal) if refusal.kind == Kind::NotFound => unknown = Some(refusal),
            Err(refusal) => return Err(refusal),
        }
    }
    if let (true, Some(refusal)) = (filters.is_empty(), unknown) {
        return Err(refusal);
    }
    let mut hits = Vec::new();
    for (hall, filter) in filters {
        await_index(core, &hall).await?;
        let text = wanted.text.clone();
        let find = move |reader: &Reader| Ok(Found::search_only(reader.connection(), &text, &filter, limit)?);
        hits.extend(read_hits(core, &hall, find).await?);
    }
    hits.sort_by(|a, b| a.rank.total_cmp(&b.rank).then(b.at_ms.cmp(&a.at_ms)));
    hits.truncate(limit);
    Ok(hits)
}

/// What was typed, as what one community's store can compare.
async fn filter(core: &Arc<Core>, hall: &Arc<Hall>, wanted: Search) -> Result<Filter, Refusal> {
    let Search { app, member, object, after_ms, before_ms, .. } = wanted;
    if member.is_none() && object.is_none() {
        return Ok(Filter { app, member: None, object: None, after_ms, before_ms });
    }
    let members: BTreeSet<MemberId> = hall.known().devices.values().map(|device| device.member).collect();
    let (rules, me) = (core.rules, core.me(hall.id));
    core.read(hall, move |view, _| {
        let member = match &member {
            Some(typed) => Some(the_member(typed.trim(), &members, &mut Names::new(rules.roster, view))?),
            None => None,
        };
        let apps = rules.apps.iter().filter(|found| app.as_deref().is_none_or(|app| app == found.name()));
        let object = match &object {
            Some(typed) => Some(the_object(typed.trim(), |typed| {
                let mut apps = apps;
                apps.find_map(|app| app.find(&me, typed, view).transpose()).transpose()
            })?),
            None => None,
        };
        Ok(Filter { app, member, object, after_ms, before_ms })
    })
    .await
}

/// The member that is meant: by their id, their name, or the beginning of their id.
fn the_member(typed: &str, members: &BTreeSet<MemberId>, names: &mut Names<'_>) -> Result<MemberId, Refusal> {
    if let Ok(id) = typed.parse() {
        return Ok(id);
    }
    let mut called = Vec::new();
    for member in members {
        if names.of(member)?.to_lowercase() == typed.to_lowercase() {
            called.push(*member);
        }
    }
    if called.is_empty() && typed.len() >= MIN_PREFIX {
        let begins = typed.to_ascii_lowercase();
        called = members.iter().filter(|member| member.to_string().starts_with(&begins)).copied().collect();
    }
    match called[..] {
        [one] => Ok(one),
        [] => Err(Refusal::new(Kind::NotFound, format!("there is no member \"{typed}\""))
            .hint("`skein members` lists names and ids.")),
        _ => {
            let ids: Vec<String> = called.iter().take(8).map(MemberId::short).collect();
            Err(Refusal::new(Kind::Ambiguous, format!("\"{typed}\" could be any of {}", ids.join(", ")))
                .hint("Give an id, or the beginning of one."))
        }
    }
}

/// The place that is meant, by its id or as its app finds it.
fn the_object(
    typed: &str,
    by_name: impl FnOnce(&str) -> Result<Option<ObjectId>, Refusal>,
) -> Result<ObjectId, Refusal> {
    match typed.parse() {
        Ok(id) => Ok(id),
        Err(_) => by_name(typed)?.ok_or_else(|| {
            Refusal::new(Kind::NotFound, format!("there is no place \"{typed}\" here"))
                .hint("Give a channel's name, a share's name, or an id.")
        }),
    }
}

/// What has just come in much is findable a moment later; a search waits for it, at most [`INDEX_TIME`].
async fn await_index(core: &Arc<Core>, hall: &Arc<Hall>) -> Result<(), Refusal> {
    let begun = Instant::now();
    while begun.elapsed() < INDEX_TIME
        && !core.read(hall, |_, reader| Ok(Found::all_indexed(reader.connection())?)).await?
    {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(())
}
