//! What stays on this device: what was declined, what was shown, what was heard of, a pause. Nobody is told; nothing of it is
//! ever an event.

use skein_app::{Fault, View};
use skein_event::{ObjectId, Tick};

use crate::asks::Asks;

/// The name under which a decline of an ask is kept.
pub fn decline_of(ask: &ObjectId) -> String {
    format!("declined/{ask}")
}

/// The name under which it is kept that an ask was shown because it fits.
pub fn shown_of(ask: &ObjectId) -> String {
    format!("shown/{ask}")
}

/// The name under which it is kept that this person knows that a report is done.
pub fn heard_of(ask: &ObjectId) -> String {
    format!("heard/{ask}")
}

/// The name under which a pause is kept.
pub const PAUSED: &str = "paused";

fn get(key: &str, view: &View<'_>) -> Result<Option<(String, u64)>, Fault> {
    let sql = "SELECT value, at_ms FROM aside WHERE app = ?1 AND key = ?2";
    let app = <Asks as skein_app::App>::NAME;
    view.first(sql, (app, key), |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))
}

/// When this person declined an ask.
///
/// # Errors
/// Only if the store fails.
pub fn declined(ask: &ObjectId, view: &View<'_>) -> Result<Option<u64>, Fault> {
    Ok(get(&decline_of(ask), view)?.map(|(_, at_ms)| at_ms))
}

/// Whether an ask was shown to this person because it fits.
///
/// # Errors
/// Only if the store fails.
pub fn shown(ask: &ObjectId, view: &View<'_>) -> Result<bool, Fault> {
    Ok(get(&shown_of(ask), view)?.is_some())
}

/// Until when this person knows what became of a report; zero: they were never told.
///
/// # Errors
/// Only if the store fails.
pub fn heard(ask: &ObjectId, view: &View<'_>) -> Result<Tick, Fault> {
    let raw = get(&heard_of(ask), view)?.and_then(|(value, _)| value.parse().ok());
    Ok(raw.map_or(Tick::ZERO, Tick::from_raw))
}

/// Until when this person is not to be asked.
///
/// # Errors
/// Only if the store fails.
pub fn paused(now_ms: u64, view: &View<'_>) -> Result<Option<u64>, Fault> {
    let until = get(PAUSED, view)?.and_then(|(value, _)| value.parse().ok());
    Ok(until.filter(|until| *until > now_ms))
}

/// Everything that begins so, the newest first, with when it was kept: at most a thousand.
///
/// # Errors
/// Only if the store fails.
pub fn all(beginning: &str, view: &View<'_>) -> Result<Vec<(ObjectId, u64)>, Fault> {
    let sql =
        "SELECT key, at_ms FROM aside WHERE app = ?1 AND key BETWEEN ?2 AND ?2 || '{' ORDER BY at_ms DESC LIMIT 1000";
    let app = <Asks as skein_app::App>::NAME;
    let rows = view.all(sql, (app, beginning), |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)? as u64)))?;
    let id = |(key, at_ms): (String, u64)| Some((key.strip_prefix(beginning)?.parse().ok()?, at_ms));
    Ok(rows.into_iter().filter_map(id).collect())
}
