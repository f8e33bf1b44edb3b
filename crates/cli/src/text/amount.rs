//! Bytes, rates and counts in people's words.

/// Bytes as "0 bytes", "812 bytes", "1.2 KB", "34 MB": powers of 1000, two figures or three.
pub fn bytes(count: u64) -> String {
    const UNITS: &[&str] = &["KB", "MB", "GB", "TB", "PB", "EB"];
    if count < 1000 {
        return many(count, "byte", "bytes");
    }
    let mut value = count as f64 / 1000.0;
    let mut unit = 0;
    // 999.5 would be shown as "1000".
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if value < 9.95 { format!("{value:.1} {}", UNITS[unit]) } else { format!("{value:.0} {}", UNITS[unit]) }
}

/// Bytes a second as "12 MB/s".
pub fn rate(bytes_per_s: f64) -> String {
    // A negative or unknown rate is shown as none: `as` clamps it to 0.
    format!("{}/s", bytes(bytes_per_s as u64))
}

/// "1 member", "3 members".
pub fn many(count: u64, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

/// "Ana", "Ana and Ben", "Ana, Ben and Cem".
pub fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_short_and_round_at_the_right_places() {
        let shown: Vec<_> = [0, 1, 999, 1000, 1234, 9949, 9950, 999_499, 999_500, 34_000_000, u64::MAX]
            .map(bytes)
            .into_iter()
            .collect();
        let right = ["0 bytes", "1 byte", "999 bytes", "1.0 KB", "1.2 KB", "9.9 KB", "10 KB", "999 KB", "1.0 MB"];
        assert_eq!(shown[..9], right);
        assert_eq!(shown[9..], ["34 MB", "18 EB"]);
        assert_eq!(rate(12_400_000.0), "12 MB/s");
        assert_eq!(rate(f64::NAN), "0 bytes/s");
    }

    #[test]
    fn lists_read_like_a_sentence() {
        let names = ["Ana", "Ben", "Cem"].map(String::from);
        assert_eq!(list(&names[..0]), "");
        assert_eq!(list(&names[..1]), "Ana");
        assert_eq!(list(&names[..2]), "Ana and Ben");
        assert_eq!(list(&names), "Ana, Ben and Cem");
    }
}
