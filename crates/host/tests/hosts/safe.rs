//! Nothing is ever lost or locked in: export, backup, restore, and the doctor.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use skein_app::Kind;
use skein_host::{BackedUp, Check, Checkup, Exported, Level, Passphrase, Profile, Request, restore};
use skein_store::Store;

use crate::common::{Person, refused, tree, until};

fn say(person: &Person, words: &str) -> Value {
    person.run("chat", json!({ "say": { "channel": "garden", "text": [words] } })).expect("is said")
}

fn reads(person: &Person, words: &str) -> bool {
    let page = person.query("chat", json!({ "read": { "channel": "garden" } }));
    page.is_ok_and(|page| page.to_string().contains(words))
}

fn share(person: &Person, name: &str, bytes: &[u8]) {
    person.write(name, bytes);
    let path = json!({ "path": name, "done": null });
    person.run("files", json!({ "add": { "path": path, "name": null, "note": "for all" } })).expect("is shared");
}

fn export(person: &Person, to: &Path) -> Exported {
    person.ask(Request::Export { community: None, to: to.into() }).expect("is exported")
}

fn back_up(person: &Person, to: &Path, full: bool, passphrase: Option<&str>) -> BackedUp {
    let passphrase = passphrase.map(|words| Passphrase(words.into()));
    person.ask(Request::Backup { to: to.into(), full, passphrase }).expect("is backed up")
}

/// A fresh person at a fresh computer who puts a backup back and starts the program.
fn come_back(backup: &Path, passphrase: Option<&str>) -> Person {
    let mut person = Person::new();
    person.stop();
    person.folder = tempfile::tempdir().expect("a folder");
    let profile = Profile::open(person.folder.path()).expect("opens");
    restore(&profile, backup, passphrase, "laptop").expect("is restored");
    drop(profile);
    person.start();
    person
}

fn doctor(person: &Person) -> Checkup {
    person.ask(Request::Doctor).expect("answers")
}

fn found<'a>(checkup: &'a Checkup, kind: &str) -> Option<&'a Check> {
    checkup.checks.iter().find(|check| check.kind == kind)
}

fn keys_of(person: &Person) -> [Vec<u8>; 2] {
    let text = std::fs::read_to_string(person.folder.path().join("device.key")).expect("reads");
    let text = text.trim();
    let raw = (0..32).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hex")).collect();
    [text.into(), raw]
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|part| part == what)
}

#[test]
fn an_export_holds_everything_and_is_the_same_every_time() {
    let (ana, ben) = (Person::new(), Person::new());
    ana.found("Garden *1*", "Ana");
    ben.join(&ana.invite(1).link, "Ben").expect("Ben is in");
    let first = say(&ana, "Who waters?\n\n**Ben** 2020-01-01 00:00\n\nI do");
    until("Ben reads it", || reads(&ben, "waters"));
    let thread = first["event"].as_str().expect("an id");
    let reply = json!({ "say": { "channel": "garden", "text": ["Me, on Monday"], "thread": thread } });
    ben.run("chat", reply).expect("is said");
    share(&ana, "plan (1).txt", b"beans");
    until("Ana hears", || reads(&ana, "Who waters") && ana.communities()[0].events >= 6);
    let said = ana.communities()[0].events;

    let places = tempfile::tempdir().expect("a folder");
    let (one, two) = (places.path().join("one"), places.path().join("deep/two"));
    let exported = export(&ana, &one);
    export(&ana, &two);
    let all = tree(&one);
    assert_eq!(all, tree(&two), "twice the same");
    assert_eq!((exported.events, exported.files, exported.not_here.len()), (said, 1, 0), "{exported:?}");

    let text = |name: &str| {
        let bytes = &all.iter().find(|(path, _)| path == name).unwrap_or_else(|| panic!("{name} in {all:?}")).1;
        String::from_utf8(bytes.clone()).expect("text")
    };
    let channel = text("chat/garden.md");
    assert!(channel.contains("\n**Ana** 20") && channel.contains("\n> Who waters?\n>\n"), "{channel}");
    assert!(channel.contains("\n> **Ben** 2020"), "what somebody wrote stays a quotation: {channel}");
    assert!(channel.contains("\n> > Me, on Monday\n"), "{channel}");
    let members = text("members.md");
    assert!(members.contains("Garden \\*1\\*") && members.contains("Ben joined, invited by Ana"), "{members}");
    let files = text("files.md");
    assert!(files.contains("/plan%20_1_.txt)") && files.contains("> for all"), "{files}");
    let kept = all.iter().find(|(path, _)| path.starts_with("files/")).expect("the file");
    assert_eq!(kept.1, b"beans");
    assert!(text("README.md").contains("(chat/garden.md)"));

    let lines: Vec<Value> =
        text("events.jsonl").lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    assert_eq!(lines.len() as u64, said);
    let talk = lines.iter().filter(|line| line["app"] == "chat").map(|line| line["payload"].to_string());
    assert!(talk.into_iter().any(|payload| payload.contains("Me, on Monday")), "payloads are readable");
    assert!(lines.iter().all(|line| line["state"] == "counts" && line["id"].is_string() && line["name"].is_string()));
    let again = ana.ask::<Exported>(Request::Export { community: None, to: one });
    refused(again, Kind::Conflict, "something in");

    // Another device's export says the same, but for the file that it does not have.
    let bens = places.path().join("ben");
    until("Ben has heard all", || ben.communities()[0].events == said);
    assert_eq!(export(&ben, &bens).not_here, ["plan (1).txt"]);
    let other = tree(&bens);
    for name in ["chat/garden.md", "members.md", "events.jsonl"] {
        let of = |all: &[(String, Vec<u8>)]| all.iter().find(|(path, _)| path == name).map(|(_, bytes)| bytes.clone());
        assert_eq!(of(&other), of(&all), "{name}");
    }
}

