//! How the program ends: one exit code for each kind of trouble. The table for people is `docs/exit-codes.md`.

use skein_app::Kind;

/// The codes and what they mean, as shown in the help.
pub const CODES: &[(u8, &str)] = &[
    (0, "it worked"),
    (1, "it failed: the disk, the store or the program; `doctor` found trouble, `demo --check` a difference"),
    (2, "the command makes no sense as it stands"),
    (3, "Skein is not running"),
    (4, "what was named is not here, or could be several things"),
    (5, "nobody who could help can be reached, or it took too long"),
    (6, "the rules do not let you do that"),
    (7, "it clashes with how things stand now"),
    (8, "a limit is reached"),
];

/// The exit code for a kind of trouble.
pub fn code(kind: Kind) -> u8 {
    match kind {
        Kind::Failed => 1,
        Kind::Usage => 2,
        Kind::NotRunning => 3,
        Kind::NotFound | Kind::Ambiguous => 4,
        Kind::Unreachable => 5,
        Kind::Denied => 6,
        Kind::Conflict => 7,
        Kind::Limit => 8,
    }
}

/// The codes as lines for the help text.
pub fn table() -> String {
    CODES.iter().map(|(code, meaning)| format!("  {code}  {meaning}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_in_the_page_for_people() {
        let page = include_str!("../../../docs/exit-codes.md");
        for (code, meaning) in CODES {
            let row = format!("| {code} | {meaning} |");
            assert!(page.contains(&row), "docs/exit-codes.md lacks the row {row:?}");
        }
    }
}
