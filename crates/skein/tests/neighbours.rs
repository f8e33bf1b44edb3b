//! The demo community as somebody meets it who tries Skein alone: real neighbours' programs, on loopback.

mod common;

use std::time::{Duration, Instant};

use common::Person;

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} has not come true");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The processes that run on a folder below this person's.
fn neighbours(person: &Person) -> usize {
    let demo = person.path("home/demo").display().to_string();
    let processes = std::fs::read_dir("/proc").expect("is there").flatten();
    let on_demo = |path: std::path::PathBuf| {
        let environ = std::fs::read(path.join("environ")).unwrap_or_default();
        String::from_utf8_lossy(&environ).contains(&format!("SKEIN_HOME={demo}/"))
    };
    processes.filter(|process| on_demo(process.path())).count()
}

#[test]
fn somebody_alone_meets_neighbours_who_answer_and_go_when_one_leaves() {
    let ana = Person::up();
    let opened = ana.json(&["demo", "--with-me"]);
    let id = opened["community"].as_str().expect("has an id").to_owned();
    let here = |words: &[&str]| ana.types(&[&["--community", id.as_str()], words].concat());
    until("three neighbours are there", || here(&["members"]).out.contains("Wen") && neighbours(&ana) == 3);
    until("they say what they are", || here(&["chat", "read", "general"]).out.contains("pretend neighbours"));
    assert_eq!(here(&["chat", "say", "general", "Hello", "you"]).code, 0);
    until("one answers", || here(&["chat", "read", "general"]).out.contains("Hello ana!"));
    assert_eq!(ana.json(&["demo", "--with-me"])["community"], id.as_str(), "asked again, it is the same one");
    assert_eq!(neighbours(&ana), 3);
    until("they share a folder", || here(&["files", "ls"]).out.contains("Planting plan"));

    ana.good(&["down"]);
    until("they end with the program", || neighbours(&ana) == 0);
    ana.good(&["up", "--no-mdns", "--bind=127.0.0.1:0"]);
    assert_eq!(neighbours(&ana), 0, "they do not come unasked");
    assert_eq!(ana.json(&["demo", "--with-me"])["community"], id.as_str(), "the next day too");
    assert_eq!(here(&["chat", "say", "general", "Thank", "you"]).code, 0);
    until("one answers again", || here(&["chat", "read", "general"]).out.contains("You are welcome"));

    assert_eq!(here(&["leave", "--yes"]).code, 0);
    until("they are gone, and their folders too", || neighbours(&ana) == 0 && !ana.has("home/demo"));
    assert!(here(&["chat", "read", "general"]).out.contains("pretend neighbours"), "what was said can still be read");
    let another = ana.json(&["demo", "--with-me"]);
    assert_ne!(another["community"], id.as_str(), "a new one");
    until("with neighbours", || neighbours(&ana) > 0);
}
