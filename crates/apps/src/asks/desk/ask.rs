//! Queries.

use skein_app::{Fault, Me, Refusal, View};

use super::answer::{Answer, Spot};
use super::question::Query;
use super::show::Shower;
use super::{aside, find, like, now, patterns, typed};
use crate::asks::ask::Ask;
use crate::asks::event::{AskKind, Profile, degrees};
use crate::asks::exchange;
use crate::asks::row::name;
use crate::asks::state::{Standing, State};

/// The most asks that one answer holds.
const MAX_LISTED: u32 = 1_000;
/// The most asks that a list looks at to fill itself.
const MAX_LOOKED_AT: i64 = 20_000;
/// The most topics and places that are suggested, each.
const MAX_SUGGESTED: i64 = 100;

/// What a list is to hold.
struct Listing {
    words: Option<String>,
    kind: Option<AskKind>,
    topic: Option<String>,
    place: Option<String>,
    state: Option<State>,
    all: bool,
    oldest: bool,
    limit: u32,
}

/// Answers a question.
///
/// # Errors
/// In people's words.
pub fn query(me: &Me, query: Query, view: &View<'_>) -> Result<Answer, Refusal> {
    let mut shower = Shower::new(me, view);
    match query {
        Query::Now => Ok(now::now(me, view)?),
        Query::Ls { words, kind, topic, place, state, all, oldest, limit } => {
            let listing = Listing { words, kind, topic, place, state, all, oldest, limit };
            let (asks, more) = list(me, &listing, view)?;
            Ok(Answer::Asks { asks: shower.rows(&asks)?, more })
        }
        Query::Show { ask } => {
            let ask = find::ask(&ask, view)?;
            Ok(Answer::Ask { ask: Box::new(shower.detail(&ask)?) })
        }
        Query::Mine => mine(me, view),
        Query::Like { kind, title, topic, point } => {
            let point = point.map(|point| typed::point(&point)).transpose()?;
            let asks = like::like(me, kind, &title, topic.as_deref(), point, view)?;
            Ok(Answer::Like { asks: shower.rows(&asks)? })
        }
        Query::Export { format, kind, topic, state, open } => {
            let which = exchange::Which { kind, topic, state, open };
            let (name, mime, text) = exchange::file(me, format, &which, view)?;
            Ok(Answer::File { name, mime, text })
        }
        Query::ImportCheck { file, kind } => {
            let exchange::Plan { posts, here, faults, .. } = exchange::plan(me, &file, kind, view)?;
            Ok(Answer::Plan { posts, here, faults })
        }
        Query::Patterns => Ok(patterns::shown(me, view)?),
        Query::Me => about_me(me, view),
        Query::Words => words(view),
    }
}

fn list(me: &Me, listing: &Listing, view: &View<'_>) -> Result<(Vec<Ask>, bool), Fault> {
    let limit = listing.limit.clamp(1, MAX_LISTED) as usize;
    let over = listing.all
        || listing.state.is_some_and(|state| !matches!(state, State::Open | State::Taken | State::Delivered));
    let order = if listing.oldest { "a.changed, a.object" } else { "a.changed DESC, a.object DESC" };
    let which = format!(
        "(?1 OR a.ended IS NULL) AND (?2 IS NULL OR a.kind = ?2) AND (?3 IS NULL OR a.topic = ?3)
         AND (?4 IS NULL OR instr(lower(a.title || ' ' || a.text), lower(?4)) > 0)
         AND (?5 IS NULL OR instr(lower(coalesce(a.label, '')), lower(?5)) > 0)
         ORDER BY {order} LIMIT ?6 OFFSET ?7"
    );
    let kind = listing.kind.map(name);
    let topic = listing.topic.as_deref().map(crate::asks::fits::topic);
    let mut found = Vec::new();
    let mut offset = 0;
    let step = (limit as i64 + 1).max(200);
    while found.len() <= limit && offset < MAX_LOOKED_AT {
        let params = (over, &kind, &topic, &listing.words, &listing.place, step, offset);
        let asks = Ask::all(&which, params, view)?;
        let last = (asks.len() as i64) < step;
        found.extend(asks.into_iter().filter(|ask| passes(ask, listing, me.now_ms)));
        if last {
            break;
        }
        offset += step;
    }
    let more = found.len() > limit;
    found.truncate(limit);
    Ok((found, more))
}

