//! How fast files may come and go: always, and between certain hours of the day. The clock is looked at here; what follows for a
//! minute of the day is worked out apart from it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{Local, TimeZone, Timelike};
use serde::{Deserialize, Serialize};
use skein_app::{Kind, Refusal};
use ts_rs::TS;

use crate::chance::now_ms;
use crate::core::Core;

/// How many hours of the day can have limits of their own; more are refused.
pub const MAX_WINDOWS: usize = 16;
/// The slowest limit, in bytes a second: with less, the others would give up before anything has come.
pub const MIN_RATE: u64 = 10_000;
/// The highest one that is written down: as good as none.
const MAX_RATE: u64 = 1 << 50;
const MINUTES_A_DAY: u16 = 24 * 60;
/// How often the clock is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// Limits in bytes a second; `null` is none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// What is sent, at any time.
    #[ts(type = "number | null")]
    pub up: Option<u64>,
    /// What is fetched, at any time.
    #[ts(type = "number | null")]
    pub down: Option<u64>,
    /// Hours of the day with limits of their own; at most [`MAX_WINDOWS`]. Where several hold at once, the strictest does.
    pub windows: Vec<Window>,
}

/// Hours of the day, by this computer's clock, with limits of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The minute of the day from which they hold: 0 to 1,439.
    pub from: u16,
    /// The minute until which they hold: 0 to 1,439. If it is before `from`: that of the next day.
    pub to: u16,
    /// What is sent, in bytes a second; `null` is no limit.
    #[ts(type = "number | null")]
    pub up: Option<u64>,
    /// What is fetched, in bytes a second; `null` is no limit.
    #[ts(type = "number | null")]
    pub down: Option<u64>,
}

/// The limits, and what holds at this moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LimitsNow {
    /// As they were set.
    pub limits: Limits,
    /// What may be sent now, in bytes a second; `null` is no limit.
    #[ts(type = "number | null")]
    pub up: Option<u64>,
    /// What may be fetched now, in bytes a second; `null` is no limit.
    #[ts(type = "number | null")]
    pub down: Option<u64>,
}

impl Window {
    fn holds(&self, minute: u16) -> bool {
        if self.from <= self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }
}

impl Limits {
    /// What holds at a minute of the day: up and down, in bytes a second.
    pub fn at(&self, minute: u16) -> (Option<u64>, Option<u64>) {
        let holding = || self.windows.iter().filter(|window| window.holds(minute));
        let up = holding().filter_map(|window| window.up).chain(self.up).min();
        let down = holding().filter_map(|window| window.down).chain(self.down).min();
        (up, down)
    }

    /// Whether they can be kept.
    ///
    /// # Errors
    /// If there are too many, or one means nothing.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.windows.len() > MAX_WINDOWS {
            return Err(Refusal::new(
                Kind::Limit,
                format!("at most {MAX_WINDOWS} times of the day have limits of their own"),
            )
            .hint("Take one away first: `skein limits end NUMBER`."));
        }
        let rates = self.windows.iter().flat_map(|window| [window.up, window.down]);
        if rates.chain([self.up, self.down]).flatten().any(|rate| !(MIN_RATE..=MAX_RATE).contains(&rate)) {
            return Err(Refusal::new(Kind::Usage, "a limit is at least 10 KB a second")
                .hint("To let nothing through at all: `skein files pause --all`."));
        }
        for window in &self.windows {
            if window.from >= MINUTES_A_DAY || window.to >= MINUTES_A_DAY || window.from == window.to {
                return Err(Refusal::new(
                    Kind::Usage,
                    "a time goes from one minute of the day to another, 00:00 to 23:59",
                )
                .hint("For the whole day set the limit itself: `skein limits set`."));
            }
            if window.up.is_none() && window.down.is_none() {
                return Err(Refusal::new(Kind::Usage, "this time would have no limit at all")
                    .hint("Say how much may go up or down in it: `--up 500KB`, `--down 2MB`."));
            }
        }
        Ok(())
    }
}

/// The minute of the day that a clock on the wall shows in this zone. A moment in time is always one minute there, also when the
/// hour changes; one beyond all calendars counts as midnight.
fn minute_of_day<Z: TimeZone>(zone: &Z, at_ms: u64) -> u16 {
    let at = i64::try_from(at_ms).ok().and_then(|ms| zone.timestamp_millis_opt(ms).earliest());
    at.map_or(0, |at| (at.hour() * 60 + at.minute()) as u16)
}

