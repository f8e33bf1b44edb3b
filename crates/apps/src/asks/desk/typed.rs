//! What people type for dates, amounts, places and hours. No time zones here: a day and a time without a span are UTC.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use skein_app::{Kind, Refusal, read_day};
use ts_rs::TS;

use crate::asks::event::Unit;
use crate::asks::fits::HOURS_BYTES;

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// A time that was typed: a moment, or a span from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Milliseconds since 1970.
    At(u64),
    /// Milliseconds from now.
    In(u64),
}

impl When {
    /// The moment, as seen from this one.
    pub fn at(self, now_ms: u64) -> u64 {
        match self {
            Self::At(at) => at,
            Self::In(span) => now_ms.saturating_add(span),
        }
    }
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{}\" is no time; write 2026-12-01, 2026-12-01T18:00 or 3d", text.escape_debug());
        if text == "now" {
            return Ok(Self::In(0));
        }
        if let Some(unit) = text.chars().last().filter(|last| "mhdw".contains(*last)) {
            let count: u64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
            let unit = match unit {
                'm' => 60_000,
                'h' => HOUR_MS,
                'd' => DAY_MS,
                _ => 7 * DAY_MS,
            };
            return count.checked_mul(unit).map(Self::In).ok_or_else(wrong);
        }
        moment(text).map(Self::At).ok_or_else(wrong)
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(at) => {
                write!(f, "{}", skein_app::moment(*at).replacen(' ', "T", 1))?;
                let seconds = at % 60_000 / 1_000;
                if seconds == 0 { Ok(()) } else { write!(f, ":{seconds:02}") }
            }
            Self::In(span) => write!(f, "{}m", span / 60_000),
        }
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// "2026-12-01", "2026-12-01T18:00", also with seconds and a `Z`, as browsers write it. A day alone means its end.
fn moment(text: &str) -> Option<u64> {
    let text = text.trim_end_matches('Z');
    let (day, time) = text.split_once(['T', ' ']).map_or((text, None), |(day, time)| (day, Some(time)));
    let start = read_day(day)?;
    let Some(time) = time else { return Some(start + DAY_MS - 60_000) };
    let mut numbers = time.split(':').map(|part| part.split('.').next().and_then(|part| part.parse::<u64>().ok()));
    let (hour, minute, second) = (numbers.next()??, numbers.next()??, numbers.next().unwrap_or(Some(0))?);
    let good = numbers.next().is_none() && hour < 24 && minute < 60 && second < 60;
    good.then(|| start + hour * HOUR_MS + minute * 60_000 + second * 1_000)
}

/// A part as it is typed: "3 things blankets", "2-4 people kitchen @ 2026-12-05T10:00/2026-12-05T14:00".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PartSpec {
    /// What; empty: as the title says.
    #[serde(default)]
    #[ts(as = "Option<String>", optional)]
    pub what: String,
    /// Counted in what; `null`: what is usual for such an ask.
    #[ts(optional = nullable)]
    pub unit: Option<Unit>,
    /// So much makes it come together.
    pub minimum: u64,
    /// More is not needed.
    pub optimum: u64,
    /// From when, in milliseconds since 1970.
    #[ts(optional = nullable)]
    pub starts_ms: Option<u64>,
    /// Until when.
    #[ts(optional = nullable)]
    pub ends_ms: Option<u64>,
}

impl PartSpec {
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong with it, in people's words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (said, slot) = text.split_once('@').map_or((text, None), |(said, slot)| (said, Some(slot)));
        let mut words = said.split_whitespace();
        let amount = words.next().unwrap_or_default();
        let (least, most) = amount.split_once('-').unwrap_or((amount, amount));
        let number = |text: &str| {
            text.parse().map_err(|_| {
                format!("\"{}\" is no amount; write for example \"2-4 people cooking\"", amount.escape_debug())
            })
        };
        let rest: Vec<&str> = words.collect();
        let unit = rest.first().and_then(|word| Unit::from_str(word, true).ok());
        let what = rest[usize::from(unit.is_some())..].join(" ");
        let (starts_ms, ends_ms) = match slot {
            None => (None, None),
            Some(slot) => {
                let (from, to) =
                    slot.split_once('/').ok_or("a slot is FROM/TO, for example 2026-12-05T10:00/2026-12-05T14:00")?;
                let time = |text: &str| {
                    moment(text.trim()).ok_or_else(|| format!("\"{}\" is no time", text.trim().escape_debug()))
                };
                (Some(time(from)?), Some(time(to)?))
            }
        };
        Ok(Self { what, unit, minimum: number(least)?, optimum: number(most)?, starts_ms, ends_ms })
    }
}

