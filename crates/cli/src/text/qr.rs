//! A link as a QR code made of half blocks: two rows of the code in one line of text.

use qrcode::{Color, EcLevel, QrCode};

/// Light modules around the code, so that a camera finds it.
const QUIET: i64 = 2;

/// The code as lines of text, or `None` if the link is too long for one. Light modules are drawn and dark ones left as
/// the terminal's background: the right way round on a dark terminal, and cameras read the other way round as well.
pub fn draw(link: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(link, EcLevel::L).ok()?;
    let width = i64::try_from(code.width()).ok()?;
    let light = |x: i64, y: i64| {
        let inside = (0..width).contains(&x) && (0..width).contains(&y);
        !inside || code[(x.unsigned_abs() as usize, y.unsigned_abs() as usize)] == Color::Light
    };
    let mut text = String::new();
    for y in (-QUIET..width + QUIET).step_by(2) {
        for x in -QUIET..width + QUIET {
            text.push(match (light(x, y), light(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        text.push('\n');
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_finder_patterns_and_a_quiet_border() {
        let text = draw("skein:abc").expect("is short");
        let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
        assert!(lines.iter().all(|line| line.len() == lines[0].len()));
        assert!(lines[0].iter().all(|c| *c == '█'), "two light rows above");
        // The first finder pattern: a dark bar of seven, then a light column.
        assert_eq!(lines[1][2..10].iter().collect::<String>(), " ▄▄▄▄▄ █");
        assert_eq!(draw(&"x".repeat(5000)), None);
    }
}
