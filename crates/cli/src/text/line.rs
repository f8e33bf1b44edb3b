//! Words that somebody else wrote, made safe for a terminal.
//!
//! A name or message from another member may hold escape sequences that move the cursor, set a title or forge a line.

/// Without control characters, on one line.
pub fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| shown(*c)).collect()
}

/// Without control characters but line breaks and tabs.
pub fn lines(text: &str) -> String {
    text.chars().filter(|c| matches!(c, '\n' | '\t') || shown(*c)).collect()
}

/// Control characters, and those that turn the direction of the text around them.
fn shown(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        assert_eq!(one_line("a\x1b[2Jb\nc\u{202e}d"), "a[2Jb cd");
        assert_eq!(lines("a\x1b]0;x\x07\nb\tc\r"), "a]0;x\nb\tc");
        assert_eq!(one_line("Zoë 🙂"), "Zoë 🙂");
    }
}
