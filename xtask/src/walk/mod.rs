//! Runs the console blocks of Markdown files and compares what they print: what a document shows is what happens.
//!
//! A block is fenced by three backticks and `console`. `$ ` begins a command, `> ` goes on with it; the lines after it
//! are what it must print (standard error included). `…` or `[..]` stands for any text within a line, a line `...` for
//! any lines. A last line `[1]` says that the command must end with exit code 1; else it must end with 0.
//! All blocks of a file share one new folder, which is also HOME; what a command exports and where it goes (`cd`) stays.

mod block;
mod matcher;
mod session;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::house::{self, Done};
use session::Session;

/// Runs the named files, or the README of the house and of every app.
///
/// # Errors
/// If a command did something else than its document says.
pub fn run(files: Vec<PathBuf>) -> Done {
    house::build("skein")?;
    let files = if files.is_empty() { readmes()? } else { files };
    let mut failed = 0;
    let mut commands = 0;
    for file in &files {
        let start = Instant::now();
        let result = fs::read_to_string(file)
            .map_err(|e| format!("cannot be read: {e}"))
            .and_then(|text| run_text(&text, &house::release()));
        let name = file.strip_prefix(house::root()).unwrap_or(file).display();
        match result {
            Ok(ran) => println!("{name}: {ran} commands, {:.1} s", start.elapsed().as_secs_f64()),
            Err(ref why) => println!("{name}: {why}"),
        }
        commands += result.as_ref().copied().unwrap_or(0);
        failed += usize::from(result.is_err());
    }
    println!("{commands} commands did what their documents say");
    if failed == 0 { Ok(()) } else { Err(format!("{failed} of {} documents are wrong", files.len())) }
}

fn readmes() -> Done<Vec<PathBuf>> {
    let apps = house::root().join("crates/apps/src");
    let entries = fs::read_dir(&apps).map_err(|e| format!("{} cannot be read: {e}", apps.display()))?;
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path().join("README.md")).collect();
    files.push(house::root().join("README.md"));
    files.retain(|file| file.is_file());
    files.sort();
    Ok(files)
}

/// Runs one document; gives how many commands it has.
fn run_text(text: &str, programs: &Path) -> Done<usize> {
    let blocks = block::parse(text)?;
    let mut session = Session::new(programs)?;
    let result = blocks.iter().try_for_each(|block| session.run(block));
    let stopped = session.stop();
    result.and(stopped)?;
    Ok(blocks.iter().map(|block| block.commands.len()).sum())
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;
    use std::time::Duration;

    use super::*;

    fn walk(console: &str) -> Done<usize> {
        run_text(&format!("Text.\n\n```console\n{console}```\n"), Path::new("."))
    }

    #[test]
    fn a_true_document_passes() {
        let text = "$ echo one; echo two\none\ntwo\n$ seq 3\n1\n...\n$ echo id $$ >&2\nid …\n$ (exit 3)\n[3]\n$ true\n";
        assert_eq!(walk(text), Ok(5));
    }

    #[test]
    fn a_wrong_output_fails_and_says_where() {
        let error = walk("$ echo one\none\n\n$ echo three\ntwo\n").expect_err("three is not two");
        assert!(error.contains("line 7") && error.contains("echo three"), "{error}");
        assert!(error.contains("-two") && error.contains("+three"), "{error}");
        for wrong in ["$ echo one\n", "$ true\none\n", "$ echo one\none\ntwo\n", "$ false\n", "$ true\n[1]\n"] {
            assert!(walk(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn exports_and_folders_stay_and_home_is_the_folder() {
        let text = "$ export NAME=\"Ana B\"\n$ mkdir -p a/b && cd a/b\n$ test \"$HOME/a/b\" = \"$PWD\"\n$ cat > f <<END\n> $NAME\n> END\n";
        let later = "```console\n$ cat f\nAna B\n$ echo \"$NAME\"\nAna B\n";
        assert_eq!(walk(&format!("{text}```\nMore text.\n{later}")), Ok(6));
    }

    #[test]
    fn what_is_left_running_is_ended() {
        let dir = tempfile::tempdir().expect("a folder");
        let note = dir.path().join("pid");
        let text = format!("$ sleep 600 & echo $! > {}\n", note.display());
        assert_eq!(walk(&text), Ok(1));
        let pid = fs::read_to_string(note).expect("the note").trim().to_owned();
        let alive = || fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
        let start = Instant::now();
        while alive() && start.elapsed() < Duration::from_secs(20) {
            sleep(Duration::from_millis(10));
        }
        assert!(!alive(), "{pid} still runs");
    }
}
