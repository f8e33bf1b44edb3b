//! Two people, and a folder of each that is kept the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::real::{self, Person, until};

pub const QUIET: [&str; 3] = ["--bind", "127.0.0.1:0", "--no-mdns"];

/// Two people, and a folder of each that is tied to the same one.
pub struct Two {
    pub folder: TempDir,
    pub people: [Person; 2],
    pub dirs: [PathBuf; 2],
}

impl Two {
    pub fn new(options: &[&str]) -> Self {
        Self::of(options, Person::new)
    }

    /// The same, with people made in this way.
    pub fn of(options: &[&str], person: impl Fn(&Path) -> Person) -> Self {
        let folder = tempfile::Builder::new().prefix("sk").tempdir().expect("a folder can be made");
        let at = |name: &str| folder.path().join(name);
        let mut people = [person(&at("ana")), person(&at("ben"))];
        people.iter_mut().for_each(|person| person.start(&QUIET));
        people[0].found();
        people[0].let_in(&people[1], "Ben");
        let two = Self { dirs: [at("a"), at("b")], folder, people };
        for n in [0, 1] {
            two.tie(n, options);
        }
        two
    }

    pub fn tie(&self, n: usize, options: &[&str]) {
        let dir = self.dirs[n].to_str().expect("is text");
        let typed = [&["files", "sync", dir, "--as", "Papers"], options].concat();
        let done = self.people[n].run(&typed);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    pub fn sync(&self, n: usize, what: &str, more: &[&str]) -> Value {
        let dir = self.dirs[n].to_str().expect("is text");
        let typed = [&["files", "sync", what, dir], more].concat();
        self.people[n].ask(&typed).unwrap_or_else(|| panic!("{typed:?} works"))
    }

    pub fn state(&self, n: usize) -> String {
        self.sync(n, "status", &[])["state"].as_str().unwrap_or_default().to_owned()
    }

    pub fn path(&self, n: usize, name: &str) -> PathBuf {
        self.dirs[n].join(name)
    }

    pub fn write(&self, n: usize, name: &str, text: &str) {
        let path = self.path(n, name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("is made");
        fs::write(path, text).expect("is written");
    }

    /// Until both folders hold the same, and both programs say so.
    pub fn same(&self) -> BTreeMap<String, String> {
        let mut tree = BTreeMap::new();
        until("both folders are the same", || {
            tree = tree_of(&self.dirs[0]);
            tree == tree_of(&self.dirs[1]) && self.state(0) == "equal" && self.state(1) == "equal"
        });
        tree
    }

    /// Until both hold the same, and it is this.
    pub fn become_these(&self, files: &[(&str, &str)]) {
        let expected: BTreeMap<String, String> = files.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
        let begun = Instant::now();
        loop {
            let now = [tree_of(&self.dirs[0]), tree_of(&self.dirs[1])];
            if now.iter().all(|tree| *tree == expected) {
                return;
            }
            assert!(begun.elapsed() < real::PATIENCE, "{now:#?} instead of {expected:#?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Every file with its text, every link, every empty folder.
pub fn tree_of(top: &Path) -> BTreeMap<String, String> {
    let mut tree = BTreeMap::new();
    let mut open = vec![top.to_owned()];
    while let Some(folder) = open.pop() {
        let entries: Vec<_> = fs::read_dir(&folder).into_iter().flatten().flatten().collect();
        let name = |path: &Path| path.strip_prefix(top).expect("it is in it").to_string_lossy().into_owned();
        if entries.is_empty() && folder != top {
            tree.insert(name(&folder), "folder".into());
        }
        for entry in entries {
            let path = entry.path();
            let Ok(data) = path.symlink_metadata() else { continue };
            if path == top.join(".skein") {
                continue;
            }
            if data.is_dir() {
                open.push(path);
            } else if data.is_symlink() {
                let target = fs::read_link(&path).unwrap_or_default();
                tree.insert(name(&path), format!("-> {}", target.display()));
            } else {
                tree.insert(name(&path), fs::read_to_string(&path).unwrap_or_default());
            }
        }
    }
    tree
}
