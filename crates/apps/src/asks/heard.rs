//! Whether a date has passed in the logs of all who count: then nothing can come any more that was said before it.
//!
//! A log's ticks only rise, and a device that was let in lies in the past of what its host said later. So once every log that
//! counts holds something after the date, or is known to its counted end, the outcome is the same everywhere and for good.
//! An exact closing by a quorum comes with the community's governance: this is the one place to put it.

use skein_app::{Fault, View};
use skein_event::{MemberId, Tick};

use super::ask::Ask;
use super::state::{Standing, ends_by_date};

/// The members of whom nothing was heard since a date; empty: the outcome is sure. `None`: nothing depends on a date.
///
/// What is reached can only be undone by those who promised, or ended by those who mind it; what is not reached can be changed
/// by anybody. Devices that were removed count as heard.
///
/// # Errors
/// Only if the store fails.
pub(super) fn unheard(standing: &Standing<'_>, now_ms: u64, view: &View<'_>) -> Result<Option<Vec<MemberId>>, Fault> {
    let ask = standing.ask;
    let Some(at_ms) = ends_by_date(ask).filter(|at| ask.ended.is_none() && now_ms > *at) else { return Ok(None) };
    let silent = silent_since(at_ms, view)?;
    // Where nobody leads, anybody may.
    let few = standing.reached && ask.leading().next().is_some();
    Ok(Some(silent.into_iter().filter(|member| !few || counts(ask, member)).collect()))
}

fn counts(ask: &Ask, member: &MemberId) -> bool {
    let promised = ask.standing().any(|promise| promise.member == *member || promise.handed == Some(*member));
    promised || ask.by == *member || ask.leads.iter().any(|led| led.member == *member)
}

/// Members with a device that still counts and whose log holds nothing after that time, or something before it that still
/// waits for its time on this device: its clock was behind when that came.
fn silent_since(at_ms: u64, view: &View<'_>) -> Result<Vec<MemberId>, Fault> {
    let sql = "SELECT DISTINCT d.member FROM people_device d
               WHERE NOT EXISTS (SELECT 1 FROM gone g WHERE g.device = d.device)
                 AND NOT EXISTS (SELECT 1 FROM log l WHERE l.author = d.device AND l.tick > ?1)
               UNION SELECT l.member FROM event e JOIN log l ON l.id = e.log WHERE e.state = 1 AND e.tick <= ?1
               ORDER BY 1 LIMIT 1000";
    let after = Tick::at_ms(at_ms.saturating_add(1)).raw() as i64;
    view.all(sql, [after - 1], |row| row.get(0).map(MemberId::from_bytes))
}
