//! Real programs for the tests: each in its own folder, started, asked, and killed without warning.

#![allow(dead_code, reason = "each test file compiles this module for itself")]

pub mod door;

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_skein");
/// How long anything may take before a test gives up: these machines are busy.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// One person's program.
pub struct Person {
    /// Its folder.
    pub home: PathBuf,
    /// What the program is started by.
    starter: Vec<String>,
    child: Option<Child>,
}

impl Person {
    /// Somebody whose program is not running yet.
    pub fn new(home: &Path) -> Self {
        Self::started_by(home, &[])
    }

    /// The same, in a network namespace of the test's own.
    pub fn within(home: &Path, namespace: &str) -> Self {
        Self::started_by(home, &["ip", "netns", "exec", namespace])
    }

    /// The same; even if root runs the test, the program may read only what its owner lets it.
    pub fn without_powers(home: &Path) -> Self {
        let powers = "-dac_override,-dac_read_search";
        match std::fs::metadata("/proc/self").expect("this process is listed").uid() {
            0 => Self::started_by(home, &["setpriv", "--bounding-set", powers, "--inh-caps", powers]),
            _ => Self::new(home),
        }
    }

    fn started_by(home: &Path, starter: &[&str]) -> Self {
        let starter = starter.iter().map(|word| (*word).to_owned()).collect();
        Self { home: home.to_path_buf(), starter, child: None }
    }

    fn command(&self) -> Command {
        let mut words = self.starter.iter().map(String::as_str).chain([PROGRAM]);
        let mut command = Command::new(words.next().expect("the program is one"));
        command.args(words).env("SKEIN_HOME", &self.home).stdin(Stdio::null());
        command
    }

    /// Starts the program and waits until it answers.
    pub fn start(&mut self, arguments: &[&str]) {
        let mut command = self.command();
        command.arg("run").args(arguments).stdout(Stdio::null());
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.home.with_extension("log"));
        command.stderr(log.map_or_else(|_| Stdio::null(), Stdio::from));
        self.child = Some(command.spawn().expect("the program starts"));
        until("it answers", || self.ask(&["communities"]).is_some());
    }

    /// Kills it without warning.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }

    /// Runs a command against it.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().expect("the program can be run")
    }

    /// A command that is begun and not waited for.
    pub fn begin(&self, arguments: &[&str]) -> Child {
        let mut command = self.command();
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program can be run")
    }

    /// The answer to a command as JSON, if it worked.
    pub fn ask(&self, arguments: &[&str]) -> Option<Value> {
        let output = self.command().args(arguments).arg("--json").output().ok()?;
        if !output.status.success() {
            return None;
        }
        let text = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(text.trim().lines().last()?).ok()
    }

    /// Says something; gives the id of the event if the program said that it is safe.
    pub fn say(&self, text: &str) -> Option<String> {
        Some(self.ask(&["chat", "say", "general", text])?["event"].as_str()?.to_string())
    }

    /// The ids of the newest messages, at most 500.
    pub fn read(&self) -> Vec<String> {
        let page = self.ask(&["chat", "read", "general", "--limit", "500"]).unwrap_or_default();
        let messages = page["messages"].as_array().cloned().unwrap_or_default();
        messages.iter().filter_map(|message| Some(message["id"].as_str()?.to_string())).collect()
    }

    /// Founds a community.
    pub fn found(&self) {
        assert!(self.ask(&["found", "Garden", "--name", "Ana"]).is_some(), "a community is founded");
    }

    /// Lets somebody join.
    pub fn let_in(&self, other: &Person, name: &str) {
        let invitation = self.ask(&["invite", "--uses", "10"]).expect("an invitation is made");
        let link = invitation["link"].as_str().expect("it has a link");
        let joined = other.run(&["join", link, "--name", name]);
        assert!(joined.status.success(), "{name} joins: {}", String::from_utf8_lossy(&joined.stderr));
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// Waits until `done`.
pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
