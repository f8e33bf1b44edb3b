//! Every command of the help page, typed by two people against two real programs.

mod common;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use common::Person;

/// Typed elsewhere: the demo has a test of its own.
const ELSEWHERE: &[&str] = &["demo"];

fn commands_on_the_page(page: &str) -> BTreeSet<String> {
    let lists = page.split("\nOptions for every command").next().unwrap_or_default();
    let lines = lists.lines().filter_map(|line| line.strip_prefix("  "));
    lines.filter_map(|line| line.split(' ').next()).filter(|word| !word.is_empty()).map(String::from).collect()
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what} has not come true");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn every_command_of_the_help_page_works() {
    let (ana, ben) = (Person::up(), Person::up());
    together(&ana, &ben);
    talk(&ana, &ben);
    asks(&ana, &ben);
    pictures(&ana, &ben);
    files(&ana, &ben);
    folders(&ana, &ben);
    safe(&ana);
    devices(&ana);
    exchange(&ana);
    gifts(&ana, &ben);
    torrents(&ana, &ben);
    phones(&ana);
    alone(&ana, &ben);
    partings(&ana, &ben);
    running(&ana);
    let mut typed = common::all_typed();
    typed.extend(ELSEWHERE.iter().map(|name| (*name).to_owned()));
    let page = commands_on_the_page(&ana.good(&["--help"]));
    assert!(page.len() > 20, "the page was not read: {page:?}");
    let forgotten: Vec<_> = page.difference(&typed).collect();
    assert!(forgotten.is_empty(), "no test types {forgotten:?}");
}

fn together(ana: &Person, ben: &Person) {
    assert!(ana.good(&["found", "Garden", "--name", "Ana"]).contains("Garden is founded"));
    let link = ana.good(&["invite", "--uses", "2", "--expires", "1h"]);
    assert_eq!(link.lines().count(), 1, "without a terminal only the link is printed: {link}");
    assert!(ana.good(&["invite", "--qr"]).contains('█'));
    assert!(ben.good(&["join", link.trim(), "--look"]).contains("Ana invites you into Garden. It is good for another"));
    ben.bad(2, &["join", "skein:nonsense", "--look"]);
    assert!(ben.good(&["join", link.trim(), "--name", "Ben"]).contains("Welcome to Garden, Ben"));
    until("Ben is reached", || ana.good(&["members"]).contains("direct"));
    let members = ana.json(&["members"]);
    assert_eq!(members.as_array().map(Vec::len), Some(2));
    assert_eq!(ana.json(&["communities"])[0]["name"], "Garden");
    assert!(ana.good(&["status"]).contains("1 device in reach"));
    let link = ana.good(&["open", "--print"]);
    assert!(link.starts_with("http://127.0.0.1:") && link.contains("/#code="), "{link}");
    assert!(ana.good(&["people", "members"]).contains("Ben"));
    let invitations = ana.json(&["invite", "ls"]);
    let id = invitations["invitations"][0]["invitation"].as_str().expect("has an id");
    assert!(ana.good(&["invite", "revoke", &id[..10]]).contains("no longer"));
    ana.bad(4, &["invite", "revoke", "zzzzzzzz"]);
    ana.bad(4, &["--community", "Nowhere", "members"]);
}

fn talk(ana: &Person, ben: &Person) {
    let said = ana.json(&["chat", "say", "general", "the", "beans", "are", "up"]);
    let event = said["event"].as_str().expect("has an id").to_owned();
    until("Ben reads it", || ben.types(&["chat", "read", "general"]).out.contains("the beans are up"));
    assert!(ben.good(&["search", "beans"]).contains("[beans]"));
    let narrow = ["--app", "chat", "--in", "general", "--from", "Ana", "--after", "1h", "--before", "9999-12-31"];
    assert!(ben.good(&[&["search", "beans"], &narrow[..]].concat()).contains("[beans]"));
    assert!(ben.good(&["search", "beans", "--before", "1h"]).contains("Nothing was found"));
    ben.bad(4, &["search", "beans", "--from", "Nobody"]);
    ben.bad(2, &["search", "beans", "--after", "yesterday"]);
    assert!(ben.good(&["communities"]).contains("1 unread"));
    ben.good(&["chat", "mark-read", "general", "--thread", &event]);
    ben.good(&["chat", "mark-read", "general"]);
    ben.bad(4, &["chat", "mark-read", "general", "--thread", "no-such"]);
    until("all is read", || !ben.good(&["communities"]).contains("unread"));
    assert!(ben.good(&["feed"]).contains("the beans are up"));
    until("Ana knows that Ben has it", || ana.good(&["who-has", &event[..10]]).contains("On 2 devices of 2 people"));
    follow(ana, ben);
}

