//! What the doctor found, as text.

use skein_host::{Check, Checkup, Exported, Level};

use super::{Paint, amount, one_line};

/// All of it, the worst first; what is well in one line each at the end.
pub fn checkup(checkup: &Checkup, paint: Paint) -> String {
    let mut text: String = checkup.checks.iter().map(|check| line(check, paint)).collect();
    text.push_str(match checkup.worst {
        Level::Good | Level::Note => "\nAll is well.\n",
        Level::Warning => "\nSomething may be lost if nothing is done; see above.\n",
        Level::Trouble => "\nSomething is broken or lost; see above.\n",
    });
    text
}

fn line(check: &Check, paint: Paint) -> String {
    let mark = match check.level {
        Level::Good => paint.green("✓"),
        Level::Note => paint.dim("·"),
        Level::Warning => paint.bold("!"),
        Level::Trouble => paint.red("✗"),
    };
    let place =
        if check.community_name.is_empty() { String::new() } else { format!("{}: ", one_line(&check.community_name)) };
    let mut text = format!("{mark} {place}{}\n", one_line(&check.what));
    for (words, typed) in [(&check.why, false), (&check.next, true)] {
        if !words.is_empty() {
            let words = one_line(words);
            text.push_str(&format!("    {}\n", if typed { paint.cyan(&words) } else { words }));
        }
    }
    text
}

/// What was exported.
pub fn exported(done: &Exported) -> String {
    let pages = amount::many(done.pages, "page", "pages");
    let events = amount::many(done.events, "event", "events");
    let files = amount::many(done.files, "file or folder", "files and folders");
    let mut text = format!("Everything is in {}: {pages}, {events}, {files}.\n", one_line(&done.path));
    if !done.not_here.is_empty() {
        let names: Vec<String> = done.not_here.iter().map(|name| one_line(name)).collect();
        text.push_str(&format!(
            "Not on this computer, so not in it: {}. Fetch them first with `skein files get`.\n",
            amount::list(&names)
        ));
    }
    text
}