#[test]
fn a_backup_brings_a_person_back_as_a_new_device() {
    let (mut ana, ben) = (Person::new(), Person::new());
    let entered = ana.found("Garden", "Ana");
    ben.join(&ana.invite(1).link, "Ben").expect("Ben is in");
    ana.sees(&["Ana", "Ben"]);
    let places = tempfile::tempdir().expect("a folder");
    let (file, open) = (places.path().join("sealed.backup"), places.path().join("open.backup"));
    let made = back_up(&ana, &file, false, Some("correct horse"));
    assert_eq!((made.communities, made.full, made.sealed), (1, false, true));
    back_up(&ana, &open, true, None);
    let bytes = std::fs::read(&open).expect("reads");
    for key in keys_of(&ana) {
        assert!(!contains(&bytes, &key), "the device's key is never in a backup");
    }
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(&file).expect("is there").permissions().mode() & 0o777, 0o600);
    let again = ana.ask::<BackedUp>(Request::Backup { to: file.clone(), full: false, passphrase: None });
    refused(again, Kind::Conflict, "is there already");

    // What came after the backup comes back from the others.
    say(&ana, "said after the backup");
    until("Ben reads it", || reads(&ben, "after the backup"));
    let (old_device, old_keys) = (ana.status().device, keys_of(&ana));
    ana.kill();
    let back = come_back(&file, Some("correct horse"));
    until("she is in again", || reads(&back, "after the backup"));
    back.sees(&["Ana", "Ben"]);
    let me = back.members().into_iter().find(|row| row.you).expect("it is her");
    assert_eq!((me.member, me.devices.len()), (entered.member, 2));
    assert_ne!(back.status().device, old_device, "a new device");
    assert_ne!(keys_of(&back), old_keys);
    say(&back, "I am back");
    until("Ben reads that too", || reads(&ben, "I am back"));
    assert_eq!(found(&doctor(&ben), "fork"), None, "no two devices wrote as one");
}

#[test]
fn a_full_backup_needs_nobody_else() {
    let mut ana = Person::new();
    ana.found("Garden", "Ana");
    say(&ana, "to be kept");
    let places = tempfile::tempdir().expect("a folder");
    let file = places.path().join("full.backup");
    assert!(back_up(&ana, &file, true, None).full);
    ana.kill();
    let back = come_back(&file, None);
    until("it is all there", || reads(&back, "to be kept"));
    until("she can write", || back.run("chat", json!({ "say": { "channel": "garden", "text": ["and on"] } })).is_ok());
    assert!(doctor(&back).worst < Level::Trouble, "{:?}", doctor(&back));
    let leftovers: Vec<PathBuf> = std::fs::read_dir(back.folder.path().join("communities"))
        .expect("reads")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().contains("copy-"))
        .collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
}