/// `--follow` prints what is there, then what comes; one object a line with `--json`.
fn follow(ana: &Person, ben: &Person) {
    for words in [&["chat", "read", "general", "--follow"][..], &["feed", "--follow"], &["feed", "--follow", "--json"]]
    {
        let mut child = ben.command(words).stdout(Stdio::piped()).spawn().expect("the program can be started");
        let lines = BufReader::new(child.stdout.take().expect("is piped")).lines();
        let mut lines = lines.map(|line| line.expect("it prints UTF-8"));
        assert!(lines.any(|line| line.contains("beans are up")), "{words:?} prints what is there");
        ana.good(&["chat", "say", "general", &format!("news for {}", words.len())]);
        assert!(lines.any(|line| line.contains("news for")), "{words:?} prints what comes");
        child.kill().expect("it still runs");
        child.wait().expect("it has ended");
    }
    ana.bad(2, &["chat", "say", "general", "x", "--follow"]);
}

fn asks(ana: &Person, ben: &Person) {
    ana.good(&["ask", "post", "need", "A ladder", "--topic", "tools", "--until", "3d"]);
    until("Ben sees what is asked", || ben.types(&["asks", "ls"]).out.contains("A ladder"));
    assert!(ben.good(&["asks", "now"]).contains("A ladder"), "it fits him: there is nobody else");
    ben.good(&["asks", "take", "A ladder"]);
    ben.good(&["asks", "deliver", "A ladder"]);
    until("Ana hears that it is done", || ana.types(&["asks", "now"]).out.contains("confirm"));
    ana.good(&["asks", "confirm", "A ladder"]);
    ana.good(&["asks", "thank", "A ladder", "just in time"]);
    assert_eq!(ana.json(&["asks", "show", "A ladder"])["ask"]["row"]["state"], "done");
    ben.bad(4, &["asks", "take", "No such thing"]);
    ben.bad(2, &["asks", "post", "need", "x", "--until", "2020-01-01"]);
}

fn pictures(ana: &Person, ben: &Person) {
    let dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=";
    ana.good(&["people", "picture", dot]);
    until("Ben sees the picture", || ben.good(&["people", "pictures"]).contains("image/png, 68 bytes"));
    assert_eq!(ben.json(&["people", "pictures"])["pictures"][0]["image"], dot);
    ana.bad(2, &["people", "picture", "bm8gcGljdHVyZQ=="]);
    ana.good(&["people", "picture", ""]);
}

/// A conversation of two, in which the other is told through the garden.
fn alone(ana: &Person, ben: &Person) {
    assert!(ben.good(&["knocks"]).contains("Nobody"));
    assert!(ana.good(&["direct", "Ben", "--community", "Garden"]).contains("Ana & Ben"));
    until("Ben hears of it", || ben.good(&["knocks"]).contains("Ana"));
    let knock = ben.json(&["knocks"])[0].clone();
    let link = knock["link"].as_str().expect("has a link").to_owned();
    assert!(ben.good(&["join", &link]).contains("Welcome to Ana & Ben"));
    assert!(ben.good(&["knocks"]).contains("Nobody"), "it is answered");
    assert_eq!(
        ben.json(&["direct", "Ana", "--community", "Garden"])["community"],
        ana.json(&["direct", "Ben", "--community", "Garden"])["community"]
    );
    ben.bad(2, &["knocks", "--decline", "nothing"]);
    ana.bad(4, &["direct", "Nobody", "--community", "Garden"]);
    // The rest is about the garden alone.
    for person in [ana, ben] {
        person.good(&["--community", "Ana & Ben", "leave", "--yes"]);
    }
}

