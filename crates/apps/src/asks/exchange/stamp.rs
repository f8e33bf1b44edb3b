//! Times as other programs write them: ISO 8601 in UTC, and the compact form of calendars.

use skein_app::{day, moment};

/// "2026-12-01T18:00:00Z".
pub fn iso(ms: u64) -> String {
    let seconds = ms % 60_000 / 1_000;
    format!("{}:{seconds:02}Z", moment(ms).replacen(' ', "T", 1))
}

/// "20261201T180000Z".
pub fn compact(ms: u64) -> String {
    iso(ms).replace(['-', ':'], "")
}

/// "20261201".
pub fn compact_day(ms: u64) -> String {
    day(ms).replace('-', "")
}

/// Milliseconds since 1970, of a W3C date and time with its zone: "2010-04-14T06:37:38-08:00", "…Z", also a day alone, which
/// is its beginning in UTC.
pub fn read(text: &str) -> Option<u64> {
    let text = text.trim();
    if text.len() == 10 {
        return text.is_ascii().then(|| at(&format!("{text}T00:00:00"))).flatten();
    }
    if !text.is_ascii() || text.len() < 17 {
        return None;
    }
    if let Some(plain) = text.strip_suffix(['Z', 'z']) {
        return at(plain);
    }
    let (plain, zone) = text.split_at(text.len() - 6);
    let (sign, zone) = zone.split_at(1);
    let (hours, minutes) = zone.split_once(':')?;
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    if hours > 15 || minutes > 59 {
        return None;
    }
    let span = (hours * 60 + minutes) * 60_000;
    match sign {
        "-" => at(plain)?.checked_add(span),
        "+" => at(plain)?.checked_sub(span),
        _ => None,
    }
}

fn number(text: &str) -> Option<u64> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// Without a zone; parts of a second are dropped.
fn at(text: &str) -> Option<u64> {
    let plain = text.split('.').next()?;
    match format!("{plain}Z").parse().ok()? {
        crate::asks::When::At(ms) => Some(ms),
        crate::asks::When::In(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_others_are_read_with_their_zones() {
        assert_eq!(read("2010-04-14T06:37:38-08:00"), read("2010-04-14T14:37:38Z"));
        assert_eq!(read("1994-11-05T13:15:30Z"), Some(784_041_330_000));
        assert_eq!(read("1994-11-05T08:15:30.25-05:00"), Some(784_041_330_000));
        assert_eq!(read("2010-04-14").map(iso).as_deref(), Some("2010-04-14T00:00:00Z"));
        for bad in [
            "",
            "now",
            "3d",
            "2010-04-14T06:37:38",
            "2010-04-14T06:37:38-99:00",
            "2010-02-30T00:00:00Z",
            "é010-04-14T06:37:38Z",
            "1970-01-01T00:00:00+05:00",
            "2010-04-14T06:37:38*08:00",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn times_are_written_as_they_are_read() {
        let ms = 1_796_148_001_000;
        assert_eq!(iso(ms), "2026-12-01T18:00:01Z");
        assert_eq!(read(&iso(ms)), Some(ms));
        assert_eq!((compact(ms).as_str(), compact_day(ms).as_str()), ("20261201T180001Z", "20261201"));
    }
}
