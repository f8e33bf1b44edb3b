//! Leaving with everything: where an app writes its part of a community that is exported, and how it writes it.

use skein_event::BlobHash;

/// Where an app's pages go.
pub trait Pages {
    /// Appends Markdown to a page; the page is there from its first line on. `page` is what people call it: whoever writes
    /// it makes a proper file name of it.
    fn write(&mut self, page: &str, markdown: &str);

    /// Says that a file or folder belongs here. Gives a line of Markdown for this page: where it is, or why it is not.
    fn attach(&mut self, page: &str, file: &Attached) -> String;

    /// Writes a small file that is not among the shared ones: `name` may have parts with `/` between, `ending` begins with
    /// a dot. Gives a line of Markdown for this page: where it is.
    fn keep(&mut self, page: &str, name: &str, ending: &str, bytes: &[u8]) -> String;
}

/// A file or folder that goes with the pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// What it is.
    pub root: BlobHash,
    /// Whether it is a folder.
    pub folder: bool,
    /// Its name.
    pub name: String,
    /// Bytes of all its files.
    pub bytes: u64,
}

/// Something that may be lost, or is lost: what the doctor should tell a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern {
    /// One word for scripts.
    pub kind: &'static str,
    /// Whether it is lost already.
    pub lost: bool,
    /// What is the matter.
    pub what: String,
    /// Why that matters.
    pub why: String,
    /// What to do next: one act.
    pub next: String,
}

/// Text as it is, in Markdown: on one line, and nothing in it means anything.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '&' | '~' | '!' | '(' | ')' => {
                out.extend(['\\', c]);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// What somebody wrote, in their own Markdown, `depth` levels inside quotation marks: it cannot pass for what stands
/// around it.
pub fn quoted(text: &str, depth: usize) -> String {
    let mark = "> ".repeat(depth);
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.split('\n') {
        out.push_str(&format!("{mark}{}", line.trim_end_matches('\r')));
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
    out
}

/// "2025-11-22", of milliseconds since 1970, in UTC.
pub fn day(ms: u64) -> String {
    let (year, month, day) = civil(ms / 86_400_000);
    format!("{year:04}-{month:02}-{day:02}")
}

/// "2025-11-22 09:05", of milliseconds since 1970, in UTC.
pub fn moment(ms: u64) -> String {
    let minutes = ms % 86_400_000 / 60_000;
    format!("{} {:02}:{:02}", day(ms), minutes / 60, minutes % 60)
}

/// The beginning of a day that is written as [`day`] writes it, in milliseconds since 1970; from 1970 to 9999.
pub fn read_day(text: &str) -> Option<u64> {
    let mut parts = text.split('-').map(|part| part.parse::<u64>().ok());
    let (year, month, of_month) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1970..=9_999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&of_month) {
        return None;
    }
    let ms = days_since_1970(year, month, of_month) * 86_400_000;
    // What is no day of that month is another day when it is written again.
    (day(ms) == text).then_some(ms)
}

/// The inverse of [`civil`]; the same source.
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let year = year - u64::from(month <= 2);
    let (era, of_era) = (year / 400, year % 400);
    let shifted = (month + 9) % 12; // March is 0
    let of_year = (153 * shifted + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day, of days since 1970. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // since 1 March of the year 0
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153; // March is 0
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_right() {
        for (seconds, expected) in [
            (0, "1970-01-01 00:00"),
            (951_782_400, "2000-02-29 00:00"),
            (951_868_800, "2000-03-01 00:00"),
            (1_767_225_599, "2025-12-31 23:59"),
            (4_107_542_400, "2100-03-01 00:00"),
        ] {
            assert_eq!(moment(seconds * 1_000), expected);
        }
        assert_eq!(day(u64::MAX >> 16), "10889-08-02", "the last tick there is has a day");
        assert!(!moment(u64::MAX).is_empty());
    }

    #[test]
    fn days_are_read_as_they_are_written() {
        for days in (0..2_932_897).step_by(13) {
            assert_eq!(read_day(&day(days * 86_400_000)), Some(days * 86_400_000));
        }
        assert_eq!(read_day("9999-12-31"), Some(2_932_896 * 86_400_000));
        for wrong in ["", "2026", "2026-2-3", "2026-02-30", "2026-13-01", "2026-01-00", "1969-12-31", "10000-01-01"] {
            assert_eq!(read_day(wrong), None, "{wrong}");
        }
        for wrong in ["2026-05-31x", "2026-05-31-01", "+2026-05-31", "2026-05--1", "18446744073709551615-01-01"] {
            assert_eq!(read_day(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_people_write_stays_inside_its_marks() {
        assert_eq!(quoted("one\n\n# two\r\n> three", 2), "> > one\n> >\n> > # two\n> > > three\n");
        assert_eq!(plain("a\n# *b* [c](d)"), "a \\# \\*b\\* \\[c\\]\\(d\\)");
    }
}