/// A folder that stays the same for both.
fn folders(ana: &Person, ben: &Person) {
    let (of_ana, of_ben) = (ana.path("papers"), ben.path("papers of the garden"));
    std::fs::create_dir(&of_ana).expect("is made");
    std::fs::write(of_ana.join("plan.md"), "beans in May").expect("is written");
    let (dir, bens) = (of_ana.to_str().expect("is text"), of_ben.to_str().expect("is text"));
    assert!(ana.good(&["files", "sync", dir]).contains("The same as everybody's"));
    until("Ben hears of it", || ben.good(&["folders", "ls"]).contains("papers  1 file"));
    ben.good(&["files", "sync", bens, "--as", "papers"]);
    until("Ben has it", || of_ben.join("plan.md").exists());
    assert!(ben.good(&["folders", "show", "papers"]).contains("plan.md"));
    ben.good(&["files", "sync", "pause", bens]);
    assert_eq!(ben.json(&["files", "sync", "list"])[0]["state"], "paused");
    ben.good(&["files", "sync", "resume", bens]);
    until("it goes on", || ben.json(&["files", "sync", "status", bens])["state"] == "equal");
    std::fs::write(of_ana.join("plan.md"), "beans in June").expect("is written");
    let has = |text: &str| std::fs::read_to_string(of_ben.join("plan.md")).is_ok_and(|there| there == text);
    until("Ben has the new one", || has("beans in June"));
    until("it gave way", || ben.good(&["files", "sync", "versions", bens]).contains("plan.md"));
    let old =
        ben.json(&["files", "sync", "versions", bens, "plan.md"])[0]["id"].as_str().expect("has an id").to_owned();
    let back = ben.json(&["files", "sync", "restore", bens, &old])["path"].as_str().expect("has a path").to_owned();
    assert_eq!(std::fs::read_to_string(back).expect("is back"), "beans in May");
    until("Ana has it too", || of_ana.join("plan (2).md").exists());
    assert!(ana.json(&["doctor"])["checks"].to_string().contains("is the same as everybody's"));
    ana.bad(7, &["files", "sync", dir]);
    ana.bad(4, &["files", "sync", "status", "/nowhere"]);
    ana.bad(6, &["files", "sync", ana.path("").to_str().expect("is text")]);
    ana.bad(4, &["files", "sync", "restore", dir, "no-such"]);
    assert!(ana.good(&["files", "sync", "stop", dir]).contains("All files stay"));
    assert!(of_ana.join("plan.md").exists());
}

fn files(ana: &Person, ben: &Person) {
    std::fs::create_dir_all(ana.path("book/deep")).expect("is made");
    std::fs::write(ana.path("book/deep/page.txt"), "beans, then peas").expect("is written");
    // A relative path is meant from where the person stands.
    ana.good(&["files", "add", "book"]);
    until("Ben sees the folder", || ben.good(&["files", "ls"]).contains("book"));
    let got = ben.good(&["files", "get", "book", "--to", "mine"]);
    assert!(got.contains("from Ana"), "{got}");
    let page = std::fs::read_to_string(ben.path("mine/book/deep/page.txt")).expect("it is there");
    assert_eq!(page, "beans, then peas");
    until("Ana knows that Ben holds it", || ana.good(&["files", "holders", "book"]).contains("Ben"));
    ben.bad(4, &["files", "get", "nothing"]);
    steering(ana);
    copies(ana, ben);
}

