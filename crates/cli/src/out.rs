//! The two streams: answers go to standard output, everything else to standard error.
//!
//! A reader that goes away is no failure: it ends the command quietly.

use std::io::{self, IsTerminal, Write};

use serde_json::{Value, json};
use skein_app::{Kind, Refusal};

use crate::args::Globals;
use crate::text::{Paint, line};

/// Why a command ends before its end.
#[derive(Debug)]
pub enum End {
    /// It was refused, or failed.
    Refused(Refusal),
    /// Whoever read the answer has gone away.
    ReaderGone,
    /// The answer is printed, and it is bad news: the doctor found something broken.
    Unwell,
}

/// What most functions here give back.
pub type Done<T = ()> = Result<T, End>;

impl From<Refusal> for End {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A failure of this computer: what was tried, and what the system said.
pub fn failed(what: &str, why: impl std::fmt::Display) -> End {
    Refusal::new(Kind::Failed, format!("{what}: {why}")).into()
}

/// How to print.
#[derive(Debug, Clone)]
pub struct Out {
    /// JSON instead of text.
    pub json: bool,
    /// Answers only.
    pub quiet: bool,
    /// How much more to say.
    pub verbose: u8,
    /// Colours of standard output.
    pub paint: Paint,
    /// Whether somebody reads standard output on a screen.
    pub screen: bool,
    /// Whether somebody reads standard error on a screen: then progress is drawn.
    pub draws: bool,
    paint_notes: Paint,
}

impl Out {
    /// Looks at the options, at the variable NO_COLOR and at what the streams are.
    pub fn new(globals: &Globals) -> Self {
        let coloured = !globals.no_color && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let (screen, notes) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        Self {
            json: globals.json,
            quiet: globals.quiet,
            verbose: globals.verbose,
            paint: Paint { on: coloured && screen && !dumb && !globals.json },
            screen,
            draws: notes && !dumb && !globals.json && !globals.quiet,
            paint_notes: Paint { on: coloured && notes && !dumb },
        }
    }

    /// Prints text as it is; a last line break is added if it lacks one.
    ///
    /// # Errors
    /// If the reader has gone away or the disk is full.
    pub fn text(&self, text: &str) -> Done {
        let mut stdout = io::stdout().lock();
        let newline: &[u8] = if text.is_empty() || text.ends_with('\n') { b"" } else { b"\n" };
        let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.write_all(newline));
        written.and_then(|()| stdout.flush()).map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => End::ReaderGone,
            _ => failed("the answer cannot be printed", error),
        })
    }

    /// Prints one JSON value on one line.
    ///
    /// # Errors
    /// As [`Out::text`].
    pub fn value(&self, value: &Value) -> Done {
        self.text(&value.to_string())
    }

    /// Prints the JSON or, for people, the text that `draw` makes of it.
    ///
    /// # Errors
    /// As [`Out::text`].
    pub fn answer(&self, value: &Value, draw: impl FnOnce() -> String) -> Done {
        if self.json { self.value(value) } else { self.text(&draw()) }
    }

    /// Tells people something that is not the answer.
    pub fn note(&self, text: &str) {
        if !self.quiet && !self.json {
            // If even that cannot be written, there is nobody to tell.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Tells what went wrong; gives the exit code.
    pub fn end(&self, end: End) -> u8 {
        let refusal = match end {
            End::Refused(refusal) => refusal,
            End::ReaderGone => return 0,
            End::Unwell => return crate::exit::code(Kind::Failed),
        };
        if self.json {
            // If the reader has gone too, the exit code still tells.
            let _ = self.value(&error_value(&refusal));
        } else {
            let _ = io::stderr().write_all(error_text(&refusal, self.paint_notes).as_bytes());
        }
        crate::exit::code(refusal.kind)
    }
}

/// A refusal as `--json` prints it.
pub fn error_value(refusal: &Refusal) -> Value {
    json!({ "error": { "code": refusal.kind, "message": refusal.message, "hint": refusal.hint } })
}

/// A refusal as people read it: what and why on the first line, what to do next on the second.
pub fn error_text(refusal: &Refusal, paint: Paint) -> String {
    let mut text = format!("{} {}\n", paint.red("skein:"), line::lines(&refusal.message));
    if !refusal.hint.is_empty() {
        text.push_str(&format!("       {}\n", line::lines(&refusal.hint)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_why_and_what_next() {
        let refusal = Refusal::new(Kind::NotRunning, "Skein is not running").hint("Start it with `skein up`.");
        let text = error_text(&refusal, Paint::OFF);
        assert_eq!(text, "skein: Skein is not running\n       Start it with `skein up`.\n");
        let value = error_value(&refusal);
        assert_eq!(value["error"]["code"], "not-running");
        assert_eq!(value["error"]["hint"], "Start it with `skein up`.");
    }
}