/// What the rows alone cannot say: how it stands now.
fn passes(ask: &Ask, listing: &Listing, now_ms: u64) -> bool {
    let standing = Standing::of(ask, now_ms);
    match listing.state {
        Some(state) => standing.state == state,
        None => listing.all || standing.is_open(),
    }
}

fn mine(me: &Me, view: &View<'_>) -> Result<Answer, Refusal> {
    let mut shower = Shower::new(me, view);
    let member = me.member.as_bytes();
    let open = |ask: &&Ask| Standing::of(ask, me.now_ms).is_open();
    let sql = "a.object IN (SELECT object FROM asks_promise WHERE member = ?1) ORDER BY a.changed DESC LIMIT ?2";
    let limit = i64::from(MAX_LISTED);
    let promised = Ask::all(sql, (member, limit), view)?;
    let stands = |ask: &&Ask| ask.promise_of(&me.member).is_some();
    let kept = |ask: &&Ask| {
        !open(ask) && ask.standing().any(|promise| promise.member == me.member && !promise.steps.is_empty())
    };
    let asked = Ask::all("a.member = ?1 AND a.ended IS NULL ORDER BY a.changed DESC LIMIT ?2", (member, limit), view)?;
    let sql = "a.ended IS NULL AND a.member <> ?1 AND a.object IN
                 (SELECT object FROM asks_lead WHERE member = ?1 AND offered_by IS NULL) ORDER BY a.changed DESC LIMIT ?2";
    let led = Ask::all(sql, (member, limit), view)?;
    Ok(Answer::Mine {
        promised: shower.rows(promised.iter().filter(stands).filter(open))?,
        asked: shower.rows(asked.iter().filter(open))?,
        led: shower.rows(led.iter().filter(open))?,
        kept: shower.rows(promised.iter().filter(kept).take(50))?,
    })
}

/// What a member said they can be asked for.
///
/// # Errors
/// Only if the store fails.
pub(super) fn profile(me: &Me, view: &View<'_>) -> Result<Profile, Fault> {
    let sql = "SELECT capacity, hours FROM asks_profile WHERE member = ?1";
    let kept = view.first(sql, [me.member.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (capacity, hours) = kept.unwrap_or((crate::asks::event::USUAL_CAPACITY, Vec::new()));
    let topics = |learning: bool| {
        let sql = "SELECT topic FROM asks_topic WHERE member = ?1 AND learning = ?2 ORDER BY topic";
        view.all(sql, (me.member.as_bytes(), learning), |row| row.get(0))
    };
    Ok(Profile { topics: topics(false)?, learning: topics(true)?, capacity, hours })
}

fn about_me(me: &Me, view: &View<'_>) -> Result<Answer, Refusal> {
    let mut shower = Shower::new(me, view);
    let profile = profile(me, view)?;
    let mut declined = Vec::new();
    for (id, _) in aside::all("declined/", view)?.into_iter().take(100) {
        declined.extend(Ask::all("a.id = ?1", [id.to_string()], view)?);
    }
    let hours = typed::hours_text(&profile.hours);
    let paused_until_ms = aside::paused(me.now_ms, view)?;
    Ok(Answer::Me { hours, paused_until_ms, declined: shower.rows(&declined)?, profile })
}

fn words(view: &View<'_>) -> Result<Answer, Refusal> {
    let sql = "SELECT topic, sum(n) AS uses FROM (
                   SELECT topic, count(*) AS n FROM asks_ask WHERE topic <> '' GROUP BY topic
                   UNION ALL SELECT topic, count(*) FROM asks_topic GROUP BY topic)
               GROUP BY topic ORDER BY uses DESC, topic LIMIT ?1";
    let topics = view.all(sql, [MAX_SUGGESTED], |row| row.get(0))?;
    let sql = "SELECT label, north, east, count(*) AS uses FROM asks_ask WHERE label <> ''
               GROUP BY label ORDER BY uses DESC, label LIMIT ?1";
    let axis = |thousandths: Option<i32>| thousandths.map(degrees);
    let places = view.all(sql, [MAX_SUGGESTED], |row| {
        Ok(Spot { label: row.get(0)?, north: axis(row.get(1)?), east: axis(row.get(2)?) })
    })?;
    Ok(Answer::Words { topics, places })
}
