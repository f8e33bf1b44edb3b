//! How far something is: a bar where somebody looks, now and then a line where nobody does.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use skein_host::{Progress, Unit};

use crate::out::Out;
use crate::text::{amount, one_line};

/// How often a plain line is printed.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows progress on standard error.
pub struct Shown<'a> {
    out: &'a Out,
    bar: Option<ProgressBar>,
    said: Instant,
}

impl<'a> Shown<'a> {
    /// Shows nothing yet.
    pub fn new(out: &'a Out) -> Self {
        Self { out, bar: None, said: Instant::now() }
    }

    /// Shows how far it is.
    pub fn see(&mut self, progress: &Progress) {
        if self.out.draws {
            let bar = self.bar.get_or_insert_with(ProgressBar::new_spinner);
            draw(bar, progress);
        } else if self.said.elapsed() >= LINE_EVERY {
            self.said = Instant::now();
            self.out.note(&words(progress));
        }
    }
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn draw(bar: &ProgressBar, progress: &Progress) {
    let template = if progress.total > 0 { "{prefix} {wide_bar:.cyan} {msg}" } else { "{spinner} {prefix} {msg}" };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━╸ "));
    }
    bar.set_length(progress.total.max(1));
    bar.set_position(progress.done);
    bar.set_prefix(one_line(&progress.what));
    bar.set_message(details(progress));
    bar.tick();
}

/// A progress as one line of text.
pub fn words(progress: &Progress) -> String {
    if progress.words.is_empty() {
        format!("{}: {}", one_line(&progress.what), details(progress))
    } else {
        one_line(&progress.words)
    }
}

/// "12 MB of 34 MB, 11 MB/s, from Ana, Ben and Cem"
fn details(progress: &Progress) -> String {
    let Progress { done, total, unit, .. } = progress;
    let count = |n: u64| if *unit == Unit::Bytes { amount::bytes(n) } else { n.to_string() };
    let mut text = if *total > 0 { format!("{} of {}", count(*done), count(*total)) } else { count(*done) };
    match unit {
        Unit::Files => text.push_str(" files"),
        Unit::Events => text.push_str(" messages and acts"),
        Unit::Steps if *total == 0 => text = one_line(&progress.words),
        Unit::Steps | Unit::Bytes => {}
    }
    if *unit == Unit::Bytes && progress.rate_per_s > 0.0 {
        text.push_str(&format!(", {}", amount::rate(progress.rate_per_s)));
    }
    let from: Vec<String> = progress.from.iter().map(|(name, _)| one_line(name)).collect();
    if !from.is_empty() {
        text.push_str(&format!(", from {}", amount::list(&from)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fetch_says_how_much_how_fast_and_from_whom() {
        let progress = Progress {
            what: "photos".into(),
            done: 12_000_000,
            total: 34_000_000,
            unit: Unit::Bytes,
            rate_per_s: 11e6,
            from: vec![("Ana".into(), 1), ("Ben".into(), 2)],
            words: String::new(),
        };
        assert_eq!(words(&progress), "photos: 12 MB of 34 MB, 11 MB/s, from Ana and Ben");
        let spoken = Progress { words: "120 of 3,400 messages".into(), ..progress };
        assert_eq!(words(&spoken), "120 of 3,400 messages");
    }

    #[test]
    fn what_cannot_be_counted_is_said_in_words() {
        let progress = Progress { what: "joining".into(), words: "looking for Ana".into(), ..Progress::default() };
        assert_eq!(details(&progress), "looking for Ana");
    }
}
