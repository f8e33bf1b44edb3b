//! Times for a terminal, in UTC: the same text for everyone.

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// "09:05", of milliseconds since 1970.
pub fn time(ms: u64) -> String {
    let minutes = ms % DAY_MS / 60_000;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// "22 November 2025", of milliseconds since 1970.
pub fn date(ms: u64) -> String {
    let mut days = ms / DAY_MS;
    // Whole cycles of 400 years first, so that no tick, however wrong, takes long.
    let mut year = 1970 + days / 146_097 * 400;
    days %= 146_097;
    while days >= year_days(year) {
        days -= year_days(year);
        year += 1;
    }
    let mut month = 0;
    while days >= month_days(month, year) {
        days -= month_days(month, year);
        month += 1;
    }
    format!("{} {} {year}", days + 1, MONTHS[month])
}

fn year_days(year: u64) -> u64 {
    if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) { 366 } else { 365 }
}

fn month_days(month: usize, year: u64) -> u64 {
    match month {
        1 => year_days(year) - 337,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right() {
        let cases = [
            (0, "1 January 1970"),
            (951_782_400, "29 February 2000"),
            (951_868_800, "1 March 2000"),
            (1_763_769_600, "22 November 2025"),
            (1_767_225_599, "31 December 2025"),
            (4_107_542_400, "1 March 2100"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(date(seconds * 1_000), expected);
        }
        assert_eq!(time(1_767_225_599_000), "23:59");
        assert!(date(u64::MAX >> 16).ends_with("10889"), "the last tick there is has a date");
    }
}
