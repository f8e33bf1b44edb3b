//! The five members, their folder, and the certain end of both.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::member::Member;
use crate::text::Paint;

/// Who takes part.
pub const NAMES: [&str; 5] = ["Ana", "Ben", "Cem", "Dia", "Eli"];
/// The longest folder in which the members' sockets still have a path that the system takes, in bytes.
const MAX_FOLDER: usize = 80;
/// How many lines of each log are shown if something goes wrong.
const LAST_LINES: usize = 5;

/// The members, in the order of [`NAMES`]. Dropping it ends their processes and removes the folder.
pub struct Flock {
    /// Who takes part.
    pub members: Vec<Member>,
    folder: PathBuf,
    keep: bool,
}

impl Flock {
    /// Makes a folder for this run; nobody is started yet.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn make(keep: bool) -> io::Result<Self> {
        let usual = std::env::temp_dir();
        let parent = if usual.as_os_str().len() > MAX_FOLDER - 40 { PathBuf::from("/tmp") } else { usual };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
        let folder = parent.join(format!("skein-demo-{}-{now:x}", std::process::id()));
        // Fails if it is there already: nothing that somebody else put there is ever used.
        DirBuilder::new().mode(0o700).create(&folder)?;
        let members = NAMES.iter().map(|name| Member::new(name, folder.join(name.to_lowercase()))).collect();
        Ok(Self { members, folder, keep })
    }

    /// Where a member puts files that are not Skein's.
    pub fn desk(&self, name: &str) -> PathBuf {
        self.folder.join("desks").join(name.to_lowercase())
    }

    /// Ends all programs. Only if their folders are kept, they are asked first and given a little time to stop.
    pub async fn end(&mut self) {
        if !self.keep {
            return self.members.iter_mut().for_each(Member::kill);
        }
        self.members.iter_mut().for_each(Member::ask_to_end);
        for member in &mut self.members {
            member.ended().await;
        }
    }

    /// How to use each member's Skein.
    pub fn how_to_look_in(&self, paint: Paint) -> String {
        let program = program();
        let mut text = "\nAll five are still running. Look in, from another terminal:\n\n".to_owned();
        for member in &self.members {
            let typed = format!("{program} --data-dir {} chat read garden --follow", member.folder().display());
            text.push_str(&format!("  {}  {}\n", paint.bold(member.name), paint.cyan(&typed)));
        }
        let ana = self.members[0].folder();
        text.push_str("\nOr be one of them, and the others will see it:\n\n");
        for line in ["chat say garden Hello from me", "members", "files ls", "search beans", "feed", "status"] {
            text.push_str(&format!("  {}\n", paint.cyan(&format!("{program} --data-dir {} {line}", ana.display()))));
        }
        text.push_str("\nCtrl-C ends the demo, its programs and its folders.\n");
        text
    }

    /// What is said at the end.
    pub fn farewell(&self) -> String {
        if self.keep {
            format!("The demo has ended. Its folders are kept in {}", self.folder.display())
        } else {
            "The demo has ended; its programs and folders are gone.".to_owned()
        }
    }

    /// The end of everybody's log.
    pub fn last_words(&self) -> String {
        let mut text = String::new();
        for member in &self.members {
            let log = std::fs::read_to_string(member.log()).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            for line in &lines[lines.len().saturating_sub(LAST_LINES)..] {
                text.push_str(&format!("\n  {}: {line}", member.name));
            }
        }
        text
    }
}

impl Drop for Flock {
    fn drop(&mut self) {
        // Those that ended by themselves are gone already.
        self.members.iter_mut().for_each(Member::kill);
        if !self.keep {
            remove(&self.folder);
        }
    }
}

/// A folder that was shared may hold folders without the right to write.
fn remove(folder: &Path) {
    if std::fs::remove_dir_all(folder).is_err() {
        super::folder::make_writable(folder);
        // What cannot be removed is left to whoever cleans the temporary folder.
        let _ = std::fs::remove_dir_all(folder);
    }
}

/// This program as one types it: by name if it is found by name, else by path.
fn program() -> String {
    let own = std::env::current_exe().unwrap_or_else(|_| "skein".into());
    let same =
        |folder: PathBuf| folder.join("skein").canonicalize().is_ok_and(|found| Some(found) == own.canonicalize().ok());
    let by_name = std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(same));
    if by_name {
        return "skein".to_owned();
    }
    let here = std::env::current_dir().unwrap_or_default();
    own.strip_prefix(&here).map_or(own.display().to_string(), |near| format!("./{}", near.display()))
}
