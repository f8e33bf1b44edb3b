//! Real hosts in one process, over loopback: each with its own folder, runtime and keys.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use skein_app::{Kind, Refusal};
use skein_host::{
    CommunityRow, Entered, Host, Invitation, Item, MemberRow, Options, Profile, Progress, Request, Status,
};
use tempfile::TempDir;

/// Long enough for a busy machine.
pub const LONG: Duration = Duration::from_secs(90);

/// A person at a computer.
pub struct Person {
    pub host: Option<Host>,
    pub folder: TempDir,
    pub keeper: bool,
}

impl Person {
    pub fn new() -> Self {
        Self::with(false)
    }

    pub fn keeper() -> Self {
        Self::with(true)
    }

    fn with(keeper: bool) -> Self {
        let mut person = Self { host: None, folder: tempfile::tempdir().expect("a folder"), keeper };
        person.start();
        person
    }

    pub fn start(&mut self) {
        let profile = Profile::open(self.folder.path()).expect("the folder is free");
        self.host = Some(Host::open(profile, options(self.keeper)).expect("it starts"));
    }

    /// Ends the program without a word. What it leaves behind is carried to another folder: a program that was killed
    /// frees its folder, but one that ends within a process that lives on may hold it.
    pub fn kill(&mut self) {
        self.host = None;
        let next = tempfile::tempdir().expect("a folder");
        copy(self.folder.path(), next.path());
        self.folder = next;
    }

    /// Ends the program properly.
    pub fn stop(&mut self) {
        let host = self.host.take().expect("it runs");
        block_on(host.stop());
    }

    pub fn host(&self) -> &Host {
        self.host.as_ref().expect("it runs")
    }

    /// Asks, and waits for the last item; gives the progress too.
    pub fn all(&self, request: Request) -> (Vec<Progress>, Result<Value, Refusal>) {
        let mut items = self.host().request(request.clone());
        let mut seen = Vec::new();
        loop {
            let item = block_on(async { tokio::time::timeout(LONG * 2, items.recv()).await });
            match item.unwrap_or_else(|_| panic!("no answer to {request:?}")).expect("an answer has an end") {
                Item::Progress(progress) => seen.push(progress),
                Item::Change(_) => (),
                Item::Done(value) => return (seen, Ok(value)),
                Item::Refused(refusal) => return (seen, Err(refusal)),
            }
        }
    }

    pub fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T, Refusal> {
        self.all(request)
            .1
            .map(|value| serde_json::from_value(value.clone()).unwrap_or_else(|e| panic!("{e}: {value}")))
    }

    pub fn found(&self, name: &str, my_name: &str) -> Entered {
        self.ask(Request::Found { name: name.into(), my_name: Some(my_name.into()) }).expect("founds")
    }

    pub fn invite(&self, uses: u32) -> Invitation {
        self.invite_to(None, uses)
    }

    pub fn invite_to(&self, community: Option<&str>, uses: u32) -> Invitation {
        let expires_ms = now_ms() + 3_600_000;
        self.ask(Request::Invite { community: community.map(Into::into), uses, expires_ms }).expect("invites")
    }

    pub fn join(&self, link: &str, my_name: &str) -> Result<Entered, Refusal> {
        self.ask(Request::Join { link: link.into(), my_name: Some(my_name.into()), wait_ms: None })
    }

    pub fn run(&self, app: &str, command: Value) -> Result<Value, Refusal> {
        self.all(self.command(None, app, command)).1
    }

    pub fn run_in(&self, community: &str, app: &str, command: Value) -> Result<Value, Refusal> {
        self.all(self.command(Some(community), app, command)).1
    }

    pub fn command(&self, community: Option<&str>, app: &str, command: Value) -> Request {
        let cwd = Some(self.folder.path().to_path_buf());
        Request::Do { community: community.map(Into::into), app: app.into(), command, cwd }
    }

    pub fn query(&self, app: &str, query: Value) -> Result<Value, Refusal> {
        self.ask(Request::Ask { community: None, app: app.into(), query })
    }

    /// Is called differently: the smallest thing that one can say to a community.
    pub fn rename(&self, name: &str) -> Value {
        self.run("people", json!({ "rename": { "name": name } })).expect("says so")
    }

    pub fn status(&self) -> Status {
        self.ask(Request::Status).expect("answers")
    }

    pub fn communities(&self) -> Vec<CommunityRow> {
        self.ask(Request::Communities).expect("answers")
    }

    pub fn members(&self) -> Vec<MemberRow> {
        self.ask(Request::Members { community: None }).unwrap_or_default()
    }

    /// The names of those who belong.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.members().into_iter().filter(|row| row.belongs).map(|row| row.name).collect();
        names.sort();
        names
    }

    pub fn sees(&self, names: &[&str]) {
        until(&format!("{names:?} are seen"), || self.names() == names);
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("makes the folder");
        std::fs::write(path, bytes).expect("writes");
    }
}

pub fn options(keeper: bool) -> Options {
    let bind = Some("127.0.0.1:0".parse().expect("an address"));
    Options { bind, mdns: false, keeper: Some(keeper), ..Options::default() }
}

/// Waits until something holds.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < deadline, "not within {LONG:?}: {what}");
        std::thread::sleep(Duration::from_millis(30));
    }
}

pub fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.expect("after 1970").as_millis() as u64
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(future)
}

pub fn refused<T: std::fmt::Debug>(result: Result<T, Refusal>, kind: Kind, word: &str) -> Refusal {
    let refusal = result.expect_err("it should have been refused");
    assert_eq!(refusal.kind, kind, "{refusal:?}");
    assert!(refusal.message.contains(word), "{refusal:?}");
    refusal
}

/// Every file below a folder, by its path, with its bytes.
pub fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("reads").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").display().to_string();
                found.push((name, std::fs::read(&path).expect("reads")));
            }
        }
    }
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    for (name, bytes) in tree(from) {
        let path = to.join(name);
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("makes the folder");
        std::fs::write(path, bytes).expect("writes");
    }
}
