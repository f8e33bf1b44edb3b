//! Spans of time, read and written in people's words.

use std::time::Duration;

use skein_app::read_day;

/// The longest span that may be asked for: about a hundred years.
const MAX_SECONDS: u64 = 100 * 366 * 86_400;

/// Reads "30s", "15m", "12h", "7d", "2w".
///
/// # Errors
/// What is wrong with it, in people's words.
pub fn parse_span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is no span of time; write for example 30m, 12h, 7d or 2w");
    let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (count, unit) = text.split_at(split);
    let seconds: u64 = match unit {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return Err(wrong()),
    };
    let count: u64 = count.parse().map_err(|_| wrong())?;
    let total = count.checked_mul(seconds).filter(|total| *total <= MAX_SECONDS).ok_or_else(wrong)?;
    if total == 0 { Err(wrong()) } else { Ok(Duration::from_secs(total)) }
}

/// A point in time, as a person names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The beginning of a day in UTC, in milliseconds since 1970.
    Day(u64),
    /// So long ago.
    Ago(Duration),
}

impl When {
    /// In milliseconds since 1970, if it is `now_ms`.
    pub fn ms(self, now_ms: u64) -> u64 {
        match self {
            Self::Day(ms) => ms,
            Self::Ago(span) => now_ms.saturating_sub(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

/// Reads "2026-05-31", or a span: so long ago.
///
/// # Errors
/// What is wrong with it, in people's words.
pub fn parse_when(text: &str) -> Result<When, String> {
    if let Ok(span) = parse_span(text) {
        return Ok(When::Ago(span));
    }
    let wrong = || format!("\"{text}\" is no day and no span; write for example 2026-05-31, or 7d for a week ago");
    read_day(text).map(When::Day).ok_or_else(wrong)
}

/// A span as "12 s", "3 min", "5 h", "9 days".
pub fn span(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0..=59 => format!("{seconds} s"),
        60..=3599 => format!("{} min", seconds / 60),
        3600..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// How long ago `then_ms` was, at `now_ms`; both in milliseconds since 1970.
pub fn ago(then_ms: u64, now_ms: u64) -> String {
    match now_ms.saturating_sub(then_ms) {
        // Other devices' clocks run a little ahead of ours; a minute is no news.
        0..=4_999 => "just now".to_owned(),
        since => format!("{} ago", span(since)),
    }
}

/// Milliseconds as "0.4 ms", "12 ms", "1.3 s", "2 min 5 s": for what was measured.
pub fn measured(ms: f64) -> String {
    match ms {
        ms if ms < 9.95 => format!("{ms:.1} ms"),
        ms if ms < 999.5 => format!("{ms:.0} ms"),
        ms if ms < 99_500.0 => format!("{:.1} s", ms / 1000.0),
        ms => {
            let seconds = (ms / 1000.0).round() as u64;
            format!("{} min {} s", seconds / 60, seconds % 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read() {
        assert_eq!(parse_span("7d"), Ok(Duration::from_secs(604_800)));
        assert_eq!(parse_span("90min"), Ok(Duration::from_secs(5400)));
        for wrong in ["", "7", "d", "0d", "-1d", "7 d", "7y", "99999999999999999999s", "99999999w", "1d2h"] {
            assert!(parse_span(wrong).is_err(), "{wrong:?} must be refused");
        }
    }

    #[test]
    fn days_and_spans_ago_are_read() {
        assert_eq!(parse_when("1970-01-01"), Ok(When::Day(0)));
        for (text, days) in
            [("1970-12-31", 364), ("2000-02-29", 11_016), ("2026-05-31", 20_604), ("9999-12-31", 2_932_896)]
        {
            assert_eq!(parse_when(text), Ok(When::Day(days * 86_400_000)), "{text}");
        }
        assert_eq!(parse_when("7d").map(|when| when.ms(700_000_000)), Ok(700_000_000 - 604_800_000));
        assert_eq!(parse_when("100w").map(|when| when.ms(5)), Ok(0));
        for wrong in
            ["", "2026", "2026-2-3", "2026-02-30", "1969-12-31", "10000-01-01", "2026-05-31x", "yesterday", "-"]
        {
            assert!(parse_when(wrong).is_err(), "{wrong:?} must be refused");
        }
    }

    #[test]
    fn ages_are_short() {
        assert_eq!(ago(10, 0), "just now");
        assert_eq!(ago(0, 59_000), "59 s ago");
        assert_eq!(ago(0, 3_600_000), "1 h ago");
        assert_eq!(ago(0, 9 * 86_400_000), "9 days ago");
        assert_eq!([0.42, 12.0, 1300.0, 125_000.0].map(measured), ["0.4 ms", "12 ms", "1.3 s", "2 min 5 s"]);
    }
}
