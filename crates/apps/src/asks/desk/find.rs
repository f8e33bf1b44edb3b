//! Finding an ask, a promise or a member by what a person types.

use skein_app::{Fault, Kind, Me, ObjectRow, Refusal, View};
use skein_event::{EventId, MemberId, id_range};

use crate::asks::ask::{Ask, Promise};

/// The fewest characters of an id that may stand for it.
const MIN_PREFIX: usize = 4;
/// How many candidates a refusal lists.
const LISTED: i64 = 6;

/// The one ask that is meant: an id, the beginning of one, or a title of what is not over.
///
/// # Errors
/// `Ambiguous` or `NotFound`, with what it could have been.
pub fn ask(typed: &str, view: &View<'_>) -> Result<Ask, Refusal> {
    one_of(&candidates(typed, view)?, typed, view)
}

fn one_of(candidates: &[ObjectRow], typed: &str, view: &View<'_>) -> Result<Ask, Refusal> {
    match candidates {
        [] => Err(Refusal::new(Kind::NotFound, format!("there is no ask \"{}\" here", typed.escape_debug()))
            .hint("See `skein asks ls`; type a whole title, or at least four characters of an id.")),
        [one] => Ask::one(*one, view)?.ok_or_else(|| Refusal::new(Kind::NotFound, "this ask is not here any more")),
        many => {
            let mut lines = Vec::new();
            for row in many.iter().take(LISTED as usize) {
                lines.extend(Ask::one(*row, view)?.map(|ask| format!("  {}  {}", ask.id.short(), ask.words.title)));
            }
            Err(Refusal::new(Kind::Ambiguous, format!("\"{}\" could be several asks", typed.escape_debug()))
                .hint(format!("Type more of the id:\n{}", lines.join("\n"))))
        }
    }
}

fn candidates(typed: &str, view: &View<'_>) -> Result<Vec<ObjectRow>, Fault> {
    let id = typed.to_ascii_lowercase();
    if id.len() >= MIN_PREFIX && id_range(&id).is_some() {
        let sql = "SELECT object FROM asks_ask WHERE id BETWEEN ?1 AND ?1 || '{' LIMIT ?2";
        let found = view.all(sql, (&id, LISTED + 1), |row| row.get(0))?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    let sql = "SELECT object FROM asks_ask WHERE title = ?1 COLLATE NOCASE ORDER BY ended IS NULL DESC, changed DESC LIMIT ?2";
    let found: Vec<ObjectRow> = view.all(sql, (typed, LISTED + 1), |row| row.get(0))?;
    let sql = "SELECT object FROM asks_ask WHERE title = ?1 COLLATE NOCASE AND ended IS NULL LIMIT ?2";
    let open: Vec<ObjectRow> = view.all(sql, (typed, LISTED + 1), |row| row.get(0))?;
    Ok(if open.is_empty() { found } else { open })
}

/// The promise that is meant, with its ask: of the ask that is named the one that `pick` finds; else it is named by the
/// beginning of its own id.
///
/// # Errors
/// `NotFound` or `Ambiguous`, in people's words.
pub fn promise(
    typed: &str,
    view: &View<'_>,
    pick: impl Fn(&Ask) -> Vec<EventId>,
    none: &str,
) -> Result<(Ask, Promise), Refusal> {
    let candidates = candidates(typed, view)?;
    if candidates.is_empty()
        && let Some(named) = by_id(typed, view)?
    {
        return Ok(named);
    }
    let ask = one_of(&candidates, typed, view)?;
    let found = pick(&ask);
    let ids: Vec<String> = found.iter().map(EventId::short).collect();
    match &found[..] {
        [] => Err(Refusal::new(Kind::NotFound, none).hint(format!("See `skein asks show {}`.", ask.id.short()))),
        [one] => of(ask, one).ok_or_else(|| Refusal::new(Kind::NotFound, none)),
        _ => Err(Refusal::new(Kind::Ambiguous, format!("several promises for \"{}\" could be meant", ask.words.title))
            .hint(format!("Name one by its id: {}.", ids.join(", ")))),
    }
}

fn of(ask: Ask, id: &EventId) -> Option<(Ask, Promise)> {
    let promise = ask.promises.iter().find(|promise| promise.id == *id).cloned()?;
    Some((ask, promise))
}

/// Promises by the first bytes of their ids. `CROSS` makes SQLite look at the events first, which have an index for it.
const BY_PREFIX: &str = "SELECT DISTINCT p.object, p.id FROM event e CROSS JOIN asks_promise p
    ON p.object = e.object AND p.id >= ?3 AND p.id < ?4 WHERE e.prefix BETWEEN ?1 AND ?2 LIMIT 50";

/// The only promise whose id begins so.
fn by_id(typed: &str, view: &View<'_>) -> Result<Option<(Ask, Promise)>, Fault> {
    let typed = typed.to_ascii_lowercase();
    let Some((low, high)) = id_range(&typed).filter(|_| typed.len() >= MIN_PREFIX) else { return Ok(None) };
    let (from, above) = (low.to_be_bytes(), [&high.to_be_bytes()[..], &[0xff; 25]].concat());
    let rows = view.all(BY_PREFIX, (low as i64, high as i64, &from[..], &above), |row| {
        Ok((row.get::<_, ObjectRow>(0)?, EventId::from_bytes(row.get(1)?)))
    })?;
    let mut fitting = rows.into_iter().filter(|(_, id)| id.to_string().starts_with(&typed));
    let (Some((row, id)), None) = (fitting.next(), fitting.next()) else { return Ok(None) };
    Ok(Ask::one(row, view)?.and_then(|ask| of(ask, &id)))
}

/// The member that is meant: `me`, a whole name, an id, or the beginning of one.
///
/// # Errors
/// `NotFound` or `Ambiguous`, in people's words.
pub fn member(me: &Me, typed: &str, view: &View<'_>) -> Result<MemberId, Refusal> {
    if typed == "me" {
        return Ok(me.member);
    }
    let typed = typed.trim_start_matches('@');
    let members = view.all("SELECT member, name FROM people_member", [], |row| {
        Ok((MemberId::from_bytes(row.get(0)?), row.get::<_, String>(1)?))
    })?;
    let mut found: Vec<_> = members.iter().filter(|(_, name)| name.eq_ignore_ascii_case(typed)).collect();
    if found.is_empty() && typed.len() >= MIN_PREFIX {
        found = members.iter().filter(|(id, _)| id.to_string().starts_with(&typed.to_ascii_lowercase())).collect();
    }
    match found[..] {
        [one] => Ok(one.0),
        [] => Err(Refusal::new(Kind::NotFound, format!("there is no member \"{}\" here", typed.escape_debug()))
            .hint("See `skein members`.")),
        _ => Err(Refusal::new(Kind::Ambiguous, format!("\"{}\" could be several members", typed.escape_debug()))
            .hint("Type the beginning of an id: `skein members` shows them.")),
    }
}