/// What holds now.
pub(crate) fn now(core: &Core) -> LimitsNow {
    let limits = core.settings().limits.clone();
    let (up, down) = limits.at(minute_of_day(&Local, now_ms()));
    LimitsNow { limits, up, down }
}

/// Sets other limits; they hold at once, and are kept.
pub(crate) fn set(core: &Core, limits: Limits) -> Result<LimitsNow, Refusal> {
    limits.check()?;
    core.change_settings(|settings| settings.limits = limits)?;
    apply(core);
    Ok(now(core))
}

/// Tells the network what holds now.
pub(crate) fn apply(core: &Core) {
    let LimitsNow { up, down, .. } = now(core);
    if let Ok(blobs) = core.wire.blobs() {
        blobs.limit(up, down);
        blobs.rest(core.settings().paused);
    }
}

/// For as long as the program runs.
pub(crate) async fn keep(core: Arc<Core>) {
    loop {
        apply(&core);
        tokio::time::sleep(LOOK).await;
    }
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;

    use super::*;

    fn window(from: u16, to: u16, up: u64) -> Window {
        Window { from, to, up: Some(up), down: None }
    }

    fn limits(windows: Vec<Window>) -> Limits {
        Limits { up: Some(900_000), down: None, windows }
    }

    #[test]
    fn a_time_over_midnight_holds_on_both_sides_of_it() {
        let night = limits(vec![window(22 * 60, 6 * 60, 50_000)]);
        let holds = |minute| night.at(minute).0 == Some(50_000);
        for (minute, held) in
            [(22 * 60 - 1, false), (22 * 60, true), (1_439, true), (0, true), (359, true), (360, false)]
        {
            assert_eq!(holds(minute), held, "minute {minute}");
        }
        assert_eq!((0..1_440).filter(|minute| holds(*minute)).count(), 8 * 60);
    }

    #[test]
    fn where_several_hold_the_strictest_does_and_each_way_by_itself() {
        let mut all = limits(vec![window(480, 1_080, 300_000), window(600, 660, 100_000), window(0, 1_439, 2_000_000)]);
        all.windows[1].down = Some(400_000);
        assert_eq!(all.at(479), (Some(900_000), None), "a window that allows more lifts no limit");
        assert_eq!(all.at(480), (Some(300_000), None));
        assert_eq!(all.at(600), (Some(100_000), Some(400_000)));
        assert_eq!(all.at(660), (Some(300_000), None));
        assert_eq!(Limits::default().at(600), (None, None));
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for (from, to) in [(600, 600), (1_440, 5), (5, 1_440), (u16::MAX, 0)] {
            let kind = limits(vec![window(from, to, 50_000)]).check().expect_err("no such time").kind;
            assert_eq!(kind, Kind::Usage, "{from} to {to}");
            // Whatever is written in the file by hand: it is looked at every few seconds.
            limits(vec![window(from, to, 50_000)]).at(600);
        }
        let no_limit = Window { up: None, ..window(1, 2, 0) };
        assert!(limits(vec![no_limit]).check().is_err());
        assert!(limits(vec![window(1, 2, MIN_RATE - 1)]).check().is_err());
        assert!(limits(vec![window(1, 2, MIN_RATE); MAX_WINDOWS]).check().is_ok());
        assert_eq!(
            limits(vec![window(1, 2, MIN_RATE); MAX_WINDOWS + 1]).check().expect_err("too many").kind,
            Kind::Limit
        );
    }

    #[test]
    fn the_hour_may_change_and_the_clock_may_be_wrong() {
        let berlin = [3_600, 7_200].map(|offset| FixedOffset::east_opt(offset).expect("within a day"));
        // 2026-03-29 01:00 UTC: there the clock goes from 02:00 to 03:00, and the minutes between are never asked about.
        let change_ms = 1_774_746_000_000;
        assert_eq!(minute_of_day(&berlin[0], change_ms - 60_000), 119);
        assert_eq!(minute_of_day(&berlin[1], change_ms), 180);
        let lost = limits(vec![window(130, 170, 50_000)]);
        assert_eq!(lost.at(minute_of_day(&berlin[1], change_ms)).0, Some(900_000));
        // Whatever the clock and the zone are: a minute of a day.
        for at_ms in (0..365 * 24).map(|hour| change_ms + hour * 3_600_000).chain([0, 1, u64::MAX, i64::MAX as u64]) {
            assert!(minute_of_day(&Local, at_ms) < MINUTES_A_DAY);
        }
    }
}
