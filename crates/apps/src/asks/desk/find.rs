//! Finding an ask, a promise or a member by what a person types.

use skein_app::{Fault, Kind, Me, ObjectRow, Refusal, View};
use skein_event::{EventId, MemberId};

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
    match &candidates(typed, view)?[..] {
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
    let is_id = id.len() >= MIN_PREFIX && id.len() <= 52 && id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7'));
    if is_id {
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

/// The promise that is meant, with its ask: by its own id, or an ask of which `pick` finds one.
///
/// # Errors
/// `NotFound` or `Ambiguous`, in people's words.
pub fn promise(
    typed: &str,
    view: &View<'_>,
    pick: impl Fn(&Ask) -> Vec<EventId>,
    none: &str,
) -> Result<(Ask, Promise), Refusal> {
    if let Some((ask, promise)) = by_id(typed, view)? {
        return Ok((ask, promise));
    }
    let ask = ask(typed, view)?;
    let found = pick(&ask);
    let ids: Vec<String> = found.iter().map(EventId::short).collect();
    match &found[..] {
        [] => Err(Refusal::new(Kind::NotFound, none).hint(format!("See `skein asks show {}`.", ask.id.short()))),
        [one] => {
            let promise = ask.promises.iter().find(|promise| promise.id == *one).cloned();
            let promise = promise.ok_or_else(|| Refusal::new(Kind::NotFound, none))?;
            Ok((ask, promise))
        }
        _ => Err(Refusal::new(Kind::Ambiguous, format!("several promises for \"{}\" could be meant", ask.words.title))
            .hint(format!("Name one by its id: {}.", ids.join(", ")))),
    }
}

fn by_id(typed: &str, view: &View<'_>) -> Result<Option<(Ask, Promise)>, Fault> {
    let Ok(id) = typed.parse::<EventId>() else { return by_beginning(typed, view) };
    let sql = "SELECT object FROM asks_promise WHERE id = ?1 LIMIT 1";
    let row: Option<ObjectRow> = view.first(sql, [id.as_bytes()], |row| row.get(0))?;
    let Some(ask) = row.map(|row| Ask::one(row, view)).transpose()?.flatten() else { return Ok(None) };
    let promise = ask.promises.iter().find(|promise| promise.id == id).cloned();
    Ok(promise.map(|promise| (ask, promise)))
}

/// A beginning that only one promise of all open asks has.
fn by_beginning(typed: &str, view: &View<'_>) -> Result<Option<(Ask, Promise)>, Fault> {
    let typed = typed.to_ascii_lowercase();
    if typed.len() < MIN_PREFIX || !typed.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7')) {
        return Ok(None);
    }
    let sql = "SELECT object, id FROM asks_promise ORDER BY tick DESC LIMIT 20000";
    let rows = view.all(sql, [], |row| Ok((row.get::<_, ObjectRow>(0)?, EventId::from_bytes(row.get(1)?))))?;
    let mut fitting = rows.into_iter().filter(|(_, id)| id.to_string().starts_with(&typed));
    let (Some((row, id)), None) = (fitting.next(), fitting.next()) else { return Ok(None) };
    let Some(ask) = Ask::one(row, view)? else { return Ok(None) };
    let promise = ask.promises.iter().find(|promise| promise.id == id).cloned();
    Ok(promise.map(|promise| (ask, promise)))
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