/// Limits and pauses; what they do is tested with real files elsewhere.
fn steering(ana: &Person) {
    assert!(ana.good(&["limits"]).contains("no limit"));
    ana.good(&["limits", "set", "--up", "500KB", "--down", "2MB"]);
    assert!(ana.good(&["limits", "between", "22:00", "06:00", "--up", "100KB"]).contains("22:00 to 06:00"));
    let limits = ana.json(&["limits"]);
    assert_eq!((&limits["limits"]["up"], &limits["limits"]["windows"][0]["from"]), (&500_000.into(), &1_320.into()));
    ana.bad(2, &["limits", "set"]);
    ana.bad(2, &["limits", "set", "--up", "fast"]);
    ana.bad(2, &["limits", "set", "--up", "1KB"]);
    ana.bad(2, &["limits", "between", "8", "18:00", "--up", "1MB"]);
    ana.bad(2, &["limits", "between", "08:00", "08:00", "--up", "1MB"]);
    ana.bad(2, &["limits", "between", "08:00", "09:00", "--up", "none"]);
    ana.bad(4, &["limits", "end", "7"]);
    ana.good(&["limits", "end", "1"]);
    ana.good(&["limits", "set", "--up", "none", "--down", "none"]);
    assert!(ana.good(&["files", "coming"]).contains("Nothing is on its way"));
    assert!(ana.good(&["files", "pause", "--all"]).contains("All files are paused"));
    assert!(ana.good(&["status"]).contains("All files are paused"));
    assert_eq!(ana.json(&["files", "resume", "--all"])["paused"], false);
    ana.bad(7, &["files", "pause", "book"]);
    ana.bad(7, &["files", "resume", "book"]);
    ana.bad(7, &["files", "first", "book"]);
    ana.bad(4, &["files", "pause", "nothing"]);
    ana.bad(2, &["files", "pause"]);
    ana.bad(2, &["files", "pause", "book", "--all"]);
}

/// A number of copies, room for them, and proof of them.
fn copies(ana: &Person, ben: &Person) {
    std::fs::write(ana.path("seeds.csv"), "beans\npeas\n").expect("is written");
    ana.good(&["files", "add", "seeds.csv"]);
    until("Ben sees the file", || ben.good(&["files", "ls"]).contains("seeds.csv"));
    ana.good(&["files", "copies", "2"]);
    assert!(ana.good(&["files", "safety"]).contains("nobody offers room"));
    ben.good(&["files", "room", "1GB"]);
    until("Ben's device takes a copy", || ana.good(&["files", "holders", "seeds.csv"]).contains("2 of 2 copies"));
    assert_eq!(ana.json(&["files", "safety"])["safety"]["safety"]["short"], 0);
    until("Ben's device shows it", || ana.good(&["files", "drill", "seeds.csv"]).contains("2 copies were shown"));
    assert!(ana.good(&["files", "drill", "seeds.csv", "--whole"]).contains("every byte is right"));
    assert_eq!(ana.json(&["files", "drill"])["failed"], 0);
    ben.bad(7, &["files", "drop", "seeds.csv"]);
    ben.bad(7, &["files", "room", "1GB"]);
    ben.bad(2, &["files", "room", "much"]);
    ana.bad(2, &["files", "copies", "1000000"]);
    ana.bad(2, &["files", "copies", "-1"]);
    ana.good(&["files", "copies", "1", "--share", "seeds.csv"]);
    until("Ben's device lets it go", || ana.good(&["files", "holders", "seeds.csv"]).contains("1 of 1 copy"));
    ben.good(&["files", "room", "none"]);
    ana.good(&["files", "copies", "none"]);
}

fn safe(ana: &Person) {
    assert!(ana.good(&["export", "--to", "all"]).contains("Everything is in"));
    assert!(ana.has("all/events.jsonl") && ana.has("all/README.md"));
    std::fs::write(ana.path("words"), "correct horse\n").expect("is written");
    ana.good(&["backup", "mine.backup", "--full", "--passphrase-file", "words"]);
    ana.bad(7, &["backup", "mine.backup"]);
    ana.good(&["doctor"]);
    let again = Person::new();
    let backup = ana.path("mine.backup").display().to_string();
    again.bad(2, &["restore", &backup]);
    let words = ana.path("words").display().to_string();
    assert!(again.good(&["restore", &backup, "--passphrase-file", &words]).contains("You are Ana again"));
    again.bad(7, &["restore", &backup, "--passphrase-file", &words]);
    again.good(&["up", "--no-mdns", "--bind=127.0.0.1:0"]);
    until("the talk is there again", || again.types(&["chat", "read", "general"]).out.contains("the beans are up"));
}

