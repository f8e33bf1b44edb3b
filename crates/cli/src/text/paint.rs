//! Bold, dim and four colours, or none.

/// Whether and how to paint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    /// Whether escape sequences are written at all.
    pub on: bool,
}

impl Paint {
    /// No colours.
    #[cfg(test)]
    pub const OFF: Self = Self { on: false };

    fn wrap(self, code: u8, text: &str) -> String {
        if self.on && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// For what matters most.
    pub fn bold(self, text: &str) -> String {
        self.wrap(1, text)
    }

    /// For what matters least.
    pub fn dim(self, text: &str) -> String {
        self.wrap(2, text)
    }

    /// For what went wrong.
    pub fn red(self, text: &str) -> String {
        self.wrap(31, text)
    }

    /// For what is well.
    pub fn green(self, text: &str) -> String {
        self.wrap(32, text)
    }

    /// For what can be typed.
    pub fn cyan(self, text: &str) -> String {
        self.wrap(36, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paint_can_be_off() {
        assert_eq!(Paint::OFF.bold("a"), "a");
        assert_eq!(Paint { on: true }.red("a"), "\x1b[31ma\x1b[0m");
        assert_eq!(Paint { on: true }.red(""), "");
    }
}
