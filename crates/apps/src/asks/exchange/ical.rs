//! iCalendar (RFC 5545), written: lines of at most 75 bytes, texts without a mark of the format's own, times in UTC.

use super::stamp::{compact, compact_day};
use crate::asks::event::degrees;

/// The most bytes of a line, its end not counted.
const MAX_LINE_BYTES: usize = 75;

/// Something with a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The same for as long as the thing is the same: calendars know it again by this.
    pub uid: String,
    /// When it was last said otherwise.
    pub changed_ms: u64,
    pub span: Span,
    pub title: String,
    pub text: String,
    pub place: String,
    /// Thousandths of a degree north and east.
    pub point: Option<(i32, i32)>,
    pub topic: String,
    pub status: Status,
}

/// When it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// From when until when, in milliseconds since 1970.
    Hours(u64, u64),
    /// The whole day (UTC) of this time.
    Day(u64),
}

/// How sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Confirmed,
    Tentative,
    Cancelled,
}

/// Writes a calendar.
pub fn write(name: &str, entries: &[Entry]) -> String {
    let mut out = String::new();
    for text in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Skein//Asks//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    {
        line(&mut out, text);
    }
    line(&mut out, &format!("X-WR-CALNAME:{}", escaped(name)));
    line(&mut out, "REFRESH-INTERVAL;VALUE=DURATION:PT1H");
    entries.iter().for_each(|entry| event(&mut out, entry));
    line(&mut out, "END:VCALENDAR");
    out
}

fn event(out: &mut String, entry: &Entry) {
    line(out, "BEGIN:VEVENT");
    line(out, &format!("UID:{}", escaped(&entry.uid)));
    line(out, &format!("DTSTAMP:{}", compact(entry.changed_ms)));
    line(out, &format!("LAST-MODIFIED:{}", compact(entry.changed_ms)));
    match entry.span {
        Span::Hours(from, to) => {
            line(out, &format!("DTSTART:{}", compact(from)));
            line(out, &format!("DTEND:{}", compact(to)));
        }
        Span::Day(at) => {
            line(out, &format!("DTSTART;VALUE=DATE:{}", compact_day(at)));
            // A date takes nobody's day.
            line(out, "TRANSP:TRANSPARENT");
        }
    }
    line(out, &format!("SUMMARY:{}", escaped(&entry.title)));
    for (name, text) in [("DESCRIPTION", &entry.text), ("LOCATION", &entry.place), ("CATEGORIES", &entry.topic)] {
        if !text.is_empty() {
            line(out, &format!("{name}:{}", escaped(text)));
        }
    }
    if let Some((north, east)) = entry.point {
        line(out, &format!("GEO:{:.3};{:.3}", degrees(north), degrees(east)));
    }
    let status = match entry.status {
        Status::Confirmed => "CONFIRMED",
        Status::Tentative => "TENTATIVE",
        Status::Cancelled => "CANCELLED",
    };
    line(out, &format!("STATUS:{status}"));
    line(out, "END:VEVENT");
}

/// A text in which nothing means anything.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A line, folded: what goes on begins with a blank, and no letter is cut in two.
fn line(out: &mut String, text: &str) {
    let mut room = MAX_LINE_BYTES;
    for c in text.chars() {
        if c.len_utf8() > room {
            out.push_str("\r\n ");
            room = MAX_LINE_BYTES - 1;
        }
        out.push(c);
        room -= c.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(title: &str) -> Entry {
        Entry {
            uid: "abc-1@skein".into(),
            changed_ms: 1_796_148_000_000,
            span: Span::Hours(1_796_148_000_000, 1_796_151_600_000),
            title: title.into(),
            text: String::new(),
            place: "Hall, back door; left".into(),
            point: Some((52_520, -13_405)),
            topic: String::new(),
            status: Status::Confirmed,
        }
    }

    /// As a calendar reads it: folds undone.
    fn unfolded(text: &str) -> Vec<String> {
        text.replace("\r\n ", "").split("\r\n").map(String::from).collect()
    }

    #[test]
    fn an_entry_is_written_as_calendars_read_it() {
        let lines = unfolded(&write("Garden", &[entry("Soup kitchen")]));
        for expected in [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "X-WR-CALNAME:Garden",
            "UID:abc-1@skein",
            "DTSTAMP:20261201T180000Z",
            "DTSTART:20261201T180000Z",
            "DTEND:20261201T190000Z",
            "SUMMARY:Soup kitchen",
            "LOCATION:Hall\\, back door\\; left",
            "GEO:52.520;-13.405",
            "STATUS:CONFIRMED",
            "END:VCALENDAR",
        ] {
            assert!(lines.iter().any(|line| line == expected), "{expected} is not in {lines:#?}");
        }
    }

    #[test]
    fn no_text_can_begin_a_line_of_its_own() {
        let text = write("x\r\nEND:VCALENDAR", &[entry("a\nEND:VEVENT\r\nBEGIN:VALARM\\n;,\u{2028}b")]);
        let lines = unfolded(&text);
        assert_eq!(lines.iter().filter(|line| line.starts_with("END:")).count(), 2, "{lines:#?}");
        assert!(lines.contains(&"SUMMARY:a\\nEND:VEVENT\\nBEGIN:VALARM\\\\n\\;\\,\u{2028}b".into()), "{lines:#?}");
    }

    #[test]
    fn long_lines_are_folded_between_letters() {
        for title in ["x".repeat(500), "雪".repeat(200), "é🙂".repeat(100)] {
            let text = write("Garden", &[entry(&title)]);
            assert!(text.split("\r\n").all(|line| line.len() <= MAX_LINE_BYTES), "{text}");
            assert!(unfolded(&text).contains(&format!("SUMMARY:{title}")));
        }
    }
}
