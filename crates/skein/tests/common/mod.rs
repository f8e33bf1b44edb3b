//! Somebody at a terminal: a data folder of their own, and this program. Loopback only.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

use serde_json::Value;
use tempfile::TempDir;

/// What a command printed, and how it ended.
pub struct Done {
    /// Its exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// The first words of everything that was typed in this process.
static TYPED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The first words of all commands that were typed so far, by anybody.
#[allow(dead_code, reason = "each test file compiles this module for itself")]
pub fn all_typed() -> BTreeSet<String> {
    TYPED.lock().expect("no test breaks while it holds it").clone()
}

/// A person. Their program is stopped and their folder removed at the end, also of a test that fails.
pub struct Person {
    folder: TempDir,
}

impl Person {
    /// Somebody who has never used Skein.
    pub fn new() -> Self {
        // Short: a unix socket's path must fit in 108 bytes.
        let folder = tempfile::Builder::new().prefix("sk").tempdir().expect("a folder can be made");
        Self { folder }
    }

    /// Somebody whose program runs.
    #[allow(dead_code, reason = "each test file compiles this module for itself")]
    pub fn up() -> Self {
        let person = Self::new();
        person.good(&["up", "--no-mdns", "--bind=127.0.0.1:0"]);
        person
    }

    /// Where they keep other things.
    #[allow(dead_code, reason = "each test file compiles this module for itself")]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with this person's folder, and nothing of the surroundings.
    pub fn command(&self, words: &[&str]) -> Command {
        let first = words.iter().find(|word| !word.starts_with('-'));
        TYPED.lock().expect("no test breaks while it holds it").extend(first.map(|word| (*word).to_owned()));
        let mut command = Command::new(env!("CARGO_BIN_EXE_skein"));
        command.args(words).env_clear().env("SKEIN_HOME", self.path("home")).env("HOME", self.folder.path());
        command.env("COLUMNS", "100").env("USER", "ana").current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    /// Types a command, however it ends.
    pub fn types(&self, words: &[&str]) -> Done {
        let Output { status, stdout, stderr } = self.command(words).output().expect("the program can be started");
        let text = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
        Done { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
    }

    /// Types a command that must work; gives what it printed.
    #[allow(dead_code, reason = "each test file compiles this module for itself")]
    pub fn good(&self, words: &[&str]) -> String {
        let Done { code, out, err } = self.types(words);
        assert_eq!(code, 0, "{words:?} printed:\n{out}{err}");
        out
    }

    /// Types a command with `--json` that must work; gives its one object.
    #[allow(dead_code, reason = "each test file compiles this module for itself")]
    pub fn json(&self, words: &[&str]) -> Value {
        let out = self.good(&[&["--json"], words].concat());
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{words:?} printed no JSON ({error}): {out}"))
    }

    /// Types a command that must fail with this exit code; checks that JSON says the same; gives the message.
    #[allow(dead_code, reason = "each test file compiles this module for itself")]
    pub fn bad(&self, code: i32, words: &[&str]) -> String {
        let done = self.types(words);
        assert_eq!(done.code, code, "{words:?} printed:\n{}{}", done.out, done.err);
        assert!(!done.err.is_empty(), "{words:?} failed without a word");
        let json = self.types(&[&["--json"], words].concat());
        assert_eq!(json.code, code, "{words:?} with --json printed:\n{}", json.out);
        let last = json.out.lines().last().unwrap_or_default();
        let value: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{words:?} printed no JSON: {last}"));
        for field in ["code", "message", "hint"] {
            assert!(value["error"][field].is_string(), "{words:?}: the error has no {field}: {value}");
        }
        done.err
    }

    /// Whether a file is there.
    #[allow(dead_code, reason = "each test file compiles this module for itself")]
    pub fn has(&self, path: impl AsRef<Path>) -> bool {
        self.folder.path().join(path).exists()
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        // It may not run.
        let _ = self.command(&["down"]).output();
    }
}