fn devices(ana: &Person) {
    let second = Person::up();
    let link = ana.good(&["device", "add"]);
    assert!(second.good(&["device", "link", link.trim(), "--label", "laptop"]).contains("Ana"));
    until("the second device is listed", || ana.good(&["device", "ls"]).contains("laptop"));
    until("it has the talk", || second.types(&["chat", "read", "general"]).out.contains("the beans are up"));
    let old = second.json(&["status"])["device"].as_str().expect("has an id").to_owned();
    second.bad(2, &["device", "renew"]);
    second.good(&["device", "renew", "--yes"]);
    until("it runs again, as a new device", || second.types(&["status"]).code == 0);
    until("both are listed", || ana.good(&["device", "ls"]).matches("laptop").count() == 2);
    assert!(
        ana.bad(4, &["device", "retire", "laptop", "--yes"]).contains(&old[..10]),
        "it says which ones it could be"
    );
    ana.good(&["device", "retire", &old, "--yes"]);
}

/// The phones' door is on loopback here: no test opens a door to a network.
fn phones(ana: &Person) {
    ana.good(&["down"]);
    assert!(ana.bad(2, &["run", "--no-mdns", "--bind=127.0.0.1:0", "--phone-bind=8.8.8.8:7118"]).contains("private"));
    ana.good(&["up", "--no-mdns", "--bind=127.0.0.1:0", "--phone-bind=127.0.0.2:0"]);
    assert!(ana.good(&["phone", "ls"]).contains("No phone is paired"));
    let link = ana.good(&["phone", "add", "--label", "my phone", "--qr"]);
    assert!(link.starts_with("http://127.0.0.2:") && link.contains("/#code=") && link.contains('█'), "{link}");
    ana.bad(4, &["phone", "end", "my phone"]);
    assert_eq!(ana.json(&["phone", "ls"])["phones"], serde_json::json!([]), "it has not come yet");
}

/// Files and addresses for programs that know nothing of Skein.
fn exchange(ana: &Person) {
    let list = "title,kind,north,east,until\nTen blankets,need,52.52,13.405,30d\nSoup,offer,,,\n";
    std::fs::write(ana.path("list.csv"), list).expect("is written");
    assert!(ana.good(&["asks", "import-check", "list.csv"]).contains("2 to post, 0 passed over, 0 wrong"));
    assert!(ana.good(&["asks", "import", "list.csv"]).contains("Done: 2 rows"));
    assert!(ana.good(&["asks", "import", "list.csv"]).contains("nothing to post"));
    ana.bad(4, &["asks", "import", "nowhere.csv"]);
    let table = ana.good(&["asks", "export"]);
    assert!(table.contains("Ten blankets") && table.contains("\r\n"), "byte for byte: {table:?}");
    assert!(ana.good(&["asks", "export", "--as", "geojson"]).contains("[13.405,52.52]"));
    assert!(ana.good(&["bridge", "ls"]).contains("No bridge is open"));
    ana.bad(4, &["bridge", "open", "asks", "--as", "nonsense"]);
    ana.bad(6, &["bridge", "open", "asks", "--as", "open311", "--near"]);
    let address = ana.good(&["bridge", "open", "asks", "--as", "calendar"]).trim().to_owned();
    assert!(ask(&address).contains("SUMMARY:Ten blankets"), "the calendar of {address}");
    let bridges = ana.json(&["bridge", "ls"]);
    let id = bridges["bridges"][0]["id"].as_str().expect("has an id").to_owned();
    let fresh = ana.good(&["bridge", "renew", &id]).trim().to_owned();
    assert!(ask(&address).starts_with("HTTP/1.1 404") && ask(&fresh).starts_with("HTTP/1.1 200"));
    ana.good(&["bridge", "end", &id]);
    ana.bad(4, &["bridge", "end", &id]);
    assert!(ask(&fresh).starts_with("HTTP/1.1 404"));
}