/// "52.52,13.405" as thousandths of a degree north and east.
///
/// # Errors
/// If it is no place on earth.
pub fn point(text: &str) -> Result<(i32, i32), Refusal> {
    let wrong = || {
        Refusal::new(Kind::Usage, format!("\"{}\" is no place on a map", text.escape_debug()))
            .hint("Write degrees north and east, for example 52.52,13.405.")
    };
    let (north, east) = text.split_once([',', ' ']).ok_or_else(wrong)?;
    let degrees = |text: &str, most: f64| -> Result<i32, Refusal> {
        let degrees: f64 = text.trim().parse().map_err(|_| wrong())?;
        if degrees.is_finite() && degrees.abs() <= most { Ok((degrees * 1_000.0).round() as i32) } else { Err(wrong()) }
    };
    Ok((degrees(north, 90.0)?, degrees(east, 180.0)?))
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// "mon-fri 17-22, sat 9-18" as one bit for each hour of the week, Monday 00:00 first.
///
/// # Errors
/// If it is not understood.
pub fn hours(text: &str) -> Result<Vec<u8>, Refusal> {
    let wrong = || {
        Refusal::new(Kind::Usage, format!("\"{}\" says no hours", text.escape_debug()))
            .hint("Write for example \"mon-fri 17-22, sat 9-18\"; the hours are UTC.")
    };
    let day = |text: &str| DAYS.iter().position(|day| text.to_ascii_lowercase().starts_with(day));
    let mut bits = vec![0_u8; HOURS_BYTES];
    for span in text.split(',').map(str::trim).filter(|span| !span.is_empty()) {
        let (days, hours) = span.split_once(' ').ok_or_else(wrong)?;
        let (first, last) = days.split_once('-').unwrap_or((days, days));
        let (from, to) = hours.trim().split_once('-').ok_or_else(wrong)?;
        let (first, last) = (day(first).ok_or_else(wrong)?, day(last).ok_or_else(wrong)?);
        let (from, to): (usize, usize) = (from.parse().map_err(|_| wrong())?, to.parse().map_err(|_| wrong())?);
        if last < first || from >= to || to > 24 {
            return Err(wrong());
        }
        for hour in (first..=last).flat_map(|day| (from..to).map(move |hour| day * 24 + hour)) {
            bits[hour / 8] |= 1 << (hour % 8);
        }
    }
    if bits.iter().all(|byte| *byte == 0) { Err(wrong()) } else { Ok(bits) }
}

/// The same hours as text.
pub fn hours_text(bits: &[u8]) -> String {
    let at = |day: usize, hour: usize| {
        bits.get((day * 24 + hour) / 8).is_some_and(|byte| byte >> ((day * 24 + hour) % 8) & 1 == 1)
    };
    let mut spans = Vec::new();
    for (day, name) in DAYS.iter().enumerate() {
        let mut hour = 0;
        while hour < 24 {
            let from = hour;
            while hour < 24 && at(day, hour) {
                hour += 1;
            }
            if hour > from {
                spans.push(format!("{name} {from}-{hour}"));
            }
            hour += 1;
        }
    }
    spans.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        assert_eq!("2026-12-01T18:00".parse(), Ok(When::At(1_796_148_000_000)));
        assert_eq!("2026-12-01T18:00:00.000Z".parse(), Ok(When::At(1_796_148_000_000)));
        assert_eq!("2026-12-01".parse(), Ok(When::At(1_796_169_540_000)), "the end of the day");
        assert_eq!("3d".parse(), Ok(When::In(3 * DAY_MS)));
        assert_eq!(When::In(3 * DAY_MS).to_string().parse(), Ok(When::In(3 * DAY_MS)));
        assert_eq!(When::At(1_796_148_000_000).to_string(), "2026-12-01T18:00");
        for bad in
            ["", "d", "-3d", "2026-02-30", "2026-13-01", "2026-1-1-1", "2026-12-01T25:00", "99999999999999999999w", "é"]
        {
            assert!(bad.parse::<When>().is_err(), "{bad}");
        }
    }

    #[test]
    fn parts_are_read() {
        let part = PartSpec::parse("2-4 people kitchen help @ 2026-12-05T10:00/2026-12-05T14:00").expect("reads");
        assert_eq!(
            (part.minimum, part.optimum, part.unit, part.what.as_str()),
            (2, 4, Some(Unit::People), "kitchen help")
        );
        assert_eq!(part.ends_ms.zip(part.starts_ms).map(|(to, from)| to - from), Some(4 * HOUR_MS));
        let part = PartSpec::parse("3 blankets").expect("reads");
        assert_eq!((part.minimum, part.optimum, part.unit, part.what.as_str()), (3, 3, None, "blankets"));
        for bad in ["", "many", "-3 things", "1 x @ tomorrow", "99999999999999999999 things"] {
            assert!(PartSpec::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn places_are_coarse_and_on_earth() {
        assert_eq!(point("52.5200066, 13.404954").ok(), Some((52_520, 13_405)));
        for bad in ["", "1", "91,0", "0,181", "nan,0", "inf,1", "a,b"] {
            assert!(point(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn hours_come_back_as_they_were_said() {
        let bits = hours("mon-tue 17-22, Sat 9-18").expect("reads");
        assert_eq!(hours_text(&bits), "mon 17-22, tue 17-22, sat 9-18");
        assert_eq!(hours(&hours_text(&bits)).ok(), Some(bits));
        for bad in ["", "mon", "mon 5-4", "mon 0-25", "xyz 1-2", "fri-mon 1-2"] {
            assert!(hours(bad).is_err(), "{bad}");
        }
    }
}
