//! What is signed, typed and answered keeps its form.

use clap::Command as Clap;
use serde_json::json;
use skein_app::{App, DynApp, Erased, Import, Typed};
use skein_event::EventId;

use super::super::{Command, Content, Event, Files};
use super::{imported, root};

fn hex(event: &Event) -> String {
    let bytes = postcard::to_stdvec(event).expect("encodes");
    assert_eq!(&postcard::from_bytes::<Event>(&bytes).expect("decodes"), event);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_bytes_are_pinned() {
    let (one, two) = ("01".repeat(32), "02".repeat(32));
    let shared = EventId::from_bytes([2; 32]);
    let content = Content { root: root(1), bytes: 300, files: 2, folder: true };
    let (name, note) = (String::from("ab"), String::from("c"));
    let event = Event::Shared { content: content.clone(), name: name.clone(), note: note.clone() };
    assert_eq!(hex(&event), format!("00{one}ac0202010261620163"));
    assert_eq!(hex(&Event::Held { root: root(1) }), format!("01{one}"));
    assert_eq!(hex(&Event::Unheld { root: root(1) }), format!("02{one}"));
    assert_eq!(hex(&Event::Kept), "03");
    assert_eq!(hex(&Event::Described { shared, name, note }), format!("04{two}0261620163"));
    assert_eq!(hex(&Event::Replaced { content }), format!("05{one}ac020201"));
    assert_eq!(hex(&Event::Removed { shared }), format!("06{two}"));
    assert_eq!(hex(&Event::CopiesWanted { copies: Some(3) }), "070103");
    assert_eq!(hex(&Event::CopiesWanted { copies: None }), "0700");
    assert_eq!(hex(&Event::RoomOffered { bytes: 300, fits: 1 }), "08ac0201");
    assert_eq!(hex(&Event::HeldForOthers { root: root(1) }), format!("09{one}"));
    assert_eq!(hex(&Event::Unfit { root: root(1) }), format!("0a{one}"));
}

fn typed(line: &str) -> Typed {
    let cli = Clap::new("skein").subcommand(Erased::<Files>::NEW.commands());
    let matches = cli.try_get_matches_from(line.split(' ')).expect("it is understood");
    let (_, files) = matches.subcommand().expect("files was typed");
    Erased::<Files>::NEW.parse(files).expect("it is understood")
}

#[test]
fn what_is_typed_becomes_these_commands() {
    let command = |line| match typed(line) {
        Typed::Command(value) => value,
        Typed::Query(value) => panic!("{value} is a query"),
    };
    let path = json!({ "path": "./photos", "done": null });
    let add = json!({ "add": { "path": path, "name": "trip", "note": null } });
    assert_eq!(command("skein files add ./photos --name trip"), add);
    let get = json!({ "get": { "share": "photos", "to": "/x", "version": 2 } });
    assert_eq!(command("skein files get photos --to /x --version 2"), get);
    assert_eq!(command("skein files keep photos"), json!({ "keep": { "share": "photos" } }));
    let drop = json!({ "drop": { "share": "photos", "even_if_last": true } });
    assert_eq!(command("skein files drop photos --even-if-last"), drop);
    assert_eq!(command("skein files rm photos"), json!({ "rm": { "share": "photos" } }));
    let held = json!({ "held": { "share": "abcd", "root": root(1) } });
    assert_eq!(command(&format!("skein files held abcd --root {}", root(1))), held);
}

#[test]
fn what_is_asked_becomes_these_queries() {
    let ls = json!({ "ls": { "pattern": "*.jpg", "all": true, "limit": 200 } });
    assert_eq!(typed("skein files ls --all *.jpg"), Typed::Query(ls));
    assert_eq!(typed("skein files sole"), Typed::Query(json!("sole")));
    assert_eq!(typed("skein files holders x"), Typed::Query(json!({ "holders": { "share": "x" } })));
}

#[test]
fn what_may_be_left_out_of_json_may_be_left_out() {
    let drop: Command = serde_json::from_value(json!({ "drop": { "share": "x" } })).expect("reads");
    assert_eq!(drop, Command::Drop { share: "x".into(), even_if_last: false });
    let get: Command = serde_json::from_value(json!({ "get": { "share": "x" } })).expect("reads");
    assert_eq!(get, Command::Get { share: "x".into(), to: None, version: None });
    serde_json::from_value::<super::Query>(json!({ "ls": {} })).expect("reads");
}

#[test]
fn what_was_read_in_finds_its_way_into_the_command() {
    let app = Erased::<Files>::NEW;
    let Typed::Command(add) = typed("skein files add ./photos") else { panic!("adding is a command") };
    assert_eq!(app.imports(&add).expect("reads"), [Import::from(String::from("./photos"))]);
    let filled = app.imported(add, vec![imported(3, "photos")]).expect("reads");
    let mut command: Command = serde_json::from_value(filled).expect("reads");
    assert_eq!(Files::imports(&mut command)[0].done, Some(imported(3, "photos")));
}
