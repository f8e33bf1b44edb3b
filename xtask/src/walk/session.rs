//! One document's run: a folder, an environment, a shell for each command, and an end to whatever was started.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::block::{Block, Step};
use super::matcher;
use crate::house::Done;

/// The longest that one block may take.
const BLOCK_TIME: Duration = Duration::from_secs(120);
/// How long a program that was asked to stop may take.
const STOP_TIME: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

type Environment = BTreeMap<OsString, OsString>;

/// A folder and what the commands so far have exported.
pub struct Session {
    folder: TempDir,
    notes: TempDir,
    environment: Environment,
    here: PathBuf,
    block_time: Duration,
}

impl Session {
    /// A new, empty one. `programs` is where `skein` lies.
    ///
    /// # Errors
    /// If no folder can be made.
    pub fn new(programs: &Path) -> Done<Self> {
        // Short names: a unix socket's path must fit in 108 bytes.
        let make = |prefix| tempfile::Builder::new().prefix(prefix).rand_bytes(4).tempdir();
        let failed = |e| format!("no folder can be made: {e}");
        let (folder, notes) = (make("w").map_err(failed)?, make("n").map_err(failed)?);
        let here = folder.path().canonicalize().map_err(failed)?;
        let mut path = OsString::from(programs);
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let fixed = [("LC_ALL", "C.UTF-8"), ("TZ", "UTC"), ("TERM", "dumb"), ("NO_COLOR", "1"), ("COLUMNS", "100")];
        let mut environment: Environment = fixed.iter().map(|(name, value)| (name.into(), value.into())).collect();
        environment.extend([("HOME".into(), here.clone().into_os_string()), ("PATH".into(), path)]);
        Ok(Self { folder, notes, environment, here, block_time: BLOCK_TIME })
    }

    /// Runs a block's commands.
    ///
    /// # Errors
    /// At the first that does something else than it should: which, and what it did.
    pub fn run(&mut self, block: &Block) -> Done {
        let deadline = Instant::now() + self.block_time;
        for step in &block.commands {
            let fault = |what: String| format!("line {}: `{}` {what}", step.line, step.command);
            let (status, printed) = self.execute(step, deadline).map_err(fault)?;
            let lines: Vec<_> = printed.trim_end().lines().map(str::trim_end).collect();
            if !matcher::lines_match(&step.expected, &lines) {
                return Err(fault(format!("printed something else:{}", matcher::difference(&step.expected, &lines))));
            }
            if status.code() != Some(step.code) {
                return Err(fault(format!("ended with {status}, not with {}:\n{printed}", step.code)));
            }
        }
        Ok(())
    }