/// What another program on this computer is answered at an address.
fn ask(address: &str) -> String {
    let (host, way) = address.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("is an address");
    let mut stream = TcpStream::connect(host).expect("somebody listens");
    write!(stream, "GET /{way} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("is answered");
    answer
}

/// Files for somebody outside, by a link.
fn gifts(ana: &Person, ben: &Person) {
    assert!(ana.good(&["gifts"]).contains("nothing to anybody"));
    std::fs::write(ana.path("plan.txt"), "the plan").expect("is written");
    ana.bad(4, &["give", "nowhere.txt"]);
    ana.bad(2, &["give", "."]);
    ana.bad(2, &["give", "plan.txt", "--expires", "1000d"]);
    let link = ana.good(&["give", "plan.txt"]).trim().to_owned();
    assert!(link.starts_with("skein:") && link.lines().count() == 1, "without a terminal only the link: {link}");
    assert!(ana.good(&["gifts"]).contains("0 of 1"));
    assert!(ben.good(&["join", &link, "--look"]).contains("skein take"));
    assert!(ben.bad(2, &["join", &link]).contains("file"));
    assert!(ben.good(&["take", &link, "--to", "got"]).contains("plan.txt"));
    assert_eq!(std::fs::read_to_string(ben.path("got/plan.txt")).expect("is there"), "the plan");
    until("Ana sees it", || ana.good(&["gifts"]).contains("1 of 1"));
    ben.bad(2, &["take", "unwired stapling cabbie"]);
    ben.bad(2, &["take", "skein:nonsense"]);
    let id = ana.json(&["give", "plan.txt", "--times", "3"])["id"].as_str().expect("has an id").to_owned();
    ana.good(&["gifts", "--end", &id]);
    ana.bad(4, &["gifts", "--end", &id]);
}

fn torrents(ana: &Person, ben: &Person) {
    assert!(ana.good(&["files", "torrent", "list"]).contains("no torrent"));
    std::fs::write(ana.path("radio.ogg"), "a song").expect("is written");
    let magnet = ana.good(&["files", "torrent", "radio.ogg"]).trim().to_owned();
    assert!(ben.good(&["files", "fetch-torrent", &magnet, "--name", "the radio"]).contains("came whole"));
    until("Ana sees what Ben shares", || ana.good(&["files", "ls"]).contains("the radio"));
    ana.good(&["files", "torrent", "end", "1"]);
    ben.bad(5, &["files", "fetch-torrent", &magnet]);
}

fn partings(ana: &Person, ben: &Person) {
    ana.bad(2, &["remove", "Ben"]);
    ana.good(&["remove", "Ben", "--yes"]);
    ana.bad(7, &["remove", "Ben", "--yes"]);
    ana.bad(4, &["remove", "Nobody", "--yes"]);
    ben.good(&["leave", "--yes"]);
    assert!(ben.good(&["communities"]).contains("left"));
}

fn running(ana: &Person) {
    assert!(ana.good(&["logs", "-n", "3"]).lines().count() <= 3);
    ana.bad(7, &["up", "--keeper"]);
    ana.good(&["up"]);
    assert!(ana.good(&["down"]).contains("stopped"));
    assert!(ana.good(&["down"]).contains("was not running"));
    for words in [&["members"][..], &["status"], &["chat", "channels"], &["invite"], &["leave", "--yes"]] {
        let error = ana.bad(3, words);
        assert!(error.contains("skein up"), "{words:?} says what to do: {error}");
    }
    let mut child = ana.command(&["run", "--no-mdns", "--bind=127.0.0.1:0"]).spawn().expect("it starts");
    until("it answers", || ana.types(&["status"]).code == 0);
    ana.good(&["down"]);
    assert!(child.wait().expect("it ends").success());
    for shell in ["bash", "zsh", "fish"] {
        assert!(ana.good(&["completions", shell]).contains("skein"));
    }
}
