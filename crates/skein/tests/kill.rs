//! A hundred times a program is killed without warning, while it writes or fetches. Nothing that was acknowledged is lost,
//! and in the end everybody has all of it.

mod real;

use std::path::Path;
use std::time::Duration;

use real::{Person, until};

const KILLS: u64 = 100;
const QUIET: [&str; 3] = ["--bind", "127.0.0.1:0", "--no-mdns"];

/// A small seeded source of numbers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

#[test]
fn a_hundred_kills_lose_nothing() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut people: Vec<Person> = ["ana", "ben", "cem"].map(|name| Person::new(&folder.path().join(name))).into();
    people.iter_mut().for_each(|person| person.start(&QUIET));
    people[0].found();
    for (index, name) in [(1, "Ben"), (2, "Cem")] {
        people[0].let_in(&people[index], name);
    }
    let share = add_file(&people[0], folder.path());
    let mut dice = Dice(7);
    let mut acknowledged = Vec::new();
    for round in 0..KILLS {
        let victim = dice.below(3) as usize;
        let fetching = people[1 + dice.below(2) as usize].begin(&["files", "get", &share, "--to", out(folder.path())]);
        let mut writing = people[victim].begin(&["chat", "say", "general", &format!("round {round}"), "--json"]);
        acknowledged.extend(people[(victim + 1) % 3].say(&format!("meanwhile {round}")));
        std::thread::sleep(Duration::from_millis(dice.below(60)));
        people[victim].kill();
        acknowledged.extend(event_of(&mut writing));
        end(fetching);
        people[victim].start(&QUIET);
    }
    assert!(acknowledged.len() as u64 >= KILLS, "most of what was said was acknowledged: {}", acknowledged.len());
    for person in &people {
        until("everybody has everything that was acknowledged", || {
            let here = person.read();
            acknowledged.iter().all(|event| here.contains(event))
        });
    }
    for person in &people[1..] {
        let got = person.run(&["files", "get", &share, "--to", out(folder.path())]);
        assert!(got.status.success(), "{}", String::from_utf8_lossy(&got.stderr));
    }
    let original = std::fs::read(folder.path().join("film")).expect("the file is there");
    let mut copies = 0;
    for entry in std::fs::read_dir(out(folder.path())).expect("something was fetched") {
        let path = entry.expect("a file").path();
        // What a killed program was still writing has a hidden name of its own until it is whole.
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            continue;
        }
        assert!(std::fs::read(&path).expect("it can be read") == original, "{} is whole", path.display());
        copies += 1;
    }
    assert!(copies > 0, "at least one copy was written out");
}

fn out(folder: &Path) -> &str {
    // One folder serves the whole run: its path lives as long as the test.
    Box::leak(folder.join("out").to_string_lossy().into_owned().into_boxed_str())
}

fn add_file(person: &Person, folder: &Path) -> String {
    let mut dice = Dice(3);
    let bytes: Vec<u8> = (0..24 << 20).map(|_| dice.below(256) as u8).collect();
    let path = folder.join("film");
    std::fs::write(&path, bytes).expect("a file can be written");
    std::fs::create_dir_all(folder.join("out")).expect("a folder can be made");
    let said = person.ask(&["files", "add", &path.to_string_lossy()]).expect("a file is shared");
    said["object"].as_str().expect("a share has an id").to_string()
}

/// What a command that may have been cut off had acknowledged.
fn event_of(child: &mut std::process::Child) -> Option<String> {
    let mut text = String::new();
    std::io::Read::read_to_string(child.stdout.as_mut()?, &mut text).ok()?;
    let worked = child.wait().ok()?.success();
    let answer: serde_json::Value = serde_json::from_str(text.trim().lines().last()?).ok()?;
    if worked { Some(answer["event"].as_str()?.to_string()) } else { None }
}

fn end(mut child: std::process::Child) {
    child.kill().ok();
    child.wait().ok();
}
