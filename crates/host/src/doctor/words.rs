//! The checkup as text for a terminal, and as an exit code.

use super::{Checkup, Level};

impl Checkup {
    /// 0: nothing needs to be done. 9: something may be lost if nothing is done. 1: something is broken or lost.
    pub fn exit_code(&self) -> u8 {
        match self.worst {
            Level::Good | Level::Note => 0,
            Level::Warning => 9,
            Level::Trouble => 1,
        }
    }

    /// All of it for a terminal: the worst first, what is well at the end.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for check in &self.checks {
            let mark = match check.level {
                Level::Good => "ok      ",
                Level::Note => "note    ",
                Level::Warning => "look    ",
                Level::Trouble => "trouble ",
            };
            let place = if check.community_name.is_empty() { "" } else { &check.community_name };
            let colon = if place.is_empty() { "" } else { ": " };
            text.push_str(&format!("{mark}{place}{colon}{}\n", check.what));
            if check.level > Level::Good && !check.why.is_empty() {
                text.push_str(&format!("        {}\n", check.why));
            }
            if check.level > Level::Good && !check.next.is_empty() {
                text.push_str(&format!("        → {}\n", check.next));
            }
        }
        text.push_str(match self.worst {
            Level::Good | Level::Note => "\nAll is well.\n",
            Level::Warning => "\nNothing is broken; some things want looking after.\n",
            Level::Trouble => "\nSomething is broken or lost: begin at the top.\n",
        });
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Area, Check};
    use super::*;

    #[test]
    fn the_worst_decides() {
        let check = |level| Check::new(Area::Room, level, "kind", "what").why("why").next("next");
        for (level, code) in [(Level::Good, 0), (Level::Note, 0), (Level::Warning, 9), (Level::Trouble, 1)] {
            let checkup = Checkup { worst: level, checks: vec![check(level)] };
            assert_eq!(checkup.exit_code(), code);
            assert_eq!(checkup.text().contains("→ next"), level > Level::Good);
        }
    }
}
