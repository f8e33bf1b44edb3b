//! Finding a share by what a person types: an id, an exact name, or the beginning of an id.

use skein_app::{Fault, Kind, Me, ObjectRow, Refusal, View};

use super::answer::Share;
use super::{rows, show};

/// The fewest characters of an id that may stand for it.
const MIN_PREFIX: usize = 4;
/// The length of a whole id.
const WHOLE_ID: usize = 52;
/// How many candidates a refusal lists.
const LISTED: usize = 8;

/// A share that was found.
pub(super) struct Found {
    pub object: ObjectRow,
    pub share: Share,
}

/// Finds the one share that `typed` means: whole ids first, then names of shares that are not taken back, then
/// beginnings of ids.
///
/// # Errors
/// `Ambiguous` or `NotFound`, with what it could have been.
pub(super) fn share(me: &Me, typed: &str, view: &View<'_>) -> Result<Found, Refusal> {
    // A folder's name is shown, and completed by shells, with a slash.
    let typed = typed.strip_suffix('/').unwrap_or(typed);
    let objects = candidates(typed, view)?;
    match objects[..] {
        [] => Err(nothing(me, typed, view)?),
        [object] => {
            let share = rows::one(me, object, view)?;
            let share = share.ok_or_else(|| Refusal::new(Kind::NotFound, "this share has no content"))?;
            Ok(Found { object, share })
        }
        _ => Err(ambiguous(me, typed, &objects, view)?),
    }
}

/// At most one more than a refusal lists.
fn candidates(typed: &str, view: &View<'_>) -> Result<Vec<ObjectRow>, Fault> {
    let limit = LISTED as i64 + 1;
    let id = typed.to_ascii_lowercase();
    let is_id = id.len() <= WHOLE_ID && id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7'));
    if is_id && id.len() == WHOLE_ID {
        let whole = view.all("SELECT object FROM files_share WHERE id = ?1 OR said = ?1", [&id], |row| row.get(0))?;
        if !whole.is_empty() {
            return Ok(whole);
        }
    }
    let sql = "SELECT object FROM files_share WHERE name = ?1 AND removed IS NULL ORDER BY tick DESC LIMIT ?2";
    let named = view.all(sql, (typed, limit), |row| row.get(0))?;
    if !named.is_empty() || !is_id || id.len() < MIN_PREFIX {
        return Ok(named);
    }
    // `{` follows `z`: all ids that begin so lie between.
    let sql = "SELECT object FROM files_share WHERE id BETWEEN ?1 AND ?1 || '{'
               UNION SELECT object FROM files_share WHERE said BETWEEN ?1 AND ?1 || '{' LIMIT ?2";
    view.all(sql, (&id, limit), |row| row.get(0))
}

fn nothing(me: &Me, typed: &str, view: &View<'_>) -> Result<Refusal, Fault> {
    let refusal = Refusal::new(Kind::NotFound, format!("nothing called \"{}\" is shared here", shorten(typed)));
    let like = rows::shares(me, "s.removed IS NULL AND instr(lower(s.name), lower(?2)) > 0", typed, LISTED, view)?;
    Ok(refusal.hint(if typed.is_empty() || like.is_empty() {
        "See `skein files ls`; type a whole name, or at least four characters of an id.".into()
    } else {
        format!("Did you mean one of these?\n{}", list(me, &like))
    }))
}

fn ambiguous(me: &Me, typed: &str, objects: &[ObjectRow], view: &View<'_>) -> Result<Refusal, Fault> {
    let mut shares = Vec::new();
    for object in objects.iter().take(LISTED) {
        shares.extend(rows::one(me, *object, view)?);
    }
    let more = if objects.len() > LISTED { "\n…" } else { "" };
    let message = format!("\"{}\" could be several shares", shorten(typed));
    Ok(Refusal::new(Kind::Ambiguous, message).hint(format!("Type more of the id:\n{}{more}", list(me, &shares))))
}

fn list(me: &Me, shares: &[Share]) -> String {
    shares.iter().map(|share| format!("  {}", show::line(share, me.now_ms))).collect::<Vec<_>>().join("\n")
}

fn shorten(typed: &str) -> String {
    let mut short: String = typed.chars().take(60).collect();
    if short.len() < typed.len() {
        short.push('…');
    }
    short
}
