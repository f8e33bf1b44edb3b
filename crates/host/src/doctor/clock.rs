//! Clocks: this computer's against what it wrote itself, and against what others say the time is.

use skein_app::{Me, Refusal, View};
use skein_node::{HELD_AHEAD_MS, Presence};
use skein_store::{Reader, Store};

use super::{Area, Check, Level};

pub(super) fn checks(view: &View<'_>, reader: &Reader, me: &Me) -> Result<Option<Check>, Refusal> {
    let sql = "SELECT coalesce(max(tick), 0) FROM log WHERE author = ?1";
    let own: i64 = view.first(sql, [me.device.as_bytes()], |row| row.get(0))?.unwrap_or(0);
    let own_ms = skein_event::Tick::from_raw(own as u64).ms();
    let contacts = Store::contacts(reader.connection())?;
    let presences = contacts.iter().filter(|contact| contact.device != me.device);
    let said: Vec<u64> = presences
        .filter_map(|contact| Presence::open(contact.presence.as_ref()?))
        .map(|presence| presence.at_ms)
        .collect();
    Ok(Some(judge(own_ms, &said, me.now_ms)))
}

/// `own_ms`: when this device wrote last, by its own clock then. `said`: when others signed where they are, by theirs.
fn judge(own_ms: u64, said: &[u64], now_ms: u64) -> Check {
    let ahead = |ms: &u64| *ms > now_ms.saturating_add(HELD_AHEAD_MS);
    if ahead(&own_ms) {
        let hours = (own_ms - now_ms) / 3_600_000;
        let what = format!("this computer's clock was set back: its last word is dated {hours} hours ahead");
        return Check::new(Area::Clock, Level::Warning, "set-back", what)
            .why("What you write is dated by your last word until the clock has caught up.")
            .next("Look whether date, time and time zone of this computer are right.");
    }
    let others = said.iter().filter(|ms| ahead(ms)).count();
    match others {
        0 => Check::good(Area::Clock, "the clock agrees with what the others say"),
        // One against one: nobody can say which of the two is wrong.
        n if n * 2 > said.len() => {
            Check::new(Area::Clock, Level::Warning, "behind", "this computer's clock seems to be behind the others'")
                .why("What the others write now shows only when its time comes here.")
                .next("Look whether date, time and time zone of this computer are right.")
        }
        n => {
            let what = format!("the clocks of {n} other devices are ahead");
            Check::new(Area::Clock, Level::Note, "others-ahead", what)
                .why("What they write shows only when its time comes.")
                .next("Ask them to look at their clocks.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_clock_is_wrong_is_told() {
        let (now, hour) = (1_000_000_000, 3_600_000);
        let kind = |own, said: &[u64]| judge(own, said, now).kind;
        assert_eq!(kind(now, &[now - hour, now, now + 60_000]), "good");
        assert_eq!(kind(0, &[]), "good");
        assert_eq!(kind(now + 2 * hour, &[now]), "set-back");
        assert_eq!(kind(now, &[now + hour, now + hour, now]), "behind");
        assert_eq!(kind(now, &[now + hour, now, now]), "others-ahead");
        assert_eq!(kind(u64::MAX, &[u64::MAX]), "set-back");
    }
}
