//! The wire bytes are pinned; what counts and what does not; any order of arrival gives the same rows.

use serde_json::json;
use skein_app::{App, Verdict};
use skein_event::{BlobHash, EventId, ObjectId};
use skein_mirror::{MAX_OVER, Shelf, Use};

use super::{Change, Event, FolderShelf, Folders, MAX_CHANGES, Over, What};
use crate::testing::{Rows, Town, Written};

fn file(n: u8) -> What {
    What::File { root: BlobHash::from_bytes([n; 32]), bytes: 300, modified_ms: 1_000, executable: true }
}

fn change(path: &str, what: What, over: &[EventId]) -> Change {
    let over = over.iter().map(|event| Over { event: *event, place: 0 }).collect();
    Change { path: path.into(), what, over }
}

#[test]
fn the_bytes_are_pinned() {
    let hex = |event: &Event| -> String {
        let bytes = postcard::to_stdvec(event).expect("an event can be written");
        assert_eq!(&postcard::from_bytes::<Event>(&bytes).expect("it can be read"), event);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    assert_eq!(hex(&Event::Made { name: "ab".into() }), "00026162");
    let over = EventId::from_bytes([2; 32]);
    let changes = vec![
        change("a", file(1), &[over]),
        change("b", What::Gone, &[]),
        change("c", What::Link { target: "a".into() }, &[]),
        change("d", What::Folder, &[]),
    ];
    let (one, two) = ("01".repeat(32), "02".repeat(32));
    let a = format!("016101{one}ac02e8070101{two}00");
    assert_eq!(hex(&Event::Changed { changes }), format!("0104{a}01620000016302016100016403{}", "00"));
}

#[test]
fn what_is_not_proper_does_not_count() {
    let mut town = Town::of(&["Ana"]);
    let made = town.ask(0, "folders", json!({"make": {"name": "Papers"}})).expect("is made");
    let skein_node::Answer::Said { object, .. } = made else { panic!("nothing was said") };
    let meta = skein_app::Meta {
        event: EventId::from_bytes([9; 32]),
        row: 9,
        community: skein_event::CommunityId::ZERO,
        author: skein_event::SecretKey::from_bytes([1; 32]).device(),
        member: skein_event::SecretKey::from_bytes([2; 32]).member(),
        seq: 9,
        tick: skein_event::Tick::from_raw(9),
        object,
        forked: false,
    };
    let counts = |event: &Event| town.look(0, |_, view| Folders::check(event, &meta, view)).expect("is judged");
    let changed = |changes| counts(&Event::Changed { changes }) == Verdict::Accept;
    for path in ["../x", "/etc/passwd", "a/../b", ".skein/mark", "a\0b", "", "a//b", "x\ny", ".Skein-sync-1"] {
        assert!(!changed(vec![change(path, file(1), &[])]), "{path:?}");
    }
    let many = |n: usize| (0..n).map(|n| change(&format!("f{n}"), file(1), &[])).collect::<Vec<_>>();
    assert!(changed(many(MAX_CHANGES)) && !changed(many(MAX_CHANGES + 1)) && !changed(vec![]));
    assert!(!changed(vec![change("a", file(1), &[]), change("a", file(2), &[])]), "one path twice");
    let over = |n: usize| vec![EventId::from_bytes([3; 32]); n];
    assert!(changed(vec![change("a", file(1), &over(MAX_OVER))]));
    assert!(!changed(vec![change("a", file(1), &over(MAX_OVER + 1))]));
    let huge = What::File { root: BlobHash::ZERO, bytes: u64::MAX, modified_ms: 0, executable: false };
    assert!(!changed(vec![change("a", huge, &[])]));
    assert!(!changed(vec![change("a", What::Link { target: "a\nb".into() }, &[])]));
    assert!(changed(vec![change("a", What::Link { target: "/etc/passwd".into() }, &[])]), "it is kept as text");
    let name = |name: &str| counts(&Event::Made { name: name.into() });
    assert_ne!(name("Papers"), Verdict::Accept, "a folder begins with its own first event");
}

/// Two change the same, a third replaces one of them, somebody names what is not theirs: in any order the same is current.
#[test]
fn any_order_of_arrival_gives_the_same() {
    let object = ObjectId::created_by(&crate::testing::COMMUNITY, &key(1).device(), 0);
    let write = |member: u8, device: u8, tick: u64, event: &Event| {
        let payload = postcard::to_stdvec(event).expect("an event can be written");
        Written::new(member, device, "folders", object, tick, payload)
    };
    let changed = |changes| Event::Changed { changes };
    let made = write(1, 1, 0, &Event::Made { name: "Papers".into() });
    let first = write(1, 2, 1, &changed(vec![change("a", file(1), &[])]));
    let ana = write(1, 3, 3, &changed(vec![change("a", file(2), &[first.id()])]));
    let ben = write(2, 4, 2, &changed(vec![change("a", file(3), &[first.id()])]));
    let third = write(3, 5, 4, &changed(vec![change("a", What::Gone, &[ben.id()]), change("b", file(4), &[ana.id()])]));
    let all = [made, first, ana.clone(), ben, third];
    let mut orders = Vec::new();
    for turn in 0..all.len() {
        let mut order = all.to_vec();
        order.rotate_left(turn);
        orders.push(order.clone());
        order.reverse();
        orders.push(order);
    }
    let mut seen = std::collections::BTreeSet::new();
    for order in orders {
        let mut rows = Rows::new("folders");
        for written in &order {
            assert_eq!(rows.take(written, false), Some(Verdict::Accept));
        }
        let connection = rows.store().connection();
        let ids = skein_store::DbIds(connection);
        let view = skein_app::View::of_all(connection, &ids);
        let heads = FolderShelf.heads(&object, &view).expect("is read");
        let heads: Vec<_> = heads.into_iter().map(|head| (head.path, head.id.0, head.what)).collect();
        assert!(
            heads.iter().any(|(path, id, _)| path == "a" && *id == ana.id()),
            "only its own path is replaced: {heads:?}"
        );
        assert_eq!(heads.len(), 3);
        seen.insert(format!("{heads:?}"));
    }
    assert_eq!(seen.len(), 1);
}

/// One content at two paths and in two folders, replaced one by one, each by several: in any order of arrival it is needed for
/// as long as one place holds it, and then since the last of them does not.
#[test]
fn bytes_are_needed_until_the_last_place_that_held_them_was_replaced() {
    let folder = |device: u8| ObjectId::created_by(&crate::testing::COMMUNITY, &key(device).device(), 0);
    let (one, two) = (folder(1), folder(2));
    let write = |device: u8, object, at_ms: u64, event: &Event| {
        Written::new(device, device, "folders", object, at_ms, postcard::to_stdvec(event).expect("can be written"))
    };
    let changed = |path: &str, what, over: &[EventId]| Event::Changed { changes: vec![change(path, what, over)] };
    let first = write(3, one, 10, &changed("a", file(1), &[]));
    let beside = write(4, two, 20, &changed("b", file(1), &[]));
    let begin = [
        write(1, one, 0, &Event::Made { name: "Papers".into() }),
        write(2, two, 0, &Event::Made { name: "Photos".into() }),
        first.clone(),
        beside.clone(),
    ];
    let replacing = [
        (write(5, one, 500, &changed("a", file(2), &[first.id()])), Use::Current),
        (write(6, one, 300, &changed("a", What::Gone, &[first.id()])), Use::Current),
        // Of another path, and of another folder: these replace nothing of it.
        (write(7, two, 900, &changed("c", file(3), &[beside.id()])), Use::Current),
        (write(8, one, 900, &changed("b", file(3), &[beside.id()])), Use::Current),
        (
            write(9, two, 400, &changed("b", What::Gone, &[beside.id()])),
            Use::Past { replaced_ms: crate::testing::START_MS + 500 },
        ),
    ];
    let used = |rows: &Rows, n: u8| {
        let connection = rows.store().connection();
        let ids = skein_store::DbIds(connection);
        let view = skein_app::View::of_all(connection, &ids);
        FolderShelf.use_of(&BlobHash::from_bytes([n; 32]), &view).expect("is read")
    };
    let mut rows = Rows::new("folders");
    begin.iter().for_each(|written| assert_eq!(rows.take(written, false), Some(Verdict::Accept)));
    assert_eq!((used(&rows, 1), used(&rows, 9)), (Use::Current, Use::None));
    for (written, expected) in &replacing {
        rows.take(written, false);
        assert_eq!(used(&rows, 1), *expected);
    }
    let mut turned = Rows::new("folders");
    replacing.iter().rev().map(|(written, _)| written).chain(begin.iter().rev()).for_each(|written| {
        turned.take(written, false);
    });
    assert_eq!(used(&turned, 1), Use::Past { replaced_ms: crate::testing::START_MS + 500 });
    assert_eq!(used(&turned, 2), Use::Current);
    let back = write(10, one, 600, &changed("d", file(1), &[]));
    turned.take(&back, false);
    assert_eq!(used(&turned, 1), Use::Current, "it is there again");
}

fn key(n: u8) -> skein_event::SecretKey {
    skein_event::SecretKey::from_bytes([n; 32])
}

#[test]
fn a_person_without_the_folder_on_a_disk_puts_and_takes() {
    let mut town = Town::of(&["Ana", "Ben"]);
    town.say(0, "folders", json!({"make": {"name": "Papers"}}));
    town.meet_all();
    let done = json!({"root": BlobHash::from_bytes([5; 32]), "name": "a.txt", "bytes": 3, "files": 1, "folder": false});
    let file = json!({"path": "a.txt", "done": done});
    town.say(1, "folders", json!({"put": {"folder": "Papers", "file": file, "at": null}}));
    town.meet_all();
    assert!(town.text(0, "folders", json!({"show": {"folder": "Papers"}})).contains("3 bytes  a.txt"));
    assert!(town.ask(0, "folders", json!({"make": {"name": "Papers"}})).is_err(), "there is one of that name");
    let bad = json!({"put": {"folder": "Papers", "file": file, "at": "../../a"}});
    assert!(town.ask(0, "folders", bad).is_err());
    town.say(0, "folders", json!({"rm": {"folder": "Papers", "path": "a.txt"}}));
    town.meet_all();
    assert!(town.text(1, "folders", json!("ls")).contains("0 files"));
    assert!(town.ask(1, "folders", json!({"rm": {"folder": "Papers", "path": "a.txt"}})).is_err());
    let before = town.rows(1, "folders");
    town.rebuild(1);
    assert_eq!(town.rows(1, "folders"), before);
    assert_eq!(town.rows(0, "folders"), before);
}

#[test]
fn one_of_several_versions_is_kept_and_nothing_that_nobody_saw_is_replaced() {
    let mut town = Town::of(&["Ana", "Ben", "Cem"]);
    town.say(0, "folders", json!({"make": {"name": "Papers"}}));
    town.meet_all();
    let put = |town: &mut Town, who: usize, path: &str, n: u8| {
        let root = BlobHash::from_bytes([n; 32]);
        let done = json!({"root": root, "name": "a", "bytes": n, "files": 1, "folder": false});
        let file = json!({"path": "a", "done": done});
        town.say(who, "folders", json!({"put": {"folder": "Papers", "file": file, "at": path}}));
    };
    let keep = |path: &str, root: Option<u8>| {
        let root = root.map(|n| BlobHash::from_bytes([n; 32]).to_string());
        json!({"keep": {"folder": "Papers", "path": path, "root": root}})
    };
    let bytes = |town: &Town, who: usize| -> Vec<u64> {
        let shown = town.query(who, "folders", json!({"show": {"folder": "Papers"}})).expect("is shown");
        let entries = shown["folder"]["entries"].as_array().expect("a list").clone();
        entries.iter().map(|entry| entry["bytes"].as_u64().expect("a number")).collect()
    };
    for (who, n) in [(0, 1), (1, 2), (2, 3)] {
        put(&mut town, who, "a.txt", n);
    }
    put(&mut town, 0, "b.txt", 9);
    // Ana and Ben have met; what Cem did nobody knows yet.
    town.meet(&[0, 1]);
    let shown = town.query(0, "folders", json!({"show": {"folder": "Papers"}})).expect("is shown");
    let other =
        shown["folder"]["entries"].as_array().expect("a list").iter().find(|entry| entry["other_of"] == "a.txt");
    let other = other.expect("one lies beside").clone();
    assert_eq!(other["bytes"], 1, "Ben's is the later one");
    let beside = other["path"].as_str().expect("is text");
    let refused = |town: &mut Town, command| town.ask(0, "folders", command).expect_err("is refused").kind;
    assert_eq!(refused(&mut town, keep("b.txt", None)), skein_app::Kind::Conflict, "there is only one");
    assert_eq!(refused(&mut town, keep("c.txt", None)), skein_app::Kind::NotFound);
    assert_eq!(refused(&mut town, keep(beside, Some(7))), skein_app::Kind::Conflict, "it is not what was seen");
    town.say(0, "folders", keep(beside, Some(1)));
    assert_eq!(bytes(&town, 0), [1, 9], "the chosen one has the name, and no other is beside it");
    town.meet(&[0, 1]);
    assert_eq!(bytes(&town, 1), [1, 9]);
    assert!(
        town.query(1, "folders", json!({"show": {"folder": "Papers"}})).expect("is shown")["folder"]["folder"]["conflicts"]
            == 0
    );
    town.meet_all();
    assert_eq!(bytes(&town, 1).len(), 3, "Cem's was never seen by who chose: it stands");
}

#[test]
fn thousands_of_changes_are_told_in_events_that_fit() {
    let mut town = Town::of(&["Ana"]);
    let made = town.ask(0, "folders", json!({"make": {"name": "Papers"}})).expect("is made");
    let skein_node::Answer::Said { object, .. } = made else { panic!("nothing was said") };
    let over = vec![(EventId::from_bytes([3; 32]), 7)];
    let what = skein_mirror::What::File { root: BlobHash::ZERO, bytes: 1, modified_ms: 1, executable: false };
    let path = |n: usize| format!("{}/{n}", "long folder name ".repeat(12));
    let changes: Vec<_> =
        (0..2_000).map(|n| skein_mirror::Change { path: path(n), what: what.clone(), over: over.clone() }).collect();
    let mut told = 0;
    for (count, command) in FolderShelf.change(&object, &changes) {
        town.say(0, "folders", command);
        told += count;
    }
    assert_eq!(told, 2_000);
    assert_eq!(town.look(0, |_, view| FolderShelf.heads(&object, view).expect("is read")).len(), 2_000);
}