#[test]
fn a_backup_never_lands_on_somebody_and_a_bent_one_leaves_nothing() {
    let mut ana = Person::new();
    ana.found("Garden", "Ana");
    let places = tempfile::tempdir().expect("a folder");
    let file = places.path().join("a.backup");
    back_up(&ana, &file, true, Some("words"));
    ana.stop();
    let profile = Profile::open(ana.folder.path()).expect("opens");
    refused(restore(&profile, &file, Some("words"), ""), Kind::Conflict, "somebody lives");

    let fresh = tempfile::tempdir().expect("a folder");
    let profile = Profile::open(fresh.path()).expect("opens");
    let before = tree(fresh.path());
    refused(restore(&profile, &file, None, ""), Kind::Usage, "passphrase");
    refused(restore(&profile, &file, Some("other words"), ""), Kind::Denied, "passphrase");
    refused(restore(&profile, &places.path().join("none"), None, ""), Kind::NotFound, "no file");
    let whole = std::fs::read(&file).expect("reads");
    for (at, bent) in [(whole.len() - 40, false), (whole.len() / 2, true), (60, true), (3, true)] {
        let mut bytes = whole.clone();
        if bent {
            bytes[at] ^= 1
        } else {
            bytes.truncate(at)
        }
        let path = places.path().join(format!("bent-{at}"));
        std::fs::write(&path, bytes).expect("writes");
        assert!(restore(&profile, &path, Some("words"), "").is_err(), "at {at}");
    }
    assert_eq!(tree(fresh.path()), before, "nothing is left behind");
    let restored = restore(&profile, &file, Some("words"), "").expect("the whole one is fine");
    assert_eq!((restored.name.as_str(), restored.communities), ("Ana", vec!["Garden".to_owned()]));
}

#[test]
fn the_doctor_finds_what_is_wrong_and_says_what_to_do() {
    let (mut ana, mut ben) = (Person::new(), Person::new());
    ana.found("Garden", "Ana");
    let alone = doctor(&ana);
    assert_eq!(found(&alone, "alone").map(|check| check.level), Some(Level::Note));
    assert!(alone.worst <= Level::Note, "{alone:?}");

    ben.join(&ana.invite(1).link, "Ben").expect("Ben is in");
    say(&ben, "hello");
    until("Ana reads it", || reads(&ana, "hello"));
    share(&ana, "plan.txt", b"beans");
    let together = doctor(&ana);
    let sole = found(&together, "sole-copy").expect("only Ana has the file");
    assert!(sole.what.contains("plan.txt") && !sole.why.is_empty() && !sole.next.is_empty());
    assert_eq!(together.worst, Level::Warning, "{together:?}");
    assert_eq!(together.checks[0].level, Level::Warning, "the worst first");

    ben.kill();
    until("Ben is gone", || ana.communities()[0].devices_reached == 0);
    say(&ana, "does anybody hear me?");
    let silence = doctor(&ana);
    let kinds: Vec<&str> = silence.checks.iter().map(|check| check.kind.as_str()).collect();
    assert!(kinds.contains(&"unsent") && kinds.contains(&"nobody"), "{silence:?}");
    ben.start();
    until("Ben has heard", || found(&doctor(&ana), "unsent").is_none());

    ana.stop();
    damage(&ana, "DELETE FROM people_member");
    ana.start();
    let shown = doctor(&ana);
    assert_eq!(found(&shown, "views-differ").map(|check| check.level), Some(Level::Trouble), "{shown:?}");
    ana.stop();
    damage(&ana, "UPDATE event SET payload = x'00' WHERE row = 2");
    ana.start();
    let broken = doctor(&ana);
    assert_eq!(found(&broken, "damaged").map(|check| check.level), Some(Level::Trouble), "{broken:?}");
    assert_eq!(doctor(&ben).worst, Level::Good, "{:?}", doctor(&ben));
}

/// Writes into a community's file behind the program's back.
fn damage(person: &Person, sql: &str) {
    let profile = loop {
        if let Ok(profile) = Profile::open(person.folder.path()) {
            break profile;
        }
    };
    let id = profile.all_communities().expect("reads")[0];
    let store = Store::open(&profile.community(&id)).expect("opens");
    store.connection().execute_batch(sql).expect("is done");
}