    fn execute(&mut self, step: &Step, deadline: Instant) -> Done<(ExitStatus, String)> {
        let note = |name: &str| self.notes.path().join(name);
        let (printed, exported, place) = (note("printed"), note("exported"), note("place"));
        // To a file, not a pipe: a program that stays in the background would hold a pipe open.
        let out = File::create(&printed).map_err(|e| e.to_string())?;
        let errors = out.try_clone().map_err(|e| e.to_string())?;
        let keep = format!("trap 'env -0 >{}; pwd >{}' EXIT", exported.display(), place.display());
        let mut shell = Command::new("bash");
        shell.arg("-c").arg(format!("{keep}\n{}", step.command)).current_dir(&self.here);
        shell.env_clear().envs(&self.environment);
        shell.stdin(Stdio::null()).stdout(out).stderr(errors).process_group(0);
        let mut child = shell.spawn().map_err(|e| format!("cannot be started: {e}"))?;
        let status = loop {
            if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
                break status;
            }
            if Instant::now() > deadline {
                signal("KILL", &format!("-{}", child.id()));
                child.wait().map_err(|e| e.to_string())?;
                let so_far = fs::read_to_string(&printed).unwrap_or_default();
                return Err(format!("takes longer than {} s; so far:\n{so_far}", self.block_time.as_secs()));
            }
            sleep(LOOK_AGAIN);
        };
        if let Ok(exported) = fs::read(&exported) {
            self.environment = read_environment(&exported);
        }
        if let Ok(place) = fs::read_to_string(&place) {
            self.here = place.trim_end().into();
        }
        Ok((status, String::from_utf8_lossy(&fs::read(&printed).unwrap_or_default()).into_owned()))
    }

    /// Stops every program that a command left running: `skein` by `skein down`, the rest by force.
    ///
    /// # Errors
    /// If a `skein` had to be forced.
    pub fn stop(self) -> Done {
        let mut asked: Vec<_> = self.left_running().into_iter().filter(|process| process.is_skein).collect();
        asked.dedup_by(|one, other| one.environment == other.environment);
        for process in asked {
            let mut down = Command::new("skein");
            down.arg("down").env_clear().envs(&process.environment).current_dir(self.folder.path());
            // Whether it worked is seen below: the process is gone or it is not.
            let _ = down.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
        self.wait_until_none_is_left(|process| process.is_skein);
        let stubborn = self.left_running();
        for process in &stubborn {
            signal("KILL", &process.pid);
        }
        self.wait_until_none_is_left(|_| true);
        let skeins = stubborn.iter().filter(|process| process.is_skein).count();
        if skeins == 0 { Ok(()) } else { Err(format!("{skeins} `skein` did not stop when asked to")) }
    }

    /// A process is gone a little later than its signal: on a busy machine, much later.
    fn wait_until_none_is_left(&self, of: fn(&Process) -> bool) {
        let deadline = Instant::now() + STOP_TIME;
        while self.left_running().iter().any(of) && Instant::now() < deadline {
            sleep(LOOK_AGAIN);
        }
    }

    /// The processes whose HOME is our folder; nobody else's can be.
    fn left_running(&self) -> Vec<Process> {
        let home = self.folder.path().canonicalize().unwrap_or_else(|_| self.folder.path().into());
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let read = |entry: fs::DirEntry| {
            let pid = entry.file_name().into_string().ok().filter(|name| name.bytes().all(|b| b.is_ascii_digit()))?;
            let environment = read_environment(&fs::read(entry.path().join("environ")).ok()?);
            let ours = environment.get(&OsString::from("HOME")).is_some_and(|value| *value == *home.as_os_str());
            let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            ours.then(|| Process { pid, environment, is_skein: name.trim() == "skein" })
        };
        entries.filter_map(read).collect()
    }
}

struct Process {
    pid: String,
    environment: Environment,
    is_skein: bool,
}

fn signal(name: &str, pid: &str) {
    // A process that ended by itself in the meantime is what we want.
    // Bash's own `kill`: not every Debian has the program.
    let _ = Command::new("bash").args(["-c", "kill -s \"$0\" -- \"$1\"", name, pid]).stderr(Stdio::null()).status();
}

fn read_environment(bytes: &[u8]) -> Environment {
    let entry = |entry: &[u8]| {
        let at = entry.iter().position(|b| *b == b'=')?;
        let text = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
        Some((text(&entry[..at]), text(&entry[at + 1..])))
    };
    bytes.split(|b| *b == 0).filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::super::block::parse;
    use super::*;

    #[test]
    fn a_block_that_takes_too_long_is_ended_with_all_that_it_started() {
        let mut session = Session::new(Path::new(".")).expect("a session");
        session.block_time = Duration::from_millis(300);
        let blocks = parse("```console\n$ echo first; sleep 600 & sleep 600\n```\n").expect("a block");
        let error = session.run(&blocks[0]).expect_err("it sleeps for ten minutes");
        assert!(error.contains("takes longer") && error.contains("first"), "{error}");
        session.wait_until_none_is_left(|_| true);
        assert!(session.left_running().is_empty());
    }
}
