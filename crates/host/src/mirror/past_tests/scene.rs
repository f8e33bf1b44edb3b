//! A real host with a folder that holds something, and held something else before.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use skein_event::BlobHash;
use tempfile::TempDir;

use crate::chance::now_ms;
use crate::core::Core;
use crate::mirror::past::{Looked, look, uses};
use crate::{Host, Item, Options, Profile, Request};

pub(super) const DAY_MS: u64 = 86_400_000;
const LONG: Duration = Duration::from_secs(60);

/// A person with a community and a directory that is tied to a folder of it.
pub(super) struct Scene {
    pub(super) host: Host,
    folder: TempDir,
    dir: PathBuf,
    begun_ms: u64,
}

pub(super) fn root(text: &str) -> BlobHash {
    BlobHash::from_bytes(*blake3::hash(text.as_bytes()).as_bytes())
}

impl Scene {
    /// In it "notes" says "new", and "old" no longer.
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let profile = Profile::open(&folder.path().join("home")).expect("the folder is free");
        let bind = Some("127.0.0.1:0".parse().expect("an address"));
        let host = Host::open(profile, Options { bind, mdns: false, ..Options::default() }).expect("it starts");
        let dir = folder.path().join("papers");
        let scene = Self { host, folder, dir, begun_ms: now_ms() };
        scene.ask(Request::Found { name: "Garden".into(), my_name: Some("Ana".into()) }).await;
        fs::create_dir(&scene.dir).expect("is made");
        scene.write("notes", "old");
        let (only, without) = (Vec::new(), Vec::new());
        let (dir, name) = (scene.dir.clone(), Some("Papers".into()));
        scene.ask(Request::Tie { community: None, dir, name, only, without, one_case: false }).await;
        scene.until("it is kept", async || scene.kept("old").await).await;
        scene.write("notes", "new");
        scene.until("the new one is told", async || scene.holds("new").await).await;
        scene
    }

    pub(super) fn core(&self) -> &Arc<Core> {
        self.host.core()
    }

    async fn try_ask(&self, request: Request) -> Result<Value, skein_app::Refusal> {
        let mut items = self.host.request(request);
        loop {
            match items.recv().await.expect("an answer has an end") {
                Item::Done(value) => return Ok(value),
                Item::Refused(refusal) => return Err(refusal),
                _ => (),
            }
        }
    }

    pub(super) async fn ask(&self, request: Request) -> Value {
        self.try_ask(request.clone()).await.unwrap_or_else(|refusal| panic!("{request:?}: {refusal}"))
    }

    pub(super) async fn run(&self, app: &str, command: Value) -> Value {
        self.run_in(None, app, command).await
    }

    pub(super) async fn run_in(&self, community: Option<&str>, app: &str, command: Value) -> Value {
        let (community, cwd) = (community.map(Into::into), Some(self.folder.path().to_owned()));
        self.ask(Request::Do { community, app: app.into(), command, cwd }).await
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        fs::write(self.dir.join(name), text).expect("is written");
    }

    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.dir.join(name)).unwrap_or_default()
    }

    /// A file that is nowhere but on the disk.
    pub(super) fn beside(&self, name: &str, text: &str) -> Value {
        fs::write(self.folder.path().join(name), text).expect("is written");
        json!({"path": name})
    }

    pub(super) async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let begun = Instant::now();
        while !holds().await {
            assert!(begun.elapsed() < LONG, "not in time: {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Whether the store was told to keep it.
    pub(super) async fn kept(&self, text: &str) -> bool {
        let blobs = self.core().wire.blobs().expect("runs");
        blobs.kept().await.expect("is read").contains(&root(text))
    }

    /// Whether the bytes are there, kept or not.
    pub(super) async fn there(&self, text: &str) -> bool {
        self.core().wire.blobs().expect("runs").has(root(text), false).await.expect("is read").complete
    }

    /// Whether some folder holds it.
    pub(super) async fn holds(&self, text: &str) -> bool {
        let uses = uses(self.core(), vec![root(text)]).await.expect("is read");
        uses[&root(text)] == skein_mirror::Use::Current
    }

    /// Whether this device says that it holds it of its own.
    pub(super) async fn shared(&self, text: &str) -> bool {
        let (hall, root, rules) = (self.core().halls.all().remove(0), root(text), self.core().rules);
        let read = move |view: &skein_app::View<'_>, _: &skein_store::Reader| {
            Ok(rules.app("files").expect("there is one").holders(&root, view)?)
        };
        !self.core().read(&hall, read).await.expect("is read").is_empty()
    }

    /// Looks on each of these days after the beginning; gives what the last look came to.
    pub(super) async fn look(&self, days: std::ops::RangeInclusive<u64>) -> Looked {
        let mut last = Looked::Later;
        for day in days {
            last = look(self.core(), self.begun_ms + day * DAY_MS + 3_600_000).await.expect("looks");
        }
        last
    }

    /// Looks on this day until it came through: the watch over the folder may be taking something in itself.
    pub(super) async fn through(&self, day: u64) {
        self.until("it comes through", async || self.look(day..=day).await == Looked::Through).await;
    }
}
